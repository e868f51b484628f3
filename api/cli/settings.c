/* klamm cluster upgrade, cluster monitor; klamm policy show, put, delete */
#include <stdio.h>

#include "api/cli/follow.h"
#include "api/cli/print.h"
#include "api/rest/policy.h"
#include "common/fs.h"

static const struct cli_option upgrade_options[] = { FOLLOW_OPTIONS, { NULL, NULL, NULL } };

static const struct cli_option monitor_options[] = {
    { "level", "LEVEL", "DEFAULT, PER_BROKER, PER_TOPIC_PER_BROKER or PER_TOPIC_PER_PARTITION" },
    { "jmx-exporter", "SWITCH", "on or off" },
    { "node-exporter", "SWITCH", "on or off" },
    FOLLOW_OPTIONS,
    { NULL, NULL, NULL },
};

static const struct cli_option put_options[] = {
    { "file", "PATH", "the policy, JSON" },
    { "current-version", "V", "put it only over this version of the policy" },
    { NULL, NULL, NULL },
};

static int upgrade(struct cli *c)
{
    return cli_update_text(c, "/v1/clusters/%s/version", "targetKafkaVersion");
}

/* --`option` on or off as openMonitoring.prometheus.`member` of `body`. */
static int add_exporter(struct cli *c, const char *option, const char *member, json_t *body)
{
    const char *value = args_get(c->args, option);
    bool on = value && strcmp(value, "on") == 0;
    json_t *open;

    if (!value)
        return CLI_OK;
    if (!on && strcmp(value, "off") != 0)
        return cli_fail(CLI_USAGE, "--%s: '%s' must be on or off", option, value);
    open = json_object_get(body, "openMonitoring");
    if (!open) {
        open = json_pack("{s:{}}", "prometheus");
        json_object_set_new(body, "openMonitoring", open);
    }
    json_object_set_new(json_object_get(open, "prometheus"), member,
                        json_pack("{s:b}", "enabledInBroker", on));
    return CLI_OK;
}

static int monitor(struct cli *c)
{
    OWNED_MEM char *arn = NULL, *version = NULL, *target = NULL;
    json_t *body = json_object();
    int code = add_exporter(c, "jmx-exporter", "jmxExporter", body);

    if (!code)
        code = add_exporter(c, "node-exporter", "nodeExporter", body);
    if (args_get(c->args, "level"))
        json_object_set_new(body, "enhancedMonitoring", json_string(args_get(c->args, "level")));
    if (!code && !json_object_size(body))
        code = cli_fail(CLI_USAGE, "give one of --level, --jmx-exporter and --node-exporter");
    if (!code)
        code = cli_cluster_version(c, &arn, &version);
    if (code) {
        json_decref(body);
        return code;
    }
    json_object_set_new(body, "currentVersion", json_string(version));
    target = rest_path("/v1/clusters/%s/monitoring", arn);
    return follow_call(c, "PUT", target, body);
}

/* One call below the cluster's /policy; `body` is taken, the answer the caller's. */
static int call_policy(struct cli *c, const char *method, json_t *body, json_t **ret)
{
    OWNED_MEM char *arn = NULL, *target = NULL;
    int code = cli_cluster_arn(c, c->args->positional[0], &arn);

    if (!code) {
        target = rest_path("/v1/clusters/%s/policy", arn);
        code = cli_call(c, method, target, body, ret);
    }
    json_decref(body);
    return code;
}

static int policy_show(struct cli *c)
{
    json_t *answer = NULL;
    int code = call_policy(c, "GET", NULL, &answer);

    if (!code && c->json)
        cli_print_json(answer);
    else if (!code)
        printf("%s\n", cli_text(answer, "policy"));
    json_decref(answer);
    return code;
}

static int policy_put(struct cli *c)
{
    const char *path = args_get(c->args, "file"), *version = args_get(c->args, "current-version");
    OWNED_BUF text = { 0 };
    json_t *body, *answer = NULL;
    err_t e;
    int code;

    if (!path)
        return cli_fail(CLI_USAGE, "--file is missing: the policy, JSON");
    e = fs_read_all(fs_posix(), path, POLICY_BYTES_MAX, &text);
    if (e)
        return cli_fail(CLI_USAGE, "--file: %s: %s", path, err_text(e));
    body = json_pack("{s:s, s:s*}", "policy", buf_text(&text), "currentVersion", version);
    if (!body)
        return cli_fail(CLI_USAGE, "--file: %s: is not UTF-8", path);
    code = call_policy(c, "PUT", body, &answer);
    if (!code && c->json)
        cli_print_json(answer);
    else if (!code)
        printf("%s\n", cli_text(answer, "currentVersion"));
    json_decref(answer);
    return code;
}

static int policy_delete(struct cli *c)
{
    json_t *answer = NULL;
    int code = call_policy(c, "DELETE", NULL, &answer);

    json_decref(answer);
    return code;
}

const struct cli_command cli_settings_commands[] = {
    { "cluster upgrade", "CLUSTER VERSION", "change the Kafka version (UpdateClusterKafkaVersion)",
      "The versions are those of `klamm versions`, newer ones alone.", 2, 2, upgrade_options, false,
      upgrade },
    { "cluster monitor", "CLUSTER", "set the monitoring level and open monitoring",
      "GET /metrics at the ports 11001 (Kafka) and 11002 (the node) of every broker and controller.", 1, 1,
      monitor_options, false, monitor },
    { "policy show", "CLUSTER", "print a cluster's resource policy", NULL, 1, 1, NULL, false, policy_show },
    { "policy put", "CLUSTER", "give a cluster a resource policy", NULL, 1, 1, put_options, false,
      policy_put },
    { "policy delete", "CLUSTER", "remove a cluster's resource policy", NULL, 1, 1, NULL, false,
      policy_delete },
    { NULL, NULL, NULL, NULL, 0, 0, NULL, false, NULL },
};
