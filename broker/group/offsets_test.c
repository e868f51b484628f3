#include "broker/group/offsets.h"

#include "api/kafka/errors.h"
#include "api/kafka/msg/delete_groups.h"
#include "api/kafka/msg/offset_commit.h"
#include "api/kafka/msg/offset_delete.h"
#include "api/kafka/msg/offset_fetch.h"
#include "tests/lib/group_world.h"
#include "tests/lib/test.h"

typedef struct kf_offset_commit_request_offset_commit_request_topic topic_in;
typedef struct kf_offset_commit_request_offset_commit_request_partition partition_in;
typedef struct kf_offset_fetch_response_offset_fetch_response_partitions fetched;

struct commit {
    const char *topic, *member, *metadata;
    int32_t partition, generation;
    int64_t offset;
    int16_t version;
    struct uuid id;
};

static struct group_asked *commit_of(struct group_world *w, struct commit c)
{
    struct kf_offset_commit_request *q = arena_new(&w->arena, struct kf_offset_commit_request);

    kf_init(&kf_offset_commit_request_schema, q);
    q->group_id = str_of("g");
    q->generation_id_or_member_epoch = c.member ? c.generation : -1;
    q->member_id = str_of(c.member ? c.member : "");
    q->topics = arena_new(&w->arena, topic_in);
    q->topics_n = 1;
    q->topics->name = str_of(c.topic ? c.topic : "t");
    q->topics->topic_id = c.id;
    q->topics->partitions = arena_new(&w->arena, partition_in);
    q->topics->partitions_n = 1;
    q->topics->partitions->partition_index = c.partition;
    q->topics->partitions->committed_offset = c.offset;
    q->topics->partitions->committed_leader_epoch = 3;
    q->topics->partitions->committed_metadata = str_of(c.metadata);
    return group_world_ask(w, GROUP_OFFSET_COMMIT, c.version ? c.version : 9, "g", "c", q);
}

static int16_t commit_error(const struct group_asked *a)
{
    const struct kf_offset_commit_response *r = a->call.response;

    assert_true(a->done);
    return r->topics->partitions->error_code;
}

static struct group_asked *fetch_of(struct group_world *w, const char *topic, struct uuid id,
                                    int32_t partition)
{
    struct kf_offset_fetch_request_offset_fetch_request_group *q =
        arena_new(&w->arena, struct kf_offset_fetch_request_offset_fetch_request_group);
    bool by_id = !uuid_is_zero(&id);

    kf_init(&kf_offset_fetch_request_offset_fetch_request_group_schema, q);
    q->group_id = str_of("g");
    q->topics = arena_new(&w->arena, struct kf_offset_fetch_request_offset_fetch_request_topics);
    q->topics_n = 1;
    q->topics->name = str_of(topic);
    q->topics->topic_id = id;
    q->topics->partition_indexes = arena_new(&w->arena, int32_t);
    q->topics->partition_indexes[0] = partition;
    q->topics->partition_indexes_n = 1;
    return group_world_ask(w, GROUP_OFFSET_FETCH, by_id ? 10 : 9, "g", "c", q);
}

static const fetched *fetched_of(const struct group_asked *a)
{
    const struct kf_offset_fetch_response_offset_fetch_response_group *r = a->call.response;

    assert_true(a->done);
    return r->topics->partitions;
}

static int64_t committed(struct group_world *w, int32_t partition)
{
    return fetched_of(fetch_of(w, "t", (struct uuid){ 0 }, partition))->committed_offset;
}

static void open(struct group_world *w)
{
    group_world_open(w);
    (void)group_world_topic(w, "t", 8);
}

