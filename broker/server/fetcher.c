#include "broker/server/fetcher_internal.h"

#include "broker/server/cleaning.h"
#include "broker/server/directories.h"
#include "broker/server/housekeeping.h"
#include "broker/server/moving.h"
#include "broker/server/producers.h"
#include "common/invariant.h"
#include "common/log.h"

static void at_end_of_turn(struct loop_task *t)
{
    peer_send(container_of(t, struct fetcher_peer, send));
}

void peer_wake(struct fetcher_peer *p)
{
    loop_defer(p->all->b->loop, &p->send);
}

static void arm(struct fetcher_peer *p)
{
    int64_t at = INT64_MAX;

    if (!p->channel)
        at = p->redial_ms;
    list_each(node, &p->asleep) {
        const struct fetcher_partition *f = list_item(node, struct fetcher_partition, asleep);

        if (f->wake_ms < at)
            at = f->wake_ms;
    }
    if (at == INT64_MAX)
        loop_timer_clear(p->all->b->loop, &p->timer);
    else
        loop_timer_set(p->all->b->loop, &p->timer, at);
}

static void off_changed(struct fetcher_partition *f)
{
    if (list_empty(&f->changed))
        return;
    list_remove(&f->changed);
    f->peer->newcomers -= !f->in_session;
}

static bool flush_first(const struct partition *p)
{
    return p->topic->durable && log_recovery_point(p->log) < log_end_offset(p->log);
}

void partition_fetch(struct fetcher_partition *f)
{
    if (flush_first(f->partition)) {
        partition_leave(f);
        f->state = FETCHER_FLUSHING;
        return;
    }
    f->state = FETCHER_ACTIVE;
    if (list_empty(&f->changed)) {
        list_push(&f->peer->changed, &f->changed);
        f->peer->newcomers += !f->in_session;
    }
    peer_wake(f->peer);
}

static void forget(struct fetcher_peer *p, const struct partition *q)
{
    if (p->forgotten_n == p->forgotten_capacity) {
        p->forgotten_capacity = p->forgotten_capacity ? 2 * p->forgotten_capacity : 16;
        p->forgotten = mem_resize_array(p->forgotten, p->forgotten_capacity, sizeof(*p->forgotten));
    }
    p->forgotten[p->forgotten_n++] = (struct fetcher_forgotten){ q->topic->id, q->index };
}

void partition_leave(struct fetcher_partition *f)
{
    off_changed(f);
    list_remove(&f->asleep);
    if (f->state == FETCHER_ASKING && f->peer->channel)
        kf_channel_cancel(f->peer->channel, f);
    if (f->in_session)
        forget(f->peer, f->partition);
    partition_in_session(f, false);
}

void partition_in_session(struct fetcher_partition *f, bool in)
{
    f->peer->in_session_n += in - f->in_session;
    f->in_session = in;
}

void partition_rest(struct fetcher_partition *f, int64_t ms)
{
    partition_leave(f);
    f->state = FETCHER_ASLEEP;
    f->wake_ms = loop_now_ms(f->peer->all->b->loop) + ms;
    list_push(&f->peer->asleep, &f->asleep);
    arm(f->peer);
}

void partition_sleep(struct fetcher_partition *f)
{
    f->pause_ms = follower_pause_ms(f->pause_ms, f->peer->all->pause_ms_max);
    partition_rest(f, f->pause_ms);
}

struct follower_log partition_log(const struct partition *p)
{
    return (struct follower_log){ .start = log_start_offset(p->log), .end = log_end_offset(p->log),
                                  .high_watermark = log_high_watermark(p->log),
                                  .last_epoch = log_last_epoch(p->log) };
}

static void give_up(struct fetcher_partition *f, err_t e)
{
    log_event(LOG_ERROR, "replication_stopped", "topic=%s partition=%d error=%s",
              f->partition->topic->name, f->partition->index, err_name(e));
    partition_leave(f);
    f->state = FETCHER_GAVE_UP;
}

/* What the producers' state says of the part that is cut is void. */
static void cut(struct fetcher_partition *f, struct follower_step s)
{
    struct partition *p = f->partition;
    int64_t end = log_end_offset(p->log);
    err_t e = s.act == FOLLOWER_RESTART ? log_restart_at(p->log, s.offset)
                                        : log_truncate(p->log, s.offset);

    if (e && e != ERR_NO_SPACE) {
        directories_suspect(f->peer->all->b, f->partition, e);
        give_up(f, e);
        return;
    }
    if (end != log_end_offset(p->log)) {
        log_event(LOG_INFO, "log_truncated", "topic=%s partition=%d from=%lld to=%lld",
                  p->topic->name, p->index, (long long)end, (long long)log_end_offset(p->log));
        producers_truncated(p);
        cleaning_truncated(f->peer->all->b, p, log_end_offset(p->log));
        moving_truncated(p, log_end_offset(p->log));
        partition_touched(p);
    }
    if (e) {
        house_refused(f->peer->all->b->house, e);
        directories_suspect(f->peer->all->b, f->partition, e); /* half cut: it is broken */
        partition_sleep(f);
        return;
    }
    partition_fetch(f);
}

