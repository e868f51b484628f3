/* Configurations: named texts of server.properties with revisions that never change. */
#include "api/rest/configuration.h"
#include "common/log.h"
#include "controlplane/rest/configurations.h"
#include "controlplane/rest/routes.h"
#include "controlplane/rest/update.h"

static json_t *shape_revision(const struct configuration_revision *r)
{
    return json_pack("{s:o, s:s, s:i}", "creationTime", json_time(r->created_ms), "description",
                     r->description ? r->description : "", "revision", r->number);
}

static json_t *shape(const struct configuration *k)
{
    return json_pack("{s:s, s:s, s:s, s:o, s:O, s:o, s:s}", "arn", k->arn, "name", k->name,
                     "description", k->description ? k->description : "", "creationTime",
                     json_time(k->created_ms), "kafkaVersions", k->kafka_versions, "latestRevision",
                     shape_revision(store_configuration_latest(k)), "state", "ACTIVE");
}

/* The configuration of the path's first parameter, or a refusal. */
static struct configuration *find(struct call *c)
{
    struct configuration *k = store_configuration(c->store, c->parameters[0]);

    if (!k && (c->parameters[0].n < 14 || memcmp(c->parameters[0].p, "arn:aws:kafka:", 14) != 0))
        call_bad(c, "arn", "Invalid Configuration ARN. '%.*s' is none.", STR_ARG(c->parameters[0]));
    else if (!k)
        call_refuse(c, 404, "NotFoundException", "arn",
                    "The ARN that you supplied doesn't identify an existing configuration: %.*s",
                    STR_ARG(c->parameters[0]));
    return k;
}

/* The text of the request's serverProperties, checked; the caller frees. NULL: refused. */
static char *text_of(struct call *c)
{
    const char *base64 = json_string_value(json_object_get(c->body, "serverProperties"));
    struct refusal refusal = { 0 };
    char *text = configuration_text(base64, &refusal);
    json_t *properties = text ? configuration_properties(str_of(text), &refusal) : NULL;

    if (!properties) {
        call_bad(c, refusal.parameter, "%s", refusal.why.text);
        mem_free(text);
        return NULL;
    }
    json_decref(properties);
    return text;
}

static bool members_good(struct call *c, const struct member *table)
{
    struct refusal refusal = { 0 };

    if (!members_check(table, c->body, &refusal) ||
        (table == members_configuration && !configuration_name(c->body, &refusal)))
        call_bad(c, refusal.parameter, "%s", refusal.why.text);
    return !call_refused(c);
}

static void add_revision(struct call *c, struct configuration *k, const char *text)
{
    struct configuration_revision *r = store_configuration_revision_new(k, text);

    r->created_ms = c->now_ms;
    store_set_text(&r->description, json_string_value(json_object_get(c->body, "description")));
    store_put_configuration_revision(c->store, k, r);
}

static struct configuration *make(struct call *c, const char *name, const char *text)
{
    const char *arn =
        arena_printf(c->arena, "arn:aws:kafka:%s:%s:configuration/%s/%s", c->config->region,
                     c->config->account_id, name, rest_new_uuid(c->arena));
    json_t *versions = json_object_get(c->body, "kafkaVersions");
    struct configuration *k;

    store_begin(c->store);
    k = store_configuration_new(c->store, arn, name);
    k->created_ms = c->now_ms;
    store_set_text(&k->description, json_string_value(json_object_get(c->body, "description")));
    if (json_is_array(versions))
        store_set_json(&k->kafka_versions, json_incref(versions));
    store_put_configuration(c->store, k);
    add_revision(c, k, text);
    call_commit(c);
    log_event(LOG_INFO, "configuration_create", "name=%s", name);
    return k;
}

void rest_create_configuration(struct call *c)
{
    OWNED_MEM char *text = members_good(c, members_configuration) ? text_of(c) : NULL;
    const char *name = json_string_value(json_object_get(c->body, "name"));

    if (!text)
        return;
    if (store_configuration_named(c->store, name))
        call_refuse(c, 409, "ConflictException", "name",
                    "A resource with this name already exists.");
    else if (store_configurations_n(c->store) >= CONFIGURATIONS_MAX)
        call_bad(c, "name", "The account has %d configurations, more are not allowed.",
                 CONFIGURATIONS_MAX);
    if (call_refused(c))
        return;
    c->answer = shape(make(c, name, text));
    json_object_del(c->answer, "description");
    json_object_del(c->answer, "kafkaVersions");
}

void rest_update_configuration(struct call *c)
{
    struct configuration *k = find(c);
    OWNED_MEM char *text = k && members_good(c, members_configuration_revision) ? text_of(c) : NULL;

    if (!text)
        return;
    if (store_configuration_latest(k)->number >= CONFIGURATION_REVISIONS_MAX) {
        call_bad(c, "arn", "The configuration has %d revisions, more are not allowed.",
                 CONFIGURATION_REVISIONS_MAX);
        return;
    }
    store_begin(c->store);
    add_revision(c, k, text);
    call_commit(c);
    c->answer = json_pack("{s:s, s:o}", "arn", k->arn, "latestRevision",
                          shape_revision(store_configuration_latest(k)));
}

void rest_describe_configuration(struct call *c)
{
    const struct configuration *k = find(c);

    if (k)
        c->answer = shape(k);
}

/* The revision of the path's second parameter, or a refusal. */
static const struct configuration_revision *find_revision(struct call *c,
                                                          const struct configuration *k)
{
    const char *text = arena_text(c->arena, c->parameters[1]);
    char *end;
    long number = strtol(text, &end, 10);
    const struct configuration_revision *r =
        *text && !*end ? store_configuration_revision(k, number) : NULL;

    if (!r)
        call_refuse(c, 404, "NotFoundException", "revision",
                    "The configuration has no revision '%.32s'.", text);
    return r;
}

