#include "controlplane/rest/scaling.h"

#include "common/log.h"
#include "controlplane/fleet/grow.h"
#include "controlplane/rest/update.h"

#define PREFIX "AnyScaleFrontendService."

enum { NAME_MAX_BYTES = 256, RESOURCE_MAX_BYTES = 1600, TAGS_MAX = 200 };

const char *scaling_text(struct call *c, const char *member, bool required)
{
    const json_t *o = json_object_get(c->body, member);
    const char *text = json_string_value(o);

    if (o && !json_is_null(o) && !text)
        scaling_refuse(c, "SerializationException", "%s must be text.", member);
    else if (!text && required)
        scaling_bad(
            c,
            "1 validation error detected: Value at '%s' failed to satisfy constraint: Member must"
            " not be null",
            member);
    else if (text && strlen(text) > RESOURCE_MAX_BYTES)
        scaling_bad(
            c,
            "1 validation error detected: Value at '%s' failed to satisfy constraint: Member must"
            " have length less than or equal to %d",
            member, RESOURCE_MAX_BYTES);
    return call_refused(c) ? NULL : text;
}

static void check_enum(struct call *c, const char *member, const char *wanted)
{
    const char *text = scaling_text(c, member, true);

    if (text && strcmp(text, wanted) != 0)
        scaling_bad(c,
                    "1 validation error detected: Value '%.64s' at '%s' failed to satisfy "
                    "constraint: Member"
                    " must satisfy enum value set: [%s]",
                    text, member, wanted);
}

struct cluster *scaling_cluster(struct call *c)
{
    const char *id = scaling_text(c, "ResourceId", true);
    struct cluster *cluster;

    check_enum(c, "ServiceNamespace", "kafka");
    check_enum(c, "ScalableDimension", SCALING_DIMENSION);
    if (call_refused(c))
        return NULL;
    cluster = store_cluster(c->store, str_of(id));
    if (!cluster)
        scaling_bad(c, "ResourceId: '%.200s' is not the ARN of an existing MSK cluster.", id);
    return cluster;
}

static void store_settings(struct call *c, const struct cluster *cluster)
{
    store_put_scaling(c->store, cluster);
    call_commit(c);
    fleet_wake(c->fleet);
}

/* --- targets --- */

/* False: neither given nor there. */
static bool capacity(struct call *c, const json_t *target, const char *member, const char *kept,
                     int64_t *ret)
{
    const json_t *o = json_object_get(c->body, member), *old = json_object_get(target, kept);

    if (o && !json_is_integer(o))
        scaling_refuse(c, "SerializationException", "%s must be a whole number.", member);
    else if (o && (json_integer_value(o) < 1 || json_integer_value(o) > STORAGE_GIB_MAX))
        scaling_bad(c, "%s: %lld must be 1 to %d, the GiB of a broker's volume.", member,
                    (long long)json_integer_value(o), STORAGE_GIB_MAX);
    else if (!o && !old)
        scaling_bad(c, "%s is required for a scalable target that is not registered yet.", member);
    *ret = json_integer_value(o ? o : old);
    return !call_refused(c);
}

static json_t *suspended_state(struct call *c, const json_t *old)
{
    static const char *const names[] = { "DynamicScalingInSuspended", "DynamicScalingOutSuspended",
                                         "ScheduledScalingSuspended" };
    const json_t *in = json_object_get(c->body, "SuspendedState");
    json_t *ret = json_object();

    if (in && !json_is_object(in))
        scaling_refuse(c, "SerializationException", "SuspendedState must be an object.");
    for (unsigned i = 0; i < ARRAY_LEN(names); i++) {
        const json_t *value = json_object_get(in, names[i]);

        if (value && !json_is_boolean(value))
            scaling_refuse(c, "SerializationException", "%s must be true or false.", names[i]);
        else if (!value)
            value = json_object_get(old, names[i]);
        json_object_set_new(ret, names[i], json_boolean(json_is_true(value)));
    }
    return ret;
}

static json_t *new_target(struct call *c)
{
    const char *arn =
        arena_printf(c->arena, "arn:aws:application-autoscaling:%s:%s:scalable-target/%s",
                     c->config->region, c->config->account_id, rest_new_uuid(c->arena));
    const char *role = arena_printf(
        c->arena,
        "arn:aws:iam::%s:role/aws-service-role/kafka.application-autoscaling.amazonaws.com/"
        "AWSServiceRoleForApplicationAutoScaling_KafkaCluster",
        c->config->account_id);

    return json_pack("{s:s, s:s, s:I}", "arn", arn, "roleArn", role, "createdMs",
                     (json_int_t)c->now_ms);
}

