/* Members of consumer groups against the core: requests and answers get lost, appends fail, the
 * coordinator moves, topics come, grow and go, members die. After every step the core's invariants
 * hold and no partition has two owners; what lives equals what the log alone makes; in the end,
 * when faults stop, every member has what it is to have. */
#include "api/kafka/errors.h"
#include "api/kafka/msg/consumer_group_heartbeat.h"
#include "api/kafka/msg/offset_commit.h"
#include "broker/group/assignment.h"
#include "common/mem.h"
#include "common/rng.h"
#include "tests/lib/group_world.h"
#include "tests/lib/test.h"

#include <stdio.h>

enum { CLIENTS = 7, TOPICS = 4, STEPS = 1500, SEEDS = 12, PARTITIONS_MAX = 6 };

typedef struct kf_consumer_group_heartbeat_request request;
typedef struct kf_consumer_group_heartbeat_response response;
typedef struct kf_consumer_group_heartbeat_request_topic_partitions owned_topic;

struct client {
    char id[16], instance[16];
    int32_t epoch;
    bool alive, is_static;
    bool said; /* its last request was answered: no need to say all again */
    struct assignment owned;
    unsigned topics; /* bits of what it reads */
    bool by_regex;
    int64_t last_ms;
};

struct sim {
    struct group_world w;
    struct rng r;
    struct client clients[CLIENTS];
    int32_t partitions[TOPICS]; /* 0: no such topic */
    int names;
    bool faults;
};

static const char *const names[TOPICS] = { "ta", "tb", "tc", "td" };

static bool chance(struct sim *s, unsigned percent)
{
    return rng_below(&s->r, 100) < percent;
}

static void be_born(struct sim *s, struct client *c)
{
    snprintf(c->id, sizeof(c->id), "m%d", s->names++);
    assignment_done(&c->owned);
    c->epoch = 0;
    c->alive = true;
    c->said = false;
    c->by_regex = chance(s, 20);
    c->topics = (unsigned)rng_below(&s->r, 1 << TOPICS) | 1;
    c->last_ms = s->w.now_ms;
}

static void put_names(struct sim *s, const struct client *c, request *q)
{
    q->subscribed_topic_names = arena_array(&s->w.arena, TOPICS, sizeof(struct str));
    q->subscribed_topic_names_n = 0;
    for (int t = 0; t < TOPICS && !c->by_regex; t++)
        if (c->topics >> t & 1)
            q->subscribed_topic_names[q->subscribed_topic_names_n++] = str_of(names[t]);
    if (c->by_regex)
        q->subscribed_topic_regex = str_of(c->topics & 2 ? "t[ab]" : "t.*");
    else if (chance(s, 50))
        q->subscribed_topic_regex = str_make("", 0);
}

static void put_owned(struct sim *s, const struct client *c, request *q)
{
    q->topic_partitions = arena_array(&s->w.arena, (size_t)c->owned.n, sizeof(owned_topic));
    for (q->topic_partitions_n = 0; q->topic_partitions_n < c->owned.n; q->topic_partitions_n++) {
        const struct assigned_topic *t = &c->owned.topics[q->topic_partitions_n];
        owned_topic *out = &q->topic_partitions[q->topic_partitions_n];

        out->topic_id = t->id;
        out->partitions_n = t->n;
        out->partitions = arena_array(&s->w.arena, (size_t)t->n, sizeof(int32_t));
        memcpy(out->partitions, t->partitions, (size_t)t->n * sizeof(int32_t));
    }
}

static request *heartbeat_of(struct sim *s, struct client *c)
{
    request *q = arena_new(&s->w.arena, request);

    kf_init(&kf_consumer_group_heartbeat_request_schema, q);
    q->group_id = str_of("g");
    q->member_id = arena_str(&s->w.arena, str_of(c->id));
    q->member_epoch = c->epoch;
    if (c->is_static)
        q->instance_id = arena_str(&s->w.arena, str_of(c->instance));
    if (!c->epoch || !c->said || chance(s, 20)) {
        q->rebalance_timeout_ms = 20000;
        put_names(s, c, q);
        put_owned(s, c, q);
    } else if (chance(s, 90)) {
        put_owned(s, c, q);
    }
    return q;
}