void partition_carry_out(struct fetcher_partition *f, struct follower_step s)
{
    switch (s.act) {
    case FOLLOWER_TAKE:
    case FOLLOWER_FETCH:
        partition_fetch(f);
        return;
    case FOLLOWER_TRUNCATE:
    case FOLLOWER_RESTART:
        cut(f, s);
        return;
    case FOLLOWER_ASK_LATEST:
        partition_ask(f, FETCHER_LATEST);
        return;
    case FOLLOWER_ASK_EARLIEST:
        partition_ask(f, FETCHER_EARLIEST);
        return;
    case FOLLOWER_BACK_OFF:
        partition_sleep(f);
        return;
    case FOLLOWER_GIVE_UP:
        give_up(f, ERR_IO);
        return;
    }
}

/* What the leader knew of the session is gone: all is said again. */
void peer_restart_session(struct fetcher_peer *p)
{
    p->session_id = p->session_epoch = 0;
    p->forgotten_n = 0;
    list_each(node, &p->partitions) {
        struct fetcher_partition *f = list_item(node, struct fetcher_partition, node);

        off_changed(f);
        partition_in_session(f, false);
        if (f->state == FETCHER_ACTIVE || f->state == FETCHER_ASKING)
            partition_fetch(f);
    }
}

void peer_lost(struct fetcher_peer *p)
{
    p->channel = kf_channel_free(p->channel);
    p->open = 0;
    p->answered = p->sent;
    p->pause_ms = follower_pause_ms(p->pause_ms, p->all->pause_ms_max);
    p->redial_ms = loop_now_ms(p->all->b->loop) + p->pause_ms;
    peer_restart_session(p);
    arm(p);
}

static void came_up(void *ctx)
{
    peer_wake(ctx);
}

static void went_down(void *ctx, err_t e, const char *reason)
{
    struct fetcher_peer *p = ctx;

    if (!p->pause_ms) /* tried again soon and often: said once */
        log_event(LOG_INFO, "leader_connection_lost",
                  "broker=%d host=%s port=%u error=%s reason=\"%s\"", p->broker_id,
                  p->host ? p->host : "", p->port, err_name(e), reason);
    peer_lost(p);
}

static const struct endpoint *endpoint_of(const struct fetcher_peer *p)
{
    const struct broker *b = p->all->b;

    return broker_endpoint(image_broker(b->image, p->broker_id), b->config->inter_broker_listener);
}

/* Without an endpoint it waits for the image. */
static void dial(struct fetcher_peer *p)
{
    const struct endpoint *to = endpoint_of(p);
    struct kf_channel_options o = {
        .loop = p->all->b->loop,
        .client_id = "klamm-fetcher",
        .up = came_up,
        .down = went_down,
        .ctx = p,
    };
    struct why reason = { "" };
    OWNED_MEM char *had = p->host;

    p->host = to ? mem_strdup(to->host) : NULL;
    p->port = to ? to->port : 0;
    p->redial_ms = INT64_MAX;
    if (!to)
        return;
    o.host = p->host;
    o.port = p->port;
    if (!kf_channel_new(&o, &p->channel, &reason))
        return;
    log_event(LOG_WARN, "leader_not_dialled", "broker=%d reason=\"%s\"", p->broker_id, reason.text);
    peer_lost(p);
}

static void wake_sleepers(struct fetcher_peer *p, int64_t now_ms)
{
    list_each(node, &p->asleep) {
        struct fetcher_partition *f = list_item(node, struct fetcher_partition, asleep);

        if (f->wake_ms > now_ms)
            continue;
        list_remove(&f->asleep);
        partition_fetch(f);
    }
}

static void on_timer(struct loop_timer *t)
{
    struct fetcher_peer *p = container_of(t, struct fetcher_peer, timer);
    int64_t now_ms = loop_now_ms(p->all->b->loop);

    wake_sleepers(p, now_ms);
    if (!p->channel && p->redial_ms <= now_ms)
        dial(p);
    arm(p);
}

static struct fetcher_peer *peer_new(struct fetchers *all, int32_t broker_id)
{
    struct fetcher_peer *p = mem_new(struct fetcher_peer);

    p->all = all;
    p->broker_id = broker_id;
    p->send.run = at_end_of_turn;
    p->timer.fire = on_timer;
    list_init(&p->partitions);
    list_init(&p->changed);
    list_init(&p->asleep);
    list_push(&all->peers, &p->node);
    dial(p);
    return p;
}

