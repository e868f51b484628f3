#include "broker/group/consumer.h"

#include <stdio.h>

#include "api/kafka/errors.h"
#include "api/kafka/msg/consumer_group_describe.h"
#include "api/kafka/msg/consumer_group_heartbeat.h"
#include "api/kafka/msg/describe_groups.h"
#include "api/kafka/msg/heartbeat.h"
#include "api/kafka/msg/join_group.h"
#include "api/kafka/msg/leave_group.h"
#include "api/kafka/msg/sync_group.h"
#include "broker/group/subscription.h"
#include "tests/lib/group_world.h"
#include "tests/lib/test.h"

typedef struct kf_consumer_group_heartbeat_request request;
typedef struct kf_consumer_group_heartbeat_response response;
typedef struct kf_consumer_group_heartbeat_request_topic_partitions owned_topic;

enum { REBALANCE_MS = 20000, SESSION_MS = 45000 };

/* One heartbeat; the rest has a default. `owned`: partitions of topic t, ended by -1. */
struct beat_of {
    const char *member, *instance, *topic, *regex, *assignor;
    int32_t epoch;
    const int32_t *owned;
};

static const int32_t nothing[] = { -1 };

static const response *beat(struct group_world *w, struct beat_of b)
{
    request *q = arena_new(&w->arena, request);
    const struct topic_state *t = image_topic(w->image, str_of("t"));
    struct group_asked *a;

    kf_init(&kf_consumer_group_heartbeat_request_schema, q);
    q->group_id = str_of("g");
    q->member_id = str_of(b.member);
    q->member_epoch = b.epoch;
    q->instance_id = str_of(b.instance);
    q->subscribed_topic_regex = str_of(b.regex);
    q->server_assignor = str_of(b.assignor);
    if (b.topic || !b.epoch) {
        q->rebalance_timeout_ms = REBALANCE_MS;
        q->subscribed_topic_names = arena_new(&w->arena, struct str);
        q->subscribed_topic_names[0] = str_of(b.topic ? b.topic : "t");
        q->subscribed_topic_names_n = b.regex && !b.topic ? 0 : 1;
    }
    if (b.owned || !b.epoch) {
        q->topic_partitions_n = b.owned && b.owned[0] >= 0;
        q->topic_partitions = arena_new(&w->arena, owned_topic);
        q->topic_partitions->topic_id = t ? t->id : (struct uuid){ 0 };
        q->topic_partitions->partitions = (int32_t *)(uintptr_t)b.owned;
        while (b.owned && b.owned[q->topic_partitions->partitions_n] >= 0)
            q->topic_partitions->partitions_n++;
    }
    a = group_world_ask(w, GROUP_CONSUMER_HEARTBEAT, 1, "g", "c", q);
    assert_true(a->done);
    return a->call.response;
}

static int32_t assigned_n(const response *r)
{
    int32_t n = 0;

    for (int32_t i = 0; r->assignment && i < r->assignment->topic_partitions_n; i++)
        n += r->assignment->topic_partitions[i].partitions_n;
    return r->assignment ? n : -1;
}

static void expect(const response *r, int16_t error, int32_t epoch, int32_t partitions)
{
    assert_int_equal(r->error_code, error);
    assert_int_equal(r->member_epoch, epoch);
    assert_int_equal(assigned_n(r), partitions);
}

static const struct kf_consumer_group_describe_response_described_group *
describe(struct group_world *w)
{
    return group_world_ask(w, GROUP_CONSUMER_DESCRIBE, 1, "g", "c", NULL)->call.response;
}

static bool state_is(struct group_world *w, const char *state)
{
    return str_is(describe(w)->group_state, state);
}

static void open(struct group_world *w)
{
    group_world_open(w);
    (void)group_world_topic(w, "t", 4);
}