static void assert_one_owner(const struct sim *s)
{
    for (int i = 0; i < CLIENTS; i++)
        for (int k = 0; k < i; k++) {
            struct assignment both;

            if (!s->clients[i].alive || !s->clients[k].alive)
                continue;
            both = assignment_and(&s->clients[i].owned, &s->clients[k].owned);
            assert_int_equal(both.n, 0);
        }
}

static void take_assignment(struct client *c, const response *r)
{
    struct assignment now = { 0 };

    for (int32_t i = 0; i < r->assignment->topic_partitions_n; i++)
        assignment_put(&now, &r->assignment->topic_partitions[i].topic_id,
                       r->assignment->topic_partitions[i].partitions, NULL,
                       r->assignment->topic_partitions[i].partitions_n);
    assignment_done(&c->owned);
    c->owned = now;
}

static void rejoin(struct sim *s, struct client *c)
{
    assignment_done(&c->owned);
    c->epoch = 0;
    c->said = false;
    if (c->is_static && chance(s, 50))
        be_born(s, c);
}

static void take_answer(struct sim *s, struct client *c, const response *r)
{
    switch (r->error_code) {
    case KF_ERR_NONE:
        c->epoch = r->member_epoch;
        c->said = true;
        c->last_ms = s->w.now_ms;
        if (r->assignment)
            take_assignment(c, r);
        break;
    case KF_ERR_COORDINATOR_NOT_AVAILABLE:
    case KF_ERR_NOT_COORDINATOR:
        break;
    case KF_ERR_UNRELEASED_INSTANCE_ID: /* until the session of the one before it ends */
        assert_true(c->is_static);
        break;
    case KF_ERR_UNKNOWN_MEMBER_ID:
    case KF_ERR_FENCED_MEMBER_EPOCH:
    case KF_ERR_FENCED_INSTANCE_ID:
    case KF_ERR_GROUP_ID_NOT_FOUND:
        rejoin(s, c);
        break;
    default:
        fail_msg("error %d", r->error_code);
    }
}

static void beat(struct sim *s, struct client *c)
{
    request *q = heartbeat_of(s, c);
    struct group_asked *a;

    c->said = false; /* until it hears that it was heard */
    if (s->faults && chance(s, 5))
        return; /* lost on its way */
    if (s->faults && chance(s, 4))
        s->w.append_error = KF_ERR_NOT_ENOUGH_REPLICAS;
    a = group_world_ask(&s->w, GROUP_CONSUMER_HEARTBEAT, 1, "g", "client", q);
    s->w.append_error = 0;
    if (!a->done || (s->faults && chance(s, 8)))
        return; /* the answer is lost */
    take_answer(s, c, a->call.response);
    assert_one_owner(s);
}

static void leave(struct sim *s, struct client *c)
{
    request *q = heartbeat_of(s, c);

    q->member_epoch = c->is_static ? -2 : -1;
    (void)group_world_ask(&s->w, GROUP_CONSUMER_HEARTBEAT, 1, "g", "client", q);
    assignment_done(&c->owned);
    c->alive = false;
}

static void commit(struct sim *s, struct client *c)
{
    struct kf_offset_commit_request *q = arena_new(&s->w.arena, struct kf_offset_commit_request);

    kf_init(&kf_offset_commit_request_schema, q);
    q->group_id = str_of("g");
    q->member_id = arena_str(&s->w.arena, str_of(c->id));
    q->generation_id_or_member_epoch = c->epoch;
    q->topics = arena_new(&s->w.arena, struct kf_offset_commit_request_offset_commit_request_topic);
    q->topics_n = 1;
    q->topics->name = str_of(names[rng_below(&s->r, TOPICS)]);
    q->topics->partitions =
        arena_new(&s->w.arena, struct kf_offset_commit_request_offset_commit_request_partition);
    q->topics->partitions_n = 1;
    q->topics->partitions->partition_index = (int32_t)rng_below(&s->r, PARTITIONS_MAX);
    q->topics->partitions->committed_offset = (int64_t)rng_below(&s->r, 1000);
    (void)group_world_ask(&s->w, GROUP_OFFSET_COMMIT, 9, "g", "client", q);
}

