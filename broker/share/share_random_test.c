/* A share partition and its coordinator under members that come, go, forget and fail, with writes
 * that are lost before or after they count, and leaders that die:
 *   no record is with two members at a time; none that was accepted is delivered again; what was
 *   delivered count_max times is not delivered again; in the end every record was delivered. */
#include "broker/share/share_partition.h"

#include "api/kafka/errors.h"
#include "broker/share/share_states.h"
#include "common/mem.h"
#include "common/rng.h"
#include "tests/lib/test.h"

enum { RECORDS = 600, MEMBERS = 4, STEPS = 6000, SEEDS = 400, CHUNKS_MAX = 64 };

struct record {
    int holder;      /* member, 0 none: by the members' own locks */
    int64_t lock_ms;
    bool accepted;   /* the write is known to have ended well */
    int deliveries;
    bool none;       /* no record at all: a control batch */
};

/* An acknowledgement that waits for its write. */
struct waiting {
    uint64_t write;
    int64_t first, last;
    bool accept;
};

struct world {
    struct rng rng;
    struct share_partition *p;
    struct share_states *coordinator;
    struct share_key key;
    struct share_limits l;
    struct record records[RECORDS];
    int64_t batch_of[RECORDS]; /* the first offset of its batch */
    struct waiting waiting[RECORDS];
    int waiting_n;
    int64_t now_ms, log_end, offset;
    int32_t leader_epoch;
    struct share_outgoing out; /* the open write */
    bool open;
    int lost;
};

static bool chance(struct world *w, unsigned one_in)
{
    return rng_below(&w->rng, one_in) == 0;
}

/* ---- the coordinator ---- */

static int16_t coordinator_take(struct world *w, struct share_decision *d)
{
    int16_t error = d->error;

    if (d->write)
        assert_ok(share_states_apply(w->coordinator, buf_slice(&d->key), buf_slice(&d->value),
                                     w->offset++));
    share_states_check(w->coordinator);
    return error;
}

static int16_t coordinator_write(struct world *w)
{
    struct share_write q = { .state_epoch = 1, .leader_epoch = w->leader_epoch,
                             .start = w->out.start, .complete_n = w->out.complete_n,
                             .batches = w->out.batches.v, .batches_n = w->out.batches.n };
    OWNED_SHARE_DECISION d = share_states_decide_write(w->coordinator, &w->key, &q, w->now_ms);

    return coordinator_take(w, &d);
}

/* ---- the leader ---- */

static void load(struct world *w)
{
    OWNED_SHARE_DECISION d =
        share_states_decide_read(w->coordinator, &w->key, ++w->leader_epoch);

    w->p = share_partition_new();
    share_partition_load(w->p, d.start, d.state_epoch, d.batches->v, d.batches->n);
    assert_int_equal(coordinator_take(w, &d), 0);
    share_partition_check(w->p);
}

/* With it go all locks and what waited for an answer. */
static void crash(struct world *w)
{
    if (w->open)
        share_batches_done(&w->out.batches);
    w->open = false;
    w->waiting_n = 0;
    for (int i = 0; i < RECORDS; i++)
        w->records[i].holder = 0;
    share_partition_free(w->p);
    load(w);
}

static void write_begin(struct world *w)
{
    if (w->open || !share_partition_write_due(w->p, chance(w, 2)))
        return;
    w->out = share_partition_write_begin(w->p);
    w->open = true;
    share_partition_check(w->p);
}

static void answer(struct world *w, uint64_t write, bool ok)
{
    int kept = 0;

    for (int i = 0; i < w->waiting_n; i++) {
        struct waiting *a = &w->waiting[i];

        if (a->write != write) {
            w->waiting[kept++] = *a;
            continue;
        }
        for (int64_t o = a->first; o <= a->last; o++) {
            w->records[o].accepted |= ok && a->accept;
            if (ok)
                w->records[o].holder = 0;
        }
    }
    w->waiting_n = kept;
}

