/* Topics through the control plane, as MSK has them: a broker of the cluster is asked each time, so
 * what is told is as fresh as its metadata. Kafka's own topics are not listed. */
#include <stdlib.h>

#include "api/rest/configuration.h"
#include "controlplane/rest/routes.h"
#include "controlplane/store/event.h"

/* --- what Kafka refuses, by MSK's names --- */

static const struct {
    const char *error, *type;
    int status;
} refusals[] = {
    { "TOPIC_ALREADY_EXISTS", "TopicExistsException", 409 },
    { "UNKNOWN_TOPIC_OR_PARTITION", "UnknownTopicOrPartitionException", 404 },
    { "UNKNOWN_TOPIC_ID", "UnknownTopicOrPartitionException", 404 },
    { "NOT_CONTROLLER", "NotControllerException", 409 },
    { "REASSIGNMENT_IN_PROGRESS", "ReassignmentInProgressException", 409 },
    { "GROUP_SUBSCRIBED_TO_TOPIC", "GroupSubscribedToTopicException", 409 },
    { "REQUEST_TIMED_OUT", "KafkaTimeoutException", 409 },
    { ASK_UNREACHABLE, "ClusterConnectivityException", 409 },
};

/* Calls that read have names of their own for the same (the model lists no others for them). */
static void refuse_read(struct call *c, const char *error, const char *message)
{
    if (strcmp(error, "UNKNOWN_TOPIC_OR_PARTITION") == 0)
        call_refuse(c, 404, "NotFoundException", "topicName",
                    "The topic doesn't exist in the cluster.");
    else if (strcmp(error, "INVALID_TOPIC_EXCEPTION") == 0)
        call_bad(c, "topicName", "%s", message);
    else
        call_refuse(c, 500, "InternalServerErrorException", "", "%s: %s", error, message);
}

static void refuse_write(struct call *c, const char *error, const char *message)
{
    for (unsigned i = 0; i < ARRAY_LEN(refusals); i++)
        if (strcmp(error, refusals[i].error) == 0) {
            call_refuse(c, refusals[i].status, refusals[i].type, "", "%s", message);
            return;
        }
    call_refuse(c, 400, "KafkaRequestException", "", "%s: %s", error, message);
}

/* False: the broker said no, and so has the call. */
static bool is_good(struct call *c, const json_t *answer, bool write)
{
    const char *error = json_string_value(json_object_get(answer, "error"));
    const char *message = json_string_value(json_object_get(answer, "message"));

    if (!error)
        return true;
    if (write)
        refuse_write(c, error, message ? message : error);
    else
        refuse_read(c, error, message ? message : error);
    return false;
}

/* --- asking --- */

/* The topic of the path or of the body; NULL: refused. */
static const char *topic_name(struct call *c)
{
    const json_t *in = json_object_get(c->body, "topicName");
    const char *name =
        c->parameters[1].p ? arena_text(c->arena, c->parameters[1]) : json_string_value(in);

    if (!name || !*name)
        call_bad(c, "topicName", "The request is missing a required parameter: topicName.");
    else if (strlen(name) > ASK_TOPIC_MAX)
        call_bad(c, "topicName", "topicName: must have at most %d characters.", ASK_TOPIC_MAX);
    return call_refused(c) ? NULL : name;
}

/* As MSK: of an ACTIVE cluster. klamm serves topics while a cluster is updated or healed too. */
static bool begin(struct call *c, enum ask_action action)
{
    struct cluster *cluster = call_cluster(c);

    if (!cluster)
        return false;
    if (cluster->state == CLUSTER_CREATING || cluster->state == CLUSTER_FAILED ||
        cluster->state == CLUSTER_DELETING)
        call_bad(c, "clusterArn", "You can't manage topics of a cluster in %s state.",
                 store_cluster_state_name(cluster->state));
    c->asked = cluster;
    c->arn_prefix = arena_printf(c->arena, "arn:aws:kafka:%s:%s:topic/%s/%s/", c->config->region,
                                 c->config->account_id, cluster->name, cluster->uuid);
    c->ask = (struct ask){ .action = action };
    c->asked_for = action;
    return !call_refused(c);
}

static bool begin_topic(struct call *c, enum ask_action action)
{
    const char *name = begin(c, action) ? topic_name(c) : NULL;

    if (name)
        c->ask.topic = mem_strdup(name);
    return name != NULL;
}

static const char *topic_arn(struct call *c, const char *topic)
{
    return arena_printf(c->arena, "%s%s", c->arn_prefix, topic);
}

/* --- changes --- */