static void peer_free(struct fetcher_peer *p)
{
    INVARIANT(list_empty(&p->partitions) && list_empty(&p->changed) && list_empty(&p->asleep));
    kf_channel_free(p->channel);
    loop_timer_clear(p->all->b->loop, &p->timer);
    loop_undefer(p->all->b->loop, &p->send);
    list_remove(&p->node);
    mem_free(p->forgotten);
    mem_free(p->host);
    mem_free(p);
}

static struct fetcher_peer *peer_of(struct fetchers *all, int32_t broker_id)
{
    list_each(node, &all->peers) {
        struct fetcher_peer *p = list_item(node, struct fetcher_peer, node);

        if (p->broker_id == broker_id)
            return p;
    }
    return peer_new(all, broker_id);
}

static struct fetcher_partition *join(struct fetcher_peer *peer, struct partition *p)
{
    struct fetcher_partition *f = mem_new(struct fetcher_partition);

    f->partition = p;
    f->peer = peer;
    f->told_offset = f->told_epoch = -1;
    list_init(&f->changed);
    list_init(&f->asleep);
    list_push(&peer->partitions, &f->node);
    peer->partitions_n++;
    p->fetched = f;
    return f;
}

/* The same leader with a new epoch keeps its place in the session. */
void fetcher_follow(struct broker *b, struct partition *p)
{
    struct fetcher_partition *f = p->fetched;
    struct follower_log l = partition_log(p);

    if (f && f->peer->broker_id != p->leader_id) {
        fetcher_stop(b, p);
        f = NULL;
    }
    if (p->leader_id < 0)
        return;
    if (!f)
        f = join(peer_of(b->fetchers, p->leader_id), p);
    if (f->state == FETCHER_ASKING)
        kf_channel_cancel(f->peer->channel, f);
    list_remove(&f->asleep);
    f->pause_ms = 0;
    partition_carry_out(f, follower_begin(&l));
}

void fetcher_stop(struct broker *b, struct partition *p)
{
    struct fetcher_partition *f = p->fetched;

    (void)b;
    if (!f)
        return;
    partition_leave(f);
    list_remove(&f->node);
    f->peer->partitions_n--;
    if (f->peer->forgotten_n)
        peer_wake(f->peer);
    p->fetched = NULL;
    mem_free(f);
}

void fetcher_flushed(struct partition *p)
{
    if (p->fetched && p->fetched->state == FETCHER_FLUSHING)
        partition_fetch(p->fetched);
}

static bool is_moved(const struct fetcher_peer *p)
{
    const struct endpoint *e = endpoint_of(p);

    return e && (!p->host || strcmp(p->host, e->host) != 0 || p->port != e->port);
}

/* At once, with a session that names everything. */
static void redial(struct fetcher_peer *p)
{
    peer_lost(p);
    p->pause_ms = 0;
    p->redial_ms = loop_now_ms(p->all->b->loop);
    arm(p);
}

/* A broker without replicas of ours is done with; one that came back is dialled at once. */
void fetcher_brokers_changed(struct broker *b)
{
    if (!b->fetchers)
        return;
    list_each(node, &b->fetchers->peers) {
        struct fetcher_peer *p = list_item(node, struct fetcher_peer, node);

        if (!p->partitions_n) {
            peer_free(p);
            continue;
        }
        p->pause_ms = 0;
        if (is_moved(p) || !p->channel)
            redial(p);
    }
}

void fetcher_registered(struct broker *b)
{
    if (!b->fetchers)
        return;
    list_each(node, &b->fetchers->peers)
        redial(list_item(node, struct fetcher_peer, node));
}

struct fetchers *fetchers_new(struct broker *b)
{
    struct fetchers *f = mem_new(struct fetchers);

    f->b = b;
    f->wait_ms = (int32_t)config_int(b->config, "replica.fetch.wait.max.ms");
    f->min_bytes = (int32_t)config_int(b->config, "replica.fetch.min.bytes");
    f->bytes_max = (int32_t)config_int(b->config, "replica.fetch.response.max.bytes");
    f->partition_bytes_max = (int32_t)config_int(b->config, "replica.fetch.max.bytes");
    f->pause_ms_max = config_int(b->config, "replica.fetch.backoff.ms");
    f->call_ms_max = config_int(b->config, "replica.socket.timeout.ms");
    list_init(&f->peers);
    return f;
}

struct fetchers *fetchers_free(struct fetchers *f)
{
    if (!f)
        return NULL;
    list_each(node, &f->peers)
        peer_free(list_item(node, struct fetcher_peer, node));
    arena_done(&f->arena);
    mem_free(f);
    return NULL;
}
