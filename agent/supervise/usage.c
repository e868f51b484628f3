#include "agent/supervise/usage.h"

#include <stdlib.h>

#include "api/agent/messages.h"
#include "api/kafka/channel.h"

enum { CONNECT_MS = 2000, ANSWER_MS = 10000 };

bool usage_sum(const struct kf_describe_log_dirs_response *m, int64_t *ret_used, int64_t *ret_total)
{
    *ret_used = *ret_total = 0;
    for (int32_t i = 0; i < m->results_n; i++) {
        int64_t total = m->results[i].total_bytes, usable = m->results[i].usable_bytes;

        if (m->results[i].error_code || total <= 0 || total > AGENT_BYTES_MAX - *ret_total || usable < 0)
            continue;
        *ret_total += total;
        *ret_used += usable < total ? total - usable : 0;
    }
    return *ret_total > 0;
}

int64_t usage_replicas(const struct kf_describe_log_dirs_response *m)
{
    int64_t n = 0;

    for (int32_t i = 0; i < m->results_n; i++)
        for (int32_t k = 0; k < m->results[i].topics_n; k++)
            for (int32_t p = 0; p < m->results[i].topics[k].partitions_n; p++)
                n += !m->results[i].topics[k].partitions[p].is_future_key;
    return n;
}

bool usage_differs(const struct usage *u, int64_t used, int64_t total)
{
    int64_t step = total / USAGE_STEPS, by = used - u->used_bytes;

    return total != u->total_bytes || (by < 0 ? -by : by) > step;
}

static void rest(struct usage *u)
{
    loop_timer_in(u->loop, &u->timer, USAGE_EVERY_MS);
}

static void on_answer(void *ctx, err_t e, const void *msg, int16_t version)
{
    struct usage *u = ctx;
    int64_t used, total, replicas;

    (void)version;
    if (e)
        return; /* the channel goes down: on_down tries again */
    rest(u);
    replicas = u->until_count ? u->replicas : usage_replicas(msg);
    u->until_count = (u->until_count ? u->until_count : USAGE_COUNTS) - 1;
    if (!usage_sum(msg, &used, &total) || (!usage_differs(u, used, total) && replicas == u->replicas))
        return;
    u->used_bytes = used;
    u->total_bytes = total;
    u->replicas = replicas;
    u->changed(u);
}

static void ask(struct usage *u)
{
    struct kf_describe_log_dirs_request r;
    struct kf_call call = { KF_API_DESCRIBE_LOG_DIRS, -1, &r, ANSWER_MS, on_answer, u };

    kf_init(&kf_describe_log_dirs_request_schema, &r);
    r.topics_n = u->until_count ? 0 : -1; /* of no topic: the space alone; of all */
    if (kf_channel_call(u->channel, &call, NULL))
        rest(u);
}

static void on_up(void *ctx)
{
    ask(ctx);
}

static void on_down(void *ctx, err_t e, const char *reason)
{
    struct usage *u = ctx;

    (void)e;
    (void)reason;
    u->channel = kf_channel_free(u->channel);
    rest(u);
}

static void dial(struct usage *u)
{
    struct kf_channel_options o = {
        .loop = u->loop, .host = u->host, .port = u->port, .client_id = "klamm-agent",
        .connect_timeout_ms = CONNECT_MS, .up = on_up, .down = on_down, .ctx = u,
    };

    if (kf_channel_new(&o, &u->channel, NULL)) {
        u->channel = NULL;
        rest(u);
    }
}

static void on_timer(struct loop_timer *t)
{
    struct usage *u = container_of(t, struct usage, timer);

    if (u->channel && kf_channel_is_up(u->channel))
        ask(u);
    else if (!u->channel)
        dial(u);
}

void usage_begin(struct usage *u)
{
    usage_end(u);
    u->until_count = 0;
    u->timer.fire = on_timer;
    loop_timer_in(u->loop, &u->timer, 0);
}

void usage_end(struct usage *u)
{
    u->channel = kf_channel_free(u->channel);
    loop_timer_clear(u->loop, &u->timer);
}