static void entries_are_found_by_partition(void **state)
{
    static const int32_t order[] = { 5, 1, 9, 3, 7, 0 };
    struct offsets o = { 0 };

    (void)state;
    for (int i = 0; i < 6; i++)
        offsets_set(&o, str_of("t"),
                    &(struct offset_entry){ .partition = order[i], .offset = order[i] });
    offsets_set(&o, str_of("t"),
                &(struct offset_entry){ .partition = 3, .offset = 33, .metadata = str_of("x") });
    assert_int_equal(o.n, 6);
    assert_int_equal(offsets_get(&o, str_of("t"), 3)->offset, 33);
    assert_null(offsets_get(&o, str_of("t"), 2));
    offsets_remove(&o, str_of("t"), 3);
    offsets_remove(&o, str_of("t"), 2);
    assert_null(offsets_get(&o, str_of("t"), 3));
    assert_int_equal(offsets_get(&o, str_of("t"), 9)->offset, 9);
    for (int i = 0; i < 6; i++)
        offsets_remove(&o, str_of("t"), order[i]);
    assert_null(offsets_topic(&o, str_of("t")));
    offsets_done(&o);
}

static void a_commit_without_a_group_makes_one(void **state)
{
    struct group_world w;

    (void)state;
    open(&w);
    assert_int_equal(committed(&w, 0), -1);
    assert_int_equal(commit_error(commit_of(&w, (struct commit){ .offset = 42, .metadata = "m" })),
                     0);
    assert_int_equal(committed(&w, 0), 42);
    assert_int_equal(groups_n(w.groups), 1);
    group_world_reload(&w);
    assert_int_equal(committed(&w, 0), 42);
    group_world_close(&w);
}

static void a_commit_is_answered_and_read_once_it_is_replicated(void **state)
{
    struct group_world w;
    struct group_asked *c, *f;

    (void)state;
    open(&w);
    w.held = true;
    c = commit_of(&w, (struct commit){ .offset = 42 });
    f = fetch_of(&w, "t", (struct uuid){ 0 }, 0);
    assert_false(c->done || f->done);
    group_world_commit(&w);
    assert_int_equal(commit_error(c), 0);
    assert_int_equal(fetched_of(f)->committed_offset, 42);
    group_world_close(&w);
}

static void a_commit_that_cannot_be_written_changes_nothing(void **state)
{
    static const int16_t told[][2] = {
        { KF_ERR_NOT_ENOUGH_REPLICAS, KF_ERR_COORDINATOR_NOT_AVAILABLE },
        { KF_ERR_NOT_LEADER_OR_FOLLOWER, KF_ERR_NOT_COORDINATOR },
        { KF_ERR_KAFKA_STORAGE_ERROR, KF_ERR_NOT_COORDINATOR },
        { KF_ERR_MESSAGE_TOO_LARGE, KF_ERR_UNKNOWN_SERVER_ERROR },
    };
    struct group_world w;

    (void)state;
    open(&w);
    for (int i = 0; i < 4; i++) {
        w.append_error = told[i][0];
        assert_int_equal(commit_error(commit_of(&w, (struct commit){ .offset = 1 })), told[i][1]);
    }
    assert_int_equal(committed(&w, 0), -1);
    assert_int_equal(groups_n(w.groups), 0);
    group_world_close(&w);
}

static void what_does_not_exist_is_not_committed(void **state)
{
    struct group_world w;
    char big[4098];

    (void)state;
    open(&w);
    memset(big, 'x', sizeof(big) - 1);
    big[sizeof(big) - 1] = 0;
    assert_int_equal(commit_error(commit_of(&w, (struct commit){ .topic = "u" })),
                     KF_ERR_UNKNOWN_TOPIC_OR_PARTITION);
    assert_int_equal(commit_error(commit_of(&w, (struct commit){ .partition = 8 })),
                     KF_ERR_UNKNOWN_TOPIC_OR_PARTITION);
    assert_int_equal(commit_error(commit_of(&w, (struct commit){ .version = 10, .id = { { 5 } } })),
                     KF_ERR_UNKNOWN_TOPIC_ID);
    assert_int_equal(commit_error(commit_of(&w, (struct commit){ .metadata = big })),
                     KF_ERR_OFFSET_METADATA_TOO_LARGE);
    assert_int_equal(commit_error(commit_of(&w, (struct commit){ .member = "m", .generation = 1 })),
                     KF_ERR_GROUP_ID_NOT_FOUND);
    assert_int_equal(commit_error(commit_of(
                         &w, (struct commit){ .member = "m", .generation = 1, .version = 8 })),
                     KF_ERR_ILLEGAL_GENERATION);
    assert_int_equal(w.log_n, 0);
    group_world_close(&w);
}

