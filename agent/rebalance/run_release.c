/* A cluster's features become those of a release (KIP-584, KIP-1022): raised, never lowered. */
#include "agent/rebalance/run_internal.h"
#include "api/kafka/errors.h"
#include "api/kafka/msg/api_versions.h"
#include "api/kafka/msg/update_features.h"
#include "api/kafka/release.h"

enum { UPGRADE = 1, FEATURES_MAX = RELEASE_FEATURES_N + 1 };

typedef struct kf_update_features_request_feature_update_key feature_update;

static err_t ask_features(struct run *r, struct arena *a, const struct kf_api_versions_response **ret,
                          struct why *reterr)
{
    struct kf_api_versions_request q;
    err_t e;

    kf_init(&kf_api_versions_request_schema, &q);
    q.client_software_name = str_of("klamm-agent");
    q.client_software_version = str_of("1");
    e = run_call(r, -1, KF_API_API_VERSIONS, &q, a, (const void **)ret, reterr);
    if (!e && (*ret)->error_code)
        e = why(reterr, ERR_AGAIN, "ApiVersions: %s", kf_error_name((*ret)->error_code));
    return e;
}

static int16_t finalized(const struct kf_api_versions_response *got, const char *name)
{
    for (int32_t i = 0; i < got->finalized_features_n; i++)
        if (str_eq(got->finalized_features[i].name, str_of(name)))
            return got->finalized_features[i].max_version_level;
    return 0;
}

err_t run_feature(struct run *r, const char *name, int16_t *ret, struct why *reterr)
{
    OWNED_ARENA a = { 0 };
    const struct kf_api_versions_response *got;
    err_t e = ask_features(r, &a, &got, reterr);

    *ret = e ? 0 : finalized(got, name);
    return e;
}

static void put(const struct kf_api_versions_response *got, const char *name, int16_t level,
                struct kf_update_features_request *q)
{
    if (finalized(got, name) < level)
        q->feature_updates[q->feature_updates_n++] =
            (feature_update){ .feature = str_of(name), .max_version_level = level, .upgrade_type = UPGRADE };
}

/* What is below the release's level; metadata.version first, others depend on it. */
static void put_all(const struct kf_api_versions_response *got, int16_t metadata_version,
                    struct kf_update_features_request *q)
{
    const char *name;
    size_t at = 0;

    put(got, "metadata.version", metadata_version, q);
    while ((name = release_feature_next(&at)))
        put(got, name, release_feature_default(name, metadata_version), q);
}

static err_t refused(int16_t code, struct str message, struct why *reterr)
{
    return why(reterr, kf_error_retriable(code) ? ERR_AGAIN : ERR_INVALID, "UpdateFeatures: %s: %.*s",
               kf_error_name(code), STR_ARG(message));
}

static err_t update(struct run *r, const struct kf_update_features_request *q, struct why *reterr)
{
    OWNED_ARENA a = { 0 };
    const struct kf_update_features_response *got;
    err_t e = run_call(r, -1, KF_API_UPDATE_FEATURES, q, &a, (const void **)&got, reterr);

    if (e)
        return e;
    if (got->error_code)
        return refused(got->error_code, got->error_message, reterr);
    for (int32_t i = 0; i < got->results_n; i++)
        if (got->results[i].error_code)
            return refused(got->results[i].error_code, got->results[i].error_message, reterr);
    return why(reterr, ERR_AGAIN, "%d features have been raised, and a broker has not heard of it yet",
               q->feature_updates_n);
}

err_t run_release(struct run *r, struct why *reterr)
{
    OWNED_ARENA a = { 0 };
    struct kf_update_features_request q;
    const struct kf_api_versions_response *got;
    int16_t metadata_version = release_metadata_version(r->o->release);
    err_t e;

    if (!metadata_version)
        return why(reterr, ERR_INVALID, "%s is no release that klamm knows", r->o->release);
    e = ask_features(r, &a, &got, reterr);
    if (e)
        return e;
    kf_init(&kf_update_features_request_schema, &q);
    q.timeout_ms = RUN_ANSWER_MS;
    q.feature_updates = arena_array(&a, FEATURES_MAX, sizeof(*q.feature_updates));
    put_all(got, metadata_version, &q);
    return q.feature_updates_n ? update(r, &q, reterr) : ERR_OK;
}
