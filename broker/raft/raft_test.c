#include "broker/raft/raft.h"

#include "api/kafka/errors.h"
#include "tests/lib/test.h"

enum { T = 1000, F = 2000, B = 1000 };

/* One node of a quorum of voters 1..n, and what its last step had it do. */
struct node {
    struct raft r;
    struct raft_effects out;
    int64_t now_ms;
};

static void open_node(struct node *n, int32_t id, unsigned voters)
{
    struct raft_key keys[VOTERS_MAX] = { 0 };

    for (unsigned k = 0; k < voters; k++)
        keys[k].id = (int32_t)k + 1;
    *n = (struct node){ .now_ms = 1000 };
    raft_init(&n->r, &(struct raft_options){ { id, { { 0 } } }, T, F, B, (uint64_t)id, false },
              keys, voters);
}

static void step(struct node *n, struct raft_event ev)
{
    ev.now_ms = n->now_ms;
    raft_step(&n->r, &ev, &n->out);
}

static void start(struct node *n, int32_t epoch, int32_t leader, int32_t voted, int64_t end,
                  int32_t log_epoch)
{
    step(n, (struct raft_event){ .kind = RAFT_START,
                                 .stored = { epoch, leader, voted, { { 0 } } },
                                 .end = end,
                                 .offset = -1,
                                 .log_epoch = log_epoch });
}

static void tick(struct node *n)
{
    n->now_ms = raft_deadline(&n->r);
    step(n, (struct raft_event){ .kind = RAFT_TICK });
}

static void voted(struct node *n, int32_t from, bool granted, bool prevote)
{
    step(n, (struct raft_event){ .kind = RAFT_VOTED,
                                 .from = { .id = from },
                                 .epoch = n->r.durable.epoch,
                                 .leader = -1,
                                 .granted = granted,
                                 .prevote = prevote });
}

static bool asked(struct node *n, int32_t from, int32_t epoch, int64_t end, int32_t log_epoch,
                  bool prevote)
{
    step(n, (struct raft_event){ .kind = RAFT_VOTE,
                                 .from = { .id = from },
                                 .epoch = epoch,
                                 .last_offset = end,
                                 .last_epoch = log_epoch,
                                 .prevote = prevote });
    return n->out.granted;
}

static int at(const struct node *n, enum raft_effect_kind kind)
{
    for (unsigned k = 0; k < n->out.n; k++) {
        if (n->out.v[k].kind == kind)
            return (int)k;
    }
    return -1;
}

/* Node 1 of three leads epoch 8 with a log that ended at 10. */
static void lead(struct node *n)
{
    open_node(n, 1, 3);
    start(n, 7, -1, -1, 10, 6);
    tick(n);
    voted(n, 2, true, true);
    voted(n, 3, true, false);
    assert_int_equal(n->r.state, RAFT_LEADER);
}

static void grow(struct node *n, int64_t end)
{
    step(n,
         (struct raft_event){ .kind = RAFT_APPENDED, .end = end, .log_epoch = n->r.durable.epoch });
    step(n, (struct raft_event){ .kind = RAFT_FLUSHED, .end = end });
}

static void fetched(struct node *n, int32_t from, int64_t offset)
{
    step(n, (struct raft_event){
                .kind = RAFT_FETCHED, .from = { .id = from }, .offset = offset, .wall_ms = 77 });
}

static void the_only_voter_persists_its_vote_before_it_leads(void **state)
{
    struct node n;

    (void)state;
    open_node(&n, 1, 1);
    start(&n, 4, -1, -1, 10, 6);
    assert_int_equal(n.r.state, RAFT_LEADER);
    assert_int_equal(n.r.durable.epoch, 7);
    assert_true(at(&n, RAFT_PERSIST) < at(&n, RAFT_LEAD));
    grow(&n, 11);
    assert_int_equal(n.r.high_watermark, 11);
}