static bool check_tags(struct call *c, const json_t *tags)
{
    const char *key;
    json_t *value;

    if (tags && (!json_is_object(tags) || json_object_size(tags) > TAGS_MAX))
        scaling_bad(c, "Tags must be a map of at most %d texts.", TAGS_MAX);
    json_object_foreach ((json_t *)(uintptr_t)tags, key, value)
        if (!*key || strlen(key) > 128 || !json_is_string(value) || json_string_length(value) > 256)
            scaling_bad(c,
                        "Tags: '%.128s' must have 1 to 128 characters, and its value be a text of "
                        "at most 256.",
                        key);
    return !call_refused(c);
}

static void put_tags(struct cluster *cluster, const json_t *tags)
{
    json_t *all = json_object_get(cluster->scaling, "tags");

    if (!all)
        json_object_set_new(cluster->scaling, "tags", all = json_object());
    json_object_update(all, (json_t *)(uintptr_t)tags);
}

static void put_target(struct call *c, struct cluster *cluster, int64_t min, int64_t max,
                       json_t *suspended)
{
    json_t *target = json_object_get(cluster->scaling, "target");

    store_begin(c->store);
    if (!target)
        json_object_set_new(cluster->scaling, "target", target = new_target(c));
    json_object_set_new(target, "min", json_integer(min));
    json_object_set_new(target, "max", json_integer(max));
    json_object_set_new(target, "suspended", suspended);
    if (json_object_get(c->body, "Tags"))
        put_tags(cluster, json_object_get(c->body, "Tags"));
    store_settings(c, cluster);
    log_event(LOG_INFO, "scalable_target", "name=%s min_gib=%lld max_gib=%lld", cluster->name,
              (long long)min, (long long)max);
    c->answer = json_pack("{s:O}", "ScalableTargetARN", json_object_get(target, "arn"));
}

/* RoleARN is as good as AWS's, which uses the service-linked role whatever is given. */
static void register_target(struct call *c)
{
    struct cluster *cluster = scaling_cluster(c);
    const json_t *old = cluster ? json_object_get(cluster->scaling, "target") : NULL;
    json_t *suspended = cluster ? suspended_state(c, json_object_get(old, "suspended")) : NULL;
    int64_t min = 0, max = 0;

    if (cluster && capacity(c, old, "MinCapacity", "min", &min) &&
        capacity(c, old, "MaxCapacity", "max", &max) && min > max)
        scaling_bad(c, "Maximum capacity cannot be less than minimum capacity");
    if (!call_refused(c) && check_tags(c, json_object_get(c->body, "Tags")))
        put_target(c, cluster, min, max, suspended);
    else
        json_decref(suspended);
}

static void no_target(struct call *c, const struct cluster *cluster, const char *how)
{
    scaling_refuse(
        c, "ObjectNotFoundException",
        "No scalable target %s for service namespace: kafka, resource ID: %s, scalable dimension:"
        " " SCALING_DIMENSION,
        how, cluster->arn);
}

/* Its policy goes with it. */
static void deregister_target(struct call *c)
{
    struct cluster *cluster = scaling_cluster(c);

    if (!cluster)
        return;
    if (!json_object_get(cluster->scaling, "target")) {
        no_target(c, cluster, "found");
        return;
    }
    store_begin(c->store);
    json_object_clear(cluster->scaling);
    store_settings(c, cluster);
    c->answer = json_object();
}

/* --- policies --- */

static bool check_policy_type(struct call *c, bool is_new)
{
    const char *type = scaling_text(c, "PolicyType", is_new);

    if (type && strcmp(type, "TargetTrackingScaling") != 0)
        scaling_bad(
            c, "PolicyType: '%.64s' is not supported for kafka, only TargetTrackingScaling is.",
            type);
    return !call_refused(c);
}

static void check_metric(struct call *c, const json_t *in)
{
    const json_t *metric = json_object_get(in, "PredefinedMetricSpecification");
    const char *type = json_string_value(json_object_get(metric, "PredefinedMetricType"));

    if (json_object_get(in, "CustomizedMetricSpecification"))
        scaling_bad(c,
                    "CustomizedMetricSpecification: klamm has the predefined metric " SCALING_METRIC
                    " alone.");
    else if (!type)
        scaling_bad(c, "PredefinedMetricSpecification: PredefinedMetricType is required.");
    else if (strcmp(type, SCALING_METRIC) != 0)
        scaling_bad(c, "PredefinedMetricType: '%.64s' is none of kafka's: [" SCALING_METRIC "]",
                    type);
}

/* A whole number of seconds, and of no effect, as at MSK: klamm waits for no cool-down. */
static void check_cooldown(struct call *c, const json_t *in, const char *member)
{
    const json_t *seconds = json_object_get(in, member);

    if (seconds && (!json_is_integer(seconds) || json_integer_value(seconds) < 0))
        scaling_bad(c, "%s must be a whole number of seconds.", member);
}

