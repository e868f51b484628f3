#include "broker/server/throttling.h"

#include "broker/replica/leader.h"
#include "broker/server/broker.h"
#include "broker/server/topic_config.h"
#include "common/log.h"

enum { RESOURCE_TOPIC = 2 };

static const char leader_rate[] = "leader.replication.throttled.rate";
static const char follower_rate[] = "follower.replication.throttled.rate";
static const char leader_list[] = "leader.replication.throttled.replicas";
static const char follower_list[] = "follower.replication.throttled.replicas";

void throttling_init(struct broker *b)
{
    unsigned samples = (unsigned)config_int(b->config, "replication.quota.window.num");
    int64_t sample_ms = config_int(b->config, "replication.quota.window.size.seconds") * 1000;

    throttle_init(&b->throttle_out, samples, sample_ms, loop_now_ms(b->loop));
    throttle_init(&b->throttle_in, samples, sample_ms, loop_now_ms(b->loop));
}

static void set_rate(struct broker *b, struct throttle *t, const char *name)
{
    struct config_levels l = config_levels(b->config, b->image);
    int64_t rate = broker_config_int(&l, name);

    if (rate != t->bytes_per_s)
        log_event(LOG_INFO, "replication_throttled", "property=%s value=%lld", name, (long long)rate);
    t->bytes_per_s = rate;
}

void throttling_rates(struct broker *b)
{
    set_rate(b, &b->throttle_out, leader_rate);
    set_rate(b, &b->throttle_in, follower_rate);
}

void throttling_topic(struct broker *b, struct topic *t)
{
    const char *out = image_config(b->image, RESOURCE_TOPIC, str_of(t->name), leader_list);
    const char *in = image_config(b->image, RESOURCE_TOPIC, str_of(t->name), follower_list);
    bool any = (out && *out) || (in && *in);
    int32_t node = b->config->node_id;

    if (!any && !t->throttled)
        return;
    t->throttled = any;
    for (int32_t i = 0; i < t->partitions_n; i++) {
        struct partition *p = t->partitions[i];

        if (!p)
            continue;
        p->throttled_out = throttle_names(out, i, node);
        p->throttled_in = throttle_names(in, i, node);
    }
}

size_t throttling_room(struct broker *b, const struct partition *p, int32_t replica, int64_t *wait_ms)
{
    const struct leader_replica *r;
    int64_t ms;

    if (!p->throttled_out || !p->leader)
        return SIZE_MAX;
    r = leader_replica(p->leader, replica);
    if (!r || r->committed)
        return SIZE_MAX;
    ms = throttle_wait_ms(&b->throttle_out, loop_now_ms(b->loop));
    if (!ms)
        return (size_t)throttle_step_bytes(&b->throttle_out);
    if (ms < *wait_ms)
        *wait_ms = ms;
    return 0;
}

void throttling_sent(struct broker *b, const struct partition *p, int64_t bytes)
{
    if (p->throttled_out)
        throttle_record(&b->throttle_out, bytes, loop_now_ms(b->loop));
}

int64_t throttling_received(struct broker *b, const struct partition *p, int64_t bytes, bool behind)
{
    int64_t now_ms = loop_now_ms(b->loop);

    if (!p->throttled_in)
        return 0;
    throttle_record(&b->throttle_in, bytes, now_ms);
    return behind ? throttle_wait_ms(&b->throttle_in, now_ms) : 0;
}
