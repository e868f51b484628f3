#include "broker/replica/leader.h"

#include "api/kafka/errors.h"
#include "api/kafka/msg/broker_registration_change_record.h"
#include "api/kafka/msg/register_broker_record.h"
#include "broker/metadata/record.h"
#include "common/mem.h"
#include "tests/lib/test.h"

enum { LAG_MS = 1000 };

/* Brokers 1, 2, 3; broker 1 leads with epoch 5, its log ends at 100, high watermark 40. */
struct world {
    struct image *image;
    int64_t next_offset;
    struct leader *l;
    struct leader_context c;
    struct partition_state s;
    int32_t replicas[4], isr[4];
};

static void apply(struct world *w, enum metadata_record type, int16_t version, const void *msg)
{
    OWNED_BUF b = { 0 };
    struct why why;

    record_put(&b, type, version, msg);
    assert_ok(image_apply(w->image, w->next_offset++, buf_slice(&b), NULL, NULL, &why));
}

/* Registered and unfenced with broker epoch 10 * id. */
static void register_broker(struct world *w, int32_t id, int64_t epoch)
{
    struct kf_register_broker_record_broker_feature f = { STR_LIT("metadata.version"), 7, 30 };
    struct uuid dir = { { (uint8_t)id } };
    struct kf_register_broker_record r;

    kf_init(&kf_register_broker_record_schema, &r);
    r.broker_id = id;
    r.broker_epoch = epoch;
    r.fenced = false;
    r.features = &f, r.features_n = 1;
    r.log_dirs = &dir, r.log_dirs_n = 1;
    apply(w, RECORD_REGISTER_BROKER, 3, &r);
}

static void change_broker(struct world *w, int32_t id, int64_t epoch, int8_t fenced, int8_t stops)
{
    struct kf_broker_registration_change_record r;

    kf_init(&kf_broker_registration_change_record_schema, &r);
    r.broker_id = id;
    r.broker_epoch = epoch;
    r.fenced = fenced;
    r.in_controlled_shutdown = stops;
    apply(w, RECORD_BROKER_REGISTRATION_CHANGE, 1, &r);
}

static void set_isr(struct world *w, int32_t n, const int32_t *ids, int32_t partition_epoch)
{
    memcpy(w->isr, ids, (size_t)n * sizeof(*ids));
    w->s.isr_n = n;
    w->s.partition_epoch = partition_epoch;
}

#define ISR(...) (int32_t)(sizeof((int32_t[]){ __VA_ARGS__ }) / sizeof(int32_t)), (int32_t[]){ __VA_ARGS__ }

static unsigned begin(struct world *w)
{
    return leader_begin(w->l, &w->s, 100, 100, 40, &w->c);
}

static struct world world(int32_t isr_n, const int32_t *isr)
{
    struct world w = { .image = image_new(), .next_offset = 100 };

    for (int32_t id = 1; id <= 3; id++) {
        register_broker(&w, id, 10 * id);
        w.replicas[id - 1] = id;
    }
    w.c = (struct leader_context){ .now_ms = 5000, .lag_ms_max = LAG_MS, .image = w.image };
    w.s = (struct partition_state){ .replicas_n = 3, .leader = 1, .leader_epoch = 5 };
    w.l = leader_new(1);
    set_isr(&w, isr_n, isr, 7);
    return w;
}

/* The arrays live in the caller's world. */
static struct world *settle(struct world *w)
{
    w->s.replicas = w->replicas;
    w->s.isr = w->isr;
    return w;
}

static void done(struct world *w)
{
    leader_check(w->l);
    leader_free(w->l);
    image_free(w->image);
}

static unsigned fetch_as(struct world *w, int32_t id, int64_t epoch, int64_t offset)
{
    struct leader_fetch f = { .replica = id, .broker_epoch = epoch, .offset = offset, .log_start = 0 };
    unsigned effects;

    assert_true(leader_fetched(w->l, &f, &w->c, &effects));
    leader_check(w->l);
    return effects;
}