/* In its cluster's history; a klammd that dies before does not know whether it has happened. */
static void put_event(struct call *c, const char *topic)
{
    static const struct {
        const char *type, *done;
    } events[ASK_ACTIONS] = { [ASK_CREATE] = { "TOPIC_CREATED", "was created" },
                              [ASK_UPDATE] = { "TOPIC_UPDATED", "was changed" },
                              [ASK_DELETE] = { "TOPIC_DELETED", "was deleted" } };
    const struct cluster *cluster = store_cluster(c->store, c->parameters[0]);

    if (!cluster || !events[c->asked_for].type)
        return;
    store_begin(c->store);
    store_put_event(c->store, cluster->arn, events[c->asked_for].type, json_pack("{s:s}", "topicName", topic),
                    "Topic %s %s.", topic, events[c->asked_for].done);
    call_commit(c);
}

static void finish_change(struct call *c, const json_t *answer, const char *status)
{
    const char *name = topic_name(c);

    if (name && is_good(c, answer, true))
        put_event(c, name);
    if (name && !call_refused(c))
        c->answer = json_pack("{s:s, s:s, s:s}", "topicArn", topic_arn(c, name), "topicName", name,
                              "status", status);
}

static void finish_active(struct call *c, const json_t *answer)
{
    finish_change(c, answer, "ACTIVE");
}

static void finish_delete(struct call *c, const json_t *answer)
{
    finish_change(c, answer, "DELETING");
}

static bool whole_number(struct call *c, const char *member, bool required, json_int_t max,
                         int32_t *ret)
{
    const json_t *in = json_object_get(c->body, member);

    if (!in || json_is_null(in)) {
        if (required)
            call_bad(c, member, "The request is missing a required parameter: %s.", member);
    } else if (!json_is_integer(in) || json_integer_value(in) < 1 || json_integer_value(in) > max) {
        call_bad(c, member, "%s: must be a whole number of 1 to %lld.", member, (long long)max);
    }
    *ret = (int32_t)json_integer_value(in);
    return !call_refused(c);
}

static void trim(struct str *s)
{
    while (s->n && strchr(" \t\r", s->p[0]))
        *s = str_make(s->p + 1, s->n - 1);
    while (s->n && strchr(" \t\r", s->p[s->n - 1]))
        s->n--;
}

/* `name=value`, or nothing worth a word. */
static void take_line(struct call *c, struct str line, json_t *ret)
{
    const char *equals = line.n ? memchr(line.p, '=', line.n) : NULL;
    struct str key, value;

    trim(&line);
    if (!line.n || line.p[0] == '#')
        return;
    if (!equals) {
        call_bad(c, "configs", "configs: '%.*s' is not NAME=VALUE.",
                 (int)(line.n < 100 ? line.n : 100), line.p);
        return;
    }
    key = str_make(line.p, (size_t)(equals - line.p));
    value = str_make(equals + 1, (size_t)(line.p + line.n - equals - 1));
    trim(&key);
    trim(&value);
    if (json_object_set_new(ret, arena_text(c->arena, key), json_stringn(value.p, value.n)))
        call_bad(c, "configs", "configs: a line is not UTF-8.");
}

static json_t *configs_of(struct call *c, const char *text)
{
    struct str left = str_of(text);
    json_t *ret = json_object();

    while (left.n && !call_refused(c)) {
        const char *end = memchr(left.p, '\n', left.n);
        struct str line = str_make(left.p, end ? (size_t)(end - left.p) : left.n);

        left = end ? str_make(end + 1, left.n - line.n - 1) : str_make(left.p, 0);
        take_line(c, line, ret);
    }
    if (json_object_size(ret) > ASK_CONFIGS_MAX)
        call_bad(c, "configs", "configs: at most %d may be set at once.", ASK_CONFIGS_MAX);
    return ret;
}

/* `configs` is base64 of lines `name=value`. */
static bool take_configs(struct call *c)
{
    const json_t *in = json_object_get(c->body, "configs");
    struct refusal refusal = { 0 };
    OWNED_MEM char *text = NULL;

    if (!in || json_is_null(in))
        return true;
    text = json_is_string(in) ? configuration_text(json_string_value(in), &refusal) : NULL;
    if (!text)
        call_bad(c, "configs", "configs: must be the base64 of lines NAME=VALUE.");
    else
        c->ask.configs = configs_of(c, text);
    return !call_refused(c);
}

void rest_create_topic(struct call *c)
{
    if (begin_topic(c, ASK_CREATE) &&
        whole_number(c, "partitionCount", true, INT32_MAX, &c->ask.partitions) &&
        whole_number(c, "replicationFactor", true, INT16_MAX, &c->ask.replicas) && take_configs(c))
        c->finish = finish_active;
}

