#include "controlplane/fleet/grow.h"
#include "controlplane/rest/scaling.h"

enum { PAGE_ITEMS_MAX = 50, RESOURCES_MAX = 50 };

static json_t *seconds(int64_t ms)
{
    return json_real((double)ms / 1000.0);
}

/* What every describing call may narrow its answer by. */
struct filter {
    const char *resource, *dimension; /* NULL: any */
    const json_t *resources, *names;  /* lists of texts; NULL: any */
};

static const json_t *list_of(struct call *c, const char *member)
{
    const json_t *list = json_object_get(c->body, member);

    if (json_is_null(list))
        list = NULL;
    if (list && (!json_is_array(list) || json_array_size(list) > RESOURCES_MAX))
        scaling_bad(c, "%s must be a list of at most %d texts.", member, RESOURCES_MAX);
    return list && json_array_size(list) ? list : NULL;
}

static bool begin(struct call *c, const char *answer, struct filter *ret, struct page *ret_page)
{
    const char *space = scaling_text(c, "ServiceNamespace", true),
               *token = scaling_text(c, "NextToken", false);
    const json_t *max = json_object_get(c->body, "MaxResults");

    *ret = (struct filter){ scaling_text(c, "ResourceId", false),
                            scaling_text(c, "ScalableDimension", false), list_of(c, "ResourceIds"),
                            list_of(c, "PolicyNames") };
    *ret_page = (struct page){ .max = PAGE_ITEMS_MAX, .reached = !token };
    if (max && (!json_is_integer(max) || json_integer_value(max) < 1 ||
                json_integer_value(max) > PAGE_ITEMS_MAX))
        scaling_bad(c, "MaxResults: must be a whole number of 1 to %d.", PAGE_ITEMS_MAX);
    else if (max)
        ret_page->max = (int)json_integer_value(max);
    if (token && !page_token_parse(c, str_of(token), &ret_page->after))
        scaling_refuse(c, "InvalidNextTokenException",
                       "The token is not one that this service gave.");
    c->answer = json_pack("{s:[]}", answer);
    if (!call_refused(c) &&
        strcmp(space, "kafka") != 0) /* another service: klamm has none of its */
        ret->dimension = "";
    return !call_refused(c);
}

static void end(struct call *c, const struct page *p)
{
    if (!p->reached)
        scaling_refuse(c, "InvalidNextTokenException", "The token's item is no longer there.");
    if (p->more)
        json_object_set_new(c->answer, "NextToken", page_token_print(p->last));
}

static bool is_among(const json_t *list, const char *text)
{
    bool found = !list;

    for (size_t i = 0; i < json_array_size(list) && !found; i++) {
        const char *one = json_string_value(json_array_get(list, i));

        found = one && strcmp(one, text) == 0;
    }
    return found;
}

static bool fits(const struct filter *f, const struct cluster *cluster)
{
    return (!f->resource || strcmp(f->resource, cluster->arn) == 0) &&
           (!f->dimension || strcmp(f->dimension, SCALING_DIMENSION) == 0) &&
           is_among(f->resources, cluster->arn);
}

/* The members that are the same in every item. */
static json_t *item_of(const struct cluster *cluster)
{
    return json_pack("{s:s, s:s, s:s}", "ServiceNamespace", "kafka", "ResourceId", cluster->arn,
                     "ScalableDimension", SCALING_DIMENSION);
}

static json_t *target_item(const struct cluster *cluster)
{
    const json_t *target = json_object_get(cluster->scaling, "target");
    json_t *item = item_of(cluster);

    json_object_set(item, "ScalableTargetARN", json_object_get(target, "arn"));
    json_object_set(item, "MinCapacity", json_object_get(target, "min"));
    json_object_set(item, "MaxCapacity", json_object_get(target, "max"));
    json_object_set(item, "RoleARN", json_object_get(target, "roleArn"));
    json_object_set(item, "SuspendedState", json_object_get(target, "suspended"));
    json_object_set_new(item, "CreationTime",
                        seconds(json_integer_value(json_object_get(target, "createdMs"))));
    return item;
}

void scaling_describe_targets(struct call *c)
{
    struct filter f;
    struct page page;

    if (!begin(c, "ScalableTargets", &f, &page))
        return;
    list_each (node, store_clusters(c->store)) {
        const struct cluster *cluster = list_item(node, struct cluster, node);

        if (json_object_get(cluster->scaling, "target") && fits(&f, cluster) &&
            page_take(&page, cluster->arn))
            json_array_append_new(json_object_get(c->answer, "ScalableTargets"),
                                  target_item(cluster));
    }
    end(c, &page);
}

static json_t *policy_item(const struct cluster *cluster)
{
    const json_t *policy = json_object_get(cluster->scaling, "policy");
    json_t *item = item_of(cluster);

    json_object_set(item, "PolicyARN", json_object_get(policy, "arn"));
    json_object_set(item, "PolicyName", json_object_get(policy, "name"));
    json_object_set_new(item, "PolicyType", json_string("TargetTrackingScaling"));
    json_object_set(item, "TargetTrackingScalingPolicyConfiguration",
                    json_object_get(policy, "settings"));
    json_object_set_new(item, "Alarms", json_array());
    json_object_set_new(item, "CreationTime",
                        seconds(json_integer_value(json_object_get(policy, "createdMs"))));
    return item;
}

