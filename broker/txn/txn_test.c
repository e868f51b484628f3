#include "broker/txn/txn.h"

#include "api/kafka/errors.h"
#include "common/cursor.h"
#include "tests/lib/test.h"

/* A coordinator with its log: every decision that writes is appended and applied at once. */
struct coordinator {
    struct txns *x;
    struct txn_context c;
    struct buf log;      /* key length, key, value length (-1 is null), value */
    int64_t end;
    int64_t next_id;
};

static struct txns *replay(const struct coordinator *k)
{
    struct cursor c = { k->log.p, k->log.p + k->log.n, false };
    struct txns *x = txns_new();

    while (cursor_left(&c)) {
        uint32_t key_n = cursor_be32(&c);
        const uint8_t *key = cursor_take(&c, key_n);
        int32_t value_n = (int32_t)cursor_be32(&c);
        const uint8_t *value = value_n < 0 ? NULL : cursor_take(&c, (size_t)value_n);

        assert_ok(txns_apply(x, slice_make(key, key_n),
                             slice_make(value, value_n < 0 ? 0 : (size_t)value_n), -1));
    }
    txns_check(x);
    return x;
}

static void assert_as_loaded(const struct coordinator *k)
{
    struct txns *loaded = replay(k);
    OWNED_BUF live = { 0 };
    OWNED_BUF other = { 0 };

    txns_dump(k->x, &live);
    txns_dump(loaded, &other);
    assert_string_equal(buf_text(&live), buf_text(&other));
    txns_free(loaded);
}

static void begin(struct coordinator *k, int16_t version)
{
    *k = (struct coordinator){ .x = txns_new(), .next_id = 1000 };
    k->c = (struct txn_context){ .now_ms = 1000000, .fresh_id = -1, .version = version,
                                 .timeout_ms_max = 900000, .expiration_ms = 604800000 };
}

static void end(struct coordinator *k)
{
    txns_check(k->x);
    buf_done(&k->log);
    txns_free(k->x);
}

static void append(struct coordinator *k, struct str id, const struct txn_decision *d)
{
    buf_put_be32(&k->log, (uint32_t)d->key.n);
    buf_put(&k->log, d->key.p, d->key.n);
    buf_put_be32(&k->log, d->value.n ? (uint32_t)d->value.n : UINT32_MAX);
    buf_put(&k->log, d->value.p, d->value.n);
    assert_ok(txns_apply(k->x, slice_make(d->key.p, d->key.n),
                         slice_make(d->value.n ? d->value.p : NULL, d->value.n), d->last_epoch));
    txns_written(txns_find(k->x, id), ++k->end);
    txns_check(k->x);
    assert_as_loaded(k);
}

struct answer {
    int16_t error;
    int64_t producer_id;
    int16_t epoch;
    bool wrote, completing;
};

static struct answer take(struct coordinator *k, struct str id, struct txn_decision d)
{
    struct answer a = { d.error, d.producer_id, d.epoch, d.write, d.completing };

    assert_false(d.needs_id);
    if (d.write)
        append(k, id, &d);
    txn_decision_done(&d);
    return a;
}

static struct answer init_as(struct coordinator *k, const char *id, int64_t expected, int16_t epoch)
{
    struct txn_init q = { .id = str_of(id), .timeout_ms = 60000, .expected_id = expected,
                          .expected_epoch = epoch };
    struct txn_decision d = txns_decide_init(k->x, &k->c, &q);

    if (d.needs_id) {
        k->c.fresh_id = k->next_id++;
        d = txns_decide_init(k->x, &k->c, &q);
        k->c.fresh_id = -1;
    }
    return take(k, q.id, d);
}

static struct answer init(struct coordinator *k, const char *id)
{
    return init_as(k, id, -1, -1);
}

static struct answer add_as(struct coordinator *k, const char *id, int64_t pid, int16_t epoch,
                            const char *topic, int32_t partition, int16_t version)
{
    struct txn_topic t = { str_of(topic), &partition, 1 };
    struct txn_add q = { .id = str_of(id), .producer_id = pid, .epoch = epoch, .topics = &t, .topics_n = 1,
                         .client_version = version };

    return take(k, q.id, txns_decide_add(k->x, &k->c, &q));
}