static void write_end(struct world *w)
{
    bool reached = !chance(w, 6), told = reached && !chance(w, 8);

    if (!w->open)
        return;
    if (reached)
        assert_int_equal(coordinator_write(w), 0);
    answer(w, w->out.number, told);
    share_partition_write_done(w->p, told);
    share_batches_done(&w->out.batches);
    w->open = false;
    share_partition_check(w->p);
}

/* ---- members ---- */

static int32_t read_log(struct world *w, struct share_chunk *ret)
{
    int64_t at = share_partition_next(w->p, &w->l);
    int32_t n = 0, most = 1 + (int32_t)rng_below(&w->rng, CHUNKS_MAX - 1);

    if (at < 0 || at >= w->log_end)
        return 0;
    for (at = w->batch_of[at]; at < w->log_end && n < most; n++) {
        int64_t first = at;

        while (at < w->log_end && w->batch_of[at] == first)
            at++;
        ret[n] = (struct share_chunk){ first, at - 1, !w->records[first].none };
    }
    return n;
}

static void deliver(struct world *w, int member, const struct share_acquired *got)
{
    for (int64_t o = got->first; o <= got->last; o++) {
        struct record *r = &w->records[o];

        if (r->none || r->accepted || (r->holder && r->lock_ms > w->now_ms))
            fail_msg("offset %lld goes to %d: none=%d accepted=%d holder=%d", (long long)o, member,
                     r->none, r->accepted, r->holder);
        assert_in_range(got->count, 1, w->l.count_max);
        r->holder = member;
        r->lock_ms = w->now_ms + w->l.lock_ms;
        r->deliveries++;
    }
}

static void fetch(struct world *w, int member)
{
    struct share_chunk chunks[CHUNKS_MAX];
    struct share_acquire q = { .owner = (uint64_t)member, .chunks = chunks, .now_ms = w->now_ms,
                               .records_max = 1 + (int32_t)rng_below(&w->rng, 50),
                               .batch_size = (int32_t)rng_below(&w->rng, 20),
                               .strict = chance(w, 2) };
    OWNED_BUF got = { 0 };
    int64_t taken;

    q.chunks_n = read_log(w, chunks);
    taken = share_partition_acquire(w->p, &q, &w->l, &got);
    share_partition_check(w->p);
    assert_true(!q.strict || taken <= q.records_max);
    for (size_t at = 0; at < got.n; at += sizeof(struct share_acquired))
        deliver(w, member, (const struct share_acquired *)(const void *)(got.p + at));
}

static void note_ack(struct world *w, uint64_t write, const struct share_ack *a)
{
    for (int32_t i = 0; i < a->types_n; i++) {
        int64_t first = a->types_n == 1 ? a->first : a->first + i;

        w->waiting[w->waiting_n++] = (struct waiting){
            write, first, a->types_n == 1 ? a->last : first, a->types[i] == SHARE_ACK_ACCEPT
        };
    }
}

static void acknowledge(struct world *w, int member)
{
    int64_t first = (int64_t)rng_below(&w->rng, (uint64_t)w->log_end), last = first;
    static const int8_t kinds[] = { 1, 1, 1, 1, 2, 3 };
    int8_t types[16];
    struct share_ack a;
    uint64_t write;

    while (last + 1 < w->log_end && last - first < 15 && w->records[last + 1].holder == member)
        last++;
    if (w->records[first].holder != member || w->waiting_n + 16 > RECORDS)
        return;
    for (size_t i = 0; i < ARRAY_LEN(types); i++)
        types[i] = kinds[rng_below(&w->rng, ARRAY_LEN(kinds))];
    a = (struct share_ack){ first, last, types, chance(w, 2) ? 1 : (int32_t)(last - first + 1) };
    if (share_partition_ack(w->p, (uint64_t)member, &a, 1, false, &w->l, w->now_ms, &write) == 0)
        note_ack(w, write, &a);
    share_partition_check(w->p);
}

