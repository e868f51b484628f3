/* Updates that restart no process: monitoring, and what klamm's clusters cannot be switched to. */
#include "api/rest/validate.h"
#include "controlplane/fleet/capacity.h"
#include "controlplane/rest/routes.h"
#include "controlplane/rest/update.h"

/* Members of `change` as the cluster has them now. */
static json_t *before(const struct cluster *cluster, json_t *change)
{
    json_t *now = validate_monitoring_of(cluster->spec), *ret = json_object();
    const char *name;
    json_t *value;

    json_object_foreach (change, name, value)
        json_object_set(ret, name, json_object_get(now, name));
    json_decref(now);
    return ret;
}

static bool exports_any(const json_t *spec)
{
    json_t *now = validate_monitoring_of(spec), *off = validate_monitoring_of(NULL);
    bool ret = !json_equal(json_object_get(now, "openMonitoring"), json_object_get(off, "openMonitoring"));

    json_decref(now);
    json_decref(off);
    return ret;
}

/* Agents are told, and none has to be where nothing is exported. */
void rest_update_monitoring(struct call *c)
{
    struct cluster *cluster = update_cluster(c, true);
    struct refusal refusal = { 0 };
    struct operation *o;
    json_t *change;
    bool exported;

    if (!cluster)
        return;
    change = validate_monitoring(c->body, cluster->spec, &refusal);
    if (!change) {
        call_bad(c, refusal.parameter, "%s", refusal.why.text);
        return;
    }
    o = update_begin(c, cluster, "UPDATE_MONITORING");
    json_object_update_new(o->source, before(cluster, change));
    json_object_update(o->target, change);
    exported = exports_any(cluster->spec);
    json_object_update_new(cluster->spec, change);
    if (exported || exports_any(cluster->spec))
        update_touch(c, o, "apply", NULL, true);
    update_answer(c, cluster, o);
}

/* Listeners are plaintext alone, so what is not refused is what the cluster has already. */
void rest_update_security(struct call *c)
{
    struct cluster *cluster = update_cluster(c, true);
    struct refusal refusal = { 0 };

    if (!cluster)
        return;
    if (!validate_security(c->body, &refusal))
        call_bad(c, refusal.parameter, "%s", refusal.why.text);
    else
        call_bad(c, "clientAuthentication",
                 "The request does not include any updates to the security setting of the "
                 "cluster. Verify the request, then try again.");
}

/* MSK's intelligent rebalancing is of Express brokers alone. */
void rest_update_rebalancing(struct call *c)
{
    struct cluster *cluster = update_cluster(c, true);
    struct refusal refusal = { 0 };

    if (!cluster)
        return;
    if (!members_check(members_rebalancing, c->body, &refusal))
        call_bad(c, refusal.parameter, "%s", refusal.why.text);
    else
        call_bad(c, "rebalancing",
                 "rebalancing: is for clusters with Express brokers, this one has %s; `klamm "
                 "rebalance` moves its partitions.",
                 capacity_instance_type(cluster));
}