static unsigned fetch(struct world *w, int32_t id, int64_t offset)
{
    return fetch_as(w, id, 10 * id, offset);
}

static unsigned grow(struct world *w, int64_t end)
{
    return leader_moved(w->l, end, end, &w->c);
}

static struct leader_answer accept(const struct world *w, int32_t isr_n, const int32_t *isr, int32_t epoch)
{
    return (struct leader_answer){ .asked_epoch = w->l->leader_epoch, .leader_epoch = w->l->leader_epoch,
                                   .partition_epoch = epoch, .isr = isr, .isr_n = isr_n };
}

static unsigned answer(struct world *w, int16_t error)
{
    struct leader_answer a = { .asked_epoch = w->l->leader_epoch, .error = error };

    return leader_altered(w->l, &a, &w->c);
}

static void assert_proposal(struct world *w, int32_t n, const int32_t *ids)
{
    struct leader_proposal p;

    assert_true(leader_propose(w->l, 10, &p));
    assert_int_equal(p.isr_n, n);
    for (int32_t i = 0; i < n; i++)
        assert_int_equal(p.isr[i].id, ids[i]);
    assert_int_equal(p.leader_epoch, w->l->leader_epoch);
    assert_int_equal(p.partition_epoch, w->l->partition_epoch);
    assert_false(leader_propose(w->l, 10, &p)); /* once */
}

static void the_high_watermark_is_what_every_in_sync_replica_has(void **state)
{
    struct world v = world(ISR(1, 2, 3)), *w = settle(&v);

    (void)state;
    assert_int_equal(begin(w) & LEADER_HIGH_WATERMARK, 0);
    assert_int_equal(w->l->high_watermark, 40); /* nobody has fetched yet */
    assert_int_equal(fetch(w, 2, 90), 0);
    assert_int_equal(fetch(w, 3, 60), LEADER_HIGH_WATERMARK);
    assert_int_equal(w->l->high_watermark, 60);
    assert_int_equal(fetch(w, 3, 100), LEADER_HIGH_WATERMARK);
    assert_int_equal(w->l->high_watermark, 90);
    assert_int_equal(grow(w, 120), 0);
    assert_int_equal(fetch(w, 2, 120), LEADER_HIGH_WATERMARK);
    assert_int_equal(w->l->high_watermark, 100);
    done(w);
}

static void the_high_watermark_never_falls(void **state)
{
    struct world v = world(ISR(1, 2)), *w = settle(&v);

    (void)state;
    (void)begin(w);
    assert_int_equal(fetch(w, 2, 100), LEADER_HIGH_WATERMARK);
    assert_int_equal(fetch(w, 2, 50), 0);
    assert_int_equal(w->l->high_watermark, 100);
    done(w);
}

static void a_leader_alone_in_the_isr_waits_for_nobody(void **state)
{
    struct world v = world(ISR(1)), *w = settle(&v);

    (void)state;
    assert_true(begin(w) & LEADER_HIGH_WATERMARK);
    assert_int_equal(w->l->high_watermark, 100);
    assert_int_equal(grow(w, 101), LEADER_HIGH_WATERMARK);
    done(w);
}

static void only_what_counts_of_the_leaders_own_log_is_exposed(void **state)
{
    struct world v = world(ISR(1, 2)), *w = settle(&v);

    (void)state;
    (void)leader_begin(w->l, &w->s, 100, 80, 40, &w->c);
    assert_int_equal(fetch(w, 2, 100), LEADER_HIGH_WATERMARK);
    assert_int_equal(w->l->high_watermark, 80);
    assert_int_equal(leader_moved(w->l, 100, 95, &w->c), LEADER_HIGH_WATERMARK);
    assert_int_equal(w->l->high_watermark, 95);
    done(w);
}