static void a_candidate_asks_before_it_takes_an_epoch(void **state)
{
    struct node n;

    (void)state;
    open_node(&n, 1, 3);
    start(&n, 7, -1, -1, 10, 6);
    tick(&n);
    assert_int_equal(n.r.state, RAFT_PROSPECTIVE);
    assert_int_equal(n.r.durable.epoch, 7);
    assert_int_equal(at(&n, RAFT_PERSIST), -1);
    assert_int_equal(n.out.v[at(&n, RAFT_SEND_VOTE)].mask, 6);
    voted(&n, 2, true, true);
    assert_int_equal(n.r.state, RAFT_CANDIDATE);
    assert_int_equal(n.r.durable.epoch, 8);
    assert_true(at(&n, RAFT_PERSIST) >= 0 && at(&n, RAFT_PERSIST) < at(&n, RAFT_SEND_VOTE));
    voted(&n, 2, true, true); /* a late pre-vote elects nobody */
    assert_int_equal(n.r.state, RAFT_CANDIDATE);
    voted(&n, 3, true, false);
    assert_int_equal(n.r.state, RAFT_LEADER);
    assert_int_equal(n.out.v[at(&n, RAFT_LEAD)].mask, 5);
    assert_int_equal(n.out.v[at(&n, RAFT_SEND_BEGIN)].mask, 6);
}

static void a_refused_candidate_tries_again_later_and_later(void **state)
{
    struct node n;
    int64_t before;

    (void)state;
    open_node(&n, 1, 3);
    start(&n, 7, -1, -1, 10, 6);
    for (int k = 0; k < 20; k++) {
        tick(&n);
        before = n.now_ms;
        voted(&n, 2, false, true);
        voted(&n, 3, false, true);
        assert_int_equal(n.r.state, RAFT_UNATTACHED);
        assert_in_range(raft_deadline(&n.r) - before, 1, 2 * T);
    }
    assert_int_equal(n.r.durable.epoch, 7);
}

static void a_candidate_that_cannot_win_does_not_wait_for_its_timeout(void **state)
{
    struct node n;

    (void)state;
    open_node(&n, 1, 3);
    start(&n, 7, -1, -1, 10, 6);
    tick(&n);
    voted(&n, 2, true, true);
    assert_int_equal(n.r.state, RAFT_CANDIDATE);
    step(&n, (struct raft_event){ .kind = RAFT_PEER_LOST, .from = { .id = 3 } });
    assert_true(raft_deadline(&n.r) > n.now_ms);
    voted(&n, 2, false, false);
    assert_in_range(n.r.deadline_ms - n.now_ms, 1, 60);
    n.now_ms = n.r.deadline_ms;
    step(&n, (struct raft_event){ .kind = RAFT_TICK });
    assert_int_equal(n.r.state, RAFT_PROSPECTIVE);
}

static void a_voter_votes_once_in_an_epoch_and_remembers(void **state)
{
    struct node n;

    (void)state;
    open_node(&n, 1, 3);
    start(&n, 7, -1, -1, 10, 6);
    assert_false(asked(&n, 2, 8, 9, 6, false)); /* its log is behind */
    assert_int_equal(n.r.durable.epoch, 8);
    assert_true(asked(&n, 3, 8, 10, 6, false));
    assert_int_equal(n.out.v[at(&n, RAFT_PERSIST)].durable.voted, 3);
    assert_true(asked(&n, 3, 8, 10, 6, false));
    assert_int_equal(at(&n, RAFT_PERSIST), -1);
    assert_false(asked(&n, 2, 8, 99, 7, false));
}