static void partitions_go_over_when_they_are_given_up(void **state)
{
    struct group_world w;

    (void)state;
    open(&w);
    expect(beat(&w, (struct beat_of){ .member = "a" }), 0, 2, 4);
    expect(beat(&w, (struct beat_of){ .member = "b" }), 0, 3, 0); /* all is a's yet */
    assert_true(state_is(&w, "Reconciling"));
    expect(beat(&w, (struct beat_of){ .member = "a", .epoch = 2 }), 0, 2, 2); /* to give up two */
    expect(beat(&w, (struct beat_of){ .member = "b", .epoch = 3 }), 0, 3, -1);
    expect(
        beat(&w, (struct beat_of){ .member = "a", .epoch = 2, .owned = (int32_t[]){ 0, 1, -1 } }),
        0, 3, -1);
    expect(beat(&w, (struct beat_of){ .member = "b", .epoch = 3 }), 0, 3, 2);
    assert_true(state_is(&w, "Stable"));
    group_world_close(&w);
}

/* A member may commit what it had before its newest epoch (KIP-1251), and nothing else. */
static void who_commits_with_another_epoch_than_its_own_is_refused(void **state)
{
    struct group_world w;

    (void)state;
    open(&w);
    (void)beat(&w, (struct beat_of){ .member = "a" });
    (void)beat(&w, (struct beat_of){ .member = "b" });
    (void)beat(&w, (struct beat_of){ .member = "a", .epoch = 2 });
    (void)beat(&w, (struct beat_of){ .member = "a", .epoch = 2, .owned = (int32_t[]){ 0, 1, -1 } });
    expect(beat(&w, (struct beat_of){ .member = "b", .epoch = 3 }), 0, 3, 2);
    assert_int_equal(group_world_offset(&w, 9, "b", 3, 2), KF_ERR_NONE);
    assert_int_equal(group_world_offset(&w, 9, "b", 2, 2), KF_ERR_STALE_MEMBER_EPOCH);
    assert_int_equal(group_world_offset(&w, 9, "b", 4, 2), KF_ERR_STALE_MEMBER_EPOCH);
    assert_int_equal(group_world_offset(&w, 9, "a", 2, 0), KF_ERR_NONE);
    assert_int_equal(group_world_offset(&w, 9, "a", 1, 0), KF_ERR_STALE_MEMBER_EPOCH);
    assert_int_equal(group_world_offset(&w, 9, "a", 2, 2), KF_ERR_STALE_MEMBER_EPOCH);
    assert_int_equal(group_world_offset(&w, 9, "x", 3, 2), KF_ERR_UNKNOWN_MEMBER_ID);
    assert_int_equal(group_world_offset(&w, 8, "b", 3, 2), KF_ERR_UNSUPPORTED_VERSION);
    group_world_close(&w);
}

static void who_does_not_give_up_in_time_is_out(void **state)
{
    struct group_world w;

    (void)state;
    open(&w);
    (void)beat(&w, (struct beat_of){ .member = "a" });
    (void)beat(&w, (struct beat_of){ .member = "b" });
    expect(beat(&w, (struct beat_of){ .member = "a", .epoch = 2 }), 0, 2, 2);
    group_world_pass(&w, REBALANCE_MS - 1);
    expect(beat(&w, (struct beat_of){ .member = "a", .epoch = 2 }), 0, 2, -1);
    group_world_pass(&w, 1);
    expect(beat(&w, (struct beat_of){ .member = "a", .epoch = 2 }), KF_ERR_UNKNOWN_MEMBER_ID, 0,
           -1);
    expect(beat(&w, (struct beat_of){ .member = "b", .epoch = 3 }), 0, 4, 4);
    group_world_close(&w);
}

