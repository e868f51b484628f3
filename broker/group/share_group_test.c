#include "broker/group/share_group.h"

#include <stdio.h>

#include "api/kafka/errors.h"
#include "api/kafka/msg/alter_share_group_offsets.h"
#include "api/kafka/msg/delete_groups.h"
#include "api/kafka/msg/delete_share_group_offsets.h"
#include "api/kafka/msg/describe_share_group_offsets.h"
#include "api/kafka/msg/join_group.h"
#include "api/kafka/msg/share_group_describe.h"
#include "api/kafka/msg/share_group_heartbeat.h"
#include "common/rng.h"
#include "tests/lib/group_world.h"
#include "tests/lib/test.h"

typedef struct kf_share_group_heartbeat_request request;
typedef struct kf_share_group_heartbeat_response response;

enum { SESSION_MS = 45000, MEMBERS = 7, SEEDS = 30, STEPS = 400 };

static struct group_asked *beat_begin(struct group_world *w, const char *member, int32_t epoch,
                                      const char *topic)
{
    request *q = arena_new(&w->arena, request);

    kf_init(&kf_share_group_heartbeat_request_schema, q);
    q->group_id = str_of("g");
    q->member_id = str_of(member);
    q->member_epoch = epoch;
    if (topic) {
        q->subscribed_topic_names = arena_new(&w->arena, struct str);
        q->subscribed_topic_names[0] = str_of(topic);
        q->subscribed_topic_names_n = 1;
    }
    return group_world_ask(w, GROUP_SHARE_HEARTBEAT, 1, "g", "c", q);
}

static const response *beat(struct group_world *w, const char *member, int32_t epoch,
                            const char *topic)
{
    const struct group_asked *a = beat_begin(w, member, epoch, topic);

    assert_true(a->done);
    return a->call.response;
}

static int32_t assigned(const response *r)
{
    int32_t n = 0;

    for (int32_t i = 0; r->assignment && i < r->assignment->topic_partitions_n; i++)
        n += r->assignment->topic_partitions[i].partitions_n;
    return r->assignment ? n : -1;
}

static void assert_loads_alike(const struct group_world *w)
{
    OWNED_BUF live = { 0 };
    OWNED_BUF loaded = { 0 };

    group_world_dump(w, &live);
    group_world_dump_log(w, &loaded);
    assert_string_equal(buf_text(&live), buf_text(&loaded));
}

static void end(struct group_world *w)
{
    assert_loads_alike(w);
    group_world_close(w);
}

static void partitions_are_assigned_once_they_are_initialised(void **state)
{
    struct group_world w;
    const response *r;

    (void)state;
    group_world_open(&w);
    group_world_topic(&w, "t", 4);
    r = beat(&w, "m1", 0, "t");
    assert_int_equal(r->error_code, 0);
    assert_int_equal(r->member_epoch, 1);
    assert_int_equal(assigned(r), 0);
    assert_int_equal(w.share_parts_n, 4);
    assert_int_equal(w.share_parts[3].start, -1);
    assert_int_equal(assigned(beat(&w, "m1", 1, NULL)), -1);
    group_world_initialized(&w, 3);
    r = beat(&w, "m1", 1, NULL);
    assert_int_equal(r->member_epoch, 2);
    assert_int_equal(assigned(r), 3);
    assert_int_equal(w.share_parts_n, 1); /* what failed is asked for again */
    group_world_initialized(&w, 1);
    assert_int_equal(assigned(beat(&w, "m1", 2, NULL)), 4);
    end(&w);
}

/* Else the share coordinator would know an epoch that the group never had. */
static void nothing_is_initialised_before_it_is_replicated(void **state)
{
    struct group_world w;
    const struct group_asked *a;

    (void)state;
    group_world_open(&w);
    group_world_topic(&w, "t", 2);
    w.held = true;
    a = beat_begin(&w, "m1", 0, "t");
    assert_int_equal(w.share_parts_n, 0);
    assert_false(a->done);
    group_world_commit(&w);
    assert_int_equal(w.share_parts_n, 2);
    assert_true(a->done);
    w.held = false;
    group_world_initialized(&w, 2);
    assert_int_equal(assigned(beat(&w, "m1", 1, NULL)), 2);
    end(&w);
}

