/* Many clients with few ids, at random: what is applied live is what a load of the log makes of it,
 * and no two producers ever hold the same id and epoch. */
#include "api/kafka/errors.h"
#include "broker/txn/txn.h"
#include "common/cursor.h"

#include "common/rng.h"
#include "tests/lib/test.h"

enum { IDS = 4, CLIENTS = 3, STEPS = 20000, SEEDS = 8, TOPICS = 3, PARTITIONS = 4 };

/* What one client process believes of its transactional id. */
struct client {
    int64_t producer_id;
    int16_t epoch;
    bool begun;
};

struct world {
    struct rng rng;
    struct txns *x;
    struct txn_context c;
    struct buf log;
    int64_t next_id;
    struct client clients[IDS][CLIENTS];
    int committed, aborted, fenced;
};

static const char *const ids[IDS] = { "orders", "payments", "mail", "x" };
static const char *const topics[TOPICS] = { "t", "u", "__consumer_offsets" };

static struct txns *load(const struct buf *log)
{
    struct cursor c = { log->p, log->p + log->n, false };
    struct txns *x = txns_new();

    while (cursor_left(&c)) {
        uint32_t key_n = cursor_be32(&c);
        struct slice key = slice_make(cursor_take(&c, key_n), key_n);
        uint32_t value_n = cursor_be32(&c);

        const uint8_t *value = value_n ? cursor_take(&c, value_n) : NULL;

        assert_ok(txns_apply(x, key, slice_make(value, value_n), -1));
    }
    return x;
}

static void compare(const struct world *w)
{
    struct txns *loaded = load(&w->log);
    OWNED_BUF live = { 0 };
    OWNED_BUF other = { 0 };

    txns_check(w->x);
    txns_check(loaded);
    txns_dump(w->x, &live);
    txns_dump(loaded, &other);
    if (live.n != other.n || memcmp(live.p, other.p, live.n))
        fail_msg("live:\n%s\nloaded:\n%s", buf_text(&live), buf_text(&other));
    txns_free(loaded);
}

static void append(struct world *w, const struct txn_decision *d)
{
    if (!d->write)
        return;
    buf_put_be32(&w->log, (uint32_t)d->key.n);
    buf_put(&w->log, d->key.p, d->key.n);
    buf_put_be32(&w->log, (uint32_t)d->value.n);
    buf_put(&w->log, d->value.p, d->value.n);
    assert_ok(txns_apply(w->x, slice_make(d->key.p, d->key.n),
                         slice_make(d->value.n ? d->value.p : NULL, d->value.n), d->last_epoch));
}

/* Nobody else may have it: it was given once. */
static void hold(struct world *w, int id, int client, int64_t producer_id, int16_t epoch)
{
    for (int i = 0; i < IDS; i++)
        for (int k = 0; k < CLIENTS; k++)
            if (i != id || k != client)
                assert_false(w->clients[i][k].producer_id == producer_id &&
                             w->clients[i][k].epoch >= epoch);
    w->clients[id][client] = (struct client){ producer_id, epoch, false };
}

static void init(struct world *w, int id, int client)
{
    struct client *me = &w->clients[id][client];
    bool again = me->producer_id >= 0 && rng_below(&w->rng, 2);
    struct txn_init q = { .id = str_of(ids[id]), .timeout_ms = 60000,
                          .expected_id = again ? me->producer_id : -1,
                          .expected_epoch = again ? me->epoch : -1 };
    OWNED_DECISION d = { 0 };

    w->c.fresh_id = w->next_id++;
    d = txns_decide_init(w->x, &w->c, &q);
    w->c.fresh_id = -1;
    append(w, &d);
    w->fenced += d.error == KF_ERR_PRODUCER_FENCED;
    if (!d.error)
        hold(w, id, client, d.producer_id, d.epoch);
}

static void add(struct world *w, int id, struct client *me, int16_t version)
{
    int32_t partitions[2] = { (int32_t)rng_below(&w->rng, PARTITIONS),
                              (int32_t)rng_below(&w->rng, PARTITIONS) };
    struct txn_topic t = { str_of(topics[rng_below(&w->rng, TOPICS)]), partitions, 2 };
    struct txn_add q = { .id = str_of(ids[id]), .producer_id = me->producer_id, .epoch = me->epoch,
                         .topics = &t, .topics_n = 1, .client_version = version };
    OWNED_DECISION d = txns_decide_add(w->x, &w->c, &q);

    append(w, &d);
    if (!d.error)
        assert_true(txn_has_partition(txns_find(w->x, q.id), t.name, partitions[1]));
}

