#include "broker/group/group.h"

#include "api/kafka/errors.h"
#include "api/kafka/msg/describe_groups.h"
#include "api/kafka/msg/heartbeat.h"
#include "api/kafka/msg/join_group.h"
#include "api/kafka/msg/leave_group.h"
#include "api/kafka/msg/sync_group.h"
#include "tests/lib/group_world.h"
#include "tests/lib/test.h"

enum { SESSION_MS = 10000, REBALANCE_MS = 60000, DELAY_MS = 3000 };

typedef struct kf_join_group_request_join_group_request_protocol protocol;
typedef struct kf_sync_group_request_sync_group_request_assignment assignment;

/* What a test says of one JoinGroup; the rest has a default. */
struct join {
    const char *member, *instance, *metadata, *protocol, *other;
    int16_t version;
};

static struct group_asked *join_of(struct group_world *w, struct join j)
{
    struct kf_join_group_request *q = arena_new(&w->arena, struct kf_join_group_request);
    protocol *p = arena_array(&w->arena, 2, sizeof(*p));

    kf_init(&kf_join_group_request_schema, q);
    q->group_id = str_of("g");
    q->session_timeout_ms = SESSION_MS;
    q->rebalance_timeout_ms = REBALANCE_MS;
    q->member_id = str_of(j.member ? j.member : "");
    q->group_instance_id = str_of(j.instance);
    q->protocol_type = str_of("consumer");
    q->protocols = p;
    p[q->protocols_n].name = str_of(j.protocol ? j.protocol : "range");
    p[q->protocols_n++].metadata = slice_make(j.metadata ? j.metadata : "m", 1);
    if (j.other) {
        p[q->protocols_n].name = str_of(j.other);
        p[q->protocols_n++].metadata = slice_make("o", 1);
    }
    return group_world_ask(w, GROUP_JOIN, j.version ? j.version : 9, "g", "c", q);
}

static const struct kf_join_group_response *joined(const struct group_asked *a)
{
    assert_true(a->done);
    return a->call.response;
}

static int16_t join_error(const struct group_asked *a)
{
    return joined(a)->error_code;
}

/* A dynamic member's two requests: the second one waits. */
static struct group_asked *join_new(struct group_world *w, const char **ret_id)
{
    struct group_asked *a = join_of(w, (struct join){ 0 });

    assert_int_equal(join_error(a), KF_ERR_MEMBER_ID_REQUIRED);
    *ret_id = arena_text(&w->arena, joined(a)->member_id);
    return join_of(w, (struct join){ .member = *ret_id });
}

static struct group_asked *sync_of(struct group_world *w, const char *member, int32_t generation,
                                   const char *const *members, int n)
{
    struct kf_sync_group_request *q = arena_new(&w->arena, struct kf_sync_group_request);

    kf_init(&kf_sync_group_request_schema, q);
    q->group_id = str_of("g");
    q->generation_id = generation;
    q->member_id = str_of(member);
    q->assignments = arena_array(&w->arena, (size_t)n, sizeof(assignment));
    for (q->assignments_n = 0; q->assignments_n < n; q->assignments_n++) {
        q->assignments[q->assignments_n].member_id = str_of(members[q->assignments_n]);
        q->assignments[q->assignments_n].assignment = slice_make("ab" + q->assignments_n, 1);
    }
    return group_world_ask(w, GROUP_SYNC, 5, "g", "c", q);
}

static const struct kf_sync_group_response *synced(const struct group_asked *a)
{
    assert_true(a->done);
    return a->call.response;
}

static int16_t heartbeat(struct group_world *w, const char *member, int32_t generation)
{
    struct kf_heartbeat_request *q = arena_new(&w->arena, struct kf_heartbeat_request);
    struct group_asked *a;

    kf_init(&kf_heartbeat_request_schema, q);
    q->group_id = str_of("g");
    q->member_id = str_of(member);
    q->generation_id = generation;
    a = group_world_ask(w, GROUP_HEARTBEAT, 4, "g", "c", q);
    assert_true(a->done);
    return ((const struct kf_heartbeat_response *)a->call.response)->error_code;
}

static int16_t leave(struct group_world *w, const char *member, const char *instance)
{
    struct kf_leave_group_request *q = arena_new(&w->arena, struct kf_leave_group_request);
    struct group_asked *a;

    kf_init(&kf_leave_group_request_schema, q);
    q->group_id = str_of("g");
    q->members = arena_array(&w->arena, 1, sizeof(*q->members));
    q->members_n = 1;
    q->members[0].member_id = str_of(member);
    q->members[0].group_instance_id = str_of(instance);
    a = group_world_ask(w, GROUP_LEAVE, 5, "g", "c", q);
    assert_true(a->done);
    return ((const struct kf_leave_group_response *)a->call.response)->members[0].error_code;
}

