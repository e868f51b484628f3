#include "broker/group/txn_offsets.h"

#include "api/kafka/errors.h"
#include "api/kafka/msg/delete_groups.h"
#include "api/kafka/msg/offset_commit.h"
#include "api/kafka/msg/offset_delete.h"
#include "api/kafka/msg/offset_fetch.h"
#include "api/kafka/msg/txn_offset_commit.h"
#include "common/rng.h"
#include "tests/lib/group_world.h"
#include "tests/lib/test.h"

enum { NOBODY = -1, PARTITIONS = 8 };

typedef struct kf_txn_offset_commit_request_txn_offset_commit_request_topic txn_topic;
typedef struct kf_txn_offset_commit_request_txn_offset_commit_request_partition txn_partition;
typedef struct kf_offset_commit_request_offset_commit_request_topic topic_in;
typedef struct kf_offset_commit_request_offset_commit_request_partition partition_in;
typedef struct kf_offset_fetch_response_offset_fetch_response_partitions fetched;
typedef struct kf_offset_fetch_request_offset_fetch_request_group fetch_in;

static int16_t commit_as(struct group_world *w, int64_t producer, const char *group, const char *member,
                         int32_t generation, int32_t partition, int64_t offset)
{
    struct kf_txn_offset_commit_request *q = arena_new(&w->arena, struct kf_txn_offset_commit_request);
    const struct kf_txn_offset_commit_response *r;

    kf_init(&kf_txn_offset_commit_request_schema, q);
    q->transactional_id = str_of("x");
    q->group_id = str_of(group);
    q->producer_id = producer;
    q->member_id = str_of(member);
    q->generation_id = generation;
    q->topics = arena_new(&w->arena, txn_topic);
    q->topics_n = 1;
    q->topics->name = str_of("t");
    q->topics->partitions = arena_new(&w->arena, txn_partition);
    q->topics->partitions_n = 1;
    q->topics->partitions->partition_index = partition;
    q->topics->partitions->committed_offset = offset;
    q->topics->partitions->committed_leader_epoch = 3;
    q->topics->partitions->committed_metadata = str_of("m");
    r = group_world_ask(w, GROUP_TXN_OFFSET_COMMIT, 5, group, "c", q)->call.response;
    assert_int_equal(r->topics_n, 1);
    assert_true(str_is(r->topics->name, "t"));
    assert_int_equal(r->topics->partitions->partition_index, partition);
    return r->topics->partitions->error_code;
}

static void commit_txn(struct group_world *w, int64_t producer, const char *group, int32_t partition,
                       int64_t offset)
{
    assert_int_equal(commit_as(w, producer, group, "", -1, partition, offset), 0);
}

static void commit_plain(struct group_world *w, const char *group, int32_t partition, int64_t offset)
{
    struct kf_offset_commit_request *q = arena_new(&w->arena, struct kf_offset_commit_request);
    const struct kf_offset_commit_response *r;

    kf_init(&kf_offset_commit_request_schema, q);
    q->group_id = str_of(group);
    q->topics = arena_new(&w->arena, topic_in);
    q->topics_n = 1;
    q->topics->name = str_of("t");
    q->topics->partitions = arena_new(&w->arena, partition_in);
    q->topics->partitions_n = 1;
    q->topics->partitions->partition_index = partition;
    q->topics->partitions->committed_offset = offset;
    r = group_world_ask(w, GROUP_OFFSET_COMMIT, 9, group, "c", q)->call.response;
    assert_int_equal(r->topics->partitions->error_code, 0);
}

typedef struct kf_offset_fetch_response_offset_fetch_response_group fetch_out;

static const fetch_out *ask(struct group_world *w, const fetch_in *q, bool stable, bool doubtful)
{
    struct group_asked *a = arena_new(&w->arena, struct group_asked);
    struct group_event ev = { .kind = GROUP_CALL, .call = &a->call };
    struct group_context c = { .now_ms = w->now_ms, .wall_ms = w->wall_ms, .image = w->image };
    struct group_out out;

    a->call = (struct group_call){ .api = GROUP_OFFSET_FETCH, .version = 9, .request = q, .stable = stable,
                                   .doubtful = doubtful, .group_id = q->group_id, .arena = &w->arena };
    group_out_init(&out, &w->arena);
    groups_step(w->groups, &c, &ev, &out);
    list_remove(&a->call.node);
    return a->call.response;
}

