/* klamm topic list, create, describe, update, delete */
#include <stdio.h>

#include "api/cli/cli.h"
#include "api/cli/print.h"
#include "api/rest/configuration.h"

static const struct cli_option list_options[] = {
    { "prefix", "TEXT", "topics whose names begin so" },
    { NULL, NULL, NULL },
};

static const struct cli_option create_options[] = {
    { "partitions", "N", "default 1" },
    { "replicas", "N", "default 3" },
    { "config", "NAME=VALUE", "may stand several times" },
    { NULL, NULL, NULL },
};

static const struct cli_option update_options[] = {
    { "partitions", "N", "how many there shall be; they never become fewer" },
    { "config", "NAME=VALUE", "may stand several times" },
    { NULL, NULL, NULL },
};

/* "/v1/clusters/ARN/topics/TOPIC" and what is below it; the caller frees. */
static int path_of(struct cli *c, const char *below, char **ret)
{
    OWNED_MEM char *arn = NULL, *cluster = NULL, *topic = NULL;
    int code = cli_cluster_arn(c, c->args->positional[0], &arn);

    if (code)
        return code;
    cluster = rest_path("/v1/clusters/%s/topics", arn);
    topic = c->args->positional_n > 1 ? rest_path("/%s", c->args->positional[1]) : mem_strdup("");
    *ret = mem_printf("%s%s%s", cluster, topic, below);
    return CLI_OK;
}

static int list(struct cli *c)
{
    static const struct table_column columns[] = {
        { "TOPIC", "topicName" },
        { "PARTITIONS", "partitionCount" },
        { "REPLICAS", "replicationFactor" },
        { "OUT OF SYNC", "outOfSyncReplicaCount" },
        { NULL, NULL },
    };
    const char *prefix = args_get(c->args, "prefix");
    OWNED_MEM char *target = NULL;
    OWNED_MEM char *filter = prefix ? rest_path("?topicNameFilter=%s", prefix) : mem_strdup("");
    int code = path_of(c, filter, &target);

    return code ? code : cli_list(c, target, "topics", columns);
}

/* The configs given, as base64 of lines; NULL when there is none. */
static int configs_of(struct cli *c, json_t *body)
{
    OWNED_BUF lines = { 0 };
    OWNED_MEM char *base64 = NULL;
    const char *one;

    for (unsigned i = 0; (one = args_nth(c->args, "config", i)); i++) {
        if (!strchr(one, '=') || *one == '=')
            return cli_fail(CLI_USAGE, "--config: '%s' must be NAME=VALUE", one);
        buf_printf(&lines, "%s\n", one);
    }
    if (!lines.n)
        return CLI_OK;
    base64 = configuration_base64(buf_text(&lines));
    json_object_set_new(body, "configs", json_string(base64));
    return CLI_OK;
}

/* Sends the body, which is taken over, and says what became of it. */
static int change(struct cli *c, const char *method, const char *target, json_t *body,
                  const char *done)
{
    json_t *answer = NULL;
    int code = cli_call(c, method, target, body, &answer);

    json_decref(body);
    if (!code && c->json)
        cli_print_json(answer);
    else if (!code)
        printf("topic %s is %s\n", c->args->positional[1], done);
    json_decref(answer);
    return code;
}

static int create(struct cli *c)
{
    OWNED_MEM char *arn = NULL;
    OWNED_MEM char *target = NULL;
    int64_t partitions = 1, replicas = 3;
    struct why reason;
    json_t *body;
    int code;

    if (args_number(c->args, "partitions", 1, 1000000, &partitions, &reason) ||
        args_number(c->args, "replicas", 1, 1000, &replicas, &reason))
        return cli_fail(CLI_USAGE, "%s", reason.text);
    code = cli_cluster_arn(c, c->args->positional[0], &arn);
    if (code)
        return code;
    body = json_pack("{s:s, s:I, s:I}", "topicName", c->args->positional[1], "partitionCount",
                     (json_int_t)partitions, "replicationFactor", (json_int_t)replicas);
    code = configs_of(c, body);
    if (code) {
        json_decref(body);
        return code;
    }
    target = rest_path("/v1/clusters/%s/topics", arn);
    return change(c, "POST", target, body, "created");
}