static void below_min_insync_replicas_the_high_watermark_stands_still(void **state)
{
    struct world v = world(ISR(1)), *w = settle(&v);
    struct leader_answer a;

    (void)state;
    w->l->min_isr = 2;
    assert_int_equal(begin(w) & LEADER_HIGH_WATERMARK, 0);
    assert_true(fetch(w, 2, 100) & LEADER_PROPOSE);
    assert_int_equal(w->l->high_watermark, 40); /* the join is not committed yet */
    assert_proposal(w, ISR(1, 2));
    a = accept(w, ISR(1, 2), 8);
    assert_true(leader_altered(w->l, &a, &w->c) & LEADER_HIGH_WATERMARK);
    assert_int_equal(w->l->high_watermark, 100);
    done(w);
}

static void min_insync_replicas_is_at_most_the_replication_factor(void **state)
{
    struct world v = world(ISR(1, 2, 3)), *w = settle(&v);

    (void)state;
    w->l->min_isr = 7;
    (void)begin(w);
    assert_int_equal(leader_min_isr(w->l), 3);
    done(w);
}

static void who_is_about_to_join_counts_before_the_controller_has_answered(void **state)
{
    struct world v = world(ISR(1, 2)), *w = settle(&v);

    (void)state;
    (void)begin(w);
    (void)fetch(w, 2, 100);
    assert_true(fetch(w, 3, 100) & LEADER_PROPOSE);
    assert_proposal(w, ISR(1, 2, 3));
    (void)grow(w, 120);
    assert_int_equal(fetch(w, 2, 120), 0);
    assert_int_equal(w->l->high_watermark, 100); /* 3 may be in the ISR by now */
    assert_int_equal(fetch(w, 3, 110), LEADER_HIGH_WATERMARK);
    assert_int_equal(w->l->high_watermark, 110);
    done(w);
}

static void nobody_joins_below_the_high_watermark_or_the_start_of_the_epoch(void **state)
{
    struct world v = world(ISR(1, 2)), *w = settle(&v);

    (void)state;
    (void)begin(w); /* the epoch starts at 100 */
    (void)fetch(w, 2, 50);
    assert_false(fetch(w, 3, 99) & LEADER_PROPOSE);
    (void)grow(w, 120);
    (void)fetch(w, 2, 120);
    w->c.now_ms += 2 * LAG_MS; /* else the one that is close would be waited for */
    (void)leader_tick(w->l, &w->c);
    assert_int_equal(w->l->high_watermark, 120);
    assert_false(fetch(w, 3, 110) & LEADER_PROPOSE);
    assert_true(fetch(w, 3, 120) & LEADER_PROPOSE);
    done(w);
}

static void a_replica_close_to_the_end_is_waited_for_though_it_is_out(void **state)
{
    struct world v = world(ISR(1)), *w = settle(&v);

    (void)state;
    (void)begin(w);
    (void)grow(w, 110);
    assert_true(fetch(w, 2, 110) & LEADER_PROPOSE);
    assert_proposal(w, ISR(1, 2));
    assert_int_equal(answer(w, KF_ERR_INELIGIBLE_REPLICA), LEADER_ISR); /* out again */
    assert_int_equal(grow(w, 120), 0);
    assert_int_equal(w->l->high_watermark, 110);
    w->c.now_ms += 2 * LAG_MS;
    assert_true(leader_tick(w->l, &w->c) & LEADER_HIGH_WATERMARK);
    assert_int_equal(w->l->high_watermark, 120);
    done(w);
}

static void whom_the_controller_took_out_is_not_waited_for_until_it_fetches(void **state)
{
    struct world v = world(ISR(1, 2, 3)), *w = settle(&v);

    (void)state;
    (void)begin(w);
    (void)fetch(w, 2, 100);
    (void)fetch(w, 3, 100); /* its directory fails */
    set_isr(w, ISR(1, 2), 8);
    (void)leader_image(w->l, &w->s, &w->c);
    assert_proposal(w, ISR(1, 2, 3)); /* it still has all there is */
    assert_int_equal(answer(w, KF_ERR_INELIGIBLE_REPLICA), LEADER_ISR);
    (void)grow(w, 110);
    assert_int_equal(fetch(w, 2, 110), LEADER_HIGH_WATERMARK);
    assert_int_equal(w->l->high_watermark, 110);
    w->c.now_ms += LEADER_REFUSED_PAUSE_MS;
    assert_int_equal(fetch(w, 3, 109), 0); /* it goes on, and is close: the next record is for it too */
    (void)grow(w, 120);
    assert_int_equal(fetch(w, 2, 120), 0);
    assert_int_equal(w->l->high_watermark, 110);
    done(w);
}