static void a_silent_member_is_out_after_its_session(void **state)
{
    struct group_world w;

    (void)state;
    open(&w);
    (void)beat(&w, (struct beat_of){ .member = "a" });
    group_world_pass(&w, SESSION_MS - 1);
    expect(beat(&w, (struct beat_of){ .member = "a", .epoch = 2 }), 0, 2, -1);
    w.append_error = KF_ERR_NOT_ENOUGH_REPLICAS; /* it stays when that cannot be written */
    group_world_pass(&w, SESSION_MS);
    expect(beat(&w, (struct beat_of){ .member = "a", .epoch = 2 }), 0, 2, -1);
    group_world_pass(&w, SESSION_MS);
    assert_true(state_is(&w, "Empty"));
    group_world_close(&w);
}

static void epochs_fence(void **state)
{
    struct group_world w;

    (void)state;
    open(&w);
    (void)beat(&w, (struct beat_of){ .member = "a" });
    expect(beat(&w, (struct beat_of){ .member = "a", .epoch = 3 }), KF_ERR_FENCED_MEMBER_EPOCH, 0,
           -1);
    expect(beat(&w, (struct beat_of){ .member = "a", .epoch = 1 }), KF_ERR_FENCED_MEMBER_EPOCH, 0,
           -1);
    expect(beat(&w, (struct beat_of){ .member = "x", .epoch = 1 }), KF_ERR_UNKNOWN_MEMBER_ID, 0,
           -1);
    expect(beat(&w, (struct beat_of){ .member = "a" }), 0, 2, 4); /* it may always begin anew */
    (void)beat(&w, (struct beat_of){ .member = "b" });
    (void)beat(&w, (struct beat_of){ .member = "a", .epoch = 2, .owned = (int32_t[]){ 0, 1, -1 } });
    /* The answer with epoch 3 got lost: what it owns is part of what it has. */
    expect(
        beat(&w, (struct beat_of){ .member = "a", .epoch = 2, .owned = (int32_t[]){ 0, 1, -1 } }),
        0, 3, -1);
    expect(
        beat(&w, (struct beat_of){ .member = "a", .epoch = 2, .owned = (int32_t[]){ 0, 3, -1 } }),
        KF_ERR_FENCED_MEMBER_EPOCH, 0, -1);
    group_world_close(&w);
}

static void an_instance_is_released_before_another_takes_it(void **state)
{
    struct group_world w;

    (void)state;
    open(&w);
    expect(beat(&w, (struct beat_of){ .member = "a", .instance = "i" }), 0, 2, 4);
    expect(beat(&w, (struct beat_of){ .member = "b", .instance = "i" }),
           KF_ERR_UNRELEASED_INSTANCE_ID, 0, -1);
    expect(beat(&w, (struct beat_of){ .member = "a", .instance = "i", .epoch = -2 }), 0, -2, -1);
    expect(beat(&w, (struct beat_of){ .member = "b", .instance = "i" }), 0, 2,
           4); /* no new epoch */
    expect(beat(&w, (struct beat_of){ .member = "a", .instance = "i", .epoch = 2 }),
           KF_ERR_FENCED_INSTANCE_ID, 0, -1);
    expect(beat(&w, (struct beat_of){ .member = "b", .instance = "j", .epoch = 2 }),
           KF_ERR_UNKNOWN_MEMBER_ID, 0, -1);
    group_world_reload(&w);
    expect(beat(&w, (struct beat_of){ .member = "b", .instance = "i", .epoch = 2 }), 0, 2, -1);
    expect(beat(&w, (struct beat_of){ .member = "b", .instance = "i", .epoch = -1 }), 0, -1, -1);
    group_world_close(&w);
}

static void topics_that_change_are_assigned_anew(void **state)
{
    struct group_world w;

    (void)state;
    open(&w);
    expect(beat(&w, (struct beat_of){ .member = "a", .topic = "u" }), 0, 2, 0);
    (void)group_world_topic(&w, "u", 3);
    expect(beat(&w, (struct beat_of){ .member = "a", .epoch = 2 }), 0, 2,
           -1); /* it has not heard */
    group_world_tell_topic(&w, "u");
    expect(beat(&w, (struct beat_of){ .member = "a", .epoch = 2 }), 0, 3, 3);
    group_world_remove_topic(&w, "u");
    group_world_tell_topic(&w, "u");
    expect(beat(&w, (struct beat_of){ .member = "a", .epoch = 3, .owned = nothing }), 0, 4, 0);
    group_world_close(&w);
}

