/* Seeded sequences of requests and failures, against rules that every step must keep. */
#include <stdio.h>
#include <stdlib.h>

#include "api/kafka/msg/alter_partition.h"
#include "api/kafka/msg/delete_topics.h"
#include "api/kafka/msg/unregister_broker.h"
#include "tests/lib/test.h"
#include "tests/lib/world.h"

enum { BROKERS = 6, TOPICS = 4, STEPS = 400, SEEDS = 60, PARTITIONS_MAX = 64 };

#define ELR "eligible.leader.replicas.version"
#define UNCLEAN "unclean.leader.election.enable"

static const char *const names[TOPICS] = { "a", "b", "c", "d" };

/* What a partition was before the step. */
struct before {
    struct uuid topic;
    int32_t id, leader, leader_epoch, partition_epoch;
    uint32_t replicas,
        safe; /* by broker: replicas; those known to have all that was acknowledged */
    int8_t recovery;
};

struct run {
    struct world w;
    struct rng rng;
    struct before before[PARTITIONS_MAX];
    int n;
    uint8_t incarnation;
    uint32_t wiped;  /* brokers that came back after an unclean shutdown in this step */
    uint32_t joined; /* brokers that a leader took into its ISR in this step */
    bool may_lose;   /* an unclean election was asked for in this step */
};

static uint32_t bits(const int32_t *ids, int32_t n)
{
    uint32_t set = 0;

    for (int32_t i = 0; i < n; i++)
        set |= 1u << ids[i];
    return set;
}

/* While the feature is off the ELR says nothing of what was acknowledged since. */
static uint32_t safe_ones(const struct run *r, const struct partition_state *p)
{
    uint32_t isr = bits(p->isr, p->isr_n), elr = bits(p->elr, p->elr_n);

    return isr && !core_elr(&r->w.core) ? isr : isr | elr;
}

static void remember(struct run *r)
{
    const struct topic_state *t;
    size_t at = 0;

    r->n = 0;
    r->wiped = r->joined = 0;
    r->may_lose = false;
    while ((t = image_topic_next(r->w.image, &at))) {
        for (int32_t id = 0; id < t->partitions_n && r->n < PARTITIONS_MAX; id++) {
            const struct partition_state *p = &t->partitions[id];

            r->before[r->n++] = (struct before){
                .topic = t->id,
                .id = id,
                .leader = p->leader,
                .leader_epoch = p->leader_epoch,
                .partition_epoch = p->partition_epoch,
                .replicas = bits(p->replicas, p->replicas_n),
                .safe = safe_ones(r, p),
                .recovery = p->leader_recovery,
            };
        }
    }
}

/* Whether a broker may lead or be in sync with the replica that it has in this directory. */
static bool usable(const struct run *r, int32_t broker, const struct uuid *dir)
{
    const struct broker_registration *b = image_broker(r->w.image, broker);

    return b && !b->fenced && !b->in_controlled_shutdown && change_directory_online(b, dir);
}

/* The rules of one state, whatever was before. */
static void check_state(const struct run *r, const struct topic_state *t,
                        const struct partition_state *p, bool changed)
{
    int32_t min_isr = config_min_isr(&r->w.core, str_of(t->name));
    uint32_t replicas = bits(p->replicas, p->replicas_n);

    for (int32_t n = 0; n < p->replicas_n; n++) {
        int32_t id = p->replicas[n];

        if (id == p->leader)
            assert_true(usable(r, id, &p->directories[n]));
        /* Of an ISR that would be empty the last one stays where nothing else remembers him. */
        else if (ids_has(p->isr, p->isr_n, id) && !usable(r, id, &p->directories[n]))
            assert_true(p->isr_n == 1 && p->leader < 0);
    }
    assert_int_equal(bits(p->elr, p->elr_n) & ~replicas, 0);
    assert_int_equal(bits(p->last_known_elr, p->last_known_elr_n) & ~replicas, 0);
    assert_true(p->last_known_elr_n <= (p->leader < 0));
    if (changed && core_elr(&r->w.core) &&
        p->isr_n >= (min_isr < p->replicas_n ? min_isr : p->replicas_n))
        assert_int_equal(p->elr_n, 0);
    if (p->leader < 0)
        assert_true(p->isr_n <= 1);
}

/* Whether what is acknowledged may be lost: somebody asked for it, or the config allows it. */
static bool may_lose(const struct run *r, const struct topic_state *t)
{
    return r->may_lose || change_unclean_enabled(&r->w.core, str_of(t->name));
}

