/* From a request to its decide, and from the commit to its reply. */
#include "broker/controller/shell_internal.h"

#include "api/kafka/fields.h"
#include "api/kafka/frame.h"
#include "api/kafka/msg/add_raft_voter.h"
#include "api/kafka/msg/api_versions.h"
#include "api/kafka/msg/envelope.h"
#include "api/kafka/release.h"

enum { FEATURES_MAX = 32, ZERO_MINIMA_SINCE = 4 };

static struct controller *of(const struct request *r)
{
    return r->ctx;
}

bool controller_serves(int16_t api_key)
{
    switch (api_key) {
    case KF_API_API_VERSIONS:
    case KF_API_FETCH:
    case KF_API_FETCH_SNAPSHOT:
    case KF_API_VOTE:
    case KF_API_BEGIN_QUORUM_EPOCH:
    case KF_API_END_QUORUM_EPOCH:
    case KF_API_DESCRIBE_QUORUM:
    case KF_API_ADD_RAFT_VOTER:
    case KF_API_REMOVE_RAFT_VOTER:
    case KF_API_UPDATE_RAFT_VOTER:
    case KF_API_ENVELOPE: return true;
    default: return core_decide(api_key) != NULL;
    }
}

static void put_features(struct controller *c, struct arena *a, int16_t version,
                         struct kf_api_versions_response *m)
{
    const char *name;
    int16_t level;
    size_t at = 0;

    m->supported_features = arena_array(a, FEATURES_MAX, sizeof(*m->supported_features));
    m->supported_features[m->supported_features_n++] = (__typeof__(*m->supported_features)){
        STR_LIT("metadata.version"),
        METADATA_VERSION_MIN,
        METADATA_VERSION_LATEST,
    };
    if (version >= ZERO_MINIMA_SINCE) {
        m->supported_features[m->supported_features_n++] =
            (__typeof__(*m->supported_features)){ STR_LIT("kraft.version"), 0, 1 };
        while ((name = release_feature_next(&at)))
            m->supported_features[m->supported_features_n++] =
                (__typeof__(*m->supported_features)){ str_of(name), 0, release_feature_max(name) };
    }
    /* Unknown to one that has not caught up yet: whoever started it waits for this (the agent's probe). */
    if ((c->active || c->caught_up) && c->raft.high_watermark > 0)
        m->finalized_features_epoch = c->raft.high_watermark - 1;
    m->finalized_features = arena_array(a, FEATURES_MAX, sizeof(*m->finalized_features));
    if (c->kraft_version > 0)
        m->finalized_features[m->finalized_features_n++] =
            (__typeof__(*m->finalized_features)){ STR_LIT("kraft.version"), c->kraft_version,
                                                  c->kraft_version };
    for (at = 0; m->finalized_features_n < FEATURES_MAX &&
                 image_feature_next(c->image, &at, &name, &level);)
        m->finalized_features[m->finalized_features_n++] =
            (__typeof__(*m->finalized_features)){ str_of(arena_text(a, str_of(name))), level,
                                                  level };
}

static void api_versions(struct controller *c, struct request *r)
{
    struct kf_api_versions_response m;
    const struct kf_api *api;
    int at = 0;

    kf_init(&kf_api_versions_response_schema, &m);
    m.api_keys = arena_array(r->arena, KF_API_KEYS_MAX, sizeof(*m.api_keys));
    while ((api = kf_api_next(&at))) {
        if ((api->listeners & KF_ON_CONTROLLER) && controller_serves(api->key))
            m.api_keys[m.api_keys_n++] = (__typeof__(*m.api_keys)){ api->key, api->min, api->max };
    }
    put_features(c, r->arena, r->api_version, &m);
    request_reply(r, &kf_api_versions_response_schema, &m);
}

static void forget_waiting(struct request *r)
{
    struct waiting *w = r->parked;

    list_remove(&w->node);
}