/* The simulator's find: nobody looked at the topics again. */
static void topics_that_change_when_nothing_can_be_written_are_assigned_later(void **state)
{
    struct group_world w;

    (void)state;
    open(&w);
    expect(beat(&w, (struct beat_of){ .member = "a", .topic = "u" }), 0, 2, 0);
    (void)group_world_topic(&w, "u", 3);
    group_world_tell_topic(&w, "u");
    w.append_error = KF_ERR_NOT_ENOUGH_REPLICAS;
    expect(beat(&w, (struct beat_of){ .member = "a", .epoch = 2 }),
           KF_ERR_COORDINATOR_NOT_AVAILABLE, 0, -1);
    expect(beat(&w, (struct beat_of){ .member = "a", .epoch = 2 }), 0, 3, 3);
    group_world_close(&w);
}

static void a_regex_is_looked_up_beside_the_heartbeats(void **state)
{
    struct group_world w;

    (void)state;
    open(&w);
    expect(beat(&w, (struct beat_of){ .member = "a", .regex = "((" }),
           KF_ERR_INVALID_REGULAR_EXPRESSION, 0, -1);
    expect(beat(&w, (struct beat_of){ .member = "a", .regex = "t|u" }), 0, 1, 0);
    group_world_pass(&w, 1);
    expect(beat(&w, (struct beat_of){ .member = "a", .epoch = 1 }), 0, 2, 4);
    (void)group_world_topic(&w, "u", 3);
    group_world_tell_topic(&w, "u");
    group_world_pass(&w, 9000); /* at most every ten seconds */
    expect(beat(&w, (struct beat_of){ .member = "a", .epoch = 2 }), 0, 2, -1);
    group_world_pass(&w, 1000);
    expect(beat(&w, (struct beat_of){ .member = "a", .epoch = 2 }), 0, 3, 7);
    expect(beat(&w, (struct beat_of){ .member = "b", .regex = "t|u" }), 0, 4,
           0); /* known: counts at once */
    group_world_reload(&w);
    expect(beat(&w, (struct beat_of){ .member = "a", .epoch = 3 }), 0, 3, 4);
    group_world_close(&w);
}

static void the_assignor_of_most_members_assigns(void **state)
{
    struct group_world w;

    (void)state;
    open(&w);
    (void)beat(&w, (struct beat_of){ .member = "a", .assignor = "range" });
    assert_true(str_is(describe(&w)->assignor_name, "range"));
    (void)beat(&w, (struct beat_of){ .member = "b", .assignor = "uniform" });
    (void)beat(&w, (struct beat_of){ .member = "c", .assignor = "uniform" });
    assert_true(str_is(describe(&w)->assignor_name, "uniform"));
    expect(beat(&w, (struct beat_of){ .member = "d", .assignor = "sticky" }),
           KF_ERR_UNSUPPORTED_ASSIGNOR, 0, -1);
    group_world_close(&w);
}

/* 600 * 600 / 2 is more than one interval's work. */
static const response *join_600(struct group_world *w)
{
    const response *last = NULL;
    char name[16];

    for (int i = 0; i < 600; i++) {
        snprintf(name, sizeof(name), "m%d", i);
        last = beat(w, (struct beat_of){ .member = arena_text(&w->arena, str_of(name)) });
    }
    return last;
}