static void leave(struct world *w, int member)
{
    share_partition_release(w->p, (uint64_t)member, &w->l);
    for (int i = 0; i < RECORDS; i++)
        if (w->records[i].holder == member)
            w->records[i].holder = 0;
    share_partition_check(w->p);
}

static void step(struct world *w)
{
    int member = 1 + (int)rng_below(&w->rng, MEMBERS);

    w->now_ms += (int64_t)rng_below(&w->rng, 20);
    (void)share_partition_expire(w->p, &w->l, w->now_ms);
    share_partition_check(w->p);
    w->log_end += !w->log_end || (w->log_end < RECORDS && chance(w, 3));
    while (w->log_end < RECORDS && w->batch_of[w->log_end] != w->log_end)
        w->log_end++;
    switch (rng_below(&w->rng, 8)) {
    case 0:
    case 1:
        fetch(w, member);
        break;
    case 2:
    case 3:
    case 4:
        acknowledge(w, member);
        break;
    case 5:
        write_begin(w);
        break;
    case 6:
        write_end(w);
        break;
    case 7:
        if (chance(w, 60))
            leave(w, member);
        else if (chance(w, 25))
            crash(w);
    }
}

/* ---- a life ---- */

static void make_log(struct world *w)
{
    for (int64_t at = 0; at < RECORDS;) {
        int64_t n = 1 + (int64_t)rng_below(&w->rng, 12), first = at;
        bool none = chance(w, 9);

        for (; at < RECORDS && at < first + n; at++) {
            w->batch_of[at] = first;
            w->records[at].none = none;
        }
    }
}

static void begin(struct world *w, uint64_t seed)
{
    *w = (struct world){ .coordinator = share_states_new(7),
                         .key = { STR_LIT("g"), { "a topic's uuid!" }, 0 },
                         .l = { .lock_ms = 400, .locks_max = 150, .count_max = 5 } };
    rng_seed(&w->rng, seed);
    make_log(w);
    {
        OWNED_SHARE_DECISION d = share_states_decide_initialize(w->coordinator, &w->key, 1, 0, 0);

        assert_int_equal(coordinator_take(w, &d), 0);
    }
    load(w);
}

/* The faults are over: one member takes and accepts all that is left. */
static void finish(struct world *w)
{
    for (int i = 0; i < 2000; i++) {
        w->now_ms += 500;
        (void)share_partition_expire(w->p, &w->l, w->now_ms);
        fetch(w, 1);
        for (int64_t o = 0; o < w->log_end; o++) {
            int8_t accept = SHARE_ACK_ACCEPT;
            struct share_ack a = { o, o, &accept, 1 };
            uint64_t write;

            if (w->records[o].holder == 1)
                (void)share_partition_ack(w->p, 1, &a, 1, false, &w->l, w->now_ms, &write);
        }
        write_begin(w);
        if (w->open) {
            assert_int_equal(coordinator_write(w), 0);
            share_partition_write_done(w->p, true);
            share_batches_done(&w->out.batches);
            w->open = false;
        }
    }
    assert_int_equal(w->p->start, w->log_end);
    assert_int_equal(w->p->n, 0);
    assert_int_equal(w->p->final_n, 0);
}

static void live(uint64_t seed)
{
    struct world *w = mem_new(struct world);

    begin(w, seed);
    for (int i = 0; i < STEPS; i++)
        step(w);
    if (w->open)
        write_end(w);
    finish(w);
    for (int64_t o = 0; o < w->log_end; o++)
        if (!w->records[o].none && !w->records[o].deliveries)
            fail_msg("seed %llu: offset %lld was never delivered", (unsigned long long)seed,
                     (long long)o);
    share_partition_free(w->p);
    share_states_free(w->coordinator);
    mem_free(w);
}

static void records_go_to_one_member_at_a_time_until_they_are_done(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++)
        live(seed);
}

TEST_MAIN(TEST(records_go_to_one_member_at_a_time_until_they_are_done))
