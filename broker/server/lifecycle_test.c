#include "broker/server/lifecycle.h"

#include "tests/lib/test.h"

static unsigned step(struct lifecycle *l, enum life_event_kind kind, int64_t now_ms)
{
    return lifecycle_step(l, &(struct life_event){ .kind = kind, .now_ms = now_ms, .fenced = true });
}

static unsigned answer(struct lifecycle *l, int64_t now_ms, bool fenced, bool may_stop)
{
    return lifecycle_step(l, &(struct life_event){ .kind = LIFE_HEARTBEAT, .now_ms = now_ms,
                                                   .fenced = fenced, .may_stop = may_stop });
}

static unsigned registered(struct lifecycle *l, enum life_event_kind kind, int64_t now_ms)
{
    return lifecycle_step(l, &(struct life_event){ .kind = kind, .now_ms = now_ms, .epoch = 7,
                                                   .registered = true });
}

static struct lifecycle fresh(void)
{
    struct lifecycle l;

    lifecycle_init(&l, 0, 2000, 9000, 60000, true);
    return l;
}

static struct lifecycle running(void)
{
    struct lifecycle l = fresh();

    (void)step(&l, LIFE_METADATA, 1);
    (void)lifecycle_step(&l, &(struct life_event){ .kind = LIFE_REGISTERED, .epoch = 7 });
    (void)registered(&l, LIFE_METADATA, 3);
    (void)step(&l, LIFE_RECOVERED, 4);
    (void)answer(&l, 5, false, false);
    assert_int_equal(l.state, LIFE_RUNNING);
    return l;
}

static void who_stops_does_not_wait_for_the_others_next_heartbeat(void **state)
{
    struct life_event awaited = { .kind = LIFE_METADATA, .now_ms = 100, .awaited = true };
    struct lifecycle l = running();

    (void)state;
    assert_int_equal(lifecycle_step(&l, &awaited), LIFE_SEND_HEARTBEAT);
    assert_int_equal(lifecycle_step(&l, &awaited), 0); /* one is under way, with an older offset */
    assert_int_equal(answer(&l, 101, false, false), LIFE_SEND_HEARTBEAT);
    assert_int_equal(answer(&l, 102, false, false), 0);
    assert_int_equal(l.timer_ms, 2102);
}

static void who_has_not_been_heard_for_a_session_does_not_trust_its_roles(void **state)
{
    struct lifecycle l = fresh();

    (void)state;
    assert_false(lifecycle_in_session(&l, 1));
    l = running(); /* its heartbeat left at 4 */
    assert_true(lifecycle_in_session(&l, 9003));
    assert_false(lifecycle_in_session(&l, 9004));
    assert_int_equal(step(&l, LIFE_TIMER, 2005), LIFE_SEND_HEARTBEAT);
    (void)answer(&l, 8000, false, false); /* the controller had it at 2005 at the earliest */
    assert_true(lifecycle_in_session(&l, 11004));
    assert_false(lifecycle_in_session(&l, 11005));
    assert_int_equal(step(&l, LIFE_TIMER, 20000), LIFE_SEND_HEARTBEAT);
    (void)answer(&l, 20001, true, false); /* fenced: others may lead since */
    assert_false(lifecycle_in_session(&l, 20002));
    assert_int_equal(step(&l, LIFE_TIMER, 22001), LIFE_SEND_HEARTBEAT);
    (void)answer(&l, 22002, false, false);
    assert_true(lifecycle_in_session(&l, 22003));
}

static void a_broker_registers_recovers_and_is_unfenced(void **state)
{
    struct lifecycle l = fresh();

    (void)state;
    assert_int_equal(step(&l, LIFE_METADATA, 1), LIFE_SEND_REGISTRATION);
    assert_int_equal(lifecycle_step(&l, &(struct life_event){ .kind = LIFE_REGISTERED, .epoch = 7 }), 0);
    assert_int_equal(l.epoch, 7);
    assert_int_equal(step(&l, LIFE_METADATA, 2), 0);
    assert_int_equal(registered(&l, LIFE_METADATA, 3), LIFE_OPEN_LOGS);
    assert_true(lifecycle_wants_fence(&l));
    assert_int_equal(step(&l, LIFE_RECOVERED, 4), LIFE_SEND_HEARTBEAT);
    assert_false(lifecycle_wants_fence(&l));
    assert_int_equal(answer(&l, 5, true, false), LIFE_SEND_HEARTBEAT);
    assert_int_equal(answer(&l, 6, false, false), LIFE_SERVE);
    assert_int_equal(l.timer_ms, 2006);
}

static void the_record_may_arrive_before_the_answer(void **state)
{
    struct lifecycle l = fresh();

    (void)state;
    (void)step(&l, LIFE_METADATA, 1);
    assert_int_equal(registered(&l, LIFE_METADATA, 2), 0);
    assert_int_equal(registered(&l, LIFE_REGISTERED, 3), LIFE_OPEN_LOGS);
}

