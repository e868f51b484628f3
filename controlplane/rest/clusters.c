#include <stdio.h>

#include "api/rest/validate.h"
#include "common/buf.h"
#include "common/log.h"
#include "common/rng.h"
#include "common/uuid.h"
#include "controlplane/fleet/act.h"
#include "controlplane/fleet/wanted.h"
#include "controlplane/rest/configurations.h"
#include "controlplane/rest/routes.h"
#include "controlplane/rest/shape.h"
#include "controlplane/rest/update.h"

static const char *zone_of_subnet(void *ctx, const char *id)
{
    const struct subnet *s = config_subnet(ctx, id);

    return s ? s->zone : NULL;
}

static bool has_security_group(void *ctx, const char *id)
{
    const struct config *config = ctx;

    return strcmp(config->security_group, id) == 0;
}

char *rest_new_uuid(struct arena *a)
{
    OWNED_MEM char *uuid = act_new_uuid();

    return arena_printf(a, "%s", uuid);
}

struct operation *rest_new_operation(struct call *c, const struct cluster *cluster, const char *type)
{
    return act_new_operation(&(struct act){ c->store, c->config, c->now_ms }, cluster, type);
}

static struct cluster *store_new_cluster(struct call *c, const char *name, json_t *spec,
                                         json_t *tags)
{
    const char *uuid = rest_new_uuid(c->arena);
    const char *arn = arena_printf(c->arena, "arn:aws:kafka:%s:%s:cluster/%s/%s", c->config->region,
                                   c->config->account_id, name, uuid);
    struct uuid id = uuid_random();
    struct uuid_text kafka_id = uuid_print(&id);
    struct cluster *cluster;
    char version[15];

    act_new_version(version);
    store_begin(c->store);
    cluster = store_cluster_new(c->store, arn, name, spec, tags);
    store_set_text(&cluster->uuid, uuid);
    store_set_text(&cluster->kafka_id, kafka_id.text);
    store_set_text(&cluster->current_version, version);
    cluster->created_ms = c->now_ms;
    cluster->brokers_n = (int32_t)json_integer_value(json_object_get(spec, "numberOfBrokerNodes"));
    store_put_cluster(c->store, cluster);
    (void)rest_new_operation(c, cluster, "CREATE_CLUSTER");
    call_commit(c);
    log_event(LOG_INFO, "cluster_create", "name=%s brokers=%d", name, cluster->brokers_n);
    return cluster;
}

/* `provisioned` has the members that v1 has at the top. */
static void create(struct call *c, const json_t *provisioned, bool v2)
{
    struct validate_vpc vpc = { zone_of_subnet, has_security_group, (void *)(uintptr_t)c->config };
    struct refusal refusal = { 0 };
    const char *name = validate_cluster_name(c->body, &refusal);
    json_t *tags = name ? validate_tags(json_object_get(c->body, "tags"), &refusal) : NULL;
    json_t *spec = tags ? validate_provisioned(provisioned, &vpc, &refusal) : NULL;
    struct cluster *cluster;

    if (!spec)
        call_bad(c, refusal.parameter, "%s", refusal.why.text);
    else if (json_object_get(spec, "configurationInfo"))
        (void)configuration_exists(c, json_object_get(spec, "configurationInfo"));
    if (call_refused(c) || store_cluster_named(c->store, str_of(name))) {
        if (!call_refused(c))
            call_refuse(c, 409, "ConflictException", "clusterName",
                        "A resource with this name already exists.");
        json_decref(spec);
        json_decref(tags);
        return;
    }
    cluster = store_new_cluster(c, name, spec, tags);
    c->answer = json_pack("{s:s, s:s, s:s}", "clusterArn", cluster->arn, "clusterName",
                          cluster->name, "state", store_cluster_state_name(cluster->state));
    if (v2)
        json_object_set_new(c->answer, "clusterType", json_string("PROVISIONED"));
    fleet_wake(c->fleet);
}

void rest_create_cluster(struct call *c)
{
    create(c, c->body, false);
}

void rest_create_cluster_v2(struct call *c)
{
    const json_t *provisioned = json_object_get(c->body, "provisioned");
    bool serverless = json_is_object(json_object_get(c->body, "serverless"));

    if (serverless)
        call_bad(c, "serverless", "serverless: not available in klamm; ask for provisioned.");
    else if (!json_is_object(provisioned))
        call_bad(c, "provisioned", "The request is missing a required parameter: provisioned.");
    else
        create(c, provisioned, true);
}