/* share.assignment.interval.ms: 600 members that join cost more than one interval may. */
static void many_joins_at_once_are_assigned_together(void **state)
{
    struct group_world w;
    char id[8];

    (void)state;
    group_world_open(&w);
    w.config.share_size_max = 1000;
    w.config.share_assignment_ms_max = 15000;
    group_world_property(&w, "share.assignment.interval.ms", "1000");
    group_world_topic(&w, "t", 2);
    (void)beat(&w, "m0", 0, "t");
    group_world_initialized(&w, 2);
    for (int i = 0; i < 600; i++) {
        (void)snprintf(id, sizeof(id), "m%d", i);
        (void)beat(&w, arena_text(&w.arena, str_of(id)), 0, "t");
    }
    assert_in_range(beat(&w, "x", 0, "t")->member_epoch, 2, 599); /* of an assignment before */
    group_world_pass(&w, 1000);
    assert_true(beat(&w, "x", 0, "t")->member_epoch > 600);
    end(&w);
}

static void members_share_what_is_not_enough_for_all(void **state)
{
    struct group_world w;
    char id[] = "m0";
    int32_t epoch[10] = { 0 }, all = 0;

    (void)state;
    group_world_open(&w);
    group_world_topic(&w, "t", 3);
    for (int i = 0; i < 6; i++, id[1]++)
        epoch[i] = beat(&w, id, 0, "t")->member_epoch;
    group_world_initialized(&w, 3);
    for (int round = 0; round < 2; round++) {
        id[1] = '0';
        for (int i = 0; i < 6; i++, id[1]++) {
            const response *r = beat(&w, id, epoch[i], "t");

            epoch[i] = r->member_epoch;
            if (!round)
                continue;
            assert_int_equal(assigned(r), 1);
            all++;
        }
    }
    assert_int_equal(all, 6);
    end(&w);
}

static void stale_and_strange_members_are_fenced(void **state)
{
    struct group_world w;

    (void)state;
    group_world_open(&w);
    group_world_topic(&w, "t", 1);
    assert_int_equal(beat(&w, "m1", 5, NULL)->error_code, KF_ERR_GROUP_ID_NOT_FOUND);
    assert_int_equal(beat(&w, "m1", 0, NULL)->error_code, KF_ERR_INVALID_REQUEST);
    assert_int_equal(beat(&w, "", 0, "t")->error_code, KF_ERR_INVALID_REQUEST);
    assert_int_equal(beat(&w, "m1", -2, "t")->error_code, KF_ERR_INVALID_REQUEST);
    beat(&w, "m1", 0, "t");
    assert_int_equal(beat(&w, "m2", 1, NULL)->error_code, KF_ERR_UNKNOWN_MEMBER_ID);
    assert_int_equal(beat(&w, "m1", 9, NULL)->error_code, KF_ERR_FENCED_MEMBER_EPOCH);
    group_world_initialized(&w, 1);
    assert_int_equal(assigned(beat(&w, "m1", 1, NULL)), 1);
    assert_int_equal(assigned(beat(&w, "m1", 1, NULL)), 1); /* the answer may have got lost */
    assert_int_equal(assigned(beat(&w, "m1", 2, NULL)), -1);
    w.config.share_size_max = 1;
    assert_int_equal(beat(&w, "m2", 0, "t")->error_code, KF_ERR_GROUP_MAX_SIZE_REACHED);
    end(&w);
}