static int update(struct cli *c)
{
    OWNED_MEM char *target = NULL;
    int64_t partitions = 0;
    struct why reason;
    json_t *body;
    int code;

    if (args_number(c->args, "partitions", 1, 1000000, &partitions, &reason))
        return cli_fail(CLI_USAGE, "%s", reason.text);
    code = path_of(c, "", &target);
    if (code)
        return code;
    body = json_object();
    if (partitions)
        json_object_set_new(body, "partitionCount", json_integer(partitions));
    code = configs_of(c, body);
    if (!code)
        return change(c, "PUT", target, body, "updated");
    json_decref(body);
    return code;
}

static int delete_topic(struct cli *c)
{
    OWNED_MEM char *target = NULL;
    int code = path_of(c, "", &target);

    return code ? code : change(c, "DELETE", target, NULL, "deleted");
}

/* --- describe --- */

static void join(json_t *partition, const char *member)
{
    const json_t *nodes = json_object_get(partition, member);
    OWNED_BUF text = { 0 };

    for (size_t i = 0; i < json_array_size(nodes); i++)
        buf_printf(&text, "%s%lld", i ? "," : "",
                   (long long)json_integer_value(json_array_get(nodes, i)));
    json_object_set_new(partition, member, json_string(text.n ? buf_text(&text) : ""));
}

static void print_topic(const json_t *topic, json_t *partitions)
{
    static const struct table_column columns[] = {
        { "PARTITION", "partition" },
        { "LEADER", "leader" },
        { "REPLICAS", "replicas" },
        { "ISR", "isr" },
        { NULL, NULL },
    };
    struct refusal refusal;
    OWNED_MEM char *configs = configuration_text(cli_text(topic, "configs"), &refusal);
    json_t *partition;
    size_t i;

    printf("%s partitions, %s replicas\n", cli_text(topic, "partitionCount"),
           cli_text(topic, "replicationFactor"));
    if (configs)
        fputs(configs, stdout);
    json_array_foreach(partitions, i, partition)
    {
        join(partition, "replicas");
        join(partition, "isr");
    }
    print_table(columns, partitions);
}

static int describe(struct cli *c)
{
    OWNED_MEM char *target = NULL;
    OWNED_MEM char *below = NULL;
    json_t *topic = NULL, *partitions = NULL;
    int code = path_of(c, "", &target);

    if (!code)
        code = path_of(c, "/partitions", &below);
    if (!code)
        code = cli_call(c, "GET", target, NULL, &topic);
    if (!code)
        code = cli_call_pages(c, below, "partitions", &partitions);
    if (!code && c->json) {
        json_object_set(topic, "partitions", partitions);
        cli_print_json(topic);
    } else if (!code) {
        print_topic(topic, partitions);
    }
    json_decref(topic);
    json_decref(partitions);
    return code;
}

const struct cli_command cli_topic_commands[] = {
    { "topic list", "CLUSTER", "list a cluster's topics", NULL, 1, 1, list_options, false, list },
    { "topic create", "CLUSTER TOPIC", "create a topic", NULL, 2, 2, create_options, false,
      create },
    { "topic describe", "CLUSTER TOPIC", "show a topic's configs and partitions", NULL, 2, 2, NULL,
      false, describe },
    { "topic update", "CLUSTER TOPIC", "add partitions to a topic, or set its configs", NULL, 2, 2,
      update_options, false, update },
    { "topic delete", "CLUSTER TOPIC", "delete a topic and its records", NULL, 2, 2, NULL, false,
      delete_topic },
    { NULL, NULL, NULL, NULL, 0, 0, NULL, false, NULL },
};