static const struct kf_describe_groups_response_described_group *describe(struct group_world *w)
{
    struct group_asked *a = group_world_ask(w, GROUP_DESCRIBE, 5, "g", "c", NULL);

    assert_true(a->done);
    return a->call.response;
}

static void assert_state(struct group_world *w, const char *state)
{
    struct str s = describe(w)->group_state;

    assert_true(str_is(s, state));
}

/* Two members in a stable group of generation 1, the first leads. */
static void stable_pair(struct group_world *w, const char **a, const char **b)
{
    struct group_asked *ja = join_new(w, a), *jb = join_new(w, b), *sa, *sb;

    group_world_pass(w, 2 * DELAY_MS);
    assert_int_equal(joined(ja)->generation_id, 1);
    assert_true(str_is(joined(jb)->leader, *a));
    sb = sync_of(w, *b, 1, NULL, 0);
    assert_false(sb->done);
    sa = sync_of(w, *a, 1, (const char *[]){ *a, *b }, 2);
    assert_memory_equal(synced(sa)->assignment.p, "a", 1);
    assert_memory_equal(synced(sb)->assignment.p, "b", 1);
    assert_state(w, "Stable");
}

static void the_first_generation_waits_for_more_members(void **state)
{
    struct group_world w;
    const char *a, *b;
    struct group_asked *ja, *jb;

    (void)state;
    group_world_open(&w);
    ja = join_new(&w, &a);
    group_world_pass(&w, DELAY_MS - 1);
    assert_false(ja->done);
    jb = join_new(&w, &b); /* the wait is longer by one delay */
    group_world_pass(&w, DELAY_MS);
    assert_false(ja->done);
    group_world_pass(&w, 1);
    assert_int_equal(joined(ja)->members_n, 2);
    assert_int_equal(joined(jb)->members_n, 0);
    assert_true(str_is(joined(jb)->protocol_name, "range"));
    assert_state(&w, "CompletingRebalance");
    group_world_close(&w);
}

static void members_hear_of_an_assignment_when_it_is_replicated(void **state)
{
    struct group_world w;
    struct group_asked *ja, *sa;
    const char *a;

    (void)state;
    group_world_open(&w);
    ja = join_new(&w, &a);
    group_world_pass(&w, DELAY_MS);
    assert_int_equal(join_error(ja), 0);
    w.held = true;
    sa = sync_of(&w, a, 1, (const char *[]){ a }, 1);
    assert_false(sa->done);
    assert_state(&w, "CompletingRebalance");
    group_world_commit(&w);
    assert_int_equal(synced(sa)->error_code, 0);
    assert_state(&w, "Stable");
    group_world_close(&w);
}

static void an_assignment_that_cannot_be_written_begins_the_rebalance_anew(void **state)
{
    struct group_world w;
    struct group_asked *sa;
    const char *a;

    (void)state;
    group_world_open(&w);
    (void)join_new(&w, &a);
    group_world_pass(&w, DELAY_MS);
    w.append_error = KF_ERR_NOT_ENOUGH_REPLICAS;
    sa = sync_of(&w, a, 1, (const char *[]){ a }, 1);
    assert_int_equal(synced(sa)->error_code, KF_ERR_COORDINATOR_NOT_AVAILABLE);
    assert_int_equal(heartbeat(&w, a, 1), KF_ERR_REBALANCE_IN_PROGRESS);
    assert_int_equal(joined(join_of(&w, (struct join){ .member = a }))->generation_id, 2);
    group_world_close(&w);
}

static void a_silent_member_is_dropped_at_the_deadline(void **state)
{
    struct group_world w;
    const char *a, *b;
    struct group_asked *ja;

    (void)state;
    group_world_open(&w);
    stable_pair(&w, &a, &b);
    group_world_pass(&w, SESSION_MS - 1);
    assert_int_equal(heartbeat(&w, a, 1), 0);
    group_world_pass(&w, 1);
    assert_int_equal(heartbeat(&w, a, 1), KF_ERR_REBALANCE_IN_PROGRESS);
    assert_int_equal(heartbeat(&w, b, 1), KF_ERR_UNKNOWN_MEMBER_ID);
    ja = join_of(&w, (struct join){ .member = a });
    assert_int_equal(joined(ja)->generation_id, 2);
    assert_int_equal(joined(ja)->members_n, 1);
    group_world_close(&w);
}

