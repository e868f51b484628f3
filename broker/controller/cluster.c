/* Features and the cluster as the controller endpoint tells it. */
#include "broker/controller/core.h"

#include "api/kafka/msg/describe_cluster.h"
#include "api/kafka/msg/feature_level_record.h"
#include "api/kafka/msg/update_features.h"
#include "broker/raft/format.h"

enum {
    ENDPOINT_CONTROLLERS = 2,
    UPGRADE = 1,
    SAFE_DOWNGRADE = 2,
    UNSAFE_DOWNGRADE = 3,
    RESULTS_UNTIL = 1
};

void decide_describe_cluster(struct call *k, const void *request, void *response)
{
    const struct kf_describe_cluster_request *r = request;
    struct kf_describe_cluster_response *res = response;
    const struct controller_registration *c;
    size_t at = 0;
    int32_t n = 0;

    res->endpoint_type = r->endpoint_type;
    res->cluster_id = str_of(k->c->cluster_id);
    if (k->version < 1 || r->endpoint_type != ENDPOINT_CONTROLLERS) {
        res->error_code = k->version < 1 || r->endpoint_type == 1
                              ? KF_ERR_MISMATCHED_ENDPOINT_TYPE
                              : KF_ERR_UNSUPPORTED_ENDPOINT_TYPE;
        res->error_message = str_of(
            "The request was sent to an endpoint of type CONTROLLER, but we wanted an endpoint "
            "of another type");
        return;
    }
    while (image_controller_next(k->c->image, &at))
        n++;
    res->controller_id = k->c->controller_id;
    res->brokers = arena_array(k->a, (size_t)n + 1, sizeof(*res->brokers));
    for (at = 0; (c = image_controller_next(k->c->image, &at));) {
        if (c->endpoints_n)
            res->brokers[res->brokers_n++] = (__typeof__(*res->brokers)){
                .broker_id = c->id,
                .host = str_of(c->endpoints[0].host),
                .port = c->endpoints[0].port,
            };
    }
}

static bool in_range(const struct feature_range *f, int32_t n, const char *name, int16_t level,
                     bool *ret_known)
{
    for (int32_t i = 0; i < n; i++) {
        if (strcmp(f[i].name, name) == 0) {
            *ret_known = true;
            return level >= f[i].min && level <= f[i].max;
        }
    }
    *ret_known = false;
    return level == 0;
}

static const char *node_refusal(const struct call *k, const char *name, int16_t level)
{
    const struct broker_registration *b;
    const struct controller_registration *c;
    size_t at = 0;
    bool known;

    while ((b = image_broker_next(k->c->image, &at))) {
        if (!in_range(b->features, b->features_n, name, level, &known))
            return core_text(k, "Invalid update version %d for feature %s. Broker %d %s.", level,
                             name, b->id,
                             known ? "does not support it" : "does not know the feature");
    }
    for (at = 0; (c = image_controller_next(k->c->image, &at));) {
        if (!in_range(c->features, c->features_n, name, level, &known))
            return core_text(k, "Invalid update version %d for feature %s. Controller %d %s.",
                             level, name, c->id,
                             known ? "does not support it" : "does not know the feature");
    }
    return NULL;
}

static const char *refusal(const struct call *k, const char *name, int16_t level, int8_t type,
                           int16_t had)
{
    int16_t max = format_feature_max(name);

    if (strcmp(name, "kraft.version") == 0)
        return "Changing kraft.version is not available yet; it is chosen when the storage is formatted.";
    if (!max)
        return core_text(
            k,
            "Invalid update version %d for feature %s. The controller does not support the feature.",
            level, name);
    if (level < 0 || level > max)
        return core_text(
            k,
            "Invalid update version %d for feature %s. Local controller only supports versions 0-%d",
            level, name, max);
    if (type < UPGRADE || type > UNSAFE_DOWNGRADE)
        return core_text(k, "The controller does not support the given upgrade type %d.", type);
    if (level < had && type == UPGRADE)
        return core_text(
            k,
            "Invalid update version %d for feature %s. Can't downgrade the version of this feature without "
            "setting the upgrade type to either safe or unsafe downgrade.",
            level, name);
    if (level > had && type != UPGRADE)
        return core_text(
            k, "Invalid update version %d for feature %s. Can't downgrade to a newer version.",
            level, name);
    if (strcmp(name, "metadata.version") == 0 && level < had)
        return core_text(
            k,
            "Invalid metadata.version %d. Downgrading from %d might delete metadata information and is "
            "not available.",
            level, had);
    if (core_level(k->c) < format_feature_needs(name, level))
        return core_text(
            k, "%s could not be set to %d because it depends on metadata.version level %d", name,
            level, format_feature_needs(name, level));
    return node_refusal(k, name, level);
}

void decide_update_features(struct call *k, const void *request, void *response)
{
    const struct kf_update_features_request *r = request;
    struct kf_update_features_response *res = response;
    int before = k->out->n;

    res->results = arena_array(k->a, (size_t)r->feature_updates_n + 1, sizeof(*res->results));
    for (int32_t n = 0; n < r->feature_updates_n && !res->error_code; n++) {
        __typeof__(&r->feature_updates[0]) u = &r->feature_updates[n];
        const char *name = arena_text(k->a, u->feature);
        int16_t had = image_feature(k->c->image, name);
        int8_t type =
            k->version == 0 ? (u->allow_downgrade ? SAFE_DOWNGRADE : UPGRADE) : u->upgrade_type;
        const char *message = refusal(k, name, u->max_version_level, type, had);

        if (message) {
            res->error_code = KF_ERR_INVALID_UPDATE_VERSION;
            res->error_message = str_of(message);
        } else if (had != u->max_version_level) {
            records_put(k->out, RECORD_FEATURE_LEVEL, 0,
                        &(struct kf_feature_level_record){ u->feature, u->max_version_level });
        }
    }
    for (int32_t n = 0; n < r->feature_updates_n && k->version <= RESULTS_UNTIL && !res->error_code;
         n++)
        res->results[res->results_n++].feature = r->feature_updates[n].feature;
    if (res->error_code || r->validate_only)
        records_cut(k->out, before);
}