static void a_topic_made_anew_has_no_offsets_by_its_id(void **state)
{
    struct group_world w;
    struct uuid old, new;

    (void)state;
    group_world_open(&w);
    old = group_world_topic(&w, "t", 1);
    assert_int_equal(
        commit_error(commit_of(&w, (struct commit){ .offset = 7, .version = 10, .id = old })), 0);
    assert_int_equal(fetched_of(fetch_of(&w, NULL, old, 0))->committed_offset, 7);
    group_world_remove_topic(&w, "t");
    new = group_world_topic(&w, "t", 1);
    assert_int_equal(fetched_of(fetch_of(&w, NULL, new, 0))->committed_offset, -1);
    assert_int_equal(fetched_of(fetch_of(&w, NULL, old, 0))->error_code, KF_ERR_UNKNOWN_TOPIC_ID);
    group_world_close(&w);
}

static int16_t delete_error(const struct group_asked *a)
{
    const struct kf_delete_groups_response_deletable_group_result *r = a->call.response;

    return r->error_code;
}

static void a_group_is_deleted_with_its_offsets(void **state)
{
    struct group_world w;
    struct group_asked *a;

    (void)state;
    open(&w);
    assert_int_equal(commit_error(commit_of(&w, (struct commit){ .offset = 1 })), 0);
    assert_int_equal(commit_error(commit_of(&w, (struct commit){ .offset = 2, .partition = 1 })),
                     0);
    a = group_world_ask(&w, GROUP_DELETE, 2, "g", "c", NULL);
    assert_int_equal(delete_error(a), 0);
    assert_int_equal(w.log_n, 2 + 3); /* tombstones of both offsets, then of the group */
    assert_int_equal(groups_n(w.groups), 0);
    a = group_world_ask(&w, GROUP_DELETE, 2, "g", "c", NULL);
    assert_int_equal(delete_error(a), KF_ERR_GROUP_ID_NOT_FOUND);
    group_world_reload(&w);
    assert_int_equal(groups_n(w.groups), 0);
    group_world_close(&w);
}

static void offsets_are_deleted_one_by_one(void **state)
{
    struct kf_offset_delete_request_offset_delete_request_partition p[] = { { 0 }, { 3 }, { 99 } };
    struct kf_offset_delete_request_offset_delete_request_topic t = { STR_LIT("t"), p, 3 };
    struct kf_offset_delete_request q = { STR_LIT("g"), &t, 1 };
    const struct kf_offset_delete_response *r;
    struct group_world w;

    (void)state;
    open(&w);
    assert_int_equal(commit_error(commit_of(&w, (struct commit){ .offset = 1 })), 0);
    assert_int_equal(commit_error(commit_of(&w, (struct commit){ .offset = 2, .partition = 1 })),
                     0);
    r = group_world_ask(&w, GROUP_OFFSET_DELETE, 0, "g", "c", &q)->call.response;
    assert_int_equal(r->error_code, 0);
    assert_int_equal(r->topics->partitions[0].error_code, 0);
    assert_int_equal(r->topics->partitions[1].error_code, 0);
    assert_int_equal(r->topics->partitions[2].error_code, KF_ERR_UNKNOWN_TOPIC_OR_PARTITION);
    assert_int_equal(committed(&w, 0), -1);
    assert_int_equal(committed(&w, 1), 2);
    group_world_close(&w);
}

/* ---- expiry ---- */

enum { DAY_MS = 86400000, CHECK_MS = 600000 };

