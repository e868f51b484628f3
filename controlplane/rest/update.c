#include "controlplane/rest/update.h"

#include "common/log.h"
#include "controlplane/fleet/capacity.h"
#include "controlplane/reconcile/plan.h"
#include "controlplane/rest/routes.h"

static void check_version(struct call *c, const struct cluster *cluster)
{
    const json_t *version = json_object_get(c->body, "currentVersion");

    if (!version)
        call_bad(c, "currentVersion", "The request is missing a required parameter: currentVersion.");
    else if (!json_is_string(version))
        call_bad(c, "currentVersion", "The parameter currentVersion must be text.");
    else if (strcmp(json_string_value(version), cluster->current_version) != 0)
        call_bad(c, "currentVersion",
                 "The version of the cluster isn't current. Check the current version and try again.");
}

struct cluster *update_cluster(struct call *c, bool needs_version)
{
    struct cluster *cluster = call_cluster(c);
    const struct operation *o;

    if (!cluster)
        return NULL;
    if (needs_version)
        check_version(c, cluster);
    if (!call_refused(c) && cluster->state != CLUSTER_ACTIVE) {
        o = store_active_operation(c->store, cluster);
        call_bad(c, "clusterArn",
                 "You can't update a cluster in %s state%s%s. Wait until it is ACTIVE, then try again.",
                 store_cluster_state_name(cluster->state), o ? ": " : "", o ? o->type : "");
    }
    return call_refused(c) ? NULL : cluster;
}

bool update_partitions_fit(struct call *c, const struct cluster *cluster, const char *type,
                           const char *parameter)
{
    const struct instance_type *t = instance_type_find(type ? type : capacity_instance_type(cluster));
    struct why reason;

    if (t && capacity_partitions_fit(cluster, t, &reason))
        call_bad(c, parameter, "%s: %s", parameter, reason.text);
    return !call_refused(c);
}

struct operation *update_begin(struct call *c, struct cluster *cluster, const char *type)
{
    store_begin(c->store);
    cluster->state = strcmp(type, "REBOOT_NODE") == 0 ? CLUSTER_REBOOTING : CLUSTER_UPDATING;
    return rest_new_operation(c, cluster, type);
}

void update_touch(struct call *c, struct operation *o, const char *how, json_t *brokers, bool controllers)
{
    plan_touch(o, how, store_next_revision(c->store));
    if (brokers)
        json_object_set_new(o->plan, "brokers", brokers);
    if (controllers)
        json_object_set_new(o->plan, "controllers", json_true());
}

void update_answer(struct call *c, struct cluster *cluster, struct operation *o)
{
    json_object_set_new(o->plan, "steps", plan_steps(cluster, o));
    store_put_operation(c->store, o);
    store_put_cluster(c->store, cluster);
    call_commit(c);
    log_event(LOG_INFO, "cluster_update", "name=%s type=%s", cluster->name, o->type);
    c->answer = json_pack("{s:s, s:s}", "clusterArn", cluster->arn, "clusterOperationArn", o->arn);
    fleet_wake(c->fleet);
}

static bool has_broker(struct cluster *cluster, long id)
{
    list_each(node, &cluster->processes) {
        const struct process *p = list_item(node, struct process, node);

        if (p->kind == PROCESS_BROKER && p->node_id == id)
            return true;
    }
    return false;
}

/* Ids as numbers, each once; NULL: refused. */
static json_t *broker_ids(struct call *c, struct cluster *cluster)
{
    const json_t *ids = json_object_get(c->body, "brokerIds");
    json_t *ret = json_array();

    if (!ids)
        call_bad(c, "brokerIds", "The request is missing a required parameter: brokerIds.");
    else if (!json_is_array(ids) || !json_array_size(ids))
        call_bad(c, "brokerIds", "brokerIds: must be a list of at least one broker's id.");
    for (size_t i = 0; i < json_array_size(ids) && !call_refused(c); i++) {
        const char *text = json_string_value(json_array_get(ids, i));
        char *end = NULL;
        long id = text ? strtol(text, &end, 10) : 0;

        if (!text || !*text || *end || !has_broker(cluster, id))
            call_bad(c, "brokerIds", "brokerIds: '%.32s' is no broker of the cluster.", text ? text : "");
        for (size_t k = 0; k < i && !call_refused(c); k++)
            if (json_integer_value(json_array_get(ret, k)) == id)
                call_bad(c, "brokerIds", "brokerIds: %ld is there twice.", id);
        json_array_append_new(ret, json_integer(id));
    }
    if (!call_refused(c))
        return ret;
    json_decref(ret);
    return NULL;
}

/* MSK takes one broker a call; here a list is rebooted one after the other. */
void rest_reboot_broker(struct call *c)
{
    struct cluster *cluster = update_cluster(c, false);
    json_t *ids = cluster ? broker_ids(c, cluster) : NULL;
    struct operation *o;

    if (!ids)
        return;
    o = update_begin(c, cluster, "REBOOT_NODE");
    update_touch(c, o, "restart", ids, false);
    update_answer(c, cluster, o);
}