static const fetch_in *question(struct group_world *w, const char *group, int32_t partition)
{
    fetch_in *q = arena_new(&w->arena, fetch_in);

    kf_init(&kf_offset_fetch_request_offset_fetch_request_group_schema, q);
    q->group_id = str_of(group);
    q->topics = arena_new(&w->arena, struct kf_offset_fetch_request_offset_fetch_request_topics);
    q->topics_n = 1;
    q->topics->name = str_of("t");
    q->topics->partition_indexes = arena_new(&w->arena, int32_t);
    q->topics->partition_indexes[0] = partition;
    q->topics->partition_indexes_n = 1;
    return q;
}

static fetched fetch(struct group_world *w, const char *group, int32_t partition, bool stable)
{
    return ask(w, question(w, group, partition), stable, false)->topics->partitions[0];
}

static int64_t offset_of(struct group_world *w, int32_t partition)
{
    return fetch(w, "g", partition, false).committed_offset;
}

static void open(struct group_world *w)
{
    group_world_open(w);
    (void)group_world_topic(w, "t", PARTITIONS);
}

static void same_after_load(struct group_world *w)
{
    OWNED_BUF live = { 0 };
    OWNED_BUF loaded = { 0 };

    group_world_dump(w, &live);
    group_world_dump_log(w, &loaded);
    assert_string_equal(buf_text(&live), buf_text(&loaded));
}

static void the_marker_decides(void **state)
{
    struct group_world w;

    (void)state;
    open(&w);
    commit_txn(&w, 7, "g", 0, 10);
    commit_txn(&w, 8, "g", 1, 20);
    assert_int_equal(offset_of(&w, 0), -1);
    same_after_load(&w);
    group_world_mark(&w, 7, true);
    group_world_mark(&w, 8, false);
    assert_int_equal(offset_of(&w, 0), 10);
    assert_int_equal(offset_of(&w, 1), -1);
    same_after_load(&w);
    group_world_close(&w);
}

static void the_last_of_a_transaction_counts(void **state)
{
    struct group_world w;

    (void)state;
    open(&w);
    commit_txn(&w, 7, "g", 0, 10);
    commit_txn(&w, 7, "g", 0, 11);
    group_world_reload(&w);
    group_world_mark(&w, 7, true);
    assert_int_equal(offset_of(&w, 0), 11);
    group_world_close(&w);
}

static void a_later_commit_of_no_transaction_stays(void **state)
{
    struct group_world w;

    (void)state;
    open(&w);
    commit_plain(&w, "g", 0, 5);
    commit_txn(&w, 7, "g", 0, 10);
    commit_plain(&w, "g", 1, 5);
    commit_plain(&w, "g", 0, 6);
    commit_txn(&w, 7, "g", 1, 11);
    group_world_mark(&w, 7, true);
    assert_int_equal(offset_of(&w, 0), 6);
    assert_int_equal(offset_of(&w, 1), 11);
    same_after_load(&w);
    group_world_close(&w);
}

static void who_wants_stable_offsets_is_told_to_wait(void **state)
{
    struct group_world w;

    (void)state;
    open(&w);
    commit_plain(&w, "g", 0, 5);
    commit_txn(&w, 7, "g", 0, 10);
    assert_int_equal(fetch(&w, "g", 0, true).error_code, KF_ERR_UNSTABLE_OFFSET_COMMIT);
    assert_int_equal(fetch(&w, "g", 0, true).committed_offset, -1);
    assert_int_equal(fetch(&w, "g", 1, true).error_code, 0);
    assert_int_equal(offset_of(&w, 0), 5);
    group_world_mark(&w, 7, false);
    assert_int_equal(fetch(&w, "g", 0, true).error_code, 0);
    assert_int_equal(fetch(&w, "g", 0, true).committed_offset, 5);
    group_world_close(&w);
}