static void many_joins_at_once_are_assigned_together(void **state)
{
    struct group_world w;

    (void)state;
    open(&w);
    w.config.consumer_assignment_ms = 1000;
    assert_true(join_600(&w)->member_epoch < 601);
    assert_true(state_is(&w, "Assigning"));
    group_world_pass(&w, 1000);
    assert_true(state_is(&w, "Reconciling"));
    assert_int_equal(describe(&w)->assignment_epoch, 601);
    group_world_close(&w);
}

static void a_group_may_have_an_interval_of_its_own(void **state)
{
    struct group_world w;

    (void)state;
    open(&w);
    w.config.consumer_assignment_ms = 1000;
    w.config.consumer_assignment_ms_max = 15000;
    group_world_property(&w, "consumer.assignment.interval.ms", "0");
    assert_int_equal(join_600(&w)->member_epoch, 601);
    group_world_close(&w);
}

/* ---- members of both protocols ---- */

static struct slice subscription(struct group_world *w, const int32_t *owned, int32_t n)
{
    struct kf_consumer_protocol_subscription_topic_partition t = { STR_LIT("t"),
                                                                   (int32_t *)(uintptr_t)owned, n };
    struct str topic = STR_LIT("t");
    struct kf_consumer_protocol_subscription s;
    struct why why;
    OWNED_BUF b = { 0 };
    uint8_t *p;

    kf_init(&kf_consumer_protocol_subscription_schema, &s);
    s.topics = &topic;
    s.topics_n = 1;
    s.owned_partitions = &t;
    s.owned_partitions_n = n > 0;
    buf_put_be16(&b, 3);
    assert_ok(kf_encode(&kf_consumer_protocol_subscription_schema, 3, &s, &b, &why));
    p = arena_alloc(&w->arena, b.n);
    memcpy(p, b.p, b.n);
    return slice_make(p, b.n);
}

static struct kf_join_group_request *join_of(struct group_world *w, const char *member,
                                             const int32_t *owned, int32_t n)
{
    struct kf_join_group_request *q = arena_new(&w->arena, struct kf_join_group_request);

    kf_init(&kf_join_group_request_schema, q);
    q->group_id = str_of("g");
    q->session_timeout_ms = 10000;
    q->rebalance_timeout_ms = REBALANCE_MS;
    q->member_id = str_of(member);
    q->protocol_type = str_of("consumer");
    q->protocols = arena_new(&w->arena, struct kf_join_group_request_join_group_request_protocol);
    q->protocols_n = 1;
    q->protocols->name = str_of("cooperative-sticky");
    q->protocols->metadata = subscription(w, owned, n);
    return q;
}

static struct group_asked *join(struct group_world *w, const char *member, const int32_t *owned,
                                int32_t n)
{
    return group_world_ask(w, GROUP_JOIN, 9, "g", "c", join_of(w, member, owned, n));
}

static const struct kf_join_group_response *joined(const struct group_asked *a)
{
    assert_true(a->done);
    return a->call.response;
}

static const char *join_new(struct group_world *w, struct group_asked **ret)
{
    struct group_asked *a = join(w, "", NULL, 0);
    const char *id = arena_text(&w->arena, joined(a)->member_id);

    assert_int_equal(joined(a)->error_code, KF_ERR_MEMBER_ID_REQUIRED);
    *ret = join(w, id, NULL, 0);
    return id;
}

static const struct kf_sync_group_response *sync(struct group_world *w, const char *member,
                                                 int32_t generation, struct slice assignment)
{
    struct kf_sync_group_request *q = arena_new(&w->arena, struct kf_sync_group_request);
    struct group_asked *a;

    kf_init(&kf_sync_group_request_schema, q);
    q->group_id = str_of("g");
    q->generation_id = generation;
    q->member_id = str_of(member);
    if (assignment.n) {
        q->assignments =
            arena_new(&w->arena, struct kf_sync_group_request_sync_group_request_assignment);
        q->assignments_n = 1;
        q->assignments->member_id = str_of(member);
        q->assignments->assignment = assignment;
    }
    a = group_world_ask(w, GROUP_SYNC, 5, "g", "c", q);
    assert_true(a->done);
    return a->call.response;
}

