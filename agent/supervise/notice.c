#include "agent/supervise/notice.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/kafka/channel.h"
#include "api/kafka/errors.h"
#include "api/kafka/msg/broker_heartbeat.h"
#include "common/fs.h"
#include "common/log.h"

enum { ANSWER_MS = 1000, EPOCH_FILE_MAX = 64 };

int64_t notice_epoch(const char *dir)
{
    OWNED_MEM char *path = mem_printf("%s/data/broker.epoch", dir);
    OWNED_BUF text = { 0 };
    long long epoch;

    if (fs_read_all(fs_posix(), path, EPOCH_FILE_MAX, &text))
        return -1;
    buf_put_u8(&text, 0);
    return sscanf((char *)text.p, "%lld", &epoch) == 1 && epoch >= 0 ? epoch : -1;
}

static void over(struct notice *n, int16_t error)
{
    log_event(LOG_INFO, "death_told", "node=%d epoch=%lld answer=%s after_ms=%lld", n->node_id,
              (long long)n->epoch, kf_error_name(error), (long long)(loop_now_ms(n->loop) - n->began_ms));
    notice_end(n);
}

static void try_again(struct notice_voter *v)
{
    struct notice *n = v->notice;

    if (loop_now_ms(n->loop) - n->began_ms > NOTICE_MS_MAX) {
        log_event(LOG_WARN, "death_not_told", "node=%d epoch=%lld", n->node_id, (long long)n->epoch);
        notice_end(n);
        return;
    }
    v->pause_ms = v->pause_ms * 2 > NOTICE_PAUSE_MS_MAX ? NOTICE_PAUSE_MS_MAX : v->pause_ms * 2;
    loop_timer_in(n->loop, &v->timer, v->pause_ms);
}

static void on_answer(void *ctx, err_t e, const void *msg, int16_t version)
{
    const struct kf_broker_heartbeat_response *m = msg;
    struct notice_voter *v = ctx;

    (void)version;
    if (e)
        return; /* the channel goes down: on_down tries again */
    switch (m->error_code) {
    case KF_ERR_NONE:
    case KF_ERR_STALE_BROKER_EPOCH:
    case KF_ERR_BROKER_ID_NOT_REGISTERED:
        over(v->notice, m->error_code);
        break;
    default:
        try_again(v);
    }
}

static void tell(void *ctx)
{
    struct notice_voter *v = ctx;
    struct kf_broker_heartbeat_request q;
    struct kf_call call = { KF_API_BROKER_HEARTBEAT, -1, &q, ANSWER_MS, on_answer, v };

    kf_init(&kf_broker_heartbeat_request_schema, &q);
    q.broker_id = v->notice->node_id;
    q.broker_epoch = v->notice->epoch;
    q.want_fence = true;
    if (kf_channel_call(v->channel, &call, NULL))
        try_again(v);
}

static void on_down(void *ctx, err_t e, const char *reason)
{
    struct notice_voter *v = ctx;

    (void)e;
    (void)reason;
    v->channel = kf_channel_free(v->channel);
    try_again(v);
}

static void dial(struct notice_voter *v)
{
    struct kf_channel_options o = {
        .loop = v->notice->loop, .host = v->host, .port = v->port, .client_id = "klamm-agent",
        .connect_timeout_ms = ANSWER_MS, .up = tell, .down = on_down, .ctx = v,
    };

    if (kf_channel_new(&o, &v->channel, NULL)) {
        v->channel = NULL;
        try_again(v);
    }
}

static void on_timer(struct loop_timer *t)
{
    struct notice_voter *v = container_of(t, struct notice_voter, timer);

    if (!v->channel)
        dial(v);
    else if (kf_channel_is_up(v->channel))
        tell(v);
}

/* One `id@host:port` of `n` bytes. */
static bool parse_voter(const char *text, size_t n, struct notice_voter *ret)
{
    char one[NOTICE_HOST_MAX + 32];
    unsigned port;
    int end = 0;

    if (n >= sizeof(one))
        return false;
    memcpy(one, text, n);
    one[n] = '\0';
    if (sscanf(one, "%*d@%63[^:]:%5u%n", ret->host, &port, &end) != 2 || (size_t)end != n)
        return false;
    ret->port = (uint16_t)port;
    return port > 0 && port <= UINT16_MAX;
}

void notice_begin(struct notice *n, const char *voters, int32_t node_id, int64_t epoch)
{
    notice_end(n);
    n->node_id = node_id;
    n->epoch = epoch;
    n->began_ms = loop_now_ms(n->loop);
    for (const char *p = voters; *p && n->voters_n < NOTICE_VOTERS_MAX;) {
        size_t length = strcspn(p, ",");
        struct notice_voter v = { .notice = n, .pause_ms = NOTICE_PAUSE_MS_MIN, .timer.fire = on_timer };

        if (parse_voter(p, length, &v))
            n->voters[n->voters_n++] = v;
        p += length + (p[length] == ',');
    }
    for (unsigned i = 0; i < n->voters_n; i++)
        dial(&n->voters[i]);
}

void notice_end(struct notice *n)
{
    for (unsigned i = 0; i < n->voters_n; i++) {
        n->voters[i].channel = kf_channel_free(n->voters[i].channel);
        loop_timer_clear(n->loop, &n->voters[i].timer);
    }
    n->voters_n = 0;
}

bool notice_under_way(const struct notice *n)
{
    return n->voters_n > 0;
}
