#include "broker/server/forward.h"

#include "api/kafka/frame.h"
#include "api/kafka/msg/create_topics.h"
#include "api/kafka/msg/default_principal_data.h"
#include "api/kafka/msg/envelope.h"
#include "broker/server/broker.h"
#include "broker/server/controller_link.h"
#include "broker/server/handlers.h"
#include "api/kafka/fields.h"
#include "common/log.h"

enum {
    FORWARD_MS_MAX = 60000,
    PRINCIPAL_VERSION = 0,
    CREATE_TOPICS_VERSION = 7,
    CREATE_TOPICS_MS = 30000,
    TOPICS_ASKED_MAX = 1000, /* names under way at once */
};

/* The principal as Kafka's default serde writes it: a version, then the message. */
static struct slice principal_bytes(const struct request *r, struct buf *ret)
{
    struct kf_default_principal_data d = { .type = r->principal_type, .name = r->principal_name };
    struct why reason;

    buf_put_be16(ret, PRINCIPAL_VERSION);
    if (kf_encode(&kf_default_principal_data_schema, PRINCIPAL_VERSION, &d, ret, &reason))
        log_event(LOG_ERROR, "principal_not_encoded", "reason=\"%s\"", reason.text);
    return buf_slice(ret);
}

static struct kf_envelope_request envelope(const struct request *r, struct slice data, struct buf *principal)
{
    return (struct kf_envelope_request){
        .request_data = data,
        .request_principal = principal_bytes(r, principal),
        .client_host_address = slice_make(r->peer_address, r->peer_address_n),
    };
}

static bool not_the_controller(const void *answer)
{
    const struct kf_envelope_response *m = answer;

    return m->error_code == KF_ERR_NOT_CONTROLLER;
}

/* A client's request on its way; in the request's arena. */
struct forwarded {
    struct broker *b;
    struct request *r;
    struct kf_envelope_request message;
    struct buf principal, own; /* `own`: a request that this broker wrote */
    forward_answer answer;     /* NULL: the client's own bytes, its answer goes to it as it is */
    void *ctx;
    struct link_request *call;
};

static void skip_tags(struct cursor *c)
{
    for (uint32_t n = cursor_uvarint(c); n && !cursor_bad(c); n--) {
        (void)cursor_uvarint(c);
        (void)cursor_take(c, cursor_uvarint(c));
    }
}

static struct cursor behind_header(const struct request *r, struct slice data)
{
    struct cursor c = cursor_over(data);

    (void)cursor_be32(&c);
    if (r->flexible)
        skip_tags(&c);
    return c;
}

static void hand_over(struct forwarded *f, struct slice data)
{
    const struct kf_schema *s = kf_api(f->r->api_key)->response;
    struct cursor c = behind_header(f->r, data);
    void *m = arena_alloc(f->r->arena, s->size);

    if (cursor_bad(&c) || kf_decode(s, f->r->api_version, &c, f->r->arena, m))
        request_close(f->r, "the controller's answer does not parse");
    else
        f->answer(f->ctx, f->r, m);
}

/* The inner answer without its header, which the listener writes anew. */
static void pass_on(struct request *r, struct slice data)
{
    struct cursor c = behind_header(r, data);
    struct buf body = { 0 };

    if (cursor_bad(&c)) {
        request_close(r, "the controller's answer does not parse");
        return;
    }
    buf_put(&body, c.p, cursor_left(&c));
    request_reply_raw(r, &body, NULL, NULL, 0);
}

static void forwarded_done(void *ctx, err_t e, const void *answer)
{
    const struct kf_envelope_response *m = answer;
    struct forwarded *f = ctx;

    buf_done(&f->principal);
    buf_done(&f->own);
    if (e)
        request_close(f->r, e == ERR_TIMEOUT ? "no active controller answered in time"
                                             : "the controller cannot serve the request");
    else if (m->error_code || !m->response_data.p)
        request_close(f->r, "the controller refused the envelope");
    else if (f->answer)
        hand_over(f, m->response_data);
    else
        pass_on(f->r, m->response_data);
}

static void forwarded_cancelled(struct request *r)
{
    struct forwarded *f = r->parked;

    link_cancel(f->b->link, f->call);
    buf_done(&f->principal);
    buf_done(&f->own);
}

