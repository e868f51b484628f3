#include "broker/raft/raft.h"

#include "api/kafka/errors.h"
#include "tests/lib/test.h"

static const struct uuid dir = { { 3 } };

static void lead(struct raft *r, struct raft_effects *out, int64_t end)
{
    raft_init(r, 1, &dir, (int32_t[]){ 1 }, 1);
    raft_step(r,
              &(struct raft_event){
                  .kind = RAFT_START, .stored = { .epoch = 4 }, .log_epoch = 6, .end = end },
              out);
}

static void the_only_voter_persists_its_vote_before_it_leads(void **state)
{
    struct raft r;
    struct raft_effects out;

    (void)state;
    lead(&r, &out, 10);
    assert_int_equal(out.n, 2);
    assert_int_equal(out.v[0].kind, RAFT_PERSIST);
    assert_int_equal(out.v[0].state.epoch, 7);
    assert_int_equal(out.v[0].state.voted, 1);
    assert_int_equal(out.v[1].kind, RAFT_LEAD);
}

static void nothing_is_committed_before_the_own_epoch_is_durable(void **state)
{
    struct raft r;
    struct raft_effects out;

    (void)state;
    lead(&r, &out, 10);
    assert_int_equal(r.high_watermark, -1);
    raft_step(&r, &(struct raft_event){ .kind = RAFT_APPENDED, .end = 11 }, &out);
    assert_int_equal(r.high_watermark, -1);
    raft_step(&r, &(struct raft_event){ .kind = RAFT_FLUSHED, .end = 11 }, &out);
    assert_int_equal(out.n, 1);
    assert_int_equal(out.v[0].kind, RAFT_HIGH_WATERMARK);
    assert_int_equal(r.high_watermark, 11);
}

static void an_observer_moves_no_high_watermark(void **state)
{
    struct raft r;
    struct raft_effects out;

    (void)state;
    lead(&r, &out, 0);
    raft_step(&r, &(struct raft_event){ .kind = RAFT_APPENDED, .end = 5 }, &out);
    raft_step(&r,
              &(struct raft_event){ .kind = RAFT_FETCHED, .replica = 9, .offset = 5, .now_ms = 77 },
              &out);
    assert_int_equal(r.high_watermark, -1);
    assert_int_equal(r.replicas_n, 1);
    assert_int_equal(r.replicas[0].caught_up_ms, 77);
}

static void a_majority_of_voters_commits(void **state)
{
    struct raft r;
    struct raft_effects out;

    (void)state;
    lead(&r, &out, 0);
    r.voters[1] = 2, r.voters[2] = 3, r.voters_n = 3;
    raft_step(&r, &(struct raft_event){ .kind = RAFT_APPENDED, .end = 5 }, &out);
    raft_step(&r, &(struct raft_event){ .kind = RAFT_FLUSHED, .end = 5 }, &out);
    assert_int_equal(r.high_watermark, -1);
    raft_step(&r,
              &(struct raft_event){ .kind = RAFT_FETCHED, .replica = 3, .offset = 4, .now_ms = 1 },
              &out);
    assert_int_equal(r.high_watermark, 4);
}

static void the_epoch_of_a_request_is_checked(void **state)
{
    struct raft r;
    struct raft_effects out;

    (void)state;
    lead(&r, &out, 0);
    assert_int_equal(raft_check_leader_request(&r, 6), KF_ERR_FENCED_LEADER_EPOCH);
    assert_int_equal(raft_check_leader_request(&r, 7), KF_ERR_NONE);
    assert_int_equal(raft_check_leader_request(&r, 8), KF_ERR_UNKNOWN_LEADER_EPOCH);
    assert_int_equal(raft_check_voter_request(&r, 8), KF_ERR_NONE);
}

TEST_MAIN(TEST(the_only_voter_persists_its_vote_before_it_leads),
          TEST(nothing_is_committed_before_the_own_epoch_is_durable),
          TEST(an_observer_moves_no_high_watermark), TEST(a_majority_of_voters_commits),
          TEST(the_epoch_of_a_request_is_checked))