static void who_hears_its_leader_grants_no_pre_vote(void **state)
{
    struct node n;

    (void)state;
    open_node(&n, 1, 3);
    start(&n, 7, 2, -1, 10, 6);
    assert_int_equal(n.r.state, RAFT_FOLLOWER);
    assert_true(asked(&n, 3, 7, 10, 6, true)); /* not heard yet in this life */
    step(
        &n,
        (struct raft_event){
            .kind = RAFT_ANSWERED, .from = { .id = 2 }, .epoch = 7, .leader = 2, .granted = true });
    assert_false(asked(&n, 3, 7, 10, 6, true));
    step(&n, (struct raft_event){ .kind = RAFT_PEER_LOST, .from = { .id = 2 } });
    assert_in_range(raft_deadline(&n.r) - n.now_ms, 0, 15);
    assert_true(asked(&n, 3, 7, 10, 6, true));
    assert_int_equal(raft_deadline(&n.r), n.now_ms + 50); /* the other may try first, once */
    n.now_ms += 40;
    assert_true(asked(&n, 3, 7, 10, 6, true));
    assert_int_equal(raft_deadline(&n.r), n.now_ms + 10);
    tick(&n);
    assert_int_equal(n.r.state, RAFT_PROSPECTIVE);
    step(&n, (struct raft_event){ .kind = RAFT_BEGIN, .epoch = 7, .leader = 2 });
    assert_int_equal(n.r.state, RAFT_FOLLOWER);
}

static void a_silent_leader_is_left_after_the_fetch_timeout(void **state)
{
    struct node n;

    (void)state;
    open_node(&n, 1, 3);
    start(&n, 7, -1, -1, 10, 6);
    step(&n, (struct raft_event){ .kind = RAFT_BEGIN, .epoch = 8, .leader = 2 });
    assert_int_equal(n.r.state, RAFT_FOLLOWER);
    assert_int_equal(raft_deadline(&n.r), n.now_ms + F);
    tick(&n);
    assert_int_equal(n.r.state, RAFT_PROSPECTIVE);
    tick(&n); /* nobody answers */
    assert_int_equal(n.r.state, RAFT_FOLLOWER);
    assert_int_equal(n.r.durable.leader, 2);
}

static void a_majority_of_durable_logs_commits_and_not_before_the_own_epoch(void **state)
{
    struct node n;

    (void)state;
    lead(&n);
    fetched(&n, 2, 10);
    fetched(&n, 3, 10);
    assert_int_equal(n.r.high_watermark, -1); /* epoch 6's records only */
    grow(&n, 13);
    assert_int_equal(n.r.high_watermark, -1);
    fetched(&n, 9, 13); /* an observer */
    assert_int_equal(n.r.high_watermark, -1);
    fetched(&n, 3, 12);
    assert_int_equal(n.r.high_watermark, 12);
    assert_true(at(&n, RAFT_HIGH_WATERMARK) >= 0);
    fetched(&n, 3, 11);
    assert_int_equal(n.r.high_watermark, 12);
}

static void nothing_is_said_of_the_high_watermark_before_the_own_epoch(void **state)
{
    struct node n;

    (void)state;
    open_node(&n, 1, 3);
    start(&n, 7, 2, -1, 10, 6);
    step(&n, (struct raft_event){ .kind = RAFT_COMMITTED, .offset = 9 });
    assert_int_equal(raft_reported_high_watermark(&n.r), 9);
    step(&n, (struct raft_event){ .kind = RAFT_PEER_LOST, .from = { .id = 2 } });
    tick(&n);
    voted(&n, 3, true, true);
    voted(&n, 3, true, false);
    assert_int_equal(n.r.state, RAFT_LEADER);
    assert_int_equal(raft_reported_high_watermark(&n.r), -1);
    grow(&n, 11);
    fetched(&n, 3, 11);
    assert_int_equal(raft_reported_high_watermark(&n.r), 11);
}