static void check_change(const struct run *r, const struct before *b, const struct topic_state *t,
                         const struct partition_state *p)
{
    uint32_t replicas = bits(p->replicas, p->replicas_n), safe = safe_ones(r, p);

    assert_true(p->leader_epoch >= b->leader_epoch && p->partition_epoch >= b->partition_epoch);
    if (p->leader != b->leader)
        assert_true(p->leader_epoch > b->leader_epoch);
    if (p->leader != b->leader || replicas != b->replicas || safe != b->safe)
        assert_true(p->partition_epoch > b->partition_epoch || !safe || (safe & b->safe) == safe);
    /* A replica that was dropped must not be fetched for in the epoch in which it was one. */
    if (b->replicas & ~replicas)
        assert_true(p->leader_epoch > b->leader_epoch);
    /* Who leads had everything, or it is said that he may not; and that is only said when it may
     * be. */
    if (p->leader >= 0 && p->leader != b->leader && !((b->safe | r->joined) & 1u << p->leader))
        assert_true(p->leader_recovery == 1);
    if (p->leader_recovery == 1 && b->recovery == 0)
        assert_true(may_lose(r, t) || !(b->safe & ~r->wiped));
    if (!may_lose(r, t) && b->safe & ~r->wiped)
        assert_true(safe & (b->safe | r->joined));
}

static void check_one(const struct run *r, const struct before *b)
{
    const struct topic_state *t = image_topic_by_id(r->w.image, &b->topic);
    const struct partition_state *p = core_partition(t, b->id);

    if (!p)
        return; /* deleted */
    if (getenv("SHOW") && b->partition_epoch != p->partition_epoch)
        printf("%s-%d leader %d->%d epoch %d->%d replicas %x->%x safe %x->%x isr %x elr %x\n",
               t->name, b->id, b->leader, p->leader, b->leader_epoch, p->leader_epoch, b->replicas,
               bits(p->replicas, p->replicas_n), b->safe, safe_ones(r, p), bits(p->isr, p->isr_n),
               bits(p->elr, p->elr_n));
    check_change(r, b, t, p);
}

/* -1: it was not there. */
static int32_t epoch_before(const struct run *r, const struct uuid *topic, int32_t id)
{
    for (int n = 0; n < r->n; n++) {
        if (uuid_eq(&r->before[n].topic, topic) && r->before[n].id == id)
            return r->before[n].partition_epoch;
    }
    return -1;
}

static void check_step(struct run *r)
{
    const struct topic_state *t;
    size_t at = 0;

    for (int n = 0; n < r->n; n++)
        check_one(r, &r->before[n]);
    while ((t = image_topic_next(r->w.image, &at))) {
        for (int32_t id = 0; id < t->partitions_n; id++)
            check_state(r, t, &t->partitions[id],
                        epoch_before(r, &t->id, id) != t->partitions[id].partition_epoch);
    }
    image_check(r->w.image);
}

static int32_t below(struct run *r, int32_t n)
{
    return (int32_t)rng_below(&r->rng, (uint64_t)n);
}

static const char *some_topic(struct run *r)
{
    return names[below(r, TOPICS)];
}

static int32_t some_brokers(struct run *r, int32_t *ids)
{
    int32_t n = 0, want = 1 + below(r, 4);

    while (n < want) {
        int32_t id = 1 + below(r, BROKERS);

        if (!ids_has(ids, n, id))
            ids[n++] = id;
    }
    return n;
}

static bool some_partition(struct run *r, const char *name, int32_t *ret)
{
    const struct topic_state *t = image_topic(r->w.image, str_of(name));

    *ret = t ? below(r, t->partitions_n) : 0;
    return t;
}

/* The leader finds some of its replicas in sync. */
static void leader_alters(struct run *r, const char *name, int32_t id, bool all)
{
    const struct partition_state *p = image_partition(r->w.image, str_of(name), id);
    int32_t isr[8], n = 0;

    if (!p || p->leader < 0)
        return;
    for (int32_t i = 0; i < p->replicas_n; i++) {
        const struct broker_registration *b = image_broker(r->w.image, p->replicas[i]);

        if (p->replicas[i] == p->leader ||
            (b && !b->fenced && !b->in_controlled_shutdown && (all || below(r, 2))))
            isr[n++] = p->replicas[i];
    }
    r->joined = bits(isr, n);
    world_isr(&r->w, name, id, isr, n);
}

static void register_again(struct run *r, int32_t id, bool clean)
{
    const struct broker_registration *b = image_broker(r->w.image, id);
    static const char *const racks[] = { "a", "b", "c" };

    r->w.now_ms += 10000; /* its session is over */
    if (!clean || !b)     /* of an unregistered one nobody knows how it ended */
        r->wiped |= 1u << id;
    world_enlist_after(&r->w, id, ++r->incarnation, racks[id % 3], clean && b ? b->epoch : -1);
}

static void beat(struct run *r, int32_t id, bool fence, bool shut_down)
{
    if (image_broker(r->w.image, id))
        world_beat(&r->w, id, fence, shut_down);
}