/* At once when nothing of what it rests on is still uncommitted. */
void controller_reply_when_committed(struct controller *c, struct request *r,
                                     const struct kf_schema *s, void *msg)
{
    struct waiting *w;

    if (!c->active || c->raft.high_watermark >= c->next_offset) {
        request_reply(r, s, msg);
        return;
    }
    w = arena_new(r->arena, struct waiting);
    *w = (struct waiting){ .r = r, .offset = c->next_offset, .schema = s, .msg = msg };
    list_push(&c->waiting, &w->node);
    r->parked = w;
    r->cancelled = forget_waiting;
}

void controller_answer_waiting(struct controller *c)
{
    while (!list_empty(&c->waiting)) {
        struct waiting *w = list_item(c->waiting.next, struct waiting, node);

        if (w->offset > c->raft.high_watermark)
            break;
        list_remove(&w->node);
        w->r->cancelled = NULL;
        request_reply(w->r, w->schema, w->msg);
    }
}

/* Top-level error_code of a response; NULL when it has none. */
static int16_t *error_of(const struct kf_schema *s, void *msg)
{
    const struct kf_fields *fields = s->fields();

    for (unsigned n = 0; n < fields->n; n++) {
        if (strcmp(fields->v[n].name, "error_code") == 0)
            return (int16_t *)((uint8_t *)msg + fields->v[n].offset);
    }
    return NULL;
}

/* Kafka's brokers and clients look for the active controller again when they hear NOT_CONTROLLER.
 */
static void refuse(struct request *r, const struct kf_schema *s)
{
    void *msg = arena_alloc(r->arena, s->size);
    int16_t *error = error_of(s, msg);

    if (!error) {
        request_close(r, "this controller is not the active one");
        return;
    }
    kf_init(s, msg);
    *error = KF_ERR_NOT_CONTROLLER;
    request_reply(r, s, msg);
}

void controller_refuse_waiting(struct controller *c)
{
    while (!list_empty(&c->waiting)) {
        struct waiting *w = list_item(c->waiting.next, struct waiting, node);

        list_remove(&w->node);
        w->r->cancelled = NULL;
        refuse(w->r, w->schema);
    }
}

/* What any controller answers from its image; the rest is the active one's. */
static bool reads(int16_t api_key)
{
    return api_key == KF_API_DESCRIBE_CLUSTER || api_key == KF_API_DESCRIBE_CONFIGS ||
           api_key == KF_API_DESCRIBE_ACLS;
}

/* The reply to a decoded request, and its records in this turn's batch. NULL: not the active
 * controller, or a new voter is asked first (voter_ask_parks). */
static void *decide(struct controller *c, const struct kf_api *api, int16_t version,
                    struct arena *a, const void *msg)
{
    struct call k = { &c->core, a, version, loop_now_ms(c->loop), c->next_offset, &c->decided };
    void *res;

    switch (api->key) {
    case KF_API_DESCRIBE_QUORUM: return raft_describe_quorum(c, a, version, msg);
    case KF_API_ADD_RAFT_VOTER: return raft_add_voter(c, a, msg);
    case KF_API_REMOVE_RAFT_VOTER: return raft_remove_voter(c, a, msg);
    case KF_API_UPDATE_RAFT_VOTER: return raft_update_voter(c, a, msg);
    default: break;
    }
    if (!c->active && !reads(api->key))
        return NULL;
    c->core.controller_id = c->raft.durable.leader;
    res = arena_alloc(a, api->response->size);
    kf_init(api->response, res);
    core_decide(api->key)(&k, msg, res);
    controller_commit(c);
    return res;
}

static void *decode(const struct kf_api *api, int16_t version, struct cursor *body, struct arena *a)
{
    void *msg = arena_alloc(a, api->request->size);

    return kf_decode(api->request, version, body, a, msg) ? NULL : msg;
}

/* What rests on nothing uncommitted, and AddRaftVoter v1 that asks for the append alone. */
static bool answers_at_once(int16_t api_key, const void *msg)
{
    return api_key == KF_API_DESCRIBE_QUORUM ||
           (api_key == KF_API_ADD_RAFT_VOTER &&
            !((const struct kf_add_raft_voter_request *)msg)->ack_when_committed);
}