static void a_refused_registration_is_tried_again_until_the_deadline(void **state)
{
    struct lifecycle l = fresh();

    (void)state;
    (void)step(&l, LIFE_METADATA, 1);
    assert_int_equal(step(&l, LIFE_FAILED, 10), 0);
    assert_int_equal(step(&l, LIFE_TIMER, 110), LIFE_SEND_REGISTRATION);
    assert_int_equal(step(&l, LIFE_TIMER, l.timer_ms), 0); /* the answer is still out */
    assert_int_equal(step(&l, LIFE_FAILED, 59999), 0);
    assert_int_equal(step(&l, LIFE_TIMER, 60099), LIFE_QUIT | LIFE_GIVE_UP);
    assert_int_equal(l.state, LIFE_STOPPED);
}

static void a_broker_that_hears_of_no_metadata_gives_up(void **state)
{
    struct lifecycle l = fresh();

    (void)state;
    assert_int_equal(step(&l, LIFE_TIMER, 60000), LIFE_QUIT | LIFE_GIVE_UP);
}

static void heartbeats_follow_at_the_interval_also_after_failures(void **state)
{
    struct lifecycle l = running();

    (void)state;
    assert_int_equal(step(&l, LIFE_TIMER, 2004), 0);
    assert_int_equal(step(&l, LIFE_TIMER, 2005), LIFE_SEND_HEARTBEAT);
    assert_int_equal(step(&l, LIFE_FAILED, 2100), 0);
    assert_int_equal(step(&l, LIFE_TIMER, 4100), LIFE_SEND_HEARTBEAT);
    assert_int_equal(answer(&l, 4101, true, false), 0); /* fenced meanwhile: asks on */
    assert_int_equal(l.state, LIFE_RUNNING);
    assert_int_equal(step(&l, LIFE_TIMER, 6101), LIFE_SEND_HEARTBEAT);
}

/* A registration that a dead process sent came late. */
static void who_was_registered_over_registers_again(void **state)
{
    struct life_event taken = { .kind = LIFE_FAILED, .now_ms = 2100, .taken = true };
    struct lifecycle l = running();

    (void)state;
    assert_int_equal(step(&l, LIFE_TIMER, 2005), LIFE_SEND_HEARTBEAT);
    assert_int_equal(lifecycle_step(&l, &taken), 0);
    assert_int_equal(step(&l, LIFE_TIMER, 2200), LIFE_SEND_REGISTRATION);
    assert_int_equal(step(&l, LIFE_FAILED, 99999), 0); /* without a deadline this time */
    assert_int_equal(step(&l, LIFE_TIMER, 100099), LIFE_SEND_REGISTRATION);
    assert_int_equal(registered(&l, LIFE_REGISTERED, 100100), LIFE_OPEN_LOGS);
    assert_int_equal(step(&l, LIFE_RECOVERED, 100101), LIFE_SEND_HEARTBEAT);
    assert_int_equal(answer(&l, 100102, false, false), LIFE_SERVE);
    (void)step(&l, LIFE_STOP, 100103);
    assert_int_equal(lifecycle_step(&l, &taken), LIFE_QUIT); /* nobody will give it leave */
}

static void a_stop_waits_for_leave(void **state)
{
    struct lifecycle l = running();

    (void)state;
    assert_int_equal(step(&l, LIFE_STOP, 100), LIFE_SEND_HEARTBEAT);
    assert_true(lifecycle_wants_stop(&l));
    assert_int_equal(answer(&l, 101, false, false), 0);
    assert_int_equal(step(&l, LIFE_TIMER, 121), LIFE_SEND_HEARTBEAT);
    assert_int_equal(answer(&l, 122, true, true), LIFE_QUIT);
}

static void a_second_stop_and_a_long_wait_end_it_without_leave(void **state)
{
    struct lifecycle l = running();

    (void)state;
    (void)step(&l, LIFE_STOP, 100);
    assert_int_equal(step(&l, LIFE_STOP, 101), LIFE_QUIT);
    l = running();
    (void)step(&l, LIFE_STOP, 100);
    (void)step(&l, LIFE_FAILED, 200);
    l.timer_ms = 300100;
    assert_int_equal(step(&l, LIFE_TIMER, 300100), LIFE_QUIT);
}

static void a_stop_before_running_is_immediate(void **state)
{
    struct lifecycle l = fresh();

    (void)state;
    (void)step(&l, LIFE_METADATA, 1);
    assert_int_equal(step(&l, LIFE_STOP, 2), LIFE_QUIT);
    assert_int_equal(step(&l, LIFE_FAILED, 3), 0);
    assert_int_equal(step(&l, LIFE_TIMER, INT64_MAX - 1), 0);
}

TEST_MAIN(TEST(who_stops_does_not_wait_for_the_others_next_heartbeat),
          TEST(who_has_not_been_heard_for_a_session_does_not_trust_its_roles),
          TEST(a_broker_registers_recovers_and_is_unfenced),
          TEST(the_record_may_arrive_before_the_answer),
          TEST(a_refused_registration_is_tried_again_until_the_deadline),
          TEST(a_broker_that_hears_of_no_metadata_gives_up),
          TEST(heartbeats_follow_at_the_interval_also_after_failures),
          TEST(who_was_registered_over_registers_again),
          TEST(a_stop_waits_for_leave),
          TEST(a_second_stop_and_a_long_wait_end_it_without_leave),
          TEST(a_stop_before_running_is_immediate))
