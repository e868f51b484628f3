/* klamm cluster create, list, describe, delete */
#include <stdio.h>

#include "api/cli/follow.h"
#include "api/cli/print.h"

static const struct cli_option create_options[] = {
    { "subnets", "IDS", "two or three subnet ids in distinct zones, with commas between" },
    { "brokers", "N", "number of brokers, a multiple of the subnets (default: one per subnet)" },
    { "instance-type", "TYPE", "default kafka.m7g.large" },
    { "volume-gib", "N", "size of each broker's volume (default 10)" },
    { "kafka-version", "VERSION", "default: the newest that `klamm versions` shows" },
    { "client-broker", "HOW", "PLAINTEXT, TLS or TLS_PLAINTEXT (default PLAINTEXT)" },
    { "tag", "KEY=VALUE", "may stand several times" },
    { "request", "FILE",
      "the whole CreateClusterV2 request as JSON, in place of all options above" },
    FOLLOW_OPTIONS,
    FOLLOW_WAIT_OPTION,
    { NULL, NULL, NULL },
};

static const struct cli_option delete_options[] = {
    { "current-version", "V", "delete only this version of the cluster" },
    FOLLOW_OPTIONS,
    FOLLOW_WAIT_OPTION,
    { NULL, NULL, NULL },
};

static const struct cli_option list_options[] = {
    { "prefix", "TEXT", "only clusters whose name begins with it" },
    { NULL, NULL, NULL },
};

static json_t *split(const char *text)
{
    json_t *list = json_array();

    for (;;) {
        size_t n = strcspn(text, ",");

        if (n)
            json_array_append_new(list, json_stringn(text, n));
        if (!text[n])
            return list;
        text += n + 1;
    }
}

/* Newest as the service orders them: the last that is ACTIVE. */
static int newest_version(struct cli *c, char **ret)
{
    json_t *versions, *v;
    size_t i;
    int code = cli_call_pages(c, "/v1/kafka-versions", "kafkaVersions", &versions);

    if (code)
        return code;
    *ret = NULL;
    json_array_foreach (versions, i, v)
        if (strcmp(cli_text(v, "status"), "ACTIVE") == 0) {
            mem_free(*ret);
            *ret = mem_strdup(cli_text(v, "version"));
        }
    json_decref(versions);
    return *ret ? CLI_OK : cli_fail(CLI_REFUSED, "the service offers no Kafka version");
}

static int tags_of(struct cli *c, json_t **ret)
{
    const char *tag;

    *ret = json_object();
    for (unsigned i = 0; (tag = args_nth(c->args, "tag", i)); i++) {
        const char *equals = strchr(tag, '=');

        if (!equals || equals == tag) {
            json_decref(*ret);
            return cli_fail(CLI_USAGE, "--tag: '%s' must be KEY=VALUE", tag);
        }
        json_object_setn_new(*ret, tag, (size_t)(equals - tag), json_string(equals + 1));
    }
    return CLI_OK;
}

/* The request out of the options. */
static int request_of(struct cli *c, json_t **ret)
{
    const char *subnets = args_get(c->args, "subnets"), *type = args_get(c->args, "instance-type");
    const char *client_broker = args_get(c->args, "client-broker"),
               *version = args_get(c->args, "kafka-version");
    OWNED_MEM char *newest = NULL;
    int64_t brokers, gib = 10;
    json_t *ids, *tags;
    struct why reason;
    int code;

    if (!subnets)
        return cli_fail(CLI_USAGE,
                        "--subnets is missing: ids of two or three subnets of klammd.yaml");
    ids = split(subnets);
    brokers = (int64_t)json_array_size(ids);
    if (args_number(c->args, "brokers", 1, 1000, &brokers, &reason) ||
        args_number(c->args, "volume-gib", 1, 16384, &gib, &reason)) {
        json_decref(ids);
        return cli_fail(CLI_USAGE, "%s", reason.text);
    }
    code = tags_of(c, &tags);
    if (!code && !version)
        code = newest_version(c, &newest);
    if (code) {
        json_decref(ids);
        return code;
    }
    *ret = json_pack(
        "{s:s, s:o, s:{s:s, s:I, s:{s:s, s:o, s:{s:{s:I}}}, s:{s:{s:s, s:b}}, s:{s:{s:b}}}}",
        "clusterName", c->args->positional[0], "tags", tags, "provisioned", "kafkaVersion",
        version ? version : newest, "numberOfBrokerNodes", (json_int_t)brokers,
        "brokerNodeGroupInfo", "instanceType", type ? type : "kafka.m7g.large", "clientSubnets",
        ids, "storageInfo", "ebsStorageInfo", "volumeSize", (json_int_t)gib, "encryptionInfo",
        "encryptionInTransit", "clientBroker", client_broker ? client_broker : "PLAINTEXT",
        "inCluster", 0, "clientAuthentication", "unauthenticated", "enabled", 1);
    return *ret ? CLI_OK : cli_fail(CLI_USAGE, "the command line is not UTF-8");
}

static int request_from(const char *path, const char *name, json_t **ret)
{
    json_error_t error;

    *ret = json_load_file(path, 0, &error);
    if (!*ret)
        return cli_fail(CLI_USAGE, "--request: %s: line %d: %s", path, error.line, error.text);
    json_object_set_new(*ret, "clusterName", json_string(name));
    return CLI_OK;
}