static void a_follower_commits_what_is_durable_here(void **state)
{
    struct node n;

    (void)state;
    open_node(&n, 1, 3);
    start(&n, 7, 2, -1, 10, 7);
    step(&n, (struct raft_event){ .kind = RAFT_APPENDED, .end = 15, .log_epoch = 7 });
    step(&n, (struct raft_event){ .kind = RAFT_COMMITTED, .offset = 14 });
    assert_int_equal(n.r.high_watermark, 10);
    step(&n, (struct raft_event){ .kind = RAFT_FLUSHED, .end = 15 });
    assert_int_equal(n.r.high_watermark, 14);
    assert_int_equal(
        raft_truncation(&n.r, (struct snapshot_id){ 14, 7 }, (struct snapshot_id){ 15, 7 }), 14);
    assert_int_equal(
        raft_truncation(&n.r, (struct snapshot_id){ 13, 7 }, (struct snapshot_id){ 15, 7 }), -1);
}

static void a_leader_that_is_alone_resigns(void **state)
{
    struct node n;
    int64_t since;

    (void)state;
    lead(&n);
    since = n.now_ms;
    while (n.r.state == RAFT_LEADER)
        tick(&n);
    assert_int_equal(n.now_ms, since + F * 3 / 2);
    assert_int_equal(n.r.state, RAFT_RESIGNED);
    assert_int_equal(n.out.v[at(&n, RAFT_SEND_END)].mask, 6);
    while (n.r.state == RAFT_RESIGNED)
        tick(&n);
    assert_int_equal(n.r.state, RAFT_UNATTACHED);
    assert_int_equal(n.r.durable.epoch, 9);
}

static void one_of_two_others_is_a_majority(void **state)
{
    struct node n;

    (void)state;
    lead(&n);
    for (int k = 0; k < 40; k++) {
        tick(&n);
        fetched(&n, 2, 10);
        assert_int_equal(n.r.state, RAFT_LEADER);
    }
}

static void who_led_before_its_restart_resigns(void **state)
{
    struct node n;

    (void)state;
    open_node(&n, 1, 3);
    start(&n, 7, 1, 1, 10, 7);
    assert_int_equal(n.r.state, RAFT_RESIGNED);
    assert_true(at(&n, RAFT_SEND_END) >= 0);
    step(&n, (struct raft_event){
                 .kind = RAFT_ANSWERED, .from = { .id = 2 }, .epoch = 7, .leader = 1 });
    assert_int_equal(n.r.state, RAFT_RESIGNED);
    step(&n, (struct raft_event){
                 .kind = RAFT_ANSWERED, .from = { .id = 2 }, .epoch = 8, .leader = 2 });
    assert_int_equal(n.r.state, RAFT_FOLLOWER);
}

static void the_best_successor_stands_at_once(void **state)
{
    struct node n;
    struct raft_key best[VOTERS_MAX];

    (void)state;
    lead(&n);
    fetched(&n, 2, 4);
    fetched(&n, 3, 9);
    assert_int_equal(raft_successors(&n.r, best), 2);
    assert_int_equal(best[0].id, 3);
    assert_int_equal(best[1].id, 2);
    open_node(&n, 3, 3);
    start(&n, 7, 1, -1, 10, 7);
    step(&n, (struct raft_event){
                 .kind = RAFT_END, .epoch = 7, .leader = 1, .position = 0, .count = 2 });
    assert_int_equal(raft_deadline(&n.r), n.now_ms);
    step(&n, (struct raft_event){
                 .kind = RAFT_END, .epoch = 7, .leader = 1, .position = 1, .count = 2 });
    assert_int_equal(raft_deadline(&n.r), n.now_ms + B / 2);
    step(&n, (struct raft_event){
                 .kind = RAFT_END, .epoch = 7, .leader = 1, .position = -1, .count = 2 });
    assert_int_equal(raft_deadline(&n.r), n.now_ms + B);
}