static int32_t synced_n(struct group_world *w, const char *member, int32_t generation)
{
    const struct kf_sync_group_response *r = sync(w, member, generation, slice_make(NULL, 0));
    struct assignment a;
    int32_t n;

    if (r->error_code)
        return -r->error_code;
    assert_ok(assignment_parse(r->assignment, w->image, &a));
    n = assignment_size(&a);
    assignment_done(&a);
    return n;
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
    return ((const struct kf_heartbeat_response *)a->call.response)->error_code;
}

/* A stable classic group of one member that has all of t. */
static const char *classic_group(struct group_world *w)
{
    struct assignment all = { 0 };
    struct group_asked *a;
    const char *id;

    open(w);
    id = join_new(w, &a);
    group_world_pass(w, 3000);
    for (int32_t i = 0; i < 4; i++)
        assignment_add(&all, &image_topic(w->image, str_of("t"))->id, i, 0);
    assert_int_equal(sync(w, id, 1, assignment_print(&all, w->image, 3, &w->arena))->error_code, 0);
    assignment_done(&all);
    return id;
}

static void a_classic_group_is_upgraded_member_by_member(void **state)
{
    static const int32_t all[] = { 0, 1, 2, 3 }, half[] = { 0, 1 };
    struct group_world w;
    const char *old = classic_group(&w);

    (void)state;
    expect(beat(&w, (struct beat_of){ .member = "new" }), 0, 2, 0);
    assert_int_equal(describe(&w)->members_n, 2);
    assert_int_equal(heartbeat(&w, old, 1), KF_ERR_REBALANCE_IN_PROGRESS);
    assert_int_equal(joined(join(&w, old, all, 4))->generation_id, 1); /* to give up two first */
    assert_int_equal(synced_n(&w, old, 1), 2);
    assert_int_equal(heartbeat(&w, old, 1), KF_ERR_REBALANCE_IN_PROGRESS);
    assert_int_equal(joined(join(&w, old, half, 2))->generation_id, 2);
    assert_int_equal(synced_n(&w, old, 2), 2);
    assert_int_equal(heartbeat(&w, old, 2), 0);
    expect(beat(&w, (struct beat_of){ .member = "new", .epoch = 2 }), 0, 2, 2);
    assert_true(state_is(&w, "Stable"));
    group_world_reload(&w);
    assert_int_equal(heartbeat(&w, old, 2), 0);
    expect(beat(&w, (struct beat_of){ .member = "new", .epoch = 2 }), 0, 2, -1);
    group_world_close(&w);
}

static void the_last_new_member_takes_the_new_protocol_with_it(void **state)
{
    struct group_world w;
    const char *old = classic_group(&w);
    const struct kf_describe_groups_response_described_group *d;

    (void)state;
    (void)beat(&w, (struct beat_of){ .member = "new" });
    expect(beat(&w, (struct beat_of){ .member = "new", .epoch = -1 }), 0, -1, -1);
    d = group_world_ask(&w, GROUP_DESCRIBE, 5, "g", "c", NULL)->call.response;
    assert_true(str_is(d->group_state, "PreparingRebalance"));
    assert_int_equal(heartbeat(&w, old, 2), KF_ERR_REBALANCE_IN_PROGRESS);
    assert_int_equal(joined(join(&w, old, NULL, 0))->generation_id, 3);
    group_world_reload(&w); /* what is in the log is a classic group that was stable */
    d = group_world_ask(&w, GROUP_DESCRIBE, 5, "g", "c", NULL)->call.response;
    assert_true(str_is(d->group_state, "Stable"));
    assert_int_equal(d->members_n, 1);
    group_world_close(&w);
}