/* librdkafka asks again for a partition that is not stable, and never when the whole answer is refused. */
static void who_may_be_deposed_says_that_all_offsets_may_change(void **state)
{
    struct group_world w;
    fetch_in all;
    fetched got;

    (void)state;
    open(&w);
    commit_plain(&w, "g", 0, 5);
    got = ask(&w, question(&w, "g", 0), true, true)->topics->partitions[0];
    assert_int_equal(got.error_code, KF_ERR_UNSTABLE_OFFSET_COMMIT);
    assert_int_equal(got.committed_offset, -1);
    got = ask(&w, question(&w, "nobody's", 1), true, true)->topics->partitions[0];
    assert_int_equal(got.error_code, KF_ERR_UNSTABLE_OFFSET_COMMIT);
    all = *question(&w, "g", 0);
    all.topics_n = -1;
    assert_int_equal(ask(&w, &all, true, true)->error_code, KF_ERR_NOT_COORDINATOR);
    group_world_close(&w);
}

static void what_was_deleted_is_not_brought_back(void **state)
{
    const struct kf_delete_groups_response_deletable_group_result *r;
    struct group_world w;

    (void)state;
    open(&w);
    commit_txn(&w, 7, "g", 0, 10);
    commit_txn(&w, 7, "other", 0, 11);
    r = group_world_ask(&w, GROUP_DELETE, 2, "g", "c", NULL)->call.response;
    assert_int_equal(r->error_code, 0);
    same_after_load(&w);
    group_world_mark(&w, 7, true);
    assert_int_equal(offset_of(&w, 0), -1);
    assert_int_equal(fetch(&w, "other", 0, false).committed_offset, 11);
    same_after_load(&w);
    group_world_close(&w);
}

static void a_group_of_nothing_but_an_aborted_transaction_is_none(void **state)
{
    struct group_listing l;
    struct group_world w;
    size_t at = 0;

    (void)state;
    open(&w);
    commit_txn(&w, 7, "g", 0, 10);
    assert_true(groups_list(w.groups, &at, &l));
    group_world_mark(&w, 7, false);
    at = 0;
    assert_false(groups_list(w.groups, &at, &l));
    same_after_load(&w);
    group_world_close(&w);
}

static void members_are_checked_when_they_are_named(void **state)
{
    struct group_world w;

    (void)state;
    open(&w);
    assert_int_equal(commit_as(&w, 7, "g", "m", 3, 0, 1), KF_ERR_ILLEGAL_GENERATION);
    commit_plain(&w, "g", 0, 5);
    assert_int_equal(commit_as(&w, 7, "g", "m", 3, 0, 1), KF_ERR_UNKNOWN_MEMBER_ID);
    assert_int_equal(commit_as(&w, 7, "g", "", -1, PARTITIONS, 1), KF_ERR_UNKNOWN_TOPIC_OR_PARTITION);
    group_world_close(&w);
}

static void one_step(struct group_world *w, struct rng *r)
{
    static const char *const groups[] = { "g", "h", "i" };
    const char *group = groups[rng_below(r, 3)];
    int32_t partition = (int32_t)(rng_below(r, PARTITIONS));
    int64_t producer = (int64_t)(rng_below(r, 4)), offset = (int64_t)(rng_below(r, 1000));

    switch (rng_below(r, 8)) {
    case 0:
        commit_plain(w, group, partition, offset);
        return;
    case 1:
        group_world_mark(w, producer, true);
        return;
    case 2:
        group_world_mark(w, producer, false);
        return;
    case 3:
        if (rng_below(r, 8) == 0)
            (void)group_world_ask(w, GROUP_DELETE, 2, group, "c", NULL);
        return;
    default:
        commit_txn(w, producer, group, partition, offset);
        return;
    }
}

static void what_is_loaded_is_what_was(void **state)
{
    struct rng rng;

    (void)state;
    rng_seed(&rng, 28);
    for (int round = 0; round < 20; round++) {
        struct group_world w;

        open(&w);
        for (int i = 0; i < 100; i++) {
            one_step(&w, &rng);
            if (i % 10 == 0)
                same_after_load(&w);
            if (i % 33 == 0)
                group_world_reload(&w);
        }
        group_world_close(&w);
    }
}

TEST_MAIN(TEST(the_marker_decides), TEST(the_last_of_a_transaction_counts),
          TEST(a_later_commit_of_no_transaction_stays), TEST(who_wants_stable_offsets_is_told_to_wait),
          TEST(who_may_be_deposed_says_that_all_offsets_may_change),
          TEST(what_was_deleted_is_not_brought_back),
          TEST(a_group_of_nothing_but_an_aborted_transaction_is_none),
          TEST(members_are_checked_when_they_are_named), TEST(what_is_loaded_is_what_was))
