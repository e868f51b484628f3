#include "agent/supervise/sync.h"

#include <stdio.h>

#include "api/kafka/channel.h"

enum { CONNECT_MS = 2000, ANSWER_MS = 10000 };

static bool holds(const int32_t *nodes, int32_t n, int32_t node_id)
{
    for (int32_t i = 0; i < n; i++)
        if (nodes[i] == node_id)
            return true;
    return false;
}

typedef struct kf_metadata_response_metadata_response_partition partition_in;

static bool misses(const partition_in *p, int32_t node_id,
                   enum sync_goal goal)
{
    bool in_sync = holds(p->isr_nodes, p->isr_nodes_n, node_id);

    if (goal == SYNC_CAUGHT_UP)
        return !in_sync && holds(p->replica_nodes, p->replica_nodes_n, node_id);
    return in_sync && p->isr_nodes_n < p->replica_nodes_n;
}

int sync_missing(const struct kf_metadata_response *m, int32_t node_id, enum sync_goal goal, char *ret)
{
    struct str topic = str_of("");
    int32_t partition = 0;
    int n = 0;

    for (int32_t t = 0; t < m->topics_n; t++)
        for (int32_t p = 0; p < m->topics[t].partitions_n; p++) {
            if (!misses(&m->topics[t].partitions[p], node_id, goal) || n++)
                continue;
            topic = m->topics[t].name;
            partition = m->topics[t].partitions[p].partition_index;
        }
    ret[0] = '\0';
    if (n)
        (void)snprintf(ret, SYNC_REASON_BYTES, "%s: %d partitions are not in sync, such as %.*s-%d",
                       goal == SYNC_CAUGHT_UP ? "catches up" : "waits to stop", n,
                       (int)(topic.n < 200 ? topic.n : 200), topic.p, partition);
    return n;
}

static void try_again(struct sync *s)
{
    s->wait_ms = s->wait_ms * 3 / 2 + 1;
    if (s->wait_ms > SYNC_MS_MAX)
        s->wait_ms = SYNC_MS_MAX;
    loop_timer_in(s->loop, &s->timer, s->wait_ms);
}

static void note(struct sync *s, const char *reason)
{
    int64_t now_ms = loop_now_ms(s->loop);

    if (strcmp(s->reason, reason) == 0 || (s->said_ms && now_ms - s->said_ms < SYNC_SAY_MS))
        return;
    (void)snprintf(s->reason, sizeof(s->reason), "%s", reason);
    s->said_ms = now_ms;
    if (s->waits)
        s->waits(s);
}

static void on_metadata(void *ctx, err_t e, const void *msg, int16_t version)
{
    char reason[SYNC_REASON_BYTES];
    struct sync *s = ctx;

    (void)version;
    if (e)
        return; /* the channel goes down: on_down tries again */
    if (sync_missing(msg, s->node_id, s->goal, reason)) {
        note(s, reason);
        try_again(s);
        return;
    }
    sync_end(s);
    s->reached(s);
}

static void ask(struct sync *s)
{
    struct kf_metadata_request r;
    struct kf_call call = { KF_API_METADATA, -1, &r, ANSWER_MS, on_metadata, s };

    kf_init(&kf_metadata_request_schema, &r);
    r.topics = NULL; /* all */
    r.topics_n = -1;
    r.allow_auto_topic_creation = false;
    if (kf_channel_call(s->channel, &call, NULL))
        try_again(s);
}

static void on_up(void *ctx)
{
    ask(ctx);
}

static void on_down(void *ctx, err_t e, const char *reason)
{
    struct sync *s = ctx;

    (void)e;
    (void)reason;
    s->channel = kf_channel_free(s->channel);
    try_again(s);
}

static void dial(struct sync *s)
{
    struct kf_channel_options o = {
        .loop = s->loop, .host = s->host, .port = s->port, .client_id = "klamm-agent",
        .connect_timeout_ms = CONNECT_MS, .up = on_up, .down = on_down, .ctx = s,
    };

    if (kf_channel_new(&o, &s->channel, NULL)) {
        s->channel = NULL;
        try_again(s);
    }
}

static void on_timer(struct loop_timer *t)
{
    struct sync *s = container_of(t, struct sync, timer);

    if (s->channel && kf_channel_is_up(s->channel))
        ask(s);
    else if (!s->channel)
        dial(s);
}

void sync_begin(struct sync *s, enum sync_goal goal)
{
    sync_end(s);
    s->goal = goal;
    s->under_way = true;
    s->timer.fire = on_timer;
    s->wait_ms = SYNC_MS_MIN;
    s->said_ms = 0;
    loop_timer_in(s->loop, &s->timer, 0);
}

void sync_end(struct sync *s)
{
    s->channel = kf_channel_free(s->channel);
    loop_timer_clear(s->loop, &s->timer);
    s->under_way = false;
    s->reason[0] = '\0';
}