static void a_silent_member_is_out_and_one_that_leaves_too(void **state)
{
    struct group_world w;

    (void)state;
    group_world_open(&w);
    group_world_topic(&w, "t", 2);
    beat(&w, "m1", 0, "t");
    beat(&w, "m2", 0, "t");
    group_world_initialized(&w, 2);
    assert_int_equal(beat(&w, "m2", -1, NULL)->member_epoch, -1);
    assert_int_equal(beat(&w, "m2", 2, NULL)->error_code, KF_ERR_UNKNOWN_MEMBER_ID);
    group_world_reload(&w);
    group_world_pass(&w, SESSION_MS - 1);
    assert_int_equal(beat(&w, "m1", 1, NULL)->error_code, 0);
    group_world_pass(&w, SESSION_MS + 1);
    assert_int_equal(beat(&w, "m1", 2, NULL)->error_code, KF_ERR_UNKNOWN_MEMBER_ID);
    end(&w);
}

static const struct kf_share_group_describe_response_described_group *describe(
    struct group_world *w)
{
    return group_world_ask(w, GROUP_SHARE_DESCRIBE, 1, "g", "c", NULL)->call.response;
}

static int16_t alter(struct group_world *w, int64_t start, const struct group_call **ret)
{
    struct kf_alter_share_group_offsets_request *q =
        arena_new(&w->arena, struct kf_alter_share_group_offsets_request);
    struct kf_alter_share_group_offsets_response *r;

    q->group_id = str_of("g");
    q->topics_n = 1;
    q->topics = arena_array(&w->arena, 1, sizeof(*q->topics));
    q->topics->topic_name = str_of("t");
    q->topics->partitions_n = 2;
    q->topics->partitions = arena_array(&w->arena, 2, sizeof(*q->topics->partitions));
    q->topics->partitions[0].start_offset = start;
    q->topics->partitions[1].partition_index = 7;
    *ret = &group_world_ask(w, GROUP_SHARE_ALTER, 0, "g", "c", q)->call;
    r = (*ret)->response;
    if (!r->error_code)
        assert_int_equal(r->responses[0].partitions[1].error_code,
                         KF_ERR_UNKNOWN_TOPIC_OR_PARTITION);
    return r->error_code;
}

static void offsets_of_an_empty_group_are_altered_and_deleted(void **state)
{
    const struct kf_delete_groups_response_deletable_group_result *deleted;
    const struct group_call *call;
    struct group_world w;
    struct group_event gone = { .kind = GROUP_SHARE_DELETED, .group_id = STR_LIT("g") };

    (void)state;
    group_world_open(&w);
    group_world_topic(&w, "t", 1);
    assert_int_equal(alter(&w, 5, &call), 0); /* a group may be made so */
    assert_int_equal(call->state_epoch, 1);
    w.share_group = str_of("g");
    w.share_parts = call->parts;
    group_world_initialized(&w, 1);
    beat(&w, "m1", 0, "t");
    assert_int_equal(describe(&w)->members_n, 1);
    assert_int_equal(alter(&w, 5, &call), KF_ERR_NON_EMPTY_GROUP);
    beat(&w, "m1", -1, NULL);
    assert_string_equal(describe(&w)->group_state.p, "Empty");
    assert_int_equal(alter(&w, 5, &call), 0);
    assert_int_equal(call->parts_n, 1);
    assert_int_equal(call->parts[0].start, 5);
    assert_int_equal(call->state_epoch, describe(&w)->group_epoch);
    w.share_group = str_of("g");
    w.share_parts = call->parts;
    group_world_initialized(&w, 1);
    call = &group_world_ask(&w, GROUP_SHARE_FORGET, 0, "g", "c", NULL)->call;
    assert_int_equal(call->parts_n, 1);
    gone.parts = call->parts;
    gone.parts_n = 1;
    assert_loads_alike(&w);
    group_world_event(&w, &gone);
    assert_loads_alike(&w);
    deleted = group_world_ask(&w, GROUP_DELETE, 2, "g", "c", NULL)->call.response;
    assert_int_equal(deleted->error_code, 0);
    assert_int_equal(describe(&w)->error_code, KF_ERR_GROUP_ID_NOT_FOUND);
    end(&w);
}