static void who_would_have_to_leave_at_once_does_not_join(void **state)
{
    struct world v = world(ISR(1, 2)), *w = settle(&v);

    (void)state;
    w->l->min_isr = 2;
    (void)begin(w);
    (void)fetch(w, 2, 100);
    (void)grow(w, 110); /* which 2 cannot store */
    w->c.now_ms += LAG_MS + 1;
    assert_true(leader_tick(w->l, &w->c) & LEADER_PROPOSE);
    assert_proposal(w, ISR(1));
    set_isr(w, ISR(1), 8);
    assert_int_equal(leader_image(w->l, &w->s, &w->c), LEADER_ISR); /* no way back into a loop */
    assert_int_equal(fetch(w, 2, 100), 0);
    w->c.now_ms += 1;
    assert_true(fetch(w, 2, 110) & LEADER_PROPOSE);
    assert_proposal(w, ISR(1, 2));
    done(w);
}

static void fenced_stopping_and_other_incarnations_do_not_join(void **state)
{
    struct world v = world(ISR(1, 2)), *w = settle(&v);

    (void)state;
    (void)begin(w);
    change_broker(w, 3, 30, 1, 0);
    assert_false(fetch(w, 3, 100) & LEADER_PROPOSE);
    change_broker(w, 3, 30, -1, 1);
    assert_false(leader_tick(w->l, &w->c) & LEADER_PROPOSE);
    register_broker(w, 3, 77); /* a new process: what the old one fetched says nothing of it */
    assert_false(leader_tick(w->l, &w->c) & LEADER_PROPOSE);
    assert_true(fetch_as(w, 3, 77, 100) & LEADER_PROPOSE);
    done(w);
}

static void a_fetch_without_an_epoch_is_believed(void **state)
{
    struct world v = world(ISR(1, 2)), *w = settle(&v);
    struct leader_proposal p;

    (void)state;
    (void)begin(w);
    assert_true(fetch_as(w, 3, LEADER_EPOCH_UNKNOWN, 100) & LEADER_PROPOSE);
    assert_true(leader_propose(w->l, 10, &p));
    assert_int_equal(p.isr[0].epoch, 10);
    assert_int_equal(p.isr[1].epoch, -1); /* has not fetched yet */
    assert_int_equal(p.isr[2].epoch, -1);
    done(w);
}

static void a_stranger_and_an_old_incarnation_are_not_heard(void **state)
{
    struct leader_fetch stranger = { .replica = 9, .broker_epoch = 1, .offset = 100 };
    struct leader_fetch old = { .replica = 3, .broker_epoch = 29, .offset = 100 };
    struct leader_fetch self = { .replica = 1, .broker_epoch = 10, .offset = 100 };
    struct world v = world(ISR(1, 2)), *w = settle(&v);
    unsigned effects;

    (void)state;
    (void)begin(w);
    assert_false(leader_fetched(w->l, &stranger, &w->c, &effects));
    assert_false(leader_fetched(w->l, &old, &w->c, &effects));
    assert_false(leader_fetched(w->l, &self, &w->c, &effects));
    (void)fetch_as(w, 2, 31, 90); /* the image does not know of it yet */
    old = (struct leader_fetch){ .replica = 2, .broker_epoch = 20, .offset = 100 };
    assert_false(leader_fetched(w->l, &old, &w->c, &effects));
    assert_int_equal(leader_replica(w->l, 2)->end, 90);
    assert_int_equal(leader_replica(w->l, 3)->end, LEADER_END_UNKNOWN);
    done(w);
}