static bool check_settings(struct call *c, const json_t *in, double *ret_percent)
{
    const json_t *value = json_object_get(in, "TargetValue"),
                 *no_in = json_object_get(in, "DisableScaleIn");

    *ret_percent = json_number_value(value);
    if (!json_is_object(in))
        scaling_bad(c, "TargetTrackingScalingPolicyConfiguration is required.");
    else if (!json_is_number(value) || *ret_percent < STORAGE_TARGET_MIN ||
             *ret_percent > STORAGE_TARGET_MAX)
        scaling_bad(c, "TargetValue: must be a number of %d to %d, percent of a broker's volume.",
                    STORAGE_TARGET_MIN, STORAGE_TARGET_MAX);
    else if (no_in && !json_is_boolean(no_in))
        scaling_refuse(c, "SerializationException", "DisableScaleIn must be true or false.");
    else
        check_metric(c, in);
    check_cooldown(c, in, "ScaleOutCooldown");
    check_cooldown(c, in, "ScaleInCooldown");
    return !call_refused(c);
}

/* The members that the service knows, as they were given. */
static json_t *kept_settings(const json_t *in)
{
    static const char *const names[] = { "ScaleOutCooldown", "ScaleInCooldown", "DisableScaleIn" };
    json_t *ret = json_pack(
        "{s:f, s:{s:s}}", "TargetValue", json_number_value(json_object_get(in, "TargetValue")),
        "PredefinedMetricSpecification", "PredefinedMetricType", SCALING_METRIC);

    for (unsigned i = 0; i < ARRAY_LEN(names); i++) {
        json_t *value = json_object_get(in, names[i]);

        if (value && !json_is_null(value))
            json_object_set(ret, names[i], value);
    }
    return ret;
}

static json_t *new_policy(struct call *c, const struct cluster *cluster, const char *name)
{
    const char *arn = arena_printf(
        c->arena, "arn:aws:autoscaling:%s:%s:scalingPolicy:%s:resource/kafka/%s:policyName/%s",
        c->config->region, c->config->account_id, rest_new_uuid(c->arena), cluster->arn, name);

    return json_pack("{s:s, s:s, s:I}", "arn", arn, "name", name, "createdMs",
                     (json_int_t)c->now_ms);
}

/* klamm has no CloudWatch, so there are no alarms to tell of. */
static void put_policy(struct call *c, struct cluster *cluster, const char *name, double percent)
{
    json_t *policy = json_object_get(cluster->scaling, "policy");
    const json_t *in = json_object_get(c->body, "TargetTrackingScalingPolicyConfiguration");

    store_begin(c->store);
    if (!policy)
        json_object_set_new(cluster->scaling, "policy", policy = new_policy(c, cluster, name));
    json_object_set_new(policy, "percent", json_real(percent));
    json_object_set_new(policy, "settings", kept_settings(in));
    store_settings(c, cluster);
    log_event(LOG_INFO, "scaling_policy", "name=%s policy=%s target=%.1f", cluster->name, name,
              percent);
    c->answer = json_pack("{s:O, s:[]}", "PolicyARN", json_object_get(policy, "arn"), "Alarms");
}

static void check_policy_name(struct call *c, const char *name)
{
    if (name && (!*name || strlen(name) > NAME_MAX_BYTES))
        scaling_bad(c, "PolicyName: must have 1 to %d characters.", NAME_MAX_BYTES);
    for (; name && *name; name++)
        if ((unsigned char)*name < ' ' || *name == 0x7f)
            scaling_bad(c, "PolicyName: must have no control characters.");
}

static void put_scaling_policy(struct call *c)
{
    struct cluster *cluster = scaling_cluster(c);
    const char *name = scaling_text(c, "PolicyName", true), *old;
    double percent;

    if (!cluster)
        return;
    old = json_string_value(json_object_get(json_object_get(cluster->scaling, "policy"), "name"));
    check_policy_name(c, name);
    if (!call_refused(c) && !json_object_get(cluster->scaling, "target"))
        no_target(c, cluster, "registered");
    else if (old && name && strcmp(old, name) != 0)
        scaling_bad(
            c,
            "Only one TargetTrackingScaling policy for a given metric specification is allowed.");
    if (!call_refused(c) && check_policy_type(c, !old) &&
        check_settings(c, json_object_get(c->body, "TargetTrackingScalingPolicyConfiguration"),
                       &percent))
        put_policy(c, cluster, name, percent);
}