void rest_describe_configuration_revision(struct call *c)
{
    const struct configuration *k = find(c);
    const struct configuration_revision *r = k ? find_revision(c, k) : NULL;
    OWNED_MEM char *base64 = NULL;

    if (!r)
        return;
    base64 = configuration_base64(r->properties);
    c->answer = shape_revision(r);
    json_object_set_new(c->answer, "arn", json_string(k->arn));
    json_object_set_new(c->answer, "serverProperties", json_string(base64));
}

void rest_list_configurations(struct call *c)
{
    json_t *items = json_array();
    struct page page;

    c->answer = json_pack("{s:o}", "configurations", items);
    if (!call_page(c, &page))
        return;
    list_each (node, store_configurations(c->store)) {
        const struct configuration *k = list_item(node, struct configuration, node);

        if (page_take(&page, k->arn))
            json_array_append_new(items, shape(k));
    }
    page_end(c, &page);
}

void rest_list_configuration_revisions(struct call *c)
{
    struct configuration *k = find(c);
    json_t *items = json_array();
    struct page page;

    c->answer = json_pack("{s:o}", "revisions", items);
    if (!k || !call_page(c, &page))
        return;
    list_each (node, &k->revisions) {
        const struct configuration_revision *r =
            list_item(node, struct configuration_revision, node);

        if (page_take(&page, arena_printf(c->arena, "%d", r->number)))
            json_array_append_new(items, shape_revision(r));
    }
    page_end(c, &page);
}

static bool refers_to(const json_t *o, const char *arn)
{
    const char *used =
        json_string_value(json_object_get(json_object_get(o, "configurationInfo"), "arn"));

    return used && strcmp(used, arn) == 0;
}

/* By a cluster, or by an update that may have to put it back. */
static const struct cluster *user_of(struct call *c, const char *arn)
{
    list_each (node, store_clusters(c->store)) {
        const struct cluster *cluster = list_item(node, struct cluster, node);
        const struct operation *o = store_active_operation(c->store, cluster);

        if (refers_to(cluster->spec, arn) ||
            (o && refers_to(json_object_get(o->plan, "undo"), arn)))
            return cluster;
    }
    return NULL;
}

void rest_delete_configuration(struct call *c)
{
    struct configuration *k = find(c);
    const struct cluster *user = k ? user_of(c, k->arn) : NULL;

    if (!k)
        return;
    if (user) {
        call_bad(
            c, "arn",
            "Configuration is in use by one or more clusters. Dissociate the configuration from the"
            " clusters. Cluster %s uses it.",
            user->name);
        return;
    }
    c->answer = json_pack("{s:s, s:s}", "arn", k->arn, "state", "DELETING");
    store_begin(c->store);
    store_remove_configuration(c->store, k);
    call_commit(c);
}

bool configuration_exists(struct call *c, const json_t *info)
{
    const char *arn = json_string_value(json_object_get(info, "arn"));
    long number = (long)json_integer_value(json_object_get(info, "revision"));
    const struct configuration *k = store_configuration(c->store, str_of(arn));

    if (!k)
        call_bad(c, "configurationInfo",
                 "Invalid Configuration ARN. '%.200s' identifies no configuration.", arn);
    else if (!store_configuration_revision(k, number))
        call_bad(c, "configurationInfo", "The configuration %s has no revision %ld.", k->name,
                 number);
    return !call_refused(c);
}

static bool is_the_same(const json_t *info, const json_t *other)
{
    return json_equal(json_object_get(info, "arn"), json_object_get(other, "arn")) &&
           json_equal(json_object_get(info, "revision"), json_object_get(other, "revision"));
}

void configuration_set(struct cluster *cluster, struct operation *o, json_t *info)
{
    json_t *before = json_object_get(cluster->spec, "configurationInfo");

    if (before)
        json_object_set(o->source, "configurationInfo", before);
    json_object_set(o->target, "configurationInfo", info);
    json_object_set_new(
        o->plan, "undo",
        json_pack("{s:o}", "configurationInfo", before ? json_incref(before) : json_null()));
    json_object_set(cluster->spec, "configurationInfo", info);
}

json_t *configuration_wanted(struct call *c, const json_t *info)
{
    struct refusal refusal = { 0 };

    if (!json_is_object(info))
        call_bad(c, "configurationInfo",
                 "The request is missing a required parameter: configurationInfo.");
    else if (!members_check(members_configuration_info, info, &refusal))
        call_bad(c, refusal.parameter, "%s", refusal.why.text);
    else if (configuration_exists(c, info))
        return json_pack("{s:O, s:O}", "arn", json_object_get(info, "arn"), "revision",
                         json_object_get(info, "revision"));
    return NULL;
}

/* MSK's rule: the text is applied by a rolling restart of every broker. */
void rest_update_cluster_configuration(struct call *c)
{
    struct cluster *cluster = update_cluster(c, true);
    json_t *info = cluster ? configuration_wanted(c, json_object_get(c->body, "configurationInfo")) : NULL;
    struct operation *o;

    if (info && is_the_same(info, json_object_get(cluster->spec, "configurationInfo")))
        call_bad(c, "configurationInfo",
                 "The request does not include any updates to the configuration of the"
                 " cluster. Verify the request, then try again.");
    if (!call_refused(c) && update_partitions_fit(c, cluster, NULL, "configurationInfo")) {
        o = update_begin(c, cluster, "UPDATE_CLUSTER_CONFIGURATION");
        configuration_set(cluster, o, info);
        update_touch(c, o, "restart", NULL, true);
        update_answer(c, cluster, o);
    }
    json_decref(info);
}
