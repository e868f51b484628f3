/* How full the volumes of a cluster are, and what becomes of that: klamm's own, AWS shows it in
 * CloudWatch. */
#include "controlplane/fleet/grow.h"
#include "controlplane/rest/routes.h"

static json_t *broker_item(const struct call *c, const struct process *p)
{
    double days = forecast_days(&p->forecast, c->now_ms, p->used_bytes, p->total_bytes);
    json_t *item = json_pack("{s:i, s:s}", "brokerId", p->node_id, "node", p->host);

    if (!p->total_bytes) /* its agent has not told yet */
        return item;
    json_object_set_new(item, "usedBytes", json_integer(p->used_bytes));
    json_object_set_new(item, "totalBytes", json_integer(p->total_bytes));
    json_object_set_new(item, "utilization",
                        json_real(100.0 * (double)p->used_bytes / (double)p->total_bytes));
    if (days >= 0)
        json_object_set_new(item, "daysToFull", json_real(days));
    return item;
}

static json_t *scaling_item(const struct cluster *cluster)
{
    const json_t *target = json_object_get(cluster->scaling, "target");
    const json_t *policy = json_object_get(cluster->scaling, "policy");
    json_t *item =
        json_pack("{s:O, s:O, s:O, s:O}", "policyName", json_object_get(policy, "name"),
                  "targetUtilization", json_object_get(policy, "percent"), "minCapacity",
                  json_object_get(target, "min"), "maxCapacity", json_object_get(target, "max"));

    if (cluster->scaling_refusal)
        json_object_set_new(item, "notGrownBecause", json_string(cluster->scaling_refusal));
    return item;
}

void rest_klamm_storage(struct call *c)
{
    struct cluster *cluster = call_cluster(c);
    json_t *brokers;

    if (!cluster)
        return;
    brokers = json_array();
    list_each (node, &cluster->processes) {
        const struct process *p = list_item(node, struct process, node);

        if (p->kind == PROCESS_BROKER)
            json_array_append_new(brokers, broker_item(c, p));
    }
    c->answer = json_pack("{s:s, s:I, s:o}", "clusterArn", cluster->arn, "volumeSizeGB",
                          (json_int_t)grow_gib(cluster), "brokers", brokers);
    if (json_object_get(cluster->scaling, "policy"))
        json_object_set_new(c->answer, "autoScaling", scaling_item(cluster));
}