static void delete_scaling_policy(struct call *c)
{
    struct cluster *cluster = scaling_cluster(c);
    const char *name = scaling_text(c, "PolicyName", true), *old;

    if (!cluster || !name)
        return;
    old = json_string_value(json_object_get(json_object_get(cluster->scaling, "policy"), "name"));
    if (!old || strcmp(old, name) != 0) {
        scaling_refuse(
            c, "ObjectNotFoundException",
            "No scaling policy found for service namespace: kafka, resource ID: %s, scalable"
            " dimension: " SCALING_DIMENSION ", policy name: %.64s",
            cluster->arn, name);
        return;
    }
    store_begin(c->store);
    json_object_del(cluster->scaling, "policy");
    store_set_text(&cluster->scaling_refusal, NULL);
    store_settings(c, cluster);
    c->answer = json_object();
}

/* --- tags --- */

static struct cluster *tagged(struct call *c)
{
    const char *arn = scaling_text(c, "ResourceARN", true);

    list_each (node, store_clusters(c->store)) {
        struct cluster *cluster = list_item(node, struct cluster, node);
        const char *its =
            json_string_value(json_object_get(json_object_get(cluster->scaling, "target"), "arn"));

        if (arn && its && strcmp(its, arn) == 0)
            return cluster;
    }
    if (arn)
        scaling_refuse(c, "ResourceNotFoundException", "The scalable target %.200s does not exist.",
                       arn);
    return NULL;
}

static void list_tags(struct call *c)
{
    const struct cluster *cluster = tagged(c);
    json_t *tags = cluster ? json_object_get(cluster->scaling, "tags") : NULL;

    if (cluster)
        c->answer = json_pack("{s:o}", "Tags", tags ? json_incref(tags) : json_object());
}

static void tag_resource(struct call *c)
{
    struct cluster *cluster = tagged(c);
    const json_t *tags = json_object_get(c->body, "Tags");

    if (!cluster || !check_tags(c, tags))
        return;
    store_begin(c->store);
    put_tags(cluster, tags);
    store_settings(c, cluster);
    c->answer = json_object();
}

static void untag_resource(struct call *c)
{
    struct cluster *cluster = tagged(c);
    const json_t *keys = json_object_get(c->body, "TagKeys"), *key;
    size_t i;

    if (!cluster)
        return;
    store_begin(c->store);
    json_array_foreach((json_t *)(uintptr_t)keys, i, key) if (json_is_string(key))
        json_object_del(json_object_get(cluster->scaling, "tags"), json_string_value(key));
    store_settings(c, cluster);
    c->answer = json_object();
}

/* --- which is asked for --- */

static void not_here(struct call *c)
{
    scaling_bad(c, "Scheduled actions and predictive scaling are not supported for kafka.");
}

const char *scaling_operation(const char *target)
{
    return target && strncmp(target, PREFIX, strlen(PREFIX)) == 0 ? target + strlen(PREFIX) : "";
}

bool scaling_changes(const char *target)
{
    static const char *const reads[] = { "Describe", "List", "Get" };

    for (unsigned i = 0; i < ARRAY_LEN(reads); i++)
        if (strncmp(scaling_operation(target), reads[i], strlen(reads[i])) == 0)
            return false;
    return true;
}

void scaling_dispatch(struct call *c)
{
    static const struct {
        const char *name;
        rest_fn handle;
    } operations[] = {
        { "RegisterScalableTarget", register_target },
        { "DeregisterScalableTarget", deregister_target },
        { "DescribeScalableTargets", scaling_describe_targets },
        { "PutScalingPolicy", put_scaling_policy },
        { "DeleteScalingPolicy", delete_scaling_policy },
        { "DescribeScalingPolicies", scaling_describe_policies },
        { "DescribeScalingActivities", scaling_describe_activities },
        { "ListTagsForResource", list_tags },
        { "TagResource", tag_resource },
        { "UntagResource", untag_resource },
        { "PutScheduledAction", not_here },
        { "DeleteScheduledAction", not_here },
        { "DescribeScheduledActions", not_here },
        { "GetPredictiveScalingForecast", not_here },
    };
    const char *name = scaling_operation(c->target);

    for (unsigned i = 0; i < ARRAY_LEN(operations); i++)
        if (strcmp(name, operations[i].name) == 0) {
            operations[i].handle(c);
            return;
        }
    scaling_refuse(c, "UnknownOperationException",
                   "X-Amz-Target: '%.80s' names no operation of the service.",
                   c->target ? c->target : "");
}

json_t *scaling_refusal(const struct call *c)
{
    json_t *body = json_pack("{s:s, s:s}", "__type", c->error_type, "Message", c->why.text);

    return body ? body
                : json_pack("{s:s, s:s}", "__type", c->error_type, "Message",
                            "The request holds text that is not UTF-8.");
}