/* The embedded request of an Envelope: answered as the same request would be, its response bytes
 * inside. */
static int16_t unwrap(struct controller *c, struct arena *a, const struct kf_envelope_request *q,
                      struct slice *ret, bool *ret_at_once)
{
    struct cursor inner = cursor_over(q->request_data);
    const struct kf_api *api = NULL;
    struct kf_header h;
    OWNED_BUF out = { 0 };
    void *msg, *res;
    err_t e = kf_header_decode(&inner, &h, &api);

    if (e == ERR_UNSUPPORTED)
        return api ? KF_ERR_UNSUPPORTED_VERSION : KF_ERR_INVALID_REQUEST;
    if (e || !api->forwardable)
        return KF_ERR_INVALID_REQUEST;
    if (!controller_serves(api->key))
        return KF_ERR_UNSUPPORTED_VERSION;
    msg = decode(api, h.api_version, &inner, a);
    if (!msg)
        return KF_ERR_INVALID_REQUEST;
    res = decide(c, api, h.api_version, a, msg);
    if (!res)
        return KF_ERR_NOT_CONTROLLER;
    *ret_at_once = answers_at_once(api->key, msg);
    if (kf_response_encode(h.api_key, h.api_version, h.correlation_id, api->response, res, &out,
                           NULL))
        return KF_ERR_UNKNOWN_SERVER_ERROR;
    ret->n = out.n - 4; /* without the frame's size */
    ret->p = memcpy(arena_alloc(a, ret->n), out.p + 4, ret->n);
    return KF_ERR_NONE;
}

static void envelope(struct controller *c, struct request *r, const void *msg)
{
    struct kf_envelope_response *m = arena_new(r->arena, struct kf_envelope_response);
    bool at_once = false;

    kf_init(&kf_envelope_response_schema, m);
    m->error_code = unwrap(c, r->arena, msg, &m->response_data, &at_once);
    if (m->error_code && voter_ask_parks(c, r, msg, envelope))
        return;
    if (at_once)
        request_reply(r, &kf_envelope_response_schema, m);
    else
        controller_reply_when_committed(c, r, &kf_envelope_response_schema, m);
}

static void serve(struct controller *c, struct request *r, const void *msg)
{
    const struct kf_api *api = kf_api(r->api_key);
    void *res = decide(c, api, r->api_version, r->arena, msg);

    if (!res && voter_ask_parks(c, r, msg, serve))
        return;
    if (!res)
        refuse(r, api->response);
    else if (answers_at_once(api->key, msg))
        request_reply(r, api->response, res);
    else
        controller_reply_when_committed(c, r, api->response, res);
}

void controller_handle(struct request *r)
{
    struct controller *c = of(r);
    const struct kf_api *api = kf_api(r->api_key);
    void *msg;

    if (!api || !controller_serves(r->api_key)) {
        request_close(r, "the controller does not serve this API");
        return;
    }
    msg = decode(api, r->api_version, &r->body, r->arena);
    if (!msg) {
        request_close(r, "the request does not parse");
        return;
    }
    switch (r->api_key) {
    case KF_API_API_VERSIONS: api_versions(c, r); break;
    case KF_API_FETCH: raft_on_fetch(c, r, msg); break;
    case KF_API_FETCH_SNAPSHOT: raft_on_fetch_snapshot(c, r, msg); break;
    case KF_API_VOTE: raft_on_vote(c, r, msg); break;
    case KF_API_BEGIN_QUORUM_EPOCH: raft_on_begin_quorum_epoch(c, r, msg); break;
    case KF_API_END_QUORUM_EPOCH: raft_on_end_quorum_epoch(c, r, msg); break;
    case KF_API_ENVELOPE: envelope(c, r, msg); break;
    default: serve(c, r, msg); break;
    }
}