void rest_update_topic(struct call *c)
{
    if (!begin_topic(c, ASK_UPDATE) ||
        !whole_number(c, "partitionCount", false, INT32_MAX, &c->ask.partitions) ||
        !take_configs(c))
        return;
    if (!c->ask.partitions && !json_object_size(c->ask.configs))
        call_bad(c, "configs", "The request changes nothing: give partitionCount or configs.");
    else
        c->finish = finish_active;
}

void rest_delete_topic(struct call *c)
{
    if (begin_topic(c, ASK_DELETE))
        c->finish = finish_delete;
}

/* --- descriptions --- */

static void finish_describe(struct call *c, const json_t *answer)
{
    const char *name = topic_name(c), *key;
    OWNED_BUF lines = { 0 };
    OWNED_MEM char *base64 = NULL;
    json_t *value;

    if (!name || !is_good(c, answer, false))
        return;
    json_object_foreach (json_object_get(answer, "configs"), key, value)
        buf_printf(&lines, "%s=%s\n", key, json_string_value(value));
    base64 = configuration_base64(lines.n ? buf_text(&lines) : "");
    c->answer = json_pack("{s:s, s:s, s:s, s:s}", "topicArn", topic_arn(c, name), "topicName", name,
                          "status", "ACTIVE", "configs", base64);
    json_object_set(c->answer, "partitionCount", json_object_get(answer, "partitions"));
    json_object_set(c->answer, "replicationFactor", json_object_get(answer, "replicas"));
}

void rest_describe_topic(struct call *c)
{
    if (begin_topic(c, ASK_DESCRIBE))
        c->finish = finish_describe;
}

/* Page tokens hold the last name, or the index of the last partition. */
static bool take_page(struct call *c, struct page *ret)
{
    if (!call_page(c, ret))
        return false;
    c->ask.max = ret->max;
    return true;
}

static void finish_partitions(struct call *c, const json_t *answer)
{
    const json_t *items = json_object_get(answer, "items");
    size_t n = json_array_size(items);

    if (!is_good(c, answer, false))
        return;
    c->answer = json_pack("{s:O}", "partitions", items);
    if (n && json_is_true(json_object_get(answer, "more")))
        json_object_set_new(
            c->answer, "nextToken",
            page_token_print(arena_printf(c->arena, "%lld",
                                          (long long)json_integer_value(json_object_get(
                                              json_array_get(items, n - 1), "partition")))));
}

void rest_describe_topic_partitions(struct call *c)
{
    struct page page;
    long after = -1;

    if (!begin_topic(c, ASK_PARTITIONS) || !take_page(c, &page))
        return;
    if (page.after.p)
        after = strtol(arena_text(c->arena, page.after), NULL, 10);
    c->ask.from = after < 0 || after >= INT32_MAX ? 0 : (int32_t)after + 1;
    c->finish = finish_partitions;
}

static json_t *topic_item(struct call *c, const json_t *in)
{
    const char *name = json_string_value(json_object_get(in, "name"));
    json_t *item = json_pack("{s:s, s:s}", "topicArn", topic_arn(c, name ? name : ""), "topicName",
                             name ? name : "");

    json_object_set(item, "partitionCount", json_object_get(in, "partitions"));
    json_object_set(item, "replicationFactor", json_object_get(in, "replicas"));
    json_object_set(item, "outOfSyncReplicaCount", json_object_get(in, "outOfSync"));
    return item;
}

static void finish_list(struct call *c, const json_t *answer)
{
    const json_t *topics = json_object_get(answer, "topics"), *last;
    json_t *items = json_array();
    size_t n = json_array_size(topics);

    c->answer = json_pack("{s:o}", "topics", items);
    if (!is_good(c, answer, false))
        return;
    for (size_t i = 0; i < n; i++)
        json_array_append_new(items, topic_item(c, json_array_get(topics, i)));
    last = n ? json_object_get(json_array_get(topics, n - 1), "name") : NULL;
    if (last && json_is_true(json_object_get(answer, "more")))
        json_object_set_new(c->answer, "nextToken", page_token_print(json_string_value(last)));
}

void rest_list_topics(struct call *c)
{
    struct str prefix = call_query(c, "topicNameFilter", 0);
    struct page page;

    if (prefix.n > ASK_TOPIC_MAX)
        call_bad(c, "topicNameFilter", "topicNameFilter: must have at most %d characters.",
                 ASK_TOPIC_MAX);
    if (call_refused(c) || !begin(c, ASK_LIST) || !take_page(c, &page))
        return;
    if (prefix.n)
        c->ask.prefix = mem_strndup(prefix.p, prefix.n);
    if (page.after.n && page.after.n <= ASK_TOPIC_MAX)
        c->ask.after = mem_strndup(page.after.p, page.after.n);
    c->finish = finish_list;
}