static void send_envelope(struct broker *b, struct request *r, struct forwarded *f, struct slice frame)
{
    f->b = b;
    f->r = r;
    f->message = envelope(r, frame, &f->principal);
    r->parked = f;
    r->cancelled = forwarded_cancelled;
    f->call = link_send(b->link, &(struct link_call){
        .api_key = KF_API_ENVELOPE, .message = &f->message, .timeout_ms = FORWARD_MS_MAX,
        .elsewhere = not_the_controller, .done = forwarded_done, .ctx = f,
    });
}

void api_forward(struct broker *b, struct request *r)
{
    send_envelope(b, r, arena_new(r->arena, struct forwarded), r->frame);
}

void forward_message(struct broker *b, struct request *r, const void *message, forward_answer done, void *ctx)
{
    struct forwarded *f = arena_new(r->arena, struct forwarded);
    struct kf_header h = { .api_key = r->api_key, .api_version = r->api_version,
                           .correlation_id = r->correlation_id, .client_id = r->client_id };
    struct why reason;

    f->answer = done;
    f->ctx = ctx;
    if (kf_request_encode(&h, message, &f->own, &reason)) {
        log_event(LOG_ERROR, "request_not_encoded", "reason=\"%s\"", reason.text);
        buf_done(&f->own);
        request_close(r, "the request cannot be passed on");
        return;
    }
    buf_consume(&f->own, sizeof(uint32_t)); /* an envelope carries no frame size */
    send_envelope(b, r, f, buf_slice(&f->own));
}

/* A topic that a client's Metadata wants made. */
struct topic_wish {
    struct broker *b;
    struct kf_envelope_request message;
    struct buf principal, request;
    char *name;
    uint8_t peer[16];
};

static void wish_done(void *ctx, err_t e, const void *answer)
{
    struct topic_wish *w = ctx;

    (void)answer;
    if (e)
        log_event(LOG_WARN, "topic_not_created", "topic=%s error=%s", w->name, err_name(e));
    (void)map_remove(&w->b->wished_topics, w->name, strlen(w->name));
    buf_done(&w->principal);
    buf_done(&w->request);
    mem_free(w->name);
    mem_free(w);
}

static err_t encode_create_topic(const struct request *r, struct str topic, struct buf *ret)
{
    struct kf_header h = { .api_key = KF_API_CREATE_TOPICS, .api_version = CREATE_TOPICS_VERSION,
                           .correlation_id = r->correlation_id, .client_id = r->client_id };
    struct kf_create_topics_request_creatable_topic t;
    struct kf_create_topics_request q;
    struct why reason;
    err_t e;

    kf_init(&kf_create_topics_request_creatable_topic_schema, &t);
    t.name = topic;
    t.num_partitions = -1;
    t.replication_factor = -1;
    kf_init(&kf_create_topics_request_schema, &q);
    q.topics = &t;
    q.topics_n = 1;
    q.timeout_ms = CREATE_TOPICS_MS;
    e = kf_request_encode(&h, &q, ret, &reason);
    if (e)
        log_event(LOG_ERROR, "create_topics_not_encoded", "reason=\"%s\"", reason.text);
    else
        buf_consume(ret, sizeof(uint32_t)); /* an envelope carries no frame size */
    return e;
}

void forward_create_topic(struct broker *b, const struct request *r, struct str topic)
{
    struct topic_wish *w;

    if (b->wished_topics.n >= TOPICS_ASKED_MAX || map_get_str(&b->wished_topics, topic))
        return;
    w = mem_new(struct topic_wish);
    w->b = b;
    w->name = mem_strndup(topic.p, topic.n);
    (void)map_set(&b->wished_topics, topic.p, topic.n, w);
    if (encode_create_topic(r, topic, &w->request)) {
        wish_done(w, ERR_INVALID, NULL);
        return;
    }
    w->message = envelope(r, buf_slice(&w->request), &w->principal);
    memcpy(w->peer, r->peer_address, sizeof(w->peer));
    w->message.client_host_address.p = w->peer;
    (void)link_send(b->link, &(struct link_call){
        .api_key = KF_API_ENVELOPE, .message = &w->message, .timeout_ms = FORWARD_MS_MAX,
        .elsewhere = not_the_controller, .done = wish_done, .ctx = w,
    });
}