static void broker_step(struct run *r)
{
    struct kf_unregister_broker_request gone = { 1 + below(r, BROKERS) };
    int32_t id = 1 + below(r, BROKERS);

    switch (below(r, 8)) {
    case 0:
        beat(r, id, true, false);
        break;
    case 1:
        beat(r, id, false, true);
        break;
    case 2:
        register_again(r, id, true);
        break;
    case 3:
        register_again(r, id, !core_elr(&r->w.core) || below(r, 2));
        break;
    case 4:
        if (!below(r, 4))
            world_decide(&r->w, KF_API_UNREGISTER_BROKER, &gone);
        break;
    default:
        beat(r, id, false, false);
        break;
    }
}

static void topic_step(struct run *r)
{
    const char *name = some_topic(r);
    struct kf_delete_topics_request_delete_topic_state t = { .name = str_of(name) };
    struct kf_delete_topics_request gone = { .topics = &t, .topics_n = 1 };

    switch (below(r, 8)) {
    case 0:
        world_decide(&r->w, KF_API_DELETE_TOPICS, &gone);
        break;
    case 1:
        world_grow(&r->w, name, 1 + below(r, 6));
        break;
    case 2:
        world_configure(&r->w, 2, name, "min.insync.replicas", 0, below(r, 2) ? "2" : "1");
        break;
    case 3:
        r->may_lose = true;
        world_elect(&r->w, 1, name, 0);
        break;
    default:
        world_create(&r->w, name, 1 + below(r, 4), (int16_t)(1 + below(r, 4)), NULL, NULL);
        break;
    }
}

static void partition_step(struct run *r)
{
    const char *name = some_topic(r);
    int32_t ids[8], id, n = some_brokers(r, ids);

    if (!some_partition(r, name, &id))
        return;
    switch (below(r, 6)) {
    case 0:
        world_move(&r->w, name, id, ids, n);
        break;
    case 1:
        world_move(&r->w, name, id, NULL, -1);
        break;
    case 2:
        world_elect(&r->w, 0, name, id);
        break;
    default:
        leader_alters(r, name, id, false);
        break;
    }
}

/* A broker finds replicas elsewhere, or a directory failing; or it is silent for long. */
static void directory_step(struct run *r)
{
    int32_t broker = 1 + below(r, BROKERS), id;
    const char *name = some_topic(r);
    struct kf_broker_heartbeat_request beat_of;
    struct uuid dir = world_dir(broker, 1 + below(r, 3)); /* the third is none of its own */

    if (!image_broker(r->w.image, broker) || !some_partition(r, name, &id))
        return;
    switch (below(r, 4)) {
    case 0:
        world_place(&r->w, broker, name, id, (struct uuid){ { [15] = 2 } }); /* LOST */
        break;
    case 1:
        kf_init(&kf_broker_heartbeat_request_schema, &beat_of);
        beat_of.broker_id = broker;
        beat_of.broker_epoch = image_broker(r->w.image, broker)->epoch;
        beat_of.current_metadata_offset = r->w.offset;
        beat_of.offline_log_dirs = &dir, beat_of.offline_log_dirs_n = 1;
        world_decide(&r->w, KF_API_BROKER_HEARTBEAT, &beat_of);
        break;
    case 2:
        r->w.now_ms += 9000;
        world_tick(&r->w);
        break;
    default:
        world_place(&r->w, broker, name, id, dir);
        break;
    }
}

static void config_step(struct run *r)
{
    const char *some = below(r, 2) ? "2" : "1";

    switch (below(r, 6)) {
    case 0:
        world_feature(&r->w, ELR, (int16_t)below(r, 2));
        break;
    case 1:
        world_configure(&r->w, RESOURCE_BROKER, "", "min.insync.replicas", 0, some);
        break;
    case 2:
        r->may_lose = true; /* it elects at once, and is gone when the step is checked */
        world_configure(&r->w, RESOURCE_TOPIC, some_topic(r), UNCLEAN, 0,
                        below(r, 8) ? "false" : "true");
        break;
    case 3:
        world_configure(&r->w, RESOURCE_TOPIC, some_topic(r), "min.insync.replicas", 1, NULL);
        break;
    case 4:
        world_feature(&r->w, "metadata.version", (int16_t)(25 + below(r, 6)));
        break;
    default:
        world_tick(&r->w);
        break;
    }
}