static void a_policy_may_forbid_it(void **state)
{
    struct group_world w;
    const char *old = classic_group(&w);

    (void)state;
    w.config.upgrade = false;
    expect(beat(&w, (struct beat_of){ .member = "new" }), KF_ERR_GROUP_ID_NOT_FOUND, 0, -1);
    assert_int_equal(heartbeat(&w, old, 1), 0);
    w.config.upgrade = true;
    w.append_error = KF_ERR_NOT_ENOUGH_REPLICAS;
    expect(beat(&w, (struct beat_of){ .member = "new" }), KF_ERR_COORDINATOR_NOT_AVAILABLE, 0, -1);
    assert_int_equal(heartbeat(&w, old, 1), 0);
    w.config.downgrade = false;
    (void)beat(&w, (struct beat_of){ .member = "new" });
    (void)beat(&w, (struct beat_of){ .member = "new", .epoch = -1 });
    assert_int_equal(describe(&w)->members_n, 1);
    group_world_close(&w);
}

/* The simulator's find: its record kept saying that it is to join, and its next heartbeat was fenced. */
static void a_static_member_changes_its_protocol_in_place(void **state)
{
    struct group_world w;
    struct kf_join_group_request *q;
    OWNED_BUF live = { 0 };
    OWNED_BUF loaded = { 0 };

    (void)state;
    open(&w);
    expect(beat(&w, (struct beat_of){ .member = "other" }), 0, 2, 4);
    q = join_of(&w, "", NULL, 0);
    q->group_instance_id = str_of("i");
    (void)joined(group_world_ask(&w, GROUP_JOIN, 9, "g", "c", q));
    expect(beat(&w, (struct beat_of){ .member = "new", .instance = "i" }), 0, 3, 0);
    expect(beat(&w, (struct beat_of){ .member = "new", .instance = "i", .epoch = 3 }), 0, 3, -1);
    group_world_dump(&w, &live);
    group_world_dump_log(&w, &loaded);
    assert_string_equal(buf_text(&live), buf_text(&loaded));
    group_world_close(&w);
}

/* What it had may be another's by now, and Kafka would let it go on with it until its SyncGroup. */
static void a_classic_member_that_was_out_has_lost_what_it_had(void **state)
{
    static const int32_t all[] = { 0, 1, 2, 3 };
    struct group_world w;
    const char *old = classic_group(&w);
    int32_t epoch = beat(&w, (struct beat_of){ .member = "new" })->member_epoch;

    (void)state;
    for (int i = 0; i < 4; i++) { /* the new one lives on */
        group_world_pass(&w, SESSION_MS / 2);
        epoch = beat(&w, (struct beat_of){ .member = "new", .epoch = epoch })->member_epoch;
    }
    assert_int_equal(describe(&w)->members_n, 1);
    assert_int_equal(joined(join(&w, old, all, 4))->error_code, KF_ERR_UNKNOWN_MEMBER_ID);
    assert_int_equal(joined(join(&w, old, NULL, 0))->error_code, 0);
    group_world_close(&w);
}

/* Nobody of the classic group has seen yet that the topic is larger now. */
static void what_grew_before_the_upgrade_is_assigned(void **state)
{
    struct group_world w;
    struct kf_join_group_request *q;
    struct group_asked *a;
    int32_t epoch;

    (void)state;
    open(&w);
    q = join_of(&w, "", NULL, 0);
    q->group_instance_id = str_of("i");
    a = group_world_ask(&w, GROUP_JOIN, 9, "g", "c", q);
    group_world_pass(&w, 3000);
    (void)sync(&w, arena_text(&w.arena, joined(a)->member_id), 1, slice_make(NULL, 0));
    group_world_remove_topic(&w, "t");
    (void)group_world_topic(&w, "t", 6);
    epoch = beat(&w, (struct beat_of){ .member = "new", .instance = "i" })->member_epoch;
    expect(beat(&w, (struct beat_of){
                        .member = "new", .instance = "i", .topic = "t", .epoch = epoch,
                        .owned = nothing }),
           0, epoch, 6);
    group_world_close(&w);
}