static void other_protocols_are_kept_away(void **state)
{
    struct kf_join_group_request q;
    struct group_asked *a;
    struct group_world w;

    (void)state;
    group_world_open(&w);
    group_world_topic(&w, "t", 1);
    beat(&w, "m1", 0, "t");
    kf_init(&kf_join_group_request_schema, &q);
    a = group_world_ask(&w, GROUP_JOIN, 9, "g", "c", &q);
    assert_int_equal(((const struct kf_join_group_response *)a->call.response)->error_code,
                     KF_ERR_INCONSISTENT_GROUP_PROTOCOL);
    end(&w);
}

/* ---- at random ---- */

struct member {
    int32_t epoch; /* 0: is out */
    int32_t had;
};

static void random_beat(struct group_world *w, struct member *m, int i, struct rng *rng)
{
    char id[8];
    bool leaves = m->epoch && rng_below(rng, 12) == 0;
    const response *r;

    snprintf(id, sizeof(id), "m%d", i);
    r = beat(w, id, leaves ? -1 : m->epoch, m->epoch || leaves ? NULL : i % 3 ? "t" : "u");
    if (r->error_code || leaves) {
        m->epoch = 0;
        return;
    }
    if (!rng_below(rng, 8))
        return; /* the answer got lost */
    m->epoch = r->member_epoch;
    m->had = assigned(r) >= 0 ? assigned(r) : m->had;
}

static void random_step(struct group_world *w, struct member *m, struct rng *rng)
{
    switch (rng_below(rng, 24)) {
    case 0:
        group_world_reload(w);
        return;
    case 1:
        group_world_pass(w, (int64_t)rng_below(rng, SESSION_MS));
        return;
    case 2:
        w->append_error = KF_ERR_NOT_ENOUGH_REPLICAS;
        break;
    case 3:
    case 4:
    case 5:
        if (w->share_parts_n)
            group_world_initialized(w, (int32_t)rng_below(rng, (uint64_t)w->share_parts_n + 1));
        return;
    default:
        break;
    }
    random_beat(w, &m[0], (int)rng_below(rng, 1), rng);
    for (int i = 0; i < MEMBERS; i++)
        if (!rng_below(rng, 3))
            random_beat(w, &m[i], i, rng);
    w->append_error = 0;
}

/* In the end everybody has a part and every partition a member. */
static void finish(struct group_world *w, struct member *m)
{
    struct rng quiet;

    rng_seed(&quiet, 1);
    for (int round = 0; round < 12; round++) {
        w->now_ms += 1000;
        for (int i = 0; i < MEMBERS; i++) {
            char id[8];
            const response *r;

            snprintf(id, sizeof(id), "m%d", i);
            r = beat(w, id, m[i].epoch, i % 3 ? "t" : "u");
            m[i].epoch = r->error_code ? 0 : r->member_epoch;
            m[i].had = assigned(r);
        }
        if (w->share_parts_n)
            group_world_initialized(w, w->share_parts_n);
        group_world_pass(w, 3000);
    }
    for (int i = 0; i < MEMBERS; i++)
        assert_true(m[i].epoch > 0 && m[i].had > 0);
}

static void members_converge_and_a_load_gives_the_same(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct member m[MEMBERS] = { { 0 } };
        struct group_world w;
        struct rng rng;

        rng_seed(&rng, seed);
        group_world_open(&w);
        group_world_topic(&w, "t", 5);
        group_world_topic(&w, "u", 2);
        for (int i = 0; i < STEPS; i++) {
            random_step(&w, m, &rng);
            if (i % 20 == 0)
                assert_loads_alike(&w);
        }
        finish(&w, m);
        end(&w);
    }
}

TEST_MAIN(TEST(partitions_are_assigned_once_they_are_initialised),
          TEST(nothing_is_initialised_before_it_is_replicated),
          TEST(many_joins_at_once_are_assigned_together),
          TEST(members_share_what_is_not_enough_for_all), TEST(stale_and_strange_members_are_fenced),
          TEST(a_silent_member_is_out_and_one_that_leaves_too),
          TEST(offsets_of_an_empty_group_are_altered_and_deleted),
          TEST(other_protocols_are_kept_away), TEST(members_converge_and_a_load_gives_the_same))