static struct answer finish(struct coordinator *k, const char *id, int64_t pid, int16_t epoch, bool commit,
                            int16_t version)
{
    struct txn_end q = { .id = str_of(id), .producer_id = pid, .epoch = epoch, .commit = commit,
                         .client_version = version };
    struct txn_decision d = txns_decide_end(k->x, &k->c, &q);

    if (d.needs_id) {
        k->c.fresh_id = k->next_id++;
        d = txns_decide_end(k->x, &k->c, &q);
        k->c.fresh_id = -1;
    }
    return take(k, q.id, d);
}

static struct txn *find(struct coordinator *k, const char *id)
{
    struct txn *t = txns_find(k->x, str_of(id));

    assert_non_null(t);
    return t;
}

/* All partitions get their markers. */
static void complete(struct coordinator *k, const char *id)
{
    struct txn *t = find(k, id);

    assert_true(txn_completing(t));
    while (t->partitions_n)
        (void)txn_marked(t, str_of(t->partitions[0].topic), t->partitions[0].index);
    take(k, str_of(id), txns_decide_complete(k->x, &k->c, t));
}

#define assert_answer(a, e, id, ep)                 \
    do {                                            \
        struct answer answer_ = (a);                \
        assert_int_equal(answer_.error, e);         \
        assert_int_equal(answer_.producer_id, id);  \
        assert_int_equal(answer_.epoch, ep);        \
    } while (0)
#define assert_error(a, e) assert_int_equal((a).error, e)

static void a_transaction_of_version_1_runs_from_init_to_complete(void **state)
{
    struct coordinator k;

    (void)state;
    begin(&k, 1);
    assert_answer(init(&k, "a"), 0, 1000, 0);
    assert_error(add_as(&k, "a", 1000, 0, "t", 3, 0), 0);
    assert_int_equal(find(&k, "a")->state, TXN_ONGOING);
    assert_int_equal(find(&k, "a")->start_ms, 1000000);
    k.c.now_ms += 5;
    assert_error(add_as(&k, "a", 1000, 0, "u", 1, 0), 0);
    assert_false(add_as(&k, "a", 1000, 0, "u", 1, 0).wrote); /* there already */
    assert_int_equal(find(&k, "a")->start_ms, 1000000);
    assert_answer(finish(&k, "a", 1000, 0, true, 0), 0, 1000, 0);
    assert_int_equal(find(&k, "a")->state, TXN_PREPARE_COMMIT);
    assert_true(add_as(&k, "a", 1000, 0, "u", 2, 0).completing);
    assert_true(finish(&k, "a", 1000, 0, true, 0).completing);
    complete(&k, "a");
    assert_int_equal(find(&k, "a")->state, TXN_COMPLETE_COMMIT);
    assert_answer(finish(&k, "a", 1000, 0, true, 0), 0, 1000, 0); /* asked again */
    assert_error(finish(&k, "a", 1000, 0, false, 0), KF_ERR_INVALID_TXN_STATE);
    assert_error(add_as(&k, "a", 1000, 0, "t", 3, 0), 0);
    assert_answer(finish(&k, "a", 1000, 0, false, 0), 0, 1000, 0);
    complete(&k, "a");
    assert_int_equal(find(&k, "a")->state, TXN_COMPLETE_ABORT);
    end(&k);
}

static void with_version_2_every_end_raises_the_epoch(void **state)
{
    struct coordinator k;

    (void)state;
    begin(&k, 2);
    assert_answer(init(&k, "a"), 0, 1000, 0);
    assert_error(add_as(&k, "a", 1000, 0, "t", 0, 2), 0);
    assert_answer(finish(&k, "a", 1000, 0, true, 2), 0, 1000, 1);
    assert_true(finish(&k, "a", 1000, 0, true, 2).completing);
    complete(&k, "a");
    assert_answer(finish(&k, "a", 1000, 0, true, 2), 0, 1000, 1); /* the same again */
    assert_error(finish(&k, "a", 1000, 0, false, 2), KF_ERR_INVALID_TXN_STATE);
    assert_error(finish(&k, "a", 1000, 1, true, 2), KF_ERR_INVALID_TXN_STATE); /* nothing was added */
    assert_error(finish(&k, "a", 1000, 2, true, 2), KF_ERR_PRODUCER_FENCED);
    assert_answer(finish(&k, "a", 1000, 1, false, 2), 0, 1000, 2); /* an empty abort */
    complete(&k, "a");
    assert_int_equal(find(&k, "a")->state, TXN_COMPLETE_ABORT);
    assert_error(add_as(&k, "a", 1000, 1, "t", 0, 2), KF_ERR_PRODUCER_FENCED);
    assert_error(add_as(&k, "a", 1001, 2, "t", 0, 2), KF_ERR_INVALID_PRODUCER_ID_MAPPING);
    end(&k);
}