static void voters_change_one_at_a_time(void **state)
{
    struct raft_key four[] = { { .id = 1 }, { .id = 2 }, { .id = 3 }, { .id = 4 } };
    struct node n;

    (void)state;
    lead(&n);
    assert_int_equal(raft_check_remove_voter(&n.r, &four[1]), KF_ERR_REQUEST_TIMED_OUT);
    grow(&n, 11);
    fetched(&n, 2, 11);
    assert_int_equal(raft_check_add_voter(&n.r, &four[3], 77), KF_ERR_REQUEST_TIMED_OUT);
    fetched(&n, 4, 11);
    assert_int_equal(raft_check_add_voter(&n.r, &four[3], 77), KF_ERR_NONE);
    assert_int_equal(raft_check_add_voter(&n.r, &four[2], 77), KF_ERR_DUPLICATE_VOTER);
    assert_int_equal(raft_check_remove_voter(&n.r, &four[3]), KF_ERR_VOTER_NOT_FOUND);
    step(&n, (struct raft_event){
                 .kind = RAFT_VOTER_SET, .voters = four, .voters_n = 4, .offset = 11 });
    grow(&n, 12);
    fetched(&n, 2, 12);
    assert_int_equal(n.r.high_watermark, 11);
    assert_int_equal(raft_check_remove_voter(&n.r, &four[1]), KF_ERR_REQUEST_TIMED_OUT);
    fetched(&n, 4, 12);
    assert_int_equal(n.r.high_watermark, 12);
    assert_int_equal(raft_check_remove_voter(&n.r, &four[1]), KF_ERR_NONE);
}

static void a_leader_that_removed_itself_leads_until_that_is_committed(void **state)
{
    struct raft_key two[] = { { .id = 2 }, { .id = 3 } };
    struct node n;

    (void)state;
    lead(&n);
    grow(&n, 11);
    fetched(&n, 2, 11);
    step(&n,
         (struct raft_event){ .kind = RAFT_VOTER_SET, .voters = two, .voters_n = 2, .offset = 11 });
    grow(&n, 12);
    fetched(&n, 2, 12);
    assert_int_equal(n.r.state, RAFT_LEADER);
    fetched(&n, 3, 12);
    assert_int_equal(n.r.state, RAFT_RESIGNED);
    assert_int_equal(n.r.high_watermark, 12);
}

/* It may be the only one that has the record which leaves it out. */
static void who_is_left_out_stands_until_that_is_committed(void **state)
{
    struct raft_key two[] = { { .id = 2 }, { .id = 3 } };
    struct node n;

    (void)state;
    open_node(&n, 1, 3);
    start(&n, 7, 2, -1, 10, 6);
    step(&n, (struct raft_event){ .kind = RAFT_APPENDED, .end = 11, .log_epoch = 7 });
    step(&n,
         (struct raft_event){ .kind = RAFT_VOTER_SET, .voters = two, .voters_n = 2, .offset = 10 });
    step(&n, (struct raft_event){ .kind = RAFT_FLUSHED, .end = 11 });
    tick(&n);
    assert_int_equal(n.r.state, RAFT_PROSPECTIVE);
    voted(&n, 2, true, true);
    assert_int_equal(n.r.state, RAFT_PROSPECTIVE);
    step(&n, (struct raft_event){ .kind = RAFT_COMMITTED, .offset = 11 });
    assert_int_equal(n.r.state, RAFT_FOLLOWER);
    assert_int_equal(raft_deadline(&n.r), -1);
}

/* A voter that does not know yet that it is one has no timer. */
static void an_observer_whose_leader_is_silent_grants_pre_votes(void **state)
{
    struct node n;

    (void)state;
    open_node(&n, 9, 3);
    start(&n, 7, 2, -1, 10, 6);
    step(
        &n,
        (struct raft_event){
            .kind = RAFT_ANSWERED, .from = { .id = 2 }, .epoch = 7, .leader = 2, .granted = true });
    assert_false(asked(&n, 1, 7, 10, 6, true));
    n.now_ms += F;
    assert_true(asked(&n, 1, 7, 10, 6, true));
}