static void who_does_not_rejoin_is_out_after_the_rebalance_timeout(void **state)
{
    struct group_world w;
    const char *a, *b, *c;
    struct group_asked *ja, *jc;

    (void)state;
    group_world_open(&w);
    stable_pair(&w, &a, &b);
    jc = join_new(&w, &c);
    ja = join_of(&w, (struct join){ .member = a });
    for (int i = 0; i < REBALANCE_MS / 5000; i++) {
        assert_false(ja->done);
        assert_int_equal(heartbeat(&w, b, 1), KF_ERR_REBALANCE_IN_PROGRESS);
        group_world_pass(&w, 5000);
    }
    assert_int_equal(joined(ja)->generation_id, 2);
    assert_int_equal(joined(ja)->members_n, 2);
    assert_int_equal(joined(jc)->generation_id, 2);
    assert_int_equal(heartbeat(&w, b, 2), KF_ERR_UNKNOWN_MEMBER_ID);
    group_world_close(&w);
}

static void a_member_that_does_not_sync_is_out_after_the_rebalance_timeout(void **state)
{
    struct group_world w;
    const char *a, *b;
    struct group_asked *ja, *jb, *sb;

    (void)state;
    group_world_open(&w);
    ja = join_new(&w, &a);
    jb = join_new(&w, &b);
    group_world_pass(&w, 2 * DELAY_MS);
    assert_int_equal(join_error(ja) + join_error(jb), 0);
    sb = sync_of(&w, b, 1, NULL, 0);
    for (int i = 0; i < REBALANCE_MS / 5000; i++) {
        assert_int_equal(heartbeat(&w, a, 1), 0);
        group_world_pass(&w, 5000);
    }
    assert_int_equal(synced(sb)->error_code, KF_ERR_REBALANCE_IN_PROGRESS);
    assert_int_equal(heartbeat(&w, a, 1), KF_ERR_UNKNOWN_MEMBER_ID);
    group_world_close(&w);
}

static void old_generations_and_strangers_are_refused(void **state)
{
    struct group_world w;
    const char *a, *b;

    (void)state;
    group_world_open(&w);
    stable_pair(&w, &a, &b);
    assert_int_equal(heartbeat(&w, a, 2), KF_ERR_ILLEGAL_GENERATION);
    assert_int_equal(synced(sync_of(&w, a, 0, NULL, 0))->error_code, KF_ERR_ILLEGAL_GENERATION);
    assert_int_equal(heartbeat(&w, "nobody", 1), KF_ERR_UNKNOWN_MEMBER_ID);
    assert_int_equal(join_error(join_of(&w, (struct join){ .member = "nobody" })),
                     KF_ERR_UNKNOWN_MEMBER_ID);
    assert_int_equal(join_error(join_of(&w, (struct join){ .protocol = "sticky" })),
                     KF_ERR_INCONSISTENT_GROUP_PROTOCOL);
    group_world_close(&w);
}

static void a_follower_that_joins_with_the_same_metadata_disturbs_nobody(void **state)
{
    struct group_world w;
    const char *a, *b;

    (void)state;
    group_world_open(&w);
    stable_pair(&w, &a, &b);
    assert_int_equal(joined(join_of(&w, (struct join){ .member = b }))->generation_id, 1);
    assert_state(&w, "Stable");
    assert_false(join_of(&w, (struct join){ .member = b, .metadata = "n" })->done);
    assert_state(&w, "PreparingRebalance");
    group_world_close(&w);
}

static void the_protocol_is_the_one_that_most_prefer_and_all_support(void **state)
{
    struct group_world w;
    struct group_asked *ja, *jb;

    (void)state;
    group_world_open(&w);
    ja = join_of(&w, (struct join){ .protocol = "x", .other = "y", .version = 3 });
    jb = join_of(&w, (struct join){ .protocol = "y", .other = "z", .version = 3 });
    group_world_pass(&w, 2 * DELAY_MS);
    assert_true(str_is(joined(ja)->protocol_name, "y"));
    assert_int_equal(join_error(jb), 0);
    group_world_close(&w);
}

static void the_last_member_leaves_an_empty_group_behind(void **state)
{
    struct group_world w;
    const char *a, *b;

    (void)state;
    group_world_open(&w);
    stable_pair(&w, &a, &b);
    assert_int_equal(leave(&w, b, NULL), 0);
    assert_int_equal(leave(&w, b, NULL), KF_ERR_UNKNOWN_MEMBER_ID);
    assert_state(&w, "PreparingRebalance");
    assert_int_equal(leave(&w, a, NULL), 0);
    assert_state(&w, "Empty");
    group_world_reload(&w);
    assert_state(&w, "Empty");
    group_world_close(&w);
}