static void epochs_that_are_used_up_give_a_new_producer_id(void **state)
{
    struct coordinator k;

    (void)state;
    begin(&k, 2);
    (void)init(&k, "a");
    find(&k, "a")->epoch = TXN_EPOCH_LAST - 1;
    buf_clear(&k.log); /* what was changed by hand is not in it */
    assert_answer(init(&k, "a"), 0, 1000, TXN_EPOCH_LAST);
    assert_error(add_as(&k, "a", 1000, TXN_EPOCH_LAST, "t", 0, 2), 0);
    assert_answer(finish(&k, "a", 1000, TXN_EPOCH_LAST, true, 2), 0, 1001, 0);
    assert_int_equal(find(&k, "a")->epoch, INT16_MAX); /* the markers' epoch */
    assert_int_equal(find(&k, "a")->next_id, 1001);
    complete(&k, "a");
    assert_int_equal(find(&k, "a")->producer_id, 1001);
    assert_int_equal(find(&k, "a")->previous_id, 1000);
    assert_answer(finish(&k, "a", 1000, TXN_EPOCH_LAST, true, 2), 0, 1001, 0); /* the same again */
    assert_answer(init_as(&k, "a", 1000, TXN_EPOCH_LAST), 0, 1001, 0); /* its end was not heard */
    assert_answer(init_as(&k, "a", 1001, 0), 0, 1001, 1);
    find(&k, "a")->epoch = TXN_EPOCH_LAST;
    buf_clear(&k.log);
    assert_answer(init(&k, "a"), 0, 1002, 0);
    end(&k);
}

static void who_comes_anew_fences_and_aborts_the_other(void **state)
{
    struct coordinator k;
    struct answer a;

    (void)state;
    for (int16_t version = 1; version <= 2; version++) {
        begin(&k, version);
        assert_answer(init(&k, "a"), 0, 1000, 0);
        assert_error(add_as(&k, "a", 1000, 0, "t", 0, version == 2 ? 2 : 0), 0);
        a = init(&k, "a");
        assert_error(a, KF_ERR_CONCURRENT_TRANSACTIONS);
        assert_true(a.wrote);
        assert_int_equal(find(&k, "a")->state, TXN_PREPARE_ABORT);
        assert_int_equal(find(&k, "a")->epoch, 1);
        assert_true(init(&k, "a").completing);
        complete(&k, "a");
        assert_answer(init(&k, "a"), 0, 1000, 2);
        assert_error(add_as(&k, "a", 1000, 0, "t", 0, 0), KF_ERR_PRODUCER_FENCED);
        end(&k);
    }
}

static void who_continues_after_an_error_gets_the_next_epoch_once(void **state)
{
    struct coordinator k;

    (void)state;
    begin(&k, 1);
    assert_answer(init(&k, "a"), 0, 1000, 0);
    assert_answer(init_as(&k, "a", 1000, 0), 0, 1000, 1);
    assert_answer(init_as(&k, "a", 1000, 0), 0, 1000, 1); /* the answer was lost */
    assert_error(init_as(&k, "a", 1000, 7), KF_ERR_PRODUCER_FENCED);
    assert_error(init_as(&k, "a", 999, 1), KF_ERR_PRODUCER_FENCED);
    assert_answer(init(&k, "a"), 0, 1000, 2);
    assert_error(init_as(&k, "a", 1000, 0), KF_ERR_PRODUCER_FENCED);
    assert_error(init_as(&k, "a", 1000, -1), KF_ERR_INVALID_REQUEST);
    assert_answer(init_as(&k, "b", 55, 3), 0, 1001, 0); /* not known any more: a new one */
    end(&k);
}