/* Another's uncommitted set may have it, and need the log that only it has. */
static void an_observer_whose_longer_log_refuses_a_vote_stands_itself(void **state)
{
    struct node n;

    (void)state;
    open_node(&n, 9, 3);
    start(&n, 7, -1, -1, 10, 7);
    assert_false(asked(&n, 1, 7, 12, 6, true));
    tick(&n);
    assert_int_equal(n.r.state, RAFT_PROSPECTIVE);
    voted(&n, 1, true, true);
    assert_int_equal(n.r.state, RAFT_PROSPECTIVE);
    voted(&n, 2, true, true);
    assert_int_equal(n.r.state, RAFT_CANDIDATE);
}

static void who_is_no_voter_waits_for_a_leader(void **state)
{
    struct node n;

    (void)state;
    open_node(&n, 9, 3);
    start(&n, 7, -1, -1, 10, 6);
    assert_int_equal(raft_deadline(&n.r), -1);
    step(&n, (struct raft_event){
                 .kind = RAFT_ANSWERED, .from = { .id = 1 }, .epoch = 8, .leader = 2 });
    assert_int_equal(n.r.state, RAFT_FOLLOWER);
    step(&n, (struct raft_event){ .kind = RAFT_PEER_LOST, .from = { .id = 2 } });
    assert_int_equal(raft_deadline(&n.r), -1);
}

static void requests_of_another_epoch_are_refused(void **state)
{
    struct node n;

    (void)state;
    lead(&n);
    assert_int_equal(raft_check_leader_request(&n.r, 7), KF_ERR_FENCED_LEADER_EPOCH);
    assert_int_equal(raft_check_leader_request(&n.r, 8), KF_ERR_NONE);
    assert_int_equal(raft_check_leader_request(&n.r, 9), KF_ERR_UNKNOWN_LEADER_EPOCH);
    assert_int_equal(raft_check_voter_request(&n.r, 7), KF_ERR_FENCED_LEADER_EPOCH);
    assert_int_equal(raft_check_voter_request(&n.r, 9), KF_ERR_NONE);
    step(&n, (struct raft_event){ .kind = RAFT_RESIGN });
    assert_int_equal(raft_check_leader_request(&n.r, 8), KF_ERR_NOT_LEADER_OR_FOLLOWER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_only_voter_persists_its_vote_before_it_leads),
        cmocka_unit_test(a_candidate_asks_before_it_takes_an_epoch),
        cmocka_unit_test(a_refused_candidate_tries_again_later_and_later),
        cmocka_unit_test(a_candidate_that_cannot_win_does_not_wait_for_its_timeout),
        cmocka_unit_test(a_voter_votes_once_in_an_epoch_and_remembers),
        cmocka_unit_test(who_hears_its_leader_grants_no_pre_vote),
        cmocka_unit_test(a_silent_leader_is_left_after_the_fetch_timeout),
        cmocka_unit_test(a_majority_of_durable_logs_commits_and_not_before_the_own_epoch),
        cmocka_unit_test(nothing_is_said_of_the_high_watermark_before_the_own_epoch),
        cmocka_unit_test(a_follower_commits_what_is_durable_here),
        cmocka_unit_test(a_leader_that_is_alone_resigns),
        cmocka_unit_test(one_of_two_others_is_a_majority),
        cmocka_unit_test(who_led_before_its_restart_resigns),
        cmocka_unit_test(the_best_successor_stands_at_once),
        cmocka_unit_test(voters_change_one_at_a_time),
        cmocka_unit_test(a_leader_that_removed_itself_leads_until_that_is_committed),
        cmocka_unit_test(who_is_left_out_stands_until_that_is_committed),
        cmocka_unit_test(an_observer_whose_longer_log_refuses_a_vote_stands_itself),
        cmocka_unit_test(an_observer_whose_leader_is_silent_grants_pre_votes),
        cmocka_unit_test(who_is_no_voter_waits_for_a_leader),
        cmocka_unit_test(requests_of_another_epoch_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