static void a_new_coordinator_goes_on_with_the_stable_group(void **state)
{
    struct group_world w;
    const char *a, *b;

    (void)state;
    group_world_open(&w);
    stable_pair(&w, &a, &b);
    group_world_reload(&w);
    assert_state(&w, "Stable");
    assert_int_equal(heartbeat(&w, a, 1), 0);
    assert_memory_equal(synced(sync_of(&w, b, 1, NULL, 0))->assignment.p, "b", 1);
    group_world_pass(&w, SESSION_MS);
    assert_int_equal(heartbeat(&w, a, 1), KF_ERR_UNKNOWN_MEMBER_ID);
    group_world_close(&w);
}

static void an_id_that_is_not_joined_with_expires(void **state)
{
    struct group_world w;
    const char *id;

    (void)state;
    group_world_open(&w);
    id = arena_text(&w.arena, joined(join_of(&w, (struct join){ 0 }))->member_id);
    group_world_pass(&w, SESSION_MS);
    assert_int_equal(join_error(join_of(&w, (struct join){ .member = id })),
                     KF_ERR_UNKNOWN_MEMBER_ID);
    group_world_close(&w);
}

static void a_full_group_takes_nobody(void **state)
{
    struct group_world w;
    const char *a, *b;

    (void)state;
    group_world_open(&w);
    w.config.size_max = 2;
    stable_pair(&w, &a, &b);
    assert_int_equal(join_error(join_of(&w, (struct join){ 0 })), KF_ERR_GROUP_MAX_SIZE_REACHED);
    group_world_close(&w);
}

/* ---- static members ---- */

/* A stable group of two static members, x and y; x leads. */
static void static_pair(struct group_world *w, const char **x, const char **y)
{
    struct group_asked *jx = join_of(w, (struct join){ .instance = "x" });
    struct group_asked *jy = join_of(w, (struct join){ .instance = "y" });

    group_world_pass(w, 2 * DELAY_MS);
    *x = arena_text(&w->arena, joined(jx)->member_id);
    *y = arena_text(&w->arena, joined(jy)->member_id);
    assert_int_equal(synced(sync_of(w, *x, 1, (const char *[]){ *x, *y }, 2))->error_code, 0);
    assert_int_equal(synced(sync_of(w, *y, 1, NULL, 0))->error_code, 0);
}

static void a_static_member_comes_back_without_a_rebalance(void **state)
{
    struct group_world w;
    const char *x, *y, *again;
    const struct kf_join_group_response *r;

    (void)state;
    group_world_open(&w);
    static_pair(&w, &x, &y);
    r = joined(join_of(&w, (struct join){ .instance = "y" }));
    assert_int_equal(r->error_code, 0);
    assert_int_equal(r->generation_id, 1);
    assert_false(r->skip_assignment);
    again = arena_text(&w.arena, r->member_id);
    assert_state(&w, "Stable");
    assert_memory_equal(synced(sync_of(&w, again, 1, NULL, 0))->assignment.p, "b", 1);
    assert_int_equal(heartbeat(&w, y, 1), KF_ERR_UNKNOWN_MEMBER_ID);
    group_world_reload(&w);
    assert_int_equal(heartbeat(&w, again, 1), 0);
    group_world_close(&w);
}

static void a_leader_that_comes_back_does_not_assign_anew(void **state)
{
    struct group_world w;
    const struct kf_join_group_response *r;
    const char *x, *y;

    (void)state;
    group_world_open(&w);
    static_pair(&w, &x, &y);
    r = joined(join_of(&w, (struct join){ .instance = "x" }));
    assert_true(r->skip_assignment);
    assert_int_equal(r->members_n, 2);
    x = arena_text(&w.arena, r->member_id);
    r = joined(join_of(&w, (struct join){ .instance = "x", .version = 8 }));
    assert_true(str_is(r->leader, x)); /* the one before it: it does not think that it leads */
    assert_int_equal(r->members_n, 0);
    group_world_close(&w);
}

