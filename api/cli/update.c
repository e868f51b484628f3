/* klamm cluster reboot, configure, grow, scale, retype; klamm operation wait */
#include <stdio.h>

#include "api/cli/configurations.h"
#include "api/cli/follow.h"

static const struct cli_option follow_options[] = { FOLLOW_OPTIONS, { NULL, NULL, NULL } };

static const struct cli_option configure_options[] = {
    { "revision", "N", "default: the newest" },
    FOLLOW_OPTIONS,
    { NULL, NULL, NULL },
};

static const struct cli_option grow_options[] = {
    { "volume-gib", "N", "the size of each broker's volume, at least 10 more than now" },
    FOLLOW_OPTIONS,
    { NULL, NULL, NULL },
};

static const struct cli_option scale_options[] = {
    { "brokers", "N", "how many brokers, a multiple of the cluster's zones" },
    { "no-rebalance", NULL, "new brokers get no partitions of what there is" },
    { "rate-mib", "N", "MiB/s that each broker may copy for it (default: by headroom)" },
    FOLLOW_OPTIONS,
    { NULL, NULL, NULL },
};

static const struct cli_option wait_options[] = {
    { "timeout", "SECONDS", "how long to follow it (default 3600)" },
    { NULL, NULL, NULL },
};

static int reboot(struct cli *c)
{
    OWNED_MEM char *arn = NULL;
    OWNED_MEM char *target = NULL;
    int code = cli_cluster_arn(c, c->args->positional[0], &arn);
    json_t *ids;

    if (code)
        return code;
    ids = json_array();
    for (unsigned i = 1; i < c->args->positional_n; i++)
        json_array_append_new(ids, json_string(c->args->positional[i]));
    target = rest_path("/v1/clusters/%s/reboot-broker", arn);
    return follow_call(c, "PUT", target, json_pack("{s:o}", "brokerIds", ids));
}

static int configure(struct cli *c)
{
    OWNED_MEM char *arn = NULL, *version = NULL, *configuration = NULL;
    OWNED_MEM char *target = NULL;
    int64_t revision = 0;
    struct why reason;
    int code;

    if (args_number(c->args, "revision", 1, 1000000, &revision, &reason))
        return cli_fail(CLI_USAGE, "%s", reason.text);
    code = cli_cluster_version(c, &arn, &version);
    if (!code)
        code = configurations_find(c, c->args->positional[1], &configuration,
                                   revision ? NULL : &revision);
    if (code)
        return code;
    target = rest_path("/v1/clusters/%s/configuration", arn);
    return follow_call(c, "PUT", target,
                       json_pack("{s:s, s:{s:s, s:I}}", "currentVersion", version,
                                 "configurationInfo", "arn", configuration, "revision",
                                 (json_int_t)revision));
}

/* One number out of an option, as a member of the request. `more` (may be NULL) is taken over. */
static int update_number(struct cli *c, const char *option, const char *format, const char *member,
                         json_t *more)
{
    OWNED_MEM char *arn = NULL, *version = NULL;
    OWNED_MEM char *target = NULL;
    json_t *body;
    int64_t n = 0;
    struct why reason;
    int code;

    if (args_number(c->args, option, 1, 1000000, &n, &reason))
        code = cli_fail(CLI_USAGE, "%s", reason.text);
    else if (!n)
        code = cli_fail(CLI_USAGE, "--%s is missing", option);
    else
        code = cli_cluster_version(c, &arn, &version);
    if (code) {
        json_decref(more);
        return code;
    }
    body = json_pack("{s:s, s:I}", "currentVersion", version, member, (json_int_t)n);
    json_object_update(body, more);
    json_decref(more);
    target = rest_path(format, arn);
    return follow_call(c, "PUT", target, body);
}

static int grow(struct cli *c)
{
    return update_number(c, "volume-gib", "/v1/clusters/%s/storage", "volumeSizeGB", NULL);
}

static int scale(struct cli *c)
{
    json_t *more;
    int64_t rate = 0;
    struct why reason;

    if (args_number(c->args, "rate-mib", 1, 1 << 20, &rate, &reason))
        return cli_fail(CLI_USAGE, "%s", reason.text);
    more = json_object();
    if (args_get(c->args, "no-rebalance"))
        json_object_set_new(more, "klammRebalance", json_false());
    if (rate)
        json_object_set_new(more, "klammRateMiB", json_integer(rate));
    return update_number(c, "brokers", "/v1/clusters/%s/nodes/count", "targetNumberOfBrokerNodes", more);
}

int cli_update_text(struct cli *c, const char *path, const char *member)
{
    OWNED_MEM char *arn = NULL, *version = NULL, *target = NULL;
    int code = cli_cluster_version(c, &arn, &version);

    if (code)
        return code;
    target = rest_path(path, arn);
    return follow_call(c, "PUT", target,
                       json_pack("{s:s, s:s}", "currentVersion", version, member, c->args->positional[1]));
}

static int retype(struct cli *c)
{
    return cli_update_text(c, "/v1/clusters/%s/nodes/type", "targetInstanceType");
}

static int wait_for(struct cli *c)
{
    return follow(c, c->args->positional[0]);
}

static int describe(struct cli *c)
{
    return follow_describe(c, c->args->positional[0]);
}

const struct cli_command cli_update_commands[] = {
    { "cluster reboot", "CLUSTER BROKER...", "restart brokers, one after the other",
      "Each broker hands over what it leads, restarts and catches up before the next one is "
      "stopped; none is\n"
      "stopped while a partition of it misses a replica.",
      2, ARGS_MAX, follow_options, false, reboot },
    { "cluster configure", "CLUSTER CONFIGURATION", "apply a configuration by a rolling restart",
      "CONFIGURATION is a name or an ARN. When a broker does not come up with it, the brokers that "
      "were\n"
      "restarted get back what they had, and the operation fails with the reason.",
      2, 2, configure_options, false, configure },
    { "cluster grow", "CLUSTER", "give every broker a larger volume, without a restart", NULL, 1, 1,
      grow_options, false, grow },
    { "cluster scale", "CLUSTER", "add brokers, one or more in every zone, or remove one in every zone",
      "New brokers get their share of the partitions that there are. Brokers that go are emptied first;\n"
      "when that cannot be, the operation fails with the reason and all stay.", 1, 1, scale_options,
      false, scale },
    { "cluster retype", "CLUSTER TYPE", "change the instance type by a rolling restart", NULL, 2, 2,
      follow_options, false, retype },
    { "operation describe", "OPERATION-ARN", "show an operation and its steps", NULL, 1, 1, NULL, false,
      describe },
    { "operation wait", "OPERATION-ARN", "follow an operation to its end", NULL, 1, 1, wait_options,
      false, wait_for },
    { NULL, NULL, NULL, NULL, 0, 0, NULL, false, NULL },
};