/* The cluster as it is now, which it was created to be. */
static int created(struct cli *c, const char *arn)
{
    json_t *info;
    int code = follow_cluster(c, arn);

    if (code == CLI_NOT_FOUND)
        return cli_fail(code, "the cluster was deleted meanwhile");
    if (!code)
        code = cli_describe(c, arn, &info);
    if (code)
        return code;
    if (c->json)
        cli_print_json(info);
    else
        printf("%s\n", arn);
    json_decref(info);
    return CLI_OK;
}

static int create(struct cli *c)
{
    const char *file = args_get(c->args, "request");
    json_t *request = NULL, *answer = NULL;
    int code = follow_check(c);

    if (!code)
        code = file ? request_from(file, c->args->positional[0], &request) : request_of(c, &request);
    if (!code)
        code = cli_call(c, "POST", "/api/v2/clusters", request, &answer);
    json_decref(request);
    if (code)
        return code;
    if (!args_get(c->args, "no-wait"))
        code = created(c, cli_text(answer, "clusterArn"));
    else if (c->json)
        cli_print_json(answer);
    else
        printf("%s\n", cli_text(answer, "clusterArn"));
    json_decref(answer);
    return code;
}

static int list(struct cli *c)
{
    static const struct table_column columns[] = {
        { "NAME", "clusterName" },
        { "STATE", "state" },
        { "BROKERS", "provisioned.numberOfBrokerNodes" },
        { "TYPE", "provisioned.brokerNodeGroupInfo.instanceType" },
        { "KAFKA", "provisioned.currentBrokerSoftwareInfo.kafkaVersion" },
        { "CREATED", "creationTime" },
        { NULL, NULL },
    };
    const char *prefix = args_get(c->args, "prefix");
    OWNED_MEM char *target = prefix ? rest_path("/api/v2/clusters?clusterNameFilter=%s", prefix)
                                    : mem_strdup("/api/v2/clusters");

    return cli_list(c, target, "clusterInfoList", columns);
}

static int describe(struct cli *c)
{
    static const struct table_column fields[] = {
        { "name", "clusterName" },
        { "arn", "clusterArn" },
        { "state", "state" },
        { "state code", "stateInfo.code" },
        { "state message", "stateInfo.message" },
        { "version", "currentVersion" },
        { "created", "creationTime" },
        { "kafka", "provisioned.currentBrokerSoftwareInfo.kafkaVersion" },
        { "brokers", "provisioned.numberOfBrokerNodes" },
        { "instance type", "provisioned.brokerNodeGroupInfo.instanceType" },
        { "volume GiB", "provisioned.brokerNodeGroupInfo.storageInfo.ebsStorageInfo.volumeSize" },
        { "client to broker", "provisioned.encryptionInfo.encryptionInTransit.clientBroker" },
        { "active operation", "activeOperationArn" },
        { NULL, NULL },
    };
    OWNED_MEM char *arn = NULL;
    json_t *info;
    int code = cli_cluster_arn(c, c->args->positional[0], &arn);

    if (!code)
        code = cli_describe(c, arn, &info);
    if (code)
        return code;
    if (c->json)
        cli_print_json(info);
    else
        print_fields(fields, info);
    json_decref(info);
    return CLI_OK;
}

/* `answer` tells its state, which is another one once it is gone. */
static int deleted(struct cli *c, const char *arn, json_t *answer)
{
    int code = args_get(c->args, "no-wait") ? CLI_OK : follow_cluster(c, arn);

    if (code && code != CLI_NOT_FOUND)
        return code;
    if (!args_get(c->args, "no-wait"))
        json_object_set_new(answer, "state", json_string("DELETED"));
    if (c->json)
        cli_print_json(answer);
    else
        printf("%s %s\n", arn, cli_text(answer, "state"));
    return CLI_OK;
}

static int delete (struct cli *c)
{
    const char *version = args_get(c->args, "current-version");
    OWNED_MEM char *arn = NULL;
    OWNED_MEM char *path = NULL;
    OWNED_MEM char *query = version ? rest_path("?currentVersion=%s", version) : NULL;
    OWNED_MEM char *target = NULL;
    json_t *answer;
    int code = follow_check(c);

    if (!code)
        code = cli_cluster_arn(c, c->args->positional[0], &arn);
    if (code)
        return code;
    path = rest_path("/v1/clusters/%s", arn);
    target = mem_printf("%s%s", path, query ? query : "");
    code = cli_call(c, "DELETE", target, NULL, &answer);
    if (code)
        return code;
    code = deleted(c, arn, answer);
    json_decref(answer);
    return code;
}

const struct cli_command cli_cluster_commands[] = {
    { "cluster create", "NAME", "create a cluster (CreateClusterV2)",
      "Prints its ARN when it is ACTIVE. When it cannot become so, the reason and what to do are told,\n"
      "and the cluster stays, FAILED, until it is deleted.",
      1, 1, create_options, false, create },
    { "cluster list", "", "list clusters", NULL, 0, 0, list_options, false, list },
    { "cluster describe", "CLUSTER", "show one cluster", NULL, 1, 1, NULL, false, describe },
    { "cluster delete", "CLUSTER", "delete a cluster and its data", NULL, 1, 1, delete_options,
      false, delete },
    { NULL, NULL, NULL, NULL, 0, 0, NULL, false, NULL },
};