/* A leader that has slept asks with the epochs of before. */
static void late_step(struct run *r)
{
    const struct before *b = &r->before[below(r, r->n ? r->n : 1)];
    const struct topic_state *t = r->n ? image_topic_by_id(r->w.image, &b->topic) : NULL;
    struct kf_alter_partition_request_broker_state one = { 0, -1 };
    struct kf_alter_partition_request_partition_data p = { 0 };
    struct kf_alter_partition_request_topic_data of = { b->topic, &p, 1 };
    struct kf_alter_partition_request q = { .topics = &of, .topics_n = 1 };

    if (!t || b->leader < 0 || !image_broker(r->w.image, b->leader) ||
        (!b->leader_epoch && !b->partition_epoch))
        return;
    q.broker_id = one.broker_id = b->leader;
    q.broker_epoch = image_broker(r->w.image, b->leader)->epoch;
    p.partition_index = b->id;
    p.leader_epoch = b->leader_epoch - (b->leader_epoch > 0);
    p.partition_epoch = b->partition_epoch - (b->leader_epoch == 0);
    p.new_isr_with_epochs = &one, p.new_isr_with_epochs_n = 1;
    world_decide(&r->w, KF_API_ALTER_PARTITION, &q);
    assert_int_equal(r->w.applied, 0);
}

static void step(struct run *r)
{
    r->w.now_ms += below(r, 1000);
    remember(r);
    switch (below(r, 8)) {
    case 0:
    case 1:
        broker_step(r);
        break;
    case 2:
        topic_step(r);
        break;
    case 3:
        directory_step(r);
        break;
    case 4:
        config_step(r);
        break;
    case 5:
        late_step(r);
        break;
    default:
        partition_step(r);
        break;
    }
    check_step(r);
    arena_clear(&r->w.arena);
}

/* Replicas that were lost are made anew in a directory that is there. */
static void place_again(struct run *r, const struct topic_state *t, int32_t id)
{
    for (int32_t n = 0; n < t->partitions[id].replicas_n; n++) {
        const struct partition_state *p = &t->partitions[id];
        int32_t broker = p->replicas[n];

        if (!change_directory_online(image_broker(r->w.image, broker), &p->directories[n]))
            assert_int_equal(world_place(&r->w, broker, t->name, id, world_dir(broker, 1)), 0);
    }
}

/* Everybody comes back and catches up: all is led, in sync, and every reassignment ends. Only where
 * nobody is left who had everything somebody must say that it does not matter. */
static void settle(struct run *r)
{
    const struct topic_state *t;
    size_t at = 0;

    for (int32_t id = 1; id <= BROKERS; id++) {
        remember(r);
        register_again(r, id, true);
        beat(r, id, false, false);
        check_step(r);
    }
    while ((t = image_topic_next(r->w.image, &at))) {
        for (int32_t id = 0; id < t->partitions_n; id++) {
            const struct partition_state *p = &t->partitions[id];

            place_again(r, t, id);
            if (p->leader < 0 && !safe_ones(r, p))
                assert_int_equal(world_elect(&r->w, 1, t->name, id), 0);
            assert_true(p->leader >= 0);
            leader_alters(r, t->name, id, true);
            leader_alters(r, t->name, id, true);
            assert_int_equal(p->adding_n + p->removing_n, 0);
            assert_int_equal(p->isr_n, p->replicas_n);
        }
    }
}

static err_t reload(void *ctx, struct slice record)
{
    struct why why = { "" };

    return image_apply(ctx, 0, record, NULL, NULL, &why);
}

static void snapshots_say_the_same(const struct image *i)
{
    struct image *copy = image_new();
    OWNED_BUF a = { 0 };
    OWNED_BUF b = { 0 };
    char *after_a, *after_b;

    image_index_brokers(copy);
    assert_int_equal(image_snapshot(i, reload, copy), ERR_OK);
    image_check(copy);
    image_dump(i, &a);
    image_dump(copy, &b);
    buf_put_u8(&a, 0);
    buf_put_u8(&b, 0);
    after_a = strchr((char *)a.p, '\n'); /* the first line has the offset */
    after_b = strchr((char *)b.p, '\n');
    assert_string_equal(after_a, after_b);
    image_free(copy);
}

static void run(uint64_t seed, int steps)
{
    struct run r = { 0 };

    world_open(&r.w, seed & 1);
    r.w.dirs = 2;
    rng_seed(&r.rng, seed);
    world_brokers(&r.w, BROKERS);
    r.incarnation = 1;
    if (seed % 4 >= 2)
        world_configure(&r.w, RESOURCE_BROKER, "", UNCLEAN, 0, "true");
    for (int n = 0; n < steps; n++)
        step(&r);
    snapshots_say_the_same(r.w.image);
    settle(&r);
    world_close(&r.w);
}

static void no_sequence_of_requests_breaks_a_partition(void **state)
{
    const char *one = getenv("SEED"), *many = getenv("SEEDS");
    uint64_t last = many ? strtoull(many, NULL, 10) : SEEDS;

    (void)state;
    for (uint64_t seed = 1; seed <= last; seed++) {
        if (one)
            seed = strtoull(one, NULL, 10);
        printf("SEED=%llu\n", (unsigned long long)seed);
        run(seed, STEPS);
        if (one)
            return;
    }
}

TEST_MAIN(TEST(no_sequence_of_requests_breaks_a_partition))