void rest_describe_cluster(struct call *c)
{
    struct cluster *cluster = call_cluster(c);

    if (cluster)
        c->answer = json_pack("{s:o}", "clusterInfo", shape_cluster_v1(c, cluster));
}

void rest_describe_cluster_v2(struct call *c)
{
    struct cluster *cluster = call_cluster(c);

    if (cluster)
        c->answer = json_pack("{s:o}", "clusterInfo", shape_cluster_v2(c, cluster));
}

static void list(struct call *c, bool v2)
{
    struct str name = call_query(c, "clusterNameFilter", 0),
               type = call_query(c, "clusterTypeFilter", 0);
    json_t *items = json_array();
    struct page page;

    c->answer = json_pack("{s:o}", "clusterInfoList", items);
    if (v2 && type.p && !str_is(type, "PROVISIONED") && !str_is(type, "SERVERLESS"))
        call_bad(c, "clusterTypeFilter",
                 "clusterTypeFilter: '%.*s' must be PROVISIONED or SERVERLESS.", STR_ARG(type));
    if (!call_page(c, &page))
        return;
    list_each(node, store_clusters(c->store)) {
        struct cluster *cluster = list_item(node, struct cluster, node);

        if (name.p &&
            (strlen(cluster->name) < name.n || memcmp(cluster->name, name.p, name.n) != 0))
            continue;
        if (v2 && str_is(type, "SERVERLESS"))
            continue;
        if (page_take(&page, cluster->arn))
            json_array_append_new(items,
                                  v2 ? shape_cluster_v2(c, cluster) : shape_cluster_v1(c, cluster));
    }
    page_end(c, &page);
}

void rest_list_clusters(struct call *c)
{
    list(c, false);
}

void rest_list_clusters_v2(struct call *c)
{
    list(c, true);
}

void rest_delete_cluster(struct call *c)
{
    struct cluster *cluster = call_cluster(c);
    struct str version = call_query(c, "currentVersion", 0);
    struct operation *o;

    if (!cluster)
        return;
    if (version.p && !str_is(version, cluster->current_version)) {
        call_bad(c, "currentVersion",
                 "The version of the cluster isn't current. Check the current version and try "
                 "again.");
        return;
    }
    if (cluster->state != CLUSTER_DELETING) {
        store_begin(c->store);
        o = store_active_operation(c->store, cluster);
        if (o) { /* a create in the works ends here */
            o->state = OPERATION_FAILED;
            o->ended_ms = c->now_ms;
            store_set_text(&o->error_code, "Deleted");
            store_set_text(&o->error_message,
                           "The cluster was deleted before the operation was done.");
            store_put_operation(c->store, o);
        }
        cluster->state = CLUSTER_DELETING;
        store_put_cluster(c->store, cluster);
        (void)rest_new_operation(c, cluster, "DELETE_CLUSTER");
        call_commit(c);
        log_event(LOG_INFO, "cluster_delete", "name=%s", cluster->name);
        fleet_wake(c->fleet);
    }
    c->answer = json_pack("{s:s, s:s}", "clusterArn", cluster->arn, "state",
                          store_cluster_state_name(cluster->state));
}

void rest_get_bootstrap_brokers(struct call *c)
{
    struct cluster *cluster = call_cluster(c);
    OWNED_BUF text = { 0 };

    if (!cluster)
        return;
    if (cluster->state == CLUSTER_FAILED || cluster->state == CLUSTER_DELETING ||
        list_empty(&cluster->processes)) {
        call_bad(c, "clusterArn", "You can't get bootstrap broker nodes for a cluster in %s state.",
                 store_cluster_state_name(cluster->state));
        return;
    }
    list_each(node, &cluster->processes) {
        const struct process *p = list_item(node, struct process, node);

        if (p->kind == PROCESS_BROKER && p->wanted == WANTED_RUN)
            buf_printf(&text, "%s%s:%d", text.n ? "," : "", p->address, WANTED_BROKER_PORT);
    }
    c->answer = json_pack("{s:s}", "bootstrapBrokerString", buf_text(&text));
}

void rest_list_nodes(struct call *c)
{
    struct cluster *cluster = call_cluster(c);
    json_t *items = json_array();
    struct page page;

    c->answer = json_pack("{s:o}", "nodeInfoList", items);
    if (!cluster || !call_page(c, &page))
        return;
    list_each(node, &cluster->processes) {
        const struct process *p = list_item(node, struct process, node);

        if (page_take(&page, arena_printf(c->arena, "%d", p->node_id)))
            json_array_append_new(items, shape_node(cluster, p, act_operation(c->store, cluster)));
    }
    page_end(c, &page);
}