static void unused_offsets_expire_and_their_group_with_them(void **state)
{
    struct group_world w;

    (void)state;
    open(&w);
    assert_int_equal(commit_error(commit_of(&w, (struct commit){ .offset = 1 })), 0);
    group_world_pass(&w, 6 * DAY_MS);
    assert_int_equal(commit_error(commit_of(&w, (struct commit){ .offset = 2, .partition = 1 })),
                     0);
    group_world_pass(&w, DAY_MS + CHECK_MS);
    assert_int_equal(committed(&w, 0), -1);
    assert_int_equal(committed(&w, 1), 2);
    group_world_pass(&w, 6 * DAY_MS);
    assert_int_equal(groups_n(w.groups), 0);
    group_world_reload(&w);
    assert_int_equal(groups_n(w.groups), 0);
    group_world_close(&w);
}

static void a_retention_of_the_commits_own_counts(void **state)
{
    struct kf_offset_commit_request q;
    partition_in p = { .partition_index = 0, .committed_offset = 9 };
    topic_in t = { .name = STR_LIT("t"), .partitions = &p, .partitions_n = 1 };
    struct group_world w;

    (void)state;
    open(&w);
    kf_init(&kf_offset_commit_request_schema, &q);
    q.group_id = str_of("g");
    q.generation_id_or_member_epoch = -1;
    q.retention_time_ms = CHECK_MS;
    q.topics = &t;
    q.topics_n = 1;
    assert_int_equal(commit_error(group_world_ask(&w, GROUP_OFFSET_COMMIT, 4, "g", "c", &q)), 0);
    assert_int_equal(committed(&w, 0), 9);
    group_world_pass(&w, 2 * CHECK_MS);
    assert_int_equal(committed(&w, 0), -1);
    group_world_close(&w);
}

static void offsets_that_cannot_be_deleted_are_tried_again(void **state)
{
    struct group_world w;

    (void)state;
    open(&w);
    assert_int_equal(commit_error(commit_of(&w, (struct commit){ .offset = 1 })), 0);
    group_world_pass(&w, 7 * DAY_MS - CHECK_MS);
    w.append_error = KF_ERR_NOT_ENOUGH_REPLICAS;
    group_world_pass(&w, CHECK_MS);
    assert_int_equal(w.append_error, 0); /* the append was refused */
    assert_int_equal(committed(&w, 0), 1);
    group_world_pass(&w, CHECK_MS);
    assert_int_equal(committed(&w, 0), -1);
    group_world_close(&w);
}

static void offsets_of_a_deleted_topic_go_with_it(void **state)
{
    struct group_world w;

    (void)state;
    open(&w);
    (void)group_world_topic(&w, "u", 1);
    assert_int_equal(commit_error(commit_of(&w, (struct commit){ .offset = 1 })), 0);
    assert_int_equal(commit_error(commit_of(&w, (struct commit){ .offset = 2, .topic = "u" })), 0);
    group_world_remove_topic(&w, "t");
    group_world_tell_topic(&w, "t");
    group_world_pass(&w, 10);
    assert_int_equal(committed(&w, 0), -1);
    assert_int_equal(fetched_of(fetch_of(&w, "u", (struct uuid){ 0 }, 0))->committed_offset, 2);
    group_world_reload(&w);
    assert_int_equal(committed(&w, 0), -1);
    group_world_close(&w);
}

TEST_MAIN(TEST(entries_are_found_by_partition), TEST(a_commit_without_a_group_makes_one),
          TEST(a_commit_is_answered_and_read_once_it_is_replicated),
          TEST(a_commit_that_cannot_be_written_changes_nothing),
          TEST(what_does_not_exist_is_not_committed),
          TEST(a_topic_made_anew_has_no_offsets_by_its_id),
          TEST(a_group_is_deleted_with_its_offsets), TEST(offsets_are_deleted_one_by_one),
          TEST(unused_offsets_expire_and_their_group_with_them),
          TEST(a_retention_of_the_commits_own_counts),
          TEST(offsets_that_cannot_be_deleted_are_tried_again),
          TEST(offsets_of_a_deleted_topic_go_with_it))