void scaling_describe_policies(struct call *c)
{
    struct filter f;
    struct page page;

    if (!begin(c, "ScalingPolicies", &f, &page))
        return;
    list_each (node, store_clusters(c->store)) {
        const struct cluster *cluster = list_item(node, struct cluster, node);
        const json_t *policy = json_object_get(cluster->scaling, "policy");

        if (policy && is_among(f.names, json_string_value(json_object_get(policy, "name"))) &&
            fits(&f, cluster) && page_take(&page, cluster->arn))
            json_array_append_new(json_object_get(c->answer, "ScalingPolicies"),
                                  policy_item(cluster));
    }
    end(c, &page);
}

/* --- activities: the operations that a policy began --- */

static const char *status_of(const struct operation *o)
{
    static const char *const names[] = { [OPERATION_PENDING] = "Pending",
                                         [OPERATION_IN_PROGRESS] = "InProgress",
                                         [OPERATION_COMPLETE] = "Successful",
                                         [OPERATION_FAILED] = "Failed" };

    return names[o->state];
}

static json_t *activity_item(struct call *c, const struct cluster *cluster,
                             const struct operation *o)
{
    const json_t *info = json_array_get(json_object_get(o->target, "brokerEBSVolumeInfo"), 0);
    long long gib = json_integer_value(json_object_get(info, "volumeSizeGB"));
    const char *message = o->error_message ? o->error_message
                          : o->ended_ms    ? "Successfully set volume size."
                                           : "The volumes of the brokers are growing.";
    json_t *item = item_of(cluster);

    json_object_set_new(item, "ActivityId", json_string(strrchr(o->arn, '/') + 1));
    json_object_set_new(item, "Description",
                        json_string(arena_printf(c->arena, "Setting volume size to %lld.", gib)));
    json_object_set(item, "Cause", json_object_get(o->plan, "cause"));
    json_object_set_new(item, "StartTime", seconds(o->created_ms));
    if (o->ended_ms)
        json_object_set_new(item, "EndTime", seconds(o->ended_ms));
    json_object_set_new(item, "StatusCode", json_string(status_of(o)));
    json_object_set_new(item, "StatusMessage", json_string(message));
    return item;
}

/* What should have been, and could not be. */
static json_t *not_scaled_item(struct call *c, const struct cluster *cluster)
{
    const json_t *target = json_object_get(cluster->scaling, "target");
    int64_t max = json_integer_value(json_object_get(target, "max")), now = grow_gib(cluster);
    const char *code =
        now + STORAGE_STEP_GIB > max ? "AlreadyAtMaxCapacity" : "ResourceNotScalable";
    json_t *item = item_of(cluster);

    json_object_set_new(item, "ActivityId",
                        json_string(arena_printf(c->arena, "%s-%lld", cluster->uuid,
                                                 (long long)cluster->scaling_refused_ms)));
    json_object_set_new(item, "Description", json_string("Attempting to scale out."));
    json_object_set_new(item, "Cause", json_string(cluster->scaling_refusal));
    json_object_set_new(item, "StartTime", seconds(cluster->scaling_refused_ms));
    json_object_set_new(item, "StatusCode", json_string("Unfulfilled"));
    json_object_set_new(item, "StatusMessage", json_string(cluster->scaling_refusal));
    json_object_set_new(item, "NotScaledReasons",
                        json_pack("[{s:s, s:I, s:I}]", "Code", code, "MaxCapacity", (json_int_t)max,
                                  "CurrentCapacity", (json_int_t)now));
    return item;
}

static void put_not_scaled(struct call *c, const struct filter *f)
{
    json_t *items = json_object_get(c->answer, "ScalingActivities");

    list_each (node, store_clusters(c->store)) {
        const struct cluster *cluster = list_item(node, struct cluster, node);

        if (cluster->scaling_refusal && fits(f, cluster))
            json_array_append_new(items, not_scaled_item(c, cluster));
    }
}

void scaling_describe_activities(struct call *c)
{
    json_t *items;
    struct filter f;
    struct page page;

    if (!begin(c, "ScalingActivities", &f, &page))
        return;
    items = json_object_get(c->answer, "ScalingActivities");
    if (page.reached && json_is_true(json_object_get(c->body, "IncludeNotScaledActivities")))
        put_not_scaled(c, &f);
    list_each (node, store_operations(c->store)) {
        const struct operation *o = list_item(node, struct operation, node);
        const struct cluster *cluster = store_cluster(c->store, str_of(o->cluster_arn));

        if (cluster && json_object_get(o->plan, "cause") && fits(&f, cluster) &&
            page_take(&page, o->arn))
            json_array_append_new(items, activity_item(c, cluster, o));
    }
    end(c, &page);
}
