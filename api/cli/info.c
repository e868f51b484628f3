/* klamm bootstrap, nodes, operations, versions */
#include <stdio.h>

#include "api/cli/cli.h"
#include "api/cli/print.h"

static const struct cli_option bootstrap_options[] = {
    { "kind", "KIND", "only one string, bare: plaintext, tls, scram or iam" },
    { NULL, NULL, NULL },
};

/* What MSK calls the kinds of bootstrap string. */
static const struct {
    const char *kind, *member;
} bootstrap_kinds[] = {
    { "plaintext", "bootstrapBrokerString" },
    { "tls", "bootstrapBrokerStringTls" },
    { "scram", "bootstrapBrokerStringSaslScram" },
    { "iam", "bootstrapBrokerStringSaslIam" },
};

static int print_kind(const json_t *answer, const char *kind)
{
    for (unsigned i = 0; i < ARRAY_LEN(bootstrap_kinds); i++) {
        if (strcmp(kind, bootstrap_kinds[i].kind) != 0)
            continue;
        if (!*cli_text(answer, bootstrap_kinds[i].member))
            return cli_fail(CLI_NOT_FOUND, "the cluster has no %s listener", kind);
        printf("%s\n", cli_text(answer, bootstrap_kinds[i].member));
        return CLI_OK;
    }
    return cli_fail(CLI_USAGE, "--kind: '%s' must be plaintext, tls, scram or iam", kind);
}

static int bootstrap(struct cli *c)
{
    const char *kind = args_get(c->args, "kind");
    OWNED_MEM char *arn = NULL;
    OWNED_MEM char *target = NULL;
    json_t *answer;
    int code = cli_cluster_arn(c, c->args->positional[0], &arn);

    if (code)
        return code;
    target = rest_path("/v1/clusters/%s/bootstrap-brokers", arn);
    code = cli_call(c, "GET", target, NULL, &answer);
    if (code)
        return code;
    if (kind) {
        code = print_kind(answer, kind);
    } else if (c->json) {
        cli_print_json(answer);
    } else {
        for (unsigned i = 0; i < ARRAY_LEN(bootstrap_kinds); i++)
            if (*cli_text(answer, bootstrap_kinds[i].member))
                printf("%-9s  %s\n", bootstrap_kinds[i].kind,
                       cli_text(answer, bootstrap_kinds[i].member));
    }
    json_decref(answer);
    return code;
}

/* Lists what `format` names below a cluster, or everything below `format` when it has no cluster.
 */
static int list_below(struct cli *c, const char *format, const char *member,
                      const struct table_column *columns)
{
    OWNED_MEM char *arn = NULL;
    OWNED_MEM char *target = NULL;
    int code = c->args->positional_n ? cli_cluster_arn(c, c->args->positional[0], &arn) : CLI_OK;

    if (code)
        return code;
    target = arn ? rest_path(format, arn) : mem_strdup(format);
    return cli_list(c, target, member, columns);
}

/* MSK has a type for brokers alone, and controllers' ids stand in their ARNs. */
static void add_row(json_t *node)
{
    const char *arn = strrchr(cli_text(node, "nodeARN"), '-');
    const json_t *controller = json_object_get(node, "controllerNodeInfo");
    const json_t *endpoint = json_array_get(json_object_get(controller, "endpoints"), 0);

    json_object_set_new(
        node, "id",
        json_string(controller && arn ? arn + 1 : cli_text(node, "brokerNodeInfo.brokerId")));
    json_object_set_new(node, "type",
                        json_string(controller ? "CONTROLLER" : cli_text(node, "nodeType")));
    json_object_set_new(node, "address",
                        json_string(controller
                                        ? json_string_value(endpoint)
                                        : cli_text(node, "brokerNodeInfo.clientVpcIpAddress")));
}

static int nodes(struct cli *c)
{
    static const struct table_column columns[] = {
        { "ID", "id" },
        { "TYPE", "type" },
        { "ADDRESS", "address" },
        { "SUBNET", "brokerNodeInfo.clientSubnet" },
        { "INSTANCE", "instanceType" },
        { "ADDED", "addedToClusterTime" },
        { NULL, NULL },
    };
    OWNED_MEM char *arn = NULL;
    OWNED_MEM char *target = NULL;
    json_t *rows, *row;
    size_t i;
    int code = cli_cluster_arn(c, c->args->positional[0], &arn);

    if (code)
        return code;
    target = rest_path("/v1/clusters/%s/nodes", arn);
    code = cli_call_pages(c, target, "nodeInfoList", &rows);
    if (code)
        return code;
    if (c->json) {
        cli_print_json(rows);
    } else {
        json_array_foreach(rows, i, row) add_row(row);
        print_table(columns, rows);
    }
    json_decref(rows);
    return CLI_OK;
}

static int operations(struct cli *c)
{
    static const struct table_column columns[] = {
        { "OPERATION", "operationType" },
        { "STATE", "operationState" },
        { "CREATED", "creationTime" },
        { "ENDED", "endTime" },
        { "ERROR", "errorInfo.errorString" },
        { "ARN", "operationArn" },
        { NULL, NULL },
    };

    return list_below(c, "/v1/clusters/%s/operations", "clusterOperationInfoList", columns);
}

static void print_pair(const json_t *pair)
{
    const json_t *targets = json_object_get(pair, "targetVersions"), *to;
    size_t i;

    json_array_foreach ((json_t *)(uintptr_t)targets, i, to)
        printf("%s -> %s\n", cli_text(pair, "sourceVersion"), json_string_value(to));
    if (!json_array_size(targets))
        printf("%s is the newest\n", cli_text(pair, "sourceVersion"));
}

/* GetCompatibleKafkaVersions: from what the cluster has to what it can get. */
static int versions_for(struct cli *c, const char *cluster)
{
    OWNED_MEM char *arn = NULL;
    OWNED_MEM char *target = NULL;
    json_t *answer = NULL, *pair;
    size_t i;
    int code = cli_cluster_arn(c, cluster, &arn);

    if (code)
        return code;
    target = rest_path("/v1/compatible-kafka-versions?clusterArn=%s", arn);
    code = cli_call(c, "GET", target, NULL, &answer);
    if (!code && c->json)
        cli_print_json(json_object_get(answer, "compatibleKafkaVersions"));
    else
        json_array_foreach (json_object_get(answer, "compatibleKafkaVersions"), i, pair)
            print_pair(pair);
    json_decref(answer);
    return code;
}

static const struct cli_option versions_options[] = {
    { "for", "CLUSTER", "those that this cluster can be updated to" },
    { NULL, NULL, NULL },
};

static int versions(struct cli *c)
{
    static const struct table_column columns[] = { { "VERSION", "version" },
                                                   { "STATUS", "status" },
                                                   { NULL, NULL } };

    if (args_get(c->args, "for"))
        return versions_for(c, args_get(c->args, "for"));
    return list_below(c, "/v1/kafka-versions", "kafkaVersions", columns);
}

const struct cli_command cli_info_commands[] = {
    { "bootstrap", "CLUSTER", "show what clients connect to", NULL, 1, 1, bootstrap_options, false,
      bootstrap },
    { "nodes", "CLUSTER", "list a cluster's brokers and controllers", NULL, 1, 1, NULL, false,
      nodes },
    { "operations", "CLUSTER", "list what has been done to a cluster", NULL, 1, 1, NULL, false,
      operations },
    { "versions", "", "list the Kafka versions on offer", NULL, 0, 0, versions_options, false,
      versions },
    { NULL, NULL, NULL, NULL, 0, 0, NULL, false, NULL },
};
