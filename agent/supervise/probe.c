#include "agent/supervise/probe.h"

#include "api/kafka/channel.h"
#include "api/kafka/msg/api_versions.h"
#include "api/kafka/msg/metadata.h"

enum { CONNECT_MS = 2000, ANSWER_MS = 5000 };

static void try_again(struct probe *p)
{
    p->wait_ms = p->wait_ms * 3 / 2 + 1;
    if (p->wait_ms > PROBE_MS_MAX)
        p->wait_ms = PROBE_MS_MAX;
    loop_timer_in(p->loop, &p->timer, p->wait_ms);
}

static void done(struct probe *p)
{
    probe_end(p);
    p->ready(p);
}

static void ask(struct probe *p);

static void on_metadata(void *ctx, err_t e, const void *msg, int16_t version)
{
    const struct kf_metadata_response *m = msg;
    struct probe *p = ctx;

    (void)version;
    if (e)
        return; /* the channel goes down: on_down tries again */
    for (int32_t i = 0; i < m->brokers_n; i++)
        if (m->brokers[i].node_id == p->node_id) {
            done(p);
            return;
        }
    try_again(p);
}

static void ask(struct probe *p)
{
    struct kf_metadata_request r;
    struct kf_call call = { KF_API_METADATA, -1, &r, ANSWER_MS, on_metadata, p };

    kf_init(&kf_metadata_request_schema, &r);
    if (kf_channel_call(p->channel, &call, NULL))
        try_again(p);
}

static void on_up(void *ctx)
{
    struct probe *p = ctx;
    const struct kf_api_versions_response *m = kf_channel_node(p->channel);

    if (p->broker) {
        ask(p);
    } else if (m->finalized_features_epoch >= 0) {
        done(p);
    } else { /* a channel asks once, when it begins */
        p->channel = kf_channel_free(p->channel);
        try_again(p);
    }
}

static void on_down(void *ctx, err_t e, const char *reason)
{
    struct probe *p = ctx;

    (void)e;
    (void)reason;
    p->channel = kf_channel_free(p->channel);
    try_again(p);
}

static void dial(struct probe *p)
{
    struct kf_channel_options o = {
        .loop = p->loop, .host = p->host, .port = p->port, .client_id = "klamm-agent",
        .connect_timeout_ms = CONNECT_MS, .up = on_up, .down = on_down, .ctx = p,
    };

    if (kf_channel_new(&o, &p->channel, NULL)) {
        p->channel = NULL;
        try_again(p);
    }
}

static void on_timer(struct loop_timer *t)
{
    struct probe *p = container_of(t, struct probe, timer);

    if (p->channel && kf_channel_is_up(p->channel))
        ask(p);
    else if (!p->channel)
        dial(p);
}

void probe_begin(struct probe *p)
{
    probe_end(p);
    p->timer.fire = on_timer;
    p->wait_ms = PROBE_MS_MIN;
    loop_timer_in(p->loop, &p->timer, PROBE_MS_MIN);
}

void probe_end(struct probe *p)
{
    p->channel = kf_channel_free(p->channel);
    loop_timer_clear(p->loop, &p->timer);
}
