/* Seeded sequences of requests and failures, against rules that every step must keep. */
#include <stdio.h>
#include <stdlib.h>

#include "api/kafka/msg/delete_topics.h"
#include "api/kafka/msg/unregister_broker.h"
#include "tests/lib/test.h"
#include "tests/lib/world.h"

enum { BROKERS = 6, TOPICS = 4, STEPS = 400, SEEDS = 60, PARTITIONS_MAX = 64 };

/* What a partition was before the step. */
struct before {
    struct uuid topic;
    int32_t id, leader, leader_epoch, partition_epoch;
    uint32_t replicas, safe; /* by broker: replicas; in ISR or ELR, so without loss */
    int8_t recovery;
};

struct run {
    struct world w;
    struct rng rng;
    struct before before[PARTITIONS_MAX];
    int n;
    uint8_t incarnation;
    uint32_t wiped;    /* brokers that came back after an unclean shutdown in this step */
    uint32_t joined;   /* brokers that a leader took into its ISR in this step */
    bool may_lose;     /* an unclean election was asked for in this step */
    bool elr, unclean; /* the feature; the config */
};

static uint32_t bits(const int32_t *ids, int32_t n)
{
    uint32_t set = 0;

    for (int32_t i = 0; i < n; i++)
        set |= 1u << ids[i];
    return set;
}

static void remember(struct run *r)
{
    const struct topic_state *t;
    size_t at = 0;

    r->n = 0;
    r->wiped = r->joined = 0;
    r->may_lose = r->unclean;
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
                .safe = bits(p->isr, p->isr_n) | bits(p->elr, p->elr_n),
                .recovery = p->leader_recovery,
            };
        }
    }
}

static void check_one(const struct run *r, const struct before *b)
{
    const struct topic_state *t = image_topic_by_id(r->w.image, &b->topic);
    const struct partition_state *p = core_partition(t, b->id);
    uint32_t replicas, safe;

    if (!p)
        return; /* deleted */
    replicas = bits(p->replicas, p->replicas_n);
    safe = bits(p->isr, p->isr_n) | bits(p->elr, p->elr_n);
    if (getenv("SHOW") && b->partition_epoch != p->partition_epoch)
        printf("%s-%d leader %d->%d epoch %d->%d replicas %x->%x safe %x->%x isr %x\n", t->name, b->id,
               b->leader, p->leader, b->leader_epoch, p->leader_epoch, b->replicas, replicas, b->safe,
               safe, bits(p->isr, p->isr_n));
    assert_true(p->leader_epoch >= b->leader_epoch && p->partition_epoch >= b->partition_epoch);
    if (p->leader != b->leader)
        assert_true(p->leader_epoch > b->leader_epoch);
    if (p->leader != b->leader || replicas != b->replicas || safe != b->safe)
        assert_true(p->partition_epoch > b->partition_epoch || !safe || (safe & b->safe) == safe);
    /* A replica that was dropped must not be fetched for in the epoch in which it was one. */
    if (b->replicas & ~replicas)
        assert_true(p->leader_epoch > b->leader_epoch);
    /* Who leads had everything, or it is said that he may not. */
    if (p->leader >= 0 && p->leader != b->leader && !((b->safe | r->joined) & 1u << p->leader))
        assert_true(p->leader_recovery == 1);
    if (!r->may_lose && b->safe & ~r->wiped)
        assert_true(safe & (b->safe | r->joined));
    /* Somebody safe is up and is not asked to lead: never. */
    if (p->leader < 0 && !r->elr)
        assert_true(p->isr_n >= 1);
}

static void check_step(struct run *r)
{
    for (int n = 0; n < r->n; n++)
        check_one(r, &r->before[n]);
    image_check(r->w.image);
}

static int32_t below(struct run *r, int32_t n)
{
    return (int32_t)rng_below(&r->rng, (uint64_t)n);
}

static const char *some_topic(struct run *r)
{
    static const char *const names[TOPICS] = { "a", "b", "c", "d" };

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

        if (p->replicas[i] == p->leader || (b && !b->fenced && !b->in_controlled_shutdown &&
                                            (all || below(r, 2))))
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
    if (!clean || !b) /* of an unregistered one nobody knows how it ended */
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
    case 0: beat(r, id, true, false); break;
    case 1: beat(r, id, false, true); break;
    case 2: register_again(r, id, true); break;
    case 3: register_again(r, id, !r->elr || below(r, 2)); break;
    case 4:
        if (!below(r, 4))
            world_decide(&r->w, KF_API_UNREGISTER_BROKER, &gone);
        break;
    default: beat(r, id, false, false); break;
    }
}

static void topic_step(struct run *r)
{
    const char *name = some_topic(r);
    struct kf_delete_topics_request_delete_topic_state t = { .name = str_of(name) };
    struct kf_delete_topics_request gone = { .topics = &t, .topics_n = 1 };

    switch (below(r, 8)) {
    case 0: world_decide(&r->w, KF_API_DELETE_TOPICS, &gone); break;
    case 1: world_grow(&r->w, name, 1 + below(r, 6)); break;
    case 2: world_configure(&r->w, 2, name, "min.insync.replicas", 0, below(r, 2) ? "2" : "1"); break;
    case 3:
        r->may_lose = true;
        world_elect(&r->w, 1, name, 0);
        break;
    default: world_create(&r->w, name, 1 + below(r, 4), (int16_t)(1 + below(r, 4)), NULL, NULL); break;
    }
}

static void partition_step(struct run *r)
{
    const char *name = some_topic(r);
    int32_t ids[8], id, n = some_brokers(r, ids);

    if (!some_partition(r, name, &id))
        return;
    switch (below(r, 6)) {
    case 0: world_move(&r->w, name, id, ids, n); break;
    case 1: world_move(&r->w, name, id, NULL, -1); break;
    case 2: world_elect(&r->w, 0, name, id); break;
    default: leader_alters(r, name, id, false); break;
    }
}

static void step(struct run *r)
{
    r->w.now_ms += below(r, 1000);
    remember(r);
    switch (below(r, 5)) {
    case 0:
    case 1: broker_step(r); break;
    case 2: topic_step(r); break;
    default: partition_step(r); break;
    }
    check_step(r);
    arena_clear(&r->w.arena);
}

/* Everybody comes back and catches up: all is led, in sync, and every reassignment ends. */
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

            leader_alters(r, t->name, id, true);
            leader_alters(r, t->name, id, true);
            assert_true(p->leader >= 0);
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
    struct run r = { .elr = seed & 1, .unclean = seed % 4 >= 2 };

    world_open(&r.w, r.elr);
    rng_seed(&r.rng, seed);
    world_brokers(&r.w, BROKERS);
    r.incarnation = 1;
    if (r.unclean)
        world_configure(&r.w, 4, "", "unclean.leader.election.enable", 0, "true");
    for (int n = 0; n < steps; n++)
        step(&r);
    snapshots_say_the_same(r.w.image);
    settle(&r);
    world_close(&r.w);
}

static void no_sequence_of_requests_breaks_a_partition(void **state)
{
    const char *one = getenv("SEED");

    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        if (one)
            seed = strtoull(one, NULL, 10);
        printf("SEED=%llu\n", (unsigned long long)seed);
        run(seed, STEPS);
        if (one)
            return;
    }
}

TEST_MAIN(TEST(no_sequence_of_requests_breaks_a_partition))