/* The group's kind is in the log, so it changes with it. */
static void an_empty_group_that_cannot_become_classic_stays_what_it_is(void **state)
{
    struct group_world w;
    struct group_asked *a;
    OWNED_BUF live = { 0 };
    OWNED_BUF loaded = { 0 };

    (void)state;
    open(&w);
    (void)beat(&w, (struct beat_of){ .member = "a" });
    (void)beat(&w, (struct beat_of){ .member = "a", .epoch = -1 });
    w.append_error = KF_ERR_NOT_ENOUGH_REPLICAS;
    assert_int_equal(joined(join(&w, "", NULL, 0))->error_code, KF_ERR_COORDINATOR_NOT_AVAILABLE);
    assert_true(state_is(&w, "Empty"));
    group_world_dump(&w, &live);
    group_world_dump_log(&w, &loaded);
    assert_string_equal(buf_text(&live), buf_text(&loaded));
    (void)join_new(&w, &a);
    group_world_close(&w);
}

static void a_classic_member_that_does_not_come_back_is_out(void **state)
{
    struct group_world w;
    const char *old = classic_group(&w);

    (void)state;
    (void)beat(&w, (struct beat_of){ .member = "new" });
    for (int i = 0; i < 4; i++) {
        assert_int_equal(heartbeat(&w, old, 1), KF_ERR_REBALANCE_IN_PROGRESS);
        group_world_pass(&w, REBALANCE_MS / 4);
    }
    assert_int_equal(heartbeat(&w, old, 1), KF_ERR_UNKNOWN_MEMBER_ID);
    expect(beat(&w, (struct beat_of){ .member = "new", .epoch = 2 }), 0, 3, 4);
    group_world_close(&w);
}

static void an_empty_group_is_of_either_protocol(void **state)
{
    struct group_world w;
    struct group_asked *a;

    (void)state;
    open(&w);
    (void)beat(&w, (struct beat_of){ .member = "a" });
    (void)beat(&w, (struct beat_of){ .member = "a", .epoch = -1 });
    (void)join_new(&w, &a);
    group_world_pass(&w, 3000);
    assert_int_equal(joined(a)->error_code, 0);
    group_world_pass(&w, 400000);
    group_world_reload(&w);
    expect(beat(&w, (struct beat_of){ .member = "a" }), 0, 2, 4);
    group_world_reload(&w);
    expect(beat(&w, (struct beat_of){ .member = "a", .epoch = 2 }), 0, 2, -1);
    group_world_close(&w);
}

TEST_MAIN(TEST(partitions_go_over_when_they_are_given_up),
          TEST(who_commits_with_another_epoch_than_its_own_is_refused),
          TEST(a_group_may_have_an_interval_of_its_own),
          TEST(who_does_not_give_up_in_time_is_out), TEST(a_silent_member_is_out_after_its_session),
          TEST(epochs_fence), TEST(an_instance_is_released_before_another_takes_it),
          TEST(topics_that_change_are_assigned_anew),
          TEST(topics_that_change_when_nothing_can_be_written_are_assigned_later),
          TEST(a_regex_is_looked_up_beside_the_heartbeats),
          TEST(the_assignor_of_most_members_assigns),
          TEST(many_joins_at_once_are_assigned_together),
          TEST(a_classic_group_is_upgraded_member_by_member),
          TEST(the_last_new_member_takes_the_new_protocol_with_it), TEST(a_policy_may_forbid_it),
          TEST(a_classic_member_that_does_not_come_back_is_out),
          TEST(a_static_member_changes_its_protocol_in_place),
          TEST(what_grew_before_the_upgrade_is_assigned),
          TEST(a_classic_member_that_was_out_has_lost_what_it_had),
          TEST(an_empty_group_that_cannot_become_classic_stays_what_it_is),
          TEST(an_empty_group_is_of_either_protocol))
