/* klamm's own calls: how a cluster's partitions move (docs/rebalance.md). MSK has none for it. */
#include "controlplane/fleet/rebalance.h"
#include "api/agent/rebalance.h"
#include "common/log.h"
#include "controlplane/rest/routes.h"
#include "controlplane/rest/update.h"

static json_t *shape(struct cluster *c)
{
    const json_t *seen = json_object_get(c->rebalance, "seen");
    int64_t id = json_integer_value(json_object_get(c->rebalance, "id"));
    const char *reason, *key;
    json_t *o = json_object(), *value;

    (void)rebalance_state_of(c, id, &reason);
    json_object_set_new(o, "state", json_string("waiting"));
    json_object_set_new(o, "reason", json_string(reason));
    json_object_foreach ((json_t *)(uintptr_t)seen, key, value)
        json_object_set(o, key, value);
    json_object_del(o, "clusterId");
    json_object_set_new(o, "clusterArn", json_string(c->arn));
    json_object_set_new(o, "id", json_integer(id));
    for (const char *const *k = (const char *const[]){ "dryRun", "cancel", "drain", "over", NULL }; *k; k++)
        json_object_set(o, *k, json_object_get(c->rebalance, *k));
    return o;
}

static bool is_broker_of(struct cluster *c, const json_t *id)
{
    list_each(at, &c->processes) {
        const struct process *p = list_item(at, struct process, node);

        if (p->kind == PROCESS_BROKER && json_is_integer(id) && json_integer_value(id) == p->node_id)
            return true;
    }
    return false;
}

/* Refuses what is wrong. */
static void read_options(struct call *c, struct cluster *cluster, struct rebalance_options *ret)
{
    json_t *drain = json_object_get(c->body, "drainBrokerIds");
    const json_t *dry = json_object_get(c->body, "dryRun"), *rate = json_object_get(c->body, "rateMiB");

    *ret = (struct rebalance_options){
        .dry_run = json_is_true(dry), .rate_bytes = json_integer_value(rate) << 20, .drain = drain,
    };
    if (dry && !json_is_boolean(dry))
        call_bad(c, "dryRun", "dryRun: must be true or false.");
    if (rate && (!json_is_integer(rate) || json_integer_value(rate) < 1 ||
                 json_integer_value(rate) > REBALANCE_RATE_MIB_MAX))
        call_bad(c, "rateMiB", "rateMiB: must be a number of 1 to %d.", REBALANCE_RATE_MIB_MAX);
    if (drain && (!json_is_array(drain) || json_array_size(drain) > REBALANCE_DRAIN_MAX))
        call_bad(c, "drainBrokerIds", "drainBrokerIds: must be a list of at most %d broker ids.",
                 REBALANCE_DRAIN_MAX);
    for (size_t i = 0; i < json_array_size(drain) && !call_refused(c); i++)
        if (!is_broker_of(cluster, json_array_get(drain, i)))
            call_bad(c, "drainBrokerIds", "drainBrokerIds: element %zu is no broker of the cluster.", i);
}

void rest_klamm_rebalance(struct call *c)
{
    struct cluster *cluster = update_cluster(c, false);
    struct rebalance_options o;
    int64_t id;

    if (!cluster)
        return;
    read_options(c, cluster, &o);
    if (call_refused(c))
        return;
    if (rebalance_under_way(cluster)) {
        call_refuse(c, 409, "ConflictException", "clusterArn",
                    "A rebalance of the cluster is under way. Wait until it is over, or cancel it.");
        return;
    }
    store_begin(c->store);
    json_incref(o.drain);
    id = rebalance_want(c->store, cluster, &o);
    call_commit(c);
    fleet_wake(c->fleet);
    log_event(LOG_INFO, "rebalance_wanted", "cluster=%s id=%lld dry_run=%d", cluster->name, (long long)id,
              o.dry_run);
    c->answer = shape(cluster);
}

void rest_klamm_describe_rebalance(struct call *c)
{
    struct cluster *cluster = call_cluster(c);

    if (cluster && !cluster->rebalance)
        call_refuse(c, 404, "NotFoundException", "clusterArn", "The cluster has never been rebalanced.");
    else if (cluster)
        c->answer = shape(cluster);
}

void rest_klamm_cancel_rebalance(struct call *c)
{
    struct cluster *cluster = call_cluster(c);

    if (!cluster)
        return;
    if (!rebalance_under_way(cluster)) {
        call_refuse(c, 404, "NotFoundException", "clusterArn", "No rebalance of the cluster is under way.");
        return;
    }
    store_begin(c->store);
    rebalance_cancel(c->store, cluster);
    call_commit(c);
    fleet_wake(c->fleet);
    c->answer = shape(cluster);
}
