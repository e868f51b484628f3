#include "controlplane/fleet/grow.h"

#include "common/log.h"
#include "controlplane/fleet/capacity.h"
#include "controlplane/reconcile/plan.h"

static json_t *ebs_of(const struct cluster *c)
{
    const json_t *group = json_object_get(c->spec, "brokerNodeGroupInfo");

    return json_object_get(json_object_get(group, "storageInfo"), "ebsStorageInfo");
}

int64_t grow_gib(const struct cluster *c)
{
    return json_integer_value(json_object_get(ebs_of(c), "volumeSize"));
}

int64_t grow_used_bytes(const struct cluster *c)
{
    int64_t most = 0;

    for (struct list *at = c->processes.next; at != &c->processes; at = at->next) {
        const struct process *p = list_item(at, struct process, node);

        if (p->kind == PROCESS_BROKER && p->used_bytes > most)
            most = p->used_bytes;
    }
    return most;
}

bool grow_policy(const struct cluster *c, struct storage_policy *ret)
{
    const json_t *target = json_object_get(c->scaling, "target"),
                 *policy = json_object_get(c->scaling, "policy");
    const json_t *suspended = json_object_get(target, "suspended");

    if (!target || !policy ||
        json_is_true(json_object_get(suspended, "DynamicScalingOutSuspended")))
        return false;
    *ret = (struct storage_policy){ json_number_value(json_object_get(policy, "percent")),
                                    json_integer_value(json_object_get(target, "min")),
                                    json_integer_value(json_object_get(target, "max")) };
    return true;
}

static json_t *volume_info(int64_t gib)
{
    return json_pack("[{s:s, s:I}]", "kafkaBrokerNodeId", "All", "volumeSizeGB", (json_int_t)gib);
}

struct operation *grow_begin(const struct act *a, struct cluster *c, int64_t gib)
{
    struct operation *o = act_new_operation(a, c, "UPDATE_BROKER_STORAGE");

    c->state = CLUSTER_UPDATING;
    json_object_set_new(o->source, "brokerEBSVolumeInfo", volume_info(grow_gib(c)));
    json_object_set_new(o->target, "brokerEBSVolumeInfo", volume_info(gib));
    json_object_set_new(ebs_of(c), "volumeSize", json_integer(gib));
    plan_touch(o, "apply", store_next_revision(a->store));
    return o;
}

/* Said once, for people; it is looked at again with every change. */
static void refuse(const struct act *a, struct cluster *c, const char *reason)
{
    if (c->scaling_refusal && strcmp(c->scaling_refusal, reason) == 0)
        return;
    log_event(LOG_WARN, "storage_not_grown", "name=%s reason=\"%s\"", c->name, reason);
    store_set_text(&c->scaling_refusal, reason);
    c->scaling_refused_ms = a->now_ms;
}

static const char *policy_name(const struct cluster *c)
{
    return json_string_value(json_object_get(json_object_get(c->scaling, "policy"), "name"));
}

/* Why, for DescribeScalingActivities. */
static void put_cause(struct operation *o, const struct cluster *c, const struct storage_policy *p,
                      int64_t from)
{
    OWNED_MEM char *cause =
        mem_printf("the fullest broker uses %.1f %% of its volume, the target of policy %s is"
                   " %.1f %%",
                   storage_utilisation(from, grow_used_bytes(c)), policy_name(c), p->target);

    json_object_set_new(o->plan, "cause", json_string(cause));
}

static err_t begin(const struct act *a, struct cluster *c, const struct storage_policy *p,
                   int64_t to, struct why *reterr)
{
    int64_t from = grow_gib(c);
    struct operation *o;

    store_begin(a->store);
    o = grow_begin(a, c, to);
    put_cause(o, c, p, from);
    json_object_set_new(o->plan, "steps", plan_steps(c, o));
    store_put_operation(a->store, o);
    store_put_cluster(a->store, c);
    store_set_text(&c->scaling_refusal, NULL);
    log_event(LOG_INFO, "storage_grows", "name=%s from_gib=%lld to_gib=%lld used_bytes=%lld",
              c->name, (long long)from, (long long)to, (long long)grow_used_bytes(c));
    return store_commit(a->store, reterr);
}

static err_t grow(const struct act *a, struct cluster *c, const struct storage_policy *p,
                  int64_t to, bool *ret_begun, struct why *reterr)
{
    struct placement_amount more = { .storage_bytes = (to - grow_gib(c)) << 30 };
    struct why reason;

    if (capacity_has_room(a->store, a->config, c, &more, &reason)) {
        refuse(a, c, reason.text);
        return ERR_OK;
    }
    *ret_begun = true;
    return begin(a, c, p, to, reterr);
}

err_t grow_by_itself(const struct act *a, struct cluster *c, bool *ret_begun, struct why *reterr)
{
    struct storage_policy p;
    int64_t to;

    *ret_begun = false;
    if (c->state != CLUSTER_ACTIVE || !grow_policy(c, &p))
        return ERR_OK;
    switch (storage_decide(&p, grow_gib(c), grow_used_bytes(c), &to)) {
    case STORAGE_FITS:
        store_set_text(&c->scaling_refusal, NULL);
        break;
    case STORAGE_AT_MAXIMUM:
        refuse(a, c, "the volumes are at the maximum capacity of the scalable target");
        break;
    case STORAGE_GROW:
        return grow(a, c, &p, to, ret_begun, reterr);
    }
    return ERR_OK;
}