static void who_does_not_catch_up_in_time_is_proposed_to_leave(void **state)
{
    struct world v = world(ISR(1, 2, 3)), *w = settle(&v);
    struct leader_answer a;

    (void)state;
    (void)begin(w);
    (void)fetch(w, 2, 100);
    (void)fetch(w, 3, 100);
    (void)grow(w, 120);
    (void)fetch(w, 2, 120);
    w->c.now_ms += LAG_MS;
    assert_int_equal(leader_tick(w->l, &w->c), 0);
    w->c.now_ms += 1;
    assert_true(leader_tick(w->l, &w->c) & LEADER_PROPOSE);
    assert_proposal(w, ISR(1, 2));
    assert_int_equal(w->l->high_watermark, 100); /* it counts until the controller agrees */
    a = accept(w, ISR(1, 2), 8);
    assert_true(leader_altered(w->l, &a, &w->c) & LEADER_HIGH_WATERMARK);
    assert_int_equal(w->l->high_watermark, 120);
    done(w);
}

static void who_had_all_until_a_moment_ago_has_not_fallen_behind(void **state)
{
    struct world v = world(ISR(1, 2, 3)), *w = settle(&v);

    (void)state;
    (void)begin(w);
    (void)fetch(w, 2, 100);
    (void)fetch(w, 3, 100);
    assert_true(leader_settled(w->l));
    w->c.now_ms += 100 * LAG_MS; /* idle: its fetches do not name the partition */
    assert_int_equal(leader_tick(w->l, &w->c), 0);
    (void)grow(w, 120);
    assert_false(leader_settled(w->l));
    w->c.now_ms += LAG_MS;
    assert_int_equal(leader_tick(w->l, &w->c), 0);
    done(w);
}

static void always_a_little_behind_is_in_sync(void **state)
{
    struct world v = world(ISR(1, 2)), *w = settle(&v);

    (void)state;
    (void)begin(w);
    for (int64_t end = 110; end < 400; end += 10) {
        (void)grow(w, end);
        (void)fetch(w, 2, end - 10); /* all that was there at its last fetch */
        w->c.now_ms += LAG_MS / 2;
        assert_false(leader_tick(w->l, &w->c) & LEADER_PROPOSE);
    }
    done(w);
}

static void one_proposal_at_a_time(void **state)
{
    struct world v = world(ISR(1)), *w = settle(&v);
    struct leader_answer a;

    (void)state;
    (void)begin(w);
    assert_true(fetch(w, 2, 100) & LEADER_PROPOSE);
    assert_proposal(w, ISR(1, 2));
    assert_false(fetch(w, 3, 100) & LEADER_PROPOSE);
    a = accept(w, ISR(1, 2), 8);
    assert_true(leader_altered(w->l, &a, &w->c) & LEADER_PROPOSE); /* now the other */
    assert_proposal(w, ISR(1, 2, 3));
    done(w);
}

static void a_lost_answer_is_asked_for_again_and_the_join_counts_meanwhile(void **state)
{
    struct leader_answer lost = { .asked_epoch = 5, .failed = true };
    struct world v = world(ISR(1, 2)), *w = settle(&v);

    (void)state;
    (void)begin(w);
    (void)fetch(w, 2, 100);
    (void)fetch(w, 3, 100);
    assert_proposal(w, ISR(1, 2, 3));
    assert_int_equal(leader_altered(w->l, &lost, &w->c), LEADER_PROPOSE);
    (void)grow(w, 120);
    (void)fetch(w, 2, 120);
    assert_int_equal(w->l->high_watermark, 100);
    assert_proposal(w, ISR(1, 2, 3));
    assert_int_equal(answer(w, KF_ERR_NOT_CONTROLLER), LEADER_PROPOSE);
    done(w);
}

/* Its successor may have lost what it had: the controller would not know the two apart. */
static void a_proposal_names_the_incarnation_that_was_in_sync_also_when_it_is_sent_again(void **state)
{
    struct leader_answer lost = { .asked_epoch = 5, .failed = true };
    struct world v = world(ISR(1, 2)), *w = settle(&v);
    struct leader_proposal p;

    (void)state;
    (void)begin(w);
    (void)fetch(w, 3, 100);
    assert_true(leader_propose(w->l, 10, &p));
    assert_int_equal(p.isr[2].epoch, 30);
    register_broker(w, 3, 31);
    (void)fetch_as(w, 3, 31, 60);
    (void)leader_altered(w->l, &lost, &w->c);
    assert_true(leader_propose(w->l, 10, &p));
    assert_int_equal(p.isr[2].id, 3);
    assert_int_equal(p.isr[2].epoch, 30);
    done(w);
}