static void finish(struct world *w, int id, struct client *me, int16_t version)
{
    struct txn_end q = { .id = str_of(ids[id]), .producer_id = me->producer_id, .epoch = me->epoch,
                         .commit = rng_below(&w->rng, 2), .client_version = version };
    OWNED_DECISION d = { 0 };

    w->c.fresh_id = w->next_id++;
    d = txns_decide_end(w->x, &w->c, &q);
    w->c.fresh_id = -1;
    append(w, &d);
    if (d.error)
        return;
    w->committed += q.commit;
    w->aborted += !q.commit;
    if (rng_below(&w->rng, 4)) { /* else the answer is lost, and asked for again */
        me->producer_id = d.producer_id;
        me->epoch = d.epoch;
    }
}

static void mark(struct world *w, struct txn *t)
{
    OWNED_DECISION d = { 0 };

    if (t->partitions_n && !txn_marked(t, str_of(t->partitions[0].topic), t->partitions[0].index))
        return;
    d = txns_decide_complete(w->x, &w->c, t);
    append(w, &d);
}

/* A failover loses what is not in the log: last epochs and marks. */
static void fail_over(struct world *w)
{
    struct txns *loaded = load(&w->log);

    txns_free(w->x);
    w->x = loaded;
}

static void on_its_own(struct world *w, int id)
{
    struct txn *t = txns_find(w->x, str_of(ids[id]));
    OWNED_DECISION d = { 0 };

    if (!t)
        return;
    if (txn_completing(t)) {
        mark(w, t);
    } else if (txn_timed_out(t, w->c.now_ms)) {
        w->c.fresh_id = w->next_id++;
        d = txns_decide_abort(w->x, &w->c, t);
        w->c.fresh_id = -1;
        append(w, &d);
    } else if (txn_expired(t, &w->c)) {
        d = txns_decide_forget(t);
        append(w, &d);
    }
}

/* The epochs are nearly used up, as after years: its owner comes anew. */
static void age(struct world *w, int id, int client)
{
    struct client *me = &w->clients[id][client];
    struct txn *t = txns_find(w->x, str_of(ids[id]));
    struct txn_init q = { .id = str_of(ids[id]), .timeout_ms = 60000, .expected_id = -1,
                          .expected_epoch = -1 };
    OWNED_DECISION d = { 0 };

    if (!t || txn_completing(t) || t->state == TXN_ONGOING || t->epoch > 30000 ||
        me->producer_id != t->producer_id || me->epoch != t->epoch)
        return;
    t->epoch = TXN_EPOCH_LAST - 3;
    d = txns_decide_init(w->x, &w->c, &q);
    append(w, &d);
    hold(w, id, client, d.producer_id, d.epoch);
}

static void step(struct world *w, int16_t client_version)
{
    int id = (int)rng_below(&w->rng, IDS), client = (int)rng_below(&w->rng, CLIENTS);
    struct client *me = &w->clients[id][client];

    w->c.now_ms += (int64_t)rng_below(&w->rng, 3000);
    if (rng_below(&w->rng, 100) == 0)
        age(w, id, client);
    switch (rng_below(&w->rng, 10)) {
    case 0:
        init(w, id, client);
        return;
    case 1: case 2: case 3:
        add(w, id, me, client_version);
        return;
    case 4: case 5:
        finish(w, id, me, client_version);
        return;
    case 6:
        if (rng_below(&w->rng, 20) == 0)
            fail_over(w);
        return;
    default:
        on_its_own(w, id);
        return;
    }
}

static void run(uint64_t seed, int16_t version)
{
    struct world w = { .x = txns_new(), .next_id = 1000 };

    rng_seed(&w.rng, seed);
    w.c = (struct txn_context){ .now_ms = 1000, .fresh_id = -1, .version = version, .timeout_ms_max = 900000,
                                .expiration_ms = 400000 };
    for (int i = 0; i < IDS; i++)
        for (int k = 0; k < CLIENTS; k++)
            w.clients[i][k] = (struct client){ -1, -1, false };
    for (int i = 0; i < STEPS; i++) {
        step(&w, version == TXN_V2 ? TXN_V2 : 0);
        if (i % 500 == 0 && !rng_below(&w.rng, 2))
            fail_over(&w);
    }
    for (int i = 0; i < IDS; i++) /* marks that are not in the log come to their end */
        for (int n = 0; n < TOPICS * PARTITIONS + 1; n++)
            if (txns_find(w.x, str_of(ids[i])) && txn_completing(txns_find(w.x, str_of(ids[i]))))
                on_its_own(&w, i);
    compare(&w);
    assert_true(w.committed > 50 && w.aborted > 50 && w.fenced > 10);
    txns_free(w.x);
    buf_done(&w.log);
}

static void a_load_of_the_log_gives_the_state_that_was_version_1(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++)
        run(seed, 1);
}

static void a_load_of_the_log_gives_the_state_that_was_version_2(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++)
        run(seed, 2);
}

TEST_MAIN(TEST(a_load_of_the_log_gives_the_state_that_was_version_1),
          TEST(a_load_of_the_log_gives_the_state_that_was_version_2))
