#include "api/kafka/msg/api_versions.h"

#include "api/kafka/release.h"
#include "broker/server/broker.h"
#include "broker/server/controller_link.h"
#include "broker/server/handlers.h"

enum { SUPPORTED_FEATURES_SINCE = 3, ZERO_MINIMA_SINCE = 4, REQUEST_NAMES_SINCE = 3 };

const struct feature_support broker_features[] = {
    { "metadata.version", METADATA_VERSION_MIN, METADATA_VERSION_LATEST },
    { "kraft.version", 0, 1 },
    { "transaction.version", 0, 2 },
    { "group.version", 0, 1 },
    { "share.version", 0, 1 },
    { "streams.version", 0, 1 },
    { "eligible.leader.replicas.version", 0, 1 },
};
const unsigned broker_features_n = ARRAY_LEN(broker_features);

static bool alphanumeric(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* [a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])? */
static bool software_name_ok(struct str s)
{
    if (!s.n || !alphanumeric(s.p[0]) || !alphanumeric(s.p[s.n - 1]))
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (!alphanumeric(s.p[i]) && s.p[i] != '-' && s.p[i] != '.')
            return false;
    return true;
}

static void put_key(struct kf_api_versions_response *m, int16_t key, int16_t min, int16_t max)
{
    m->api_keys[m->api_keys_n].api_key = key;
    m->api_keys[m->api_keys_n].min_version = min;
    m->api_keys[m->api_keys_n++].max_version = max;
}

/* librdkafka turns features off when Produce does not start at 0 (KAFKA-18659). What is
 * forwarded is only good for the versions that the controller serves too. */
static void put_keys(struct broker *b, struct arena *a, struct kf_api_versions_response *m)
{
    const struct kf_api *api;
    int at = 0;

    m->api_keys = arena_array(a, KF_API_KEYS_MAX, sizeof(*m->api_keys));
    while ((api = kf_api_next(&at))) {
        int16_t min = api->key == KF_API_PRODUCE ? 0 : api->min, max = api->max;

        if (!(api->listeners & KF_ON_BROKER) || !api_handler_of(api->key))
            continue;
        if (!api->forwardable || link_version_range(b->link, api->key, &min, &max))
            put_key(m, api->key, min, max);
    }
}

/* No record tells it, and like the others it is not there at level 0. */
static void put_kraft_version(struct broker *b, struct kf_api_versions_response *m)
{
    int16_t level = b->observer ? observer_kraft_version(b->observer) : 0; /* unit tests have none */

    if (!level)
        return;
    m->finalized_features[m->finalized_features_n].name = str_of("kraft.version");
    m->finalized_features[m->finalized_features_n].max_version_level = level;
    m->finalized_features[m->finalized_features_n++].min_version_level = level;
}

static void put_features(struct broker *b, struct request *r, struct kf_api_versions_response *m)
{
    const char *name;
    int16_t level;
    size_t at = 0;

    m->supported_features = arena_array(r->arena, broker_features_n, sizeof(*m->supported_features));
    for (unsigned i = 0; i < broker_features_n; i++) {
        if (!broker_features[i].min && r->api_version < ZERO_MINIMA_SINCE)
            continue;
        m->supported_features[m->supported_features_n].name = str_of(broker_features[i].name);
        m->supported_features[m->supported_features_n].min_version = broker_features[i].min;
        m->supported_features[m->supported_features_n++].max_version = broker_features[i].max;
    }
    m->finalized_features_epoch = image_offset(b->image);
    m->finalized_features = arena_array(r->arena, 32, sizeof(*m->finalized_features));
    put_kraft_version(b, m);
    while (m->finalized_features_n < 32 && image_feature_next(b->image, &at, &name, &level)) {
        m->finalized_features[m->finalized_features_n].name = str_of(name);
        m->finalized_features[m->finalized_features_n].max_version_level = level;
        m->finalized_features[m->finalized_features_n++].min_version_level = level;
    }
}

/* A version from the future: the one answer that every client understands. */
static void answer_unknown_version(struct request *r)
{
    struct kf_api_versions_response *m = MESSAGE_NEW(r->arena, kf_api_versions_response);
    const struct kf_api *api = kf_api(KF_API_API_VERSIONS);

    r->api_version = 0;
    r->flexible = false;
    m->error_code = KF_ERR_UNSUPPORTED_VERSION;
    m->api_keys = arena_array(r->arena, 1, sizeof(*m->api_keys));
    put_key(m, KF_API_API_VERSIONS, api->min, api->max);
    request_reply(r, &kf_api_versions_response_schema, m);
}

static bool version_known(int16_t version)
{
    const struct kf_api *api = kf_api(KF_API_API_VERSIONS);

    return version >= api->min && version <= api->max;
}

void api_versions(struct broker *b, struct request *r)
{
    struct kf_api_versions_request *q;
    struct kf_api_versions_response *m;

    if (!version_known(r->api_version)) {
        answer_unknown_version(r);
        return;
    }
    q = REQUEST_DECODE(r, kf_api_versions_request);
    if (!q)
        return;
    m = MESSAGE_NEW(r->arena, kf_api_versions_response);
    if (r->api_version >= REQUEST_NAMES_SINCE && (!software_name_ok(q->client_software_name) ||
                                                  !software_name_ok(q->client_software_version))) {
        m->error_code = KF_ERR_INVALID_REQUEST;
    } else {
        put_keys(b, r->arena, m);
        if (r->api_version >= SUPPORTED_FEATURES_SINCE)
            put_features(b, r, m);
    }
    request_reply(r, &kf_api_versions_response_schema, m);
}