static void only_the_image_ends_a_proposal_of_unknown_fate(void **state)
{
    static const int16_t unclear[] = {
        KF_ERR_INVALID_UPDATE_VERSION, KF_ERR_FENCED_LEADER_EPOCH, KF_ERR_UNKNOWN_TOPIC_ID,
        KF_ERR_UNKNOWN_TOPIC_OR_PARTITION, KF_ERR_INVALID_REQUEST, KF_ERR_NEW_LEADER_ELECTED,
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(unclear); i++) {
        struct world v = world(ISR(1, 2)), *w = settle(&v);

        (void)begin(w);
        (void)fetch(w, 2, 100);
        (void)fetch(w, 3, 100);
        assert_proposal(w, ISR(1, 2, 3));
        assert_int_equal(answer(w, unclear[i]), 0);
        (void)grow(w, 120);
        assert_int_equal(fetch(w, 2, 120), 0);
        assert_int_equal(w->l->high_watermark, 100); /* the join may be in force */
        set_isr(w, ISR(1, 2), 9);
        change_broker(w, 3, 30, 1, 0);
        assert_true(leader_image(w->l, &w->s, &w->c) & LEADER_HIGH_WATERMARK);
        assert_int_equal(w->l->high_watermark, 120);
        done(w);
    }
}

static void a_refused_join_is_not_asked_for_again_at_once(void **state)
{
    struct world v = world(ISR(1, 2)), *w = settle(&v);

    (void)state;
    (void)begin(w);
    (void)fetch(w, 3, 100);
    assert_proposal(w, ISR(1, 2, 3));
    assert_int_equal(answer(w, KF_ERR_INELIGIBLE_REPLICA), LEADER_ISR);
    assert_false(fetch(w, 3, 100) & LEADER_PROPOSE);
    w->c.now_ms += LEADER_REFUSED_PAUSE_MS;
    assert_true(leader_tick(w->l, &w->c) & LEADER_PROPOSE);
    done(w);
}

static void an_answer_to_another_epoch_and_an_old_image_change_nothing(void **state)
{
    struct world v = world(ISR(1, 2)), *w = settle(&v);
    struct leader_answer a;

    (void)state;
    (void)begin(w);
    (void)fetch(w, 3, 100);
    assert_proposal(w, ISR(1, 2, 3));
    a = accept(w, ISR(1, 2, 3), 8);
    a.asked_epoch = 4;
    assert_int_equal(leader_altered(w->l, &a, &w->c), 0);
    a.asked_epoch = 5;
    a.leader_epoch = 6;
    assert_int_equal(leader_altered(w->l, &a, &w->c), 0);
    set_isr(w, ISR(1), 6);
    assert_int_equal(leader_image(w->l, &w->s, &w->c), 0);
    set_isr(w, ISR(1, 2), 7); /* what was known: the proposal is still open */
    (void)leader_image(w->l, &w->s, &w->c);
    assert_true(w->l->in_flight);
    done(w);
}

static void the_low_watermark_is_what_the_live_replicas_have_let_go_of(void **state)
{
    struct leader_fetch f = { .replica = 2, .broker_epoch = 20, .offset = 100, .log_start = 30 };
    struct world v = world(ISR(1, 2, 3)), *w = settle(&v);
    unsigned effects;

    (void)state;
    (void)begin(w);
    assert_int_equal(leader_low_watermark(w->l, 50, w->image), -1); /* not heard of yet */
    assert_true(leader_fetched(w->l, &f, &w->c, &effects));
    change_broker(w, 3, 30, 1, 0);
    assert_int_equal(leader_low_watermark(w->l, 50, w->image), 30);
    f.log_start = 50;
    assert_true(leader_fetched(w->l, &f, &w->c, &effects));
    assert_int_equal(leader_low_watermark(w->l, 50, w->image), 50);
    done(w);
}

