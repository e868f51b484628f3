#include "broker/server/txn_peers.h"

#include "api/kafka/channel.h"
#include "broker/server/broker.h"
#include "common/log.h"

enum { DIAL_MS_MAX = 2000, PAUSE_MS_MIN = 20, PAUSE_MS_MAX = 1000 };

struct txn_peer {
    struct txn_peers *all;
    struct list node;
    int32_t broker_id;
    struct kf_channel *channel; /* dialling or up, or NULL */
    struct list queued, sent;   /* txn_peer_call.node */
    struct loop_task work;
    int64_t redial_ms, pause_ms;
};

struct txn_peers {
    struct broker *b;
    struct list peers;
};

static void finish(struct txn_peer_call *c, err_t e, const void *answer)
{
    list_remove(&c->node);
    c->peer = NULL;
    c->done(c, e, answer);
}

static void answered(void *ctx, err_t e, const void *msg, int16_t version)
{
    (void)version;
    finish(ctx, e, msg);
}

static void fail_all(struct list *calls, err_t e)
{
    struct list failed;

    list_init(&failed);
    while (!list_empty(calls)) {
        struct list *node = calls->next;

        list_remove(node);
        list_push(&failed, node);
    }
    while (!list_empty(&failed))
        finish(list_item(failed.next, struct txn_peer_call, node), e, NULL);
}

static void came_up(void *ctx)
{
    struct txn_peer *p = ctx;

    p->pause_ms = 0;
    loop_defer(p->all->b->loop, &p->work);
}

/* The channel has ended what was sent; what was not is told now. */
static void went_down(void *ctx, err_t e, const char *reason)
{
    struct txn_peer *p = ctx;

    if (!p->pause_ms) /* tried again soon and often: said once */
        log_event(LOG_INFO, "txn_peer_lost", "broker=%d error=%s reason=\"%s\"", p->broker_id,
                  err_name(e), reason);
    p->channel = kf_channel_free(p->channel);
    p->pause_ms = p->pause_ms ? 2 * p->pause_ms : PAUSE_MS_MIN;
    if (p->pause_ms > PAUSE_MS_MAX)
        p->pause_ms = PAUSE_MS_MAX;
    p->redial_ms = loop_now_ms(p->all->b->loop) + p->pause_ms;
    fail_all(&p->queued, ERR_UNREACHABLE);
    fail_all(&p->sent, ERR_UNREACHABLE);
}

static err_t dial(struct txn_peer *p)
{
    const struct broker *b = p->all->b;
    const struct endpoint *to = broker_endpoint(image_broker(b->image, p->broker_id),
                                                b->config->inter_broker_listener);
    struct kf_channel_options o = {
        .loop = b->loop, .client_id = "klamm-transactions", .connect_timeout_ms = DIAL_MS_MAX,
        .up = came_up, .down = went_down, .ctx = p,
    };
    struct why reason = { "" };
    err_t e;

    if (!to || loop_now_ms(b->loop) < p->redial_ms)
        return ERR_UNREACHABLE;
    o.host = to->host;
    o.port = to->port;
    e = kf_channel_new(&o, &p->channel, &reason);
    if (e)
        log_event(LOG_WARN, "txn_peer_not_dialled", "broker=%d reason=\"%s\"", p->broker_id,
                  reason.text);
    return e;
}

static void hand_over(struct txn_peer *p, struct txn_peer_call *c)
{
    struct kf_call call = { .api_key = c->api_key, .version_max = -1, .msg = c->message,
                            .timeout_ms = c->timeout_ms, .done = answered, .ctx = c };
    struct why reason = { "" };
    err_t e = kf_channel_version(p->channel, c->api_key, -1) < c->version_min
                  ? ERR_UNSUPPORTED : kf_channel_call(p->channel, &call, &reason);

    list_remove(&c->node);
    list_push(&p->sent, &c->node);
    if (e)
        finish(c, e, NULL);
}

static void work(struct loop_task *t)
{
    struct txn_peer *p = container_of(t, struct txn_peer, work);
    err_t e = ERR_OK;

    if (!p->channel && !list_empty(&p->queued))
        e = dial(p);
    if (e) {
        fail_all(&p->queued, e);
        return;
    }
    while (p->channel && kf_channel_is_up(p->channel) && !list_empty(&p->queued))
        hand_over(p, list_item(p->queued.next, struct txn_peer_call, node));
}

static struct txn_peer *peer_of(struct txn_peers *all, int32_t broker_id)
{
    struct txn_peer *p;

    list_each(node, &all->peers)
        if (list_item(node, struct txn_peer, node)->broker_id == broker_id)
            return list_item(node, struct txn_peer, node);
    p = mem_new(struct txn_peer);
    p->all = all;
    p->broker_id = broker_id;
    p->work.run = work;
    list_init(&p->queued);
    list_init(&p->sent);
    list_push(&all->peers, &p->node);
    return p;
}

void txn_peers_send(struct txn_peers *all, int32_t broker, struct txn_peer_call *c)
{
    struct txn_peer *p = peer_of(all, broker);

    c->peer = p;
    list_push(&p->queued, &c->node);
    loop_defer(all->b->loop, &p->work);
}

void txn_peers_cancel(struct txn_peer_call *c)
{
    if (!c->peer)
        return;
    if (c->peer->channel)
        kf_channel_cancel(c->peer->channel, c);
    list_remove(&c->node);
    c->peer = NULL;
}

struct txn_peers *txn_peers_new(struct broker *b)
{
    struct txn_peers *all = mem_new(struct txn_peers);

    all->b = b;
    list_init(&all->peers);
    return all;
}

static void drop_calls(struct list *calls)
{
    list_each(node, calls) {
        list_item(node, struct txn_peer_call, node)->peer = NULL;
        list_remove(node);
    }
}

struct txn_peers *txn_peers_free(struct txn_peers *all)
{
    if (!all)
        return NULL;
    list_each(node, &all->peers) {
        struct txn_peer *p = list_item(node, struct txn_peer, node);

        kf_channel_free(p->channel);
        loop_undefer(all->b->loop, &p->work);
        drop_calls(&p->queued);
        drop_calls(&p->sent);
        list_remove(&p->node);
        mem_free(p);
    }
    mem_free(all);
    return NULL;
}