static void a_takeover_that_cannot_be_written_leaves_the_old_member(void **state)
{
    struct group_world w;
    const char *x, *y;

    (void)state;
    group_world_open(&w);
    static_pair(&w, &x, &y);
    w.append_error = KF_ERR_NOT_LEADER_OR_FOLLOWER;
    assert_int_equal(join_error(join_of(&w, (struct join){ .instance = "y", .metadata = "n" })),
                     KF_ERR_NOT_COORDINATOR);
    assert_int_equal(heartbeat(&w, y, 1), 0);
    group_world_close(&w);
}

static void the_old_process_of_an_instance_is_fenced(void **state)
{
    struct group_world w;
    struct group_asked *old, *other;
    const char *x, *y;

    (void)state;
    group_world_open(&w);
    static_pair(&w, &x, &y);
    old = join_of(&w, (struct join){ .member = x, .instance = "x" }); /* the leader: a rebalance */
    assert_false(old->done);
    other = join_of(&w, (struct join){ .instance = "x" });
    assert_int_equal(join_error(old), KF_ERR_FENCED_INSTANCE_ID);
    assert_false(other->done);
    assert_int_equal(join_error(join_of(&w, (struct join){ .member = x, .instance = "x" })),
                     KF_ERR_FENCED_INSTANCE_ID);
    group_world_close(&w);
}

static void a_static_member_is_removed_by_its_instance(void **state)
{
    struct group_world w;
    const char *x, *y;

    (void)state;
    group_world_open(&w);
    static_pair(&w, &x, &y);
    assert_int_equal(leave(&w, "wrong", "y"), KF_ERR_FENCED_INSTANCE_ID);
    assert_int_equal(leave(&w, "", "z"), KF_ERR_UNKNOWN_MEMBER_ID);
    assert_int_equal(leave(&w, "", "y"), 0);
    assert_int_equal(heartbeat(&w, y, 1), KF_ERR_UNKNOWN_MEMBER_ID);
    assert_int_equal(heartbeat(&w, x, 1), KF_ERR_REBALANCE_IN_PROGRESS);
    group_world_close(&w);
}

static void who_commits_with_another_generation_than_the_groups_is_refused(void **state)
{
    struct group_world w;
    struct group_asked *first;
    const char *id;

    (void)state;
    group_world_open(&w);
    (void)group_world_topic(&w, "t", 1);
    first = join_new(&w, &id);
    group_world_pass(&w, DELAY_MS);
    assert_int_equal(joined(first)->generation_id, 1);
    assert_int_equal(group_world_offset(&w, 8, id, 1, 0), KF_ERR_REBALANCE_IN_PROGRESS);
    assert_int_equal(synced(sync_of(&w, id, 1, &id, 1))->error_code, KF_ERR_NONE);
    assert_int_equal(group_world_offset(&w, 8, id, 1, 0), KF_ERR_NONE);
    assert_int_equal(group_world_offset(&w, 8, id, 0, 0), KF_ERR_ILLEGAL_GENERATION);
    assert_int_equal(group_world_offset(&w, 8, id, 2, 0), KF_ERR_ILLEGAL_GENERATION);
    assert_int_equal(group_world_offset(&w, 8, "x", 1, 0), KF_ERR_UNKNOWN_MEMBER_ID);
    assert_int_equal(group_world_offset(&w, 8, "", -1, 0), KF_ERR_UNKNOWN_MEMBER_ID);
    group_world_close(&w);
}

TEST_MAIN(TEST(who_commits_with_another_generation_than_the_groups_is_refused),
          TEST(the_first_generation_waits_for_more_members),
          TEST(members_hear_of_an_assignment_when_it_is_replicated),
          TEST(an_assignment_that_cannot_be_written_begins_the_rebalance_anew),
          TEST(a_silent_member_is_dropped_at_the_deadline),
          TEST(who_does_not_rejoin_is_out_after_the_rebalance_timeout),
          TEST(a_member_that_does_not_sync_is_out_after_the_rebalance_timeout),
          TEST(old_generations_and_strangers_are_refused),
          TEST(a_follower_that_joins_with_the_same_metadata_disturbs_nobody),
          TEST(the_protocol_is_the_one_that_most_prefer_and_all_support),
          TEST(the_last_member_leaves_an_empty_group_behind),
          TEST(a_new_coordinator_goes_on_with_the_stable_group),
          TEST(an_id_that_is_not_joined_with_expires), TEST(a_full_group_takes_nobody),
          TEST(a_static_member_comes_back_without_a_rebalance),
          TEST(a_leader_that_comes_back_does_not_assign_anew),
          TEST(a_takeover_that_cannot_be_written_leaves_the_old_member),
          TEST(the_old_process_of_an_instance_is_fenced),
          TEST(a_static_member_is_removed_by_its_instance))
