#include "broker/server/controller_link.h"

#include "api/kafka/channel.h"
#include "api/kafka/msg/api_versions.h"
#include "common/log.h"

enum { BACKOFF_MS_MIN = 20, BACKOFF_MS_MAX = 1000 };

struct link_request {
    struct list node;
    struct controller_link *link;
    struct link_call call;
    int64_t deadline_ms;
    int64_t not_before_ms; /* a repeated call waits a little */
    bool sent;
};

struct controller_link {
    struct loop *loop;
    char *client_id;
    char *host;
    uint16_t port;
    struct kf_channel *channel; /* dialling or up, or NULL */
    struct list calls;          /* in order */
    struct loop_timer timer;
    int64_t redial_ms, backoff_ms;
};

static void work(struct controller_link *l);

static void on_timer(struct loop_timer *t)
{
    work(container_of(t, struct controller_link, timer));
}

struct controller_link *link_new(struct loop *loop, const char *client_id)
{
    struct controller_link *l = mem_new(struct controller_link);

    l->loop = loop;
    l->client_id = mem_strdup(client_id);
    l->timer.fire = on_timer;
    l->backoff_ms = BACKOFF_MS_MIN;
    list_init(&l->calls);
    return l;
}

static void request_free(struct link_request *q)
{
    list_remove(&q->node);
    mem_free(q);
}

struct controller_link *link_free(struct controller_link *l)
{
    if (!l)
        return NULL;
    kf_channel_free(l->channel);
    loop_timer_clear(l->loop, &l->timer);
    list_each(node, &l->calls)
        request_free(list_item(node, struct link_request, node));
    mem_free(l->client_id);
    mem_free(l->host);
    mem_free(l);
    return NULL;
}

static void finish(struct link_request *q, err_t e, const void *answer)
{
    struct link_call call = q->call;

    request_free(q);
    call.done(call.ctx, e, answer);
}

static void repeat(struct link_request *q)
{
    q->sent = false;
    q->not_before_ms = loop_now_ms(q->link->loop) + BACKOFF_MS_MIN;
    loop_timer_in(q->link->loop, &q->link->timer, BACKOFF_MS_MIN);
}

static void answered(void *ctx, err_t e, const void *msg, int16_t version)
{
    struct link_request *q = ctx;

    (void)version;
    if (e == ERR_UNSUPPORTED)
        finish(q, e, NULL);
    else if (e || (q->call.elsewhere && q->call.elsewhere(msg)))
        repeat(q);
    else
        finish(q, ERR_OK, msg);
}

static void hand_over(struct controller_link *l, struct link_request *q)
{
    struct kf_call call = {
        .api_key = q->call.api_key, .version_max = -1, .msg = q->call.message,
        .timeout_ms = q->deadline_ms - loop_now_ms(l->loop), .done = answered, .ctx = q,
    };
    struct why reason;
    err_t e = kf_channel_call(l->channel, &call, &reason);

    q->sent = !e;
    if (e == ERR_UNSUPPORTED) {
        log_event(LOG_WARN, "controller_call_refused", "api=%d reason=\"%s\"", call.api_key,
                  reason.text);
        finish(q, e, NULL);
    }
}

static void came_up(void *ctx)
{
    struct controller_link *l = ctx;

    l->backoff_ms = BACKOFF_MS_MIN;
    work(l);
}

static void went_down(void *ctx, err_t e, const char *reason)
{
    struct controller_link *l = ctx;

    log_event(LOG_INFO, "controller_connection_lost", "host=%s port=%u error=%s reason=\"%s\"",
              l->host ? l->host : "", l->port, err_name(e), reason);
    l->channel = kf_channel_free(l->channel);
    l->redial_ms = loop_now_ms(l->loop) + l->backoff_ms;
    l->backoff_ms = 2 * l->backoff_ms > BACKOFF_MS_MAX ? BACKOFF_MS_MAX : 2 * l->backoff_ms;
    list_each(node, &l->calls)
        list_item(node, struct link_request, node)->sent = false;
    loop_timer_set(l->loop, &l->timer, l->redial_ms);
}

static void dial(struct controller_link *l)
{
    struct kf_channel_options o = {
        .loop = l->loop, .host = l->host, .port = l->port, .client_id = l->client_id,
        .up = came_up, .down = went_down, .ctx = l,
    };
    struct why reason;
    err_t e = kf_channel_new(&o, &l->channel, &reason);

    if (!e)
        return;
    log_event(LOG_WARN, "controller_not_dialled", "host=%s port=%u reason=\"%s\"", l->host, l->port,
              reason.text);
    l->redial_ms = loop_now_ms(l->loop) + BACKOFF_MS_MAX;
}

static void earlier(int64_t *at, int64_t candidate)
{
    if (candidate < *at)
        *at = candidate;
}

/* Dials when there is someone to dial, hands over what waits, ends what is too late. */
static void work(struct controller_link *l)
{
    int64_t now = loop_now_ms(l->loop), next = INT64_MAX;

    if (!l->channel && l->host && now >= l->redial_ms)
        dial(l);
    if (!l->channel && l->host)
        earlier(&next, l->redial_ms);
    list_each(node, &l->calls) {
        struct link_request *q = list_item(node, struct link_request, node);

        if (!q->sent && now >= q->deadline_ms) {
            finish(q, ERR_TIMEOUT, NULL);
            continue;
        }
        if (!q->sent)
            earlier(&next, q->not_before_ms > now ? q->not_before_ms : q->deadline_ms);
        if (!q->sent && now >= q->not_before_ms && l->channel && kf_channel_is_up(l->channel))
            hand_over(l, q);
    }
    if (l->timer.slot) /* armed by a call that was made meanwhile */
        earlier(&next, l->timer.at_ms);
    if (next != INT64_MAX)
        loop_timer_set(l->loop, &l->timer, next);
}

void link_leader(struct controller_link *l, const char *host, uint16_t port)
{
    if (host && l->host && strcmp(host, l->host) == 0 && port == l->port)
        return;
    if (!host && !l->host)
        return;
    l->channel = kf_channel_free(l->channel);
    list_each(node, &l->calls)
        list_item(node, struct link_request, node)->sent = false;
    mem_free(l->host);
    l->host = host ? mem_strdup(host) : NULL;
    l->port = port;
    l->redial_ms = 0;
    l->backoff_ms = BACKOFF_MS_MIN;
    loop_timer_set(l->loop, &l->timer, loop_now_ms(l->loop));
}

struct link_request *link_send(struct controller_link *l, const struct link_call *c)
{
    struct link_request *q = mem_new(struct link_request);

    q->link = l;
    q->call = *c;
    q->deadline_ms = loop_now_ms(l->loop) + c->timeout_ms;
    list_push(&l->calls, &q->node);
    loop_timer_set(l->loop, &l->timer, loop_now_ms(l->loop));
    return q;
}

void link_cancel(struct controller_link *l, struct link_request *q)
{
    if (l->channel)
        kf_channel_cancel(l->channel, q);
    request_free(q);
}

bool link_version_range(const struct controller_link *l, int16_t api_key, int16_t *min, int16_t *max)
{
    const struct kf_api_versions_response *m = l->channel ? kf_channel_node(l->channel) : NULL;

    if (!m)
        return true;
    for (int32_t i = 0; i < m->api_keys_n; i++) {
        if (m->api_keys[i].api_key != api_key)
            continue;
        if (m->api_keys[i].min_version > *min)
            *min = m->api_keys[i].min_version;
        if (m->api_keys[i].max_version < *max)
            *max = m->api_keys[i].max_version;
        return *min <= *max;
    }
    return false;
}