static void a_transaction_that_takes_too_long_is_aborted(void **state)
{
    struct coordinator k;

    (void)state;
    begin(&k, 2);
    (void)init(&k, "a");
    (void)add_as(&k, "a", 1000, 0, "t", 0, 2);
    assert_false(txn_timed_out(find(&k, "a"), k.c.now_ms + 60000));
    assert_true(txn_timed_out(find(&k, "a"), k.c.now_ms + 60001));
    take(&k, str_of("a"), txns_decide_abort(k.x, &k.c, find(&k, "a")));
    assert_int_equal(find(&k, "a")->state, TXN_PREPARE_ABORT);
    assert_false(txn_timed_out(find(&k, "a"), k.c.now_ms + 60001));
    complete(&k, "a");
    assert_error(finish(&k, "a", 1000, 0, true, 2), KF_ERR_INVALID_TXN_STATE);
    assert_error(add_as(&k, "a", 1000, 0, "t", 0, 2), KF_ERR_PRODUCER_FENCED);
    end(&k);
}

static void bad_requests_are_refused_by_name(void **state)
{
    struct txn_init q = { .id = str_of("a"), .timeout_ms = 900001, .expected_id = -1, .expected_epoch = -1 };
    struct coordinator k;

    (void)state;
    begin(&k, 2);
    assert_error(init(&k, ""), KF_ERR_INVALID_REQUEST);
    assert_error(txns_decide_init(k.x, &k.c, &q), KF_ERR_INVALID_TRANSACTION_TIMEOUT);
    q.timeout_ms = 0;
    assert_error(txns_decide_init(k.x, &k.c, &q), KF_ERR_INVALID_TRANSACTION_TIMEOUT);
    q.timeout_ms = 5;
    q.two_phase = true;
    assert_error(txns_decide_init(k.x, &k.c, &q), KF_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED);
    k.c.two_phase = true;
    q.keep_prepared = true;
    assert_error(txns_decide_init(k.x, &k.c, &q), KF_ERR_UNSUPPORTED_VERSION);
    assert_error(add_as(&k, "nobody", 1, 0, "t", 0, 2), KF_ERR_INVALID_PRODUCER_ID_MAPPING);
    assert_error(finish(&k, "nobody", 1, 0, true, 2), KF_ERR_INVALID_PRODUCER_ID_MAPPING);
    end(&k);
}

static void an_id_that_nobody_uses_is_forgotten(void **state)
{
    struct coordinator k;

    (void)state;
    begin(&k, 2);
    (void)init(&k, "a");
    (void)init(&k, "b");
    (void)add_as(&k, "b", 1001, 0, "t", 0, 2);
    assert_false(txn_expired(find(&k, "a"), &k.c));
    k.c.now_ms += k.c.expiration_ms;
    assert_true(txn_expired(find(&k, "a"), &k.c));
    assert_false(txn_expired(find(&k, "b"), &k.c)); /* in a transaction */
    take(&k, str_of("a"), txns_decide_forget(find(&k, "a")));
    assert_null(txns_find(k.x, str_of("a")));
    end(&k);
}

static void verification_says_which_partitions_are_in(void **state)
{
    struct txn_add q = { .id = str_of("a"), .producer_id = 1000 };
    struct coordinator k;
    bool completing;

    (void)state;
    begin(&k, 1);
    (void)init(&k, "a");
    (void)add_as(&k, "a", 1000, 0, "t", 4, 0);
    assert_int_equal(txns_verify(k.x, &q, &completing), 0);
    assert_true(txn_has_partition(find(&k, "a"), str_of("t"), 4));
    assert_false(txn_has_partition(find(&k, "a"), str_of("t"), 5));
    assert_false(txn_has_partition(find(&k, "a"), str_of("tt"), 4));
    q.epoch = 1;
    assert_int_equal(txns_verify(k.x, &q, &completing), KF_ERR_PRODUCER_FENCED);
    q.epoch = 0;
    (void)finish(&k, "a", 1000, 0, true, 0);
    assert_int_equal(txns_verify(k.x, &q, &completing), KF_ERR_CONCURRENT_TRANSACTIONS);
    assert_true(completing);
    end(&k);
}

TEST_MAIN(TEST(a_transaction_of_version_1_runs_from_init_to_complete),
          TEST(with_version_2_every_end_raises_the_epoch),
          TEST(epochs_that_are_used_up_give_a_new_producer_id),
          TEST(who_comes_anew_fences_and_aborts_the_other),
          TEST(who_continues_after_an_error_gets_the_next_epoch_once),
          TEST(a_transaction_that_takes_too_long_is_aborted), TEST(bad_requests_are_refused_by_name),
          TEST(an_id_that_nobody_uses_is_forgotten), TEST(verification_says_which_partitions_are_in))