static void an_unclean_leader_says_that_it_has_recovered(void **state)
{
    struct world v = world(ISR(1)), *w = settle(&v);
    struct leader_proposal p;

    (void)state;
    w->s.leader_recovery = 1;
    assert_true(begin(w) & LEADER_PROPOSE);
    assert_true(leader_propose(w->l, 10, &p));
    assert_int_equal(p.recovery, 0);
    assert_int_equal(p.isr_n, 1);
    done(w);
}

static void a_new_epoch_forgets_what_the_followers_had(void **state)
{
    struct world v = world(ISR(1, 2)), *w = settle(&v);

    (void)state;
    (void)begin(w);
    (void)fetch(w, 2, 100);
    w->s.leader_epoch = 6;
    (void)leader_begin(w->l, &w->s, 130, 130, 100, &w->c);
    assert_int_equal(w->l->high_watermark, 100);
    assert_int_equal(leader_replica(w->l, 2)->end, LEADER_END_UNKNOWN);
    assert_int_equal(w->l->epoch_start, 130);
    done(w);
}

static void an_added_replica_joins_like_any_other(void **state)
{
    struct world v = world(ISR(1, 2, 3)), *w = settle(&v);

    (void)state;
    (void)begin(w);
    (void)fetch(w, 2, 100);
    (void)fetch(w, 3, 100);
    register_broker(w, 4, 40);
    w->replicas[3] = 4;
    w->s.replicas_n = 4;
    w->s.partition_epoch = 8;
    (void)leader_image(w->l, &w->s, &w->c);
    assert_int_equal(leader_replica(w->l, 3)->end, 100); /* remembered */
    assert_true(fetch(w, 4, 100) & LEADER_PROPOSE);
    assert_proposal(w, ISR(1, 2, 3, 4));
    done(w);
}

TEST_MAIN(TEST(the_high_watermark_is_what_every_in_sync_replica_has), TEST(the_high_watermark_never_falls),
          TEST(a_leader_alone_in_the_isr_waits_for_nobody),
          TEST(only_what_counts_of_the_leaders_own_log_is_exposed),
          TEST(below_min_insync_replicas_the_high_watermark_stands_still),
          TEST(min_insync_replicas_is_at_most_the_replication_factor),
          TEST(who_is_about_to_join_counts_before_the_controller_has_answered),
          TEST(nobody_joins_below_the_high_watermark_or_the_start_of_the_epoch),
          TEST(a_replica_close_to_the_end_is_waited_for_though_it_is_out),
          TEST(fenced_stopping_and_other_incarnations_do_not_join),
          TEST(who_would_have_to_leave_at_once_does_not_join),
          TEST(whom_the_controller_took_out_is_not_waited_for_until_it_fetches),
          TEST(a_fetch_without_an_epoch_is_believed), TEST(a_stranger_and_an_old_incarnation_are_not_heard),
          TEST(who_does_not_catch_up_in_time_is_proposed_to_leave),
          TEST(who_had_all_until_a_moment_ago_has_not_fallen_behind),
          TEST(always_a_little_behind_is_in_sync), TEST(one_proposal_at_a_time),
          TEST(a_lost_answer_is_asked_for_again_and_the_join_counts_meanwhile),
          TEST(a_proposal_names_the_incarnation_that_was_in_sync_also_when_it_is_sent_again),
          TEST(only_the_image_ends_a_proposal_of_unknown_fate),
          TEST(a_refused_join_is_not_asked_for_again_at_once),
          TEST(an_answer_to_another_epoch_and_an_old_image_change_nothing),
          TEST(the_low_watermark_is_what_the_live_replicas_have_let_go_of),
          TEST(an_unclean_leader_says_that_it_has_recovered),
          TEST(a_new_epoch_forgets_what_the_followers_had), TEST(an_added_replica_joins_like_any_other))