static void change_topic(struct sim *s)
{
    int t = (int)rng_below(&s->r, TOPICS);

    if (!s->partitions[t]) {
        s->partitions[t] = (int32_t)rng_below(&s->r, PARTITIONS_MAX) + 1;
        (void)group_world_topic(&s->w, names[t], s->partitions[t]);
    } else {
        s->partitions[t] = 0;
        group_world_remove_topic(&s->w, names[t]);
    }
    group_world_tell_topic(&s->w, names[t]);
}

static void assert_live_is_loaded(const struct sim *s)
{
    OWNED_BUF live = { 0 };
    OWNED_BUF loaded = { 0 };

    group_world_dump(&s->w, &live);
    group_world_dump_log(&s->w, &loaded);
    assert_string_equal(buf_text(&live), buf_text(&loaded));
}

static void pass(struct sim *s, int64_t ms)
{
    group_world_pass(&s->w, ms);
    for (int i = 0; i < CLIENTS; i++) /* silent for a session: it knows itself that it is out */
        if (s->clients[i].alive && s->w.now_ms - s->clients[i].last_ms >= 45000)
            rejoin(s, &s->clients[i]);
}

static void read_other_topics(struct sim *s, struct client *c)
{
    c->topics = (unsigned)rng_below(&s->r, 1 << TOPICS) | 1;
    c->said = false;
}

static void one_step(struct sim *s)
{
    struct client *c = &s->clients[rng_below(&s->r, CLIENTS)];
    uint64_t what = rng_below(&s->r, 100);

    if (!c->alive && what < 50)
        be_born(s, c);
    else if (!c->alive)
        return;
    else if (what < 70)
        beat(s, c);
    else if (what < 74)
        commit(s, c);
    else if (what < 77)
        leave(s, c);
    else if (what < 80)
        read_other_topics(s, c);
    else if (what < 83)
        change_topic(s);
    else if (what < 85 && s->faults)
        group_world_reload(&s->w);
    else if (what < 90 && s->faults)
        s->w.held = !s->w.held;
    else
        pass(s, (int64_t)rng_below(&s->r, 3000));
    if (!s->w.held)
        group_world_commit(&s->w);
}

/* Everybody beats until nothing moves; then every partition that somebody reads has an owner. */
static void settle(struct sim *s)
{
    s->faults = s->w.held = false;
    group_world_commit(&s->w);
    for (int round = 0; round < 60; round++) {
        for (int i = 0; i < CLIENTS; i++)
            if (s->clients[i].alive)
                beat(s, &s->clients[i]);
        pass(s, 3000);
    }
}

static bool reads(const struct client *c, int t)
{
    if (c->by_regex)
        return c->topics & 2 ? t < 2 : true;
    return c->topics >> t & 1;
}

static void assert_all_owned(const struct sim *s)
{
    for (int t = 0; t < TOPICS; t++) {
        const struct topic_state *topic = image_topic(s->w.image, str_of(names[t]));
        int readers = 0, owners = 0;

        for (int i = 0; topic && i < CLIENTS; i++) {
            const struct assigned_topic *mine = assignment_topic(&s->clients[i].owned, &topic->id);

            readers += s->clients[i].alive && reads(&s->clients[i], t);
            owners += s->clients[i].alive && mine ? mine->n : 0;
        }
        if (topic)
            assert_int_equal(owners, readers ? topic->partitions_n : 0);
    }
}

static void run(uint64_t seed)
{
    static struct sim s;

    s = (struct sim){ .faults = true };
    rng_seed(&s.r, seed);
    group_world_open(&s.w);
    s.w.config.consumer_assignment_ms = seed % 2 ? 1000 : 0;
    for (int i = 0; i < CLIENTS; i++) {
        s.clients[i].is_static = i < 2;
        snprintf(s.clients[i].instance, sizeof(s.clients[i].instance), "i%d", i);
    }
    for (int i = 0; i < STEPS; i++) {
        one_step(&s);
        if (i % 50 == 0)
            assert_live_is_loaded(&s);
    }
    settle(&s);
    assert_all_owned(&s);
    assert_live_is_loaded(&s);
    for (int i = 0; i < CLIENTS; i++)
        assignment_done(&s.clients[i].owned);
    group_world_close(&s.w);
}

static void members_agree_whatever_happens(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        print_message("seed %llu\n", (unsigned long long)seed);
        run(seed);
    }
}

TEST_MAIN(TEST(members_agree_whatever_happens))
