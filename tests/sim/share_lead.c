/* The leader of a share partition, as broker/server/share_leads.c and share_persister.c are it: load,
 * acquire, one write at a time, answers when it has ended. */
#include "api/kafka/errors.h"
#include "common/invariant.h"
#include "tests/sim/share_world.h"

enum { TRIES = 8, PAUSE_US = 50000, TRY_US = 2000000, RETRY_US = 1000000, DEPOSED_US = 3000000,
       ELECTION_US = 800000, LATE_US = 20000 };

static void work(struct share_leader *l);
static void heard(struct share_question *q);

static void later(struct share_leader *l, int64_t us, int64_t number, void *object,
                  void (*run)(void *ctx, const struct sim_event *ev))
{
    sim_after(&l->w->g.s, us,
              (struct sim_event){ .run = run, .ctx = l, .node = l->id, .incarnation = l->life,
                                  .number = number, .object = object });
}

static bool leads_really(const struct share_leader *l)
{
    return l->leads && l->w->parts[l->part].epoch == l->epoch;
}

/* ---- members' answers ---- */

static void answer_arrives(void *ctx, const struct sim_event *ev)
{
    (void)ctx;
    share_member_answered(ev->object);
}

static void reply(struct share_leader *l, struct share_request *q)
{
    int64_t us;

    INVARIANT(!q->done);
    q->done = true;
    if (share_carry(l->w, &us))
        sim_after(&l->w->g.s, us, (struct sim_event){ .run = answer_arrives, .object = q });
}

/* Whole batches of the log from where the core wants to read. */
static int32_t read_log(struct share_leader *l, struct share_chunk *ret, int32_t most)
{
    const struct share_part *p = &l->w->parts[l->part];
    int64_t end = leads_really(l) ? p->log_end : l->log_end;
    int64_t at = share_partition_next(l->core, &l->w->limits);
    int32_t n = 0;

    if (at < 0 || at >= end)
        return 0;
    for (at = p->records[at].batch; at < end && n < most; n++) {
        int64_t first = at;

        while (at < end && p->records[at].batch == first)
            at++;
        ret[n] = (struct share_chunk){ first, at - 1, !p->records[first].none };
    }
    return n;
}

/* What retention has deleted is nobody's any more. */
static void log_begins(struct share_leader *l)
{
    int64_t start = l->w->parts[l->part].log_start;

    if (start <= l->core->start || !leads_really(l))
        return;
    share_partition_log_begins(l->core, start);
    share_partition_check(l->core);
}

static void acquire(struct share_leader *l, struct share_request *q)
{
    struct sim *s = &l->w->g.s;
    struct share_chunk chunks[SHARE_RANGES];
    struct share_acquire a = { .owner = q->owner, .chunks = chunks, .now_ms = sim_ms(s),
                               .records_max = (int32_t)sim_between(s, 1, 30),
                               .batch_size = (int32_t)sim_between(s, 0, 12),
                               .strict = sim_chance(s, 500) };
    OWNED_BUF got = { 0 };
    int64_t taken;

    log_begins(l);
    a.chunks_n = read_log(l, chunks, (int32_t)sim_between(s, 1, SHARE_RANGES / 2));
    if (!a.chunks_n)
        return;
    taken = share_partition_acquire(l->core, &a, &l->w->limits, &got);
    share_partition_check(l->core);
    SIM_CHECK(s, !a.strict || taken <= a.records_max, "%lld records for at most %d",
              (long long)taken, a.records_max);
    for (size_t at = 0; at < got.n; at += sizeof(struct share_acquired)) {
        const struct share_acquired *g = (const void *)(got.p + at);

        share_check_delivers(l, q->from->index, g);
        if (q->got_n < SHARE_RANGES) /* the rest it forgets: its locks end */
            q->got[q->got_n++] = *g;
    }
}

static void load(struct share_leader *l);

/* Acknowledged, or not: now it fetches. */
static void go_on(struct share_leader *l, struct share_request *q)
{
    if (l->core)
        acquire(l, q);
    else if (!l->asking)
        load(l);
    reply(l, q);
}

/* What one write has settled is settled for all before anybody fetches on. */
static void answer_waits(struct share_leader *l, uint64_t until, int16_t error)
{
    struct list settled;

    list_init(&settled);
    while (!list_empty(&l->waits)) {
        struct share_request *q = list_item(l->waits.next, struct share_request, node);

        if (q->write > until)
            break;
        list_remove(&q->node);
        list_push(&settled, &q->node);
        q->error = error;
        if (!error)
            share_check_confirms(l, q);
    }
    while (!list_empty(&settled)) {
        struct share_request *q = list_item(settled.next, struct share_request, node);

        list_remove(&q->node);
        go_on(l, q);
    }
}

/* ---- questions ---- */

static void lead_end(struct share_leader *l, int16_t error)
{
    if (l->asking && l->core)
        share_batches_done(&l->out.batches);
    l->asking = false;
    l->open = NULL;
    l->lock_timer_ms = -1;
    l->pausing = false;
    l->life++;
    l->core = share_partition_free(l->core);
    for (int i = 0; i < SHARE_MEMBERS; i++)
        share_check_released(l, i);
    l->asking = true; /* nobody who is told of it loads anew */
    answer_waits(l, UINT64_MAX, error);
    l->asking = false;
}

static void question_arrives(void *ctx, const struct sim_event *ev)
{
    share_node_asked(ctx, ev->object);
}

static void try_over(void *ctx, const struct sim_event *ev);

/* The image that says who coordinates never goes back. */
static void find(struct share_leader *l)
{
    if (l->w->calm || sim_chance(&l->w->g.s, 600)) {
        l->node = l->w->leader;
        l->term = l->w->term;
    }
}

static void try_it(struct share_leader *l, const struct share_question *what)
{
    struct share_world *w = l->w;
    struct share_question *q = arena_new(&w->g.arena, struct share_question);
    int64_t us;

    *q = *what;
    q->batches = (struct share_batches){ 0 };
    list_init(&q->node);
    q->done = q->given_up = false;
    q->error = 0;
    q->life = l->life;
    q->serial = ++l->serial;
    q->older = w->questions;
    w->questions = q;
    l->open = q;
    find(l);
    if (share_carry(w, &us))
        sim_after(&w->g.s, us,
                  (struct sim_event){ .run = question_arrives, .ctx = &w->nodes[l->node],
                                      .node = l->node, .number = (int64_t)q->serial, .object = q });
    later(l, TRY_US, (int64_t)q->serial, q, try_over);
}

static void ask(struct share_leader *l, int kind, const struct share_write *write)
{
    struct share_question q = { .from = l, .part = l->part, .kind = kind, .write = *write,
                                .heard = heard };

    /* What a write says must outlive it: copies of it may come late. */
    if (write->batches_n) {
        struct share_batch *v =
            arena_array(&l->w->g.arena, (size_t)write->batches_n, sizeof(*v));

        memcpy(v, write->batches, (size_t)write->batches_n * sizeof(*v));
        q.write.batches = v;
    }
    l->asking = true;
    l->tries = 1;
    try_it(l, &q);
}

static void load(struct share_leader *l)
{
    struct share_write what = { .state_epoch = -1, .leader_epoch = l->epoch, .start = -1,
                                .complete_n = -1 };

    ask(l, SHARE_READS, &what);
}

static void write_begin(struct share_leader *l)
{
    struct share_write what = { .state_epoch = l->core->state_epoch, .leader_epoch = l->epoch };

    l->out = share_partition_write_begin(l->core);
    share_partition_check(l->core);
    what.start = l->out.start;
    what.complete_n = l->out.complete_n;
    what.batches = l->out.batches.v;
    what.batches_n = l->out.batches.n;
    ask(l, SHARE_WRITES, &what);
}

static void loaded(struct share_leader *l, const struct share_question *q)
{
    l->core = share_partition_new();
    share_partition_load(l->core, q->start < 0 ? 0 : q->start, /* it begins with the log */
                          q->state_epoch, q->batches.v, q->batches.n);
    l->core->start_unsaved = q->start < 0;
    share_partition_check(l->core);
    memset(l->count, 0, sizeof(l->count));
    for (int32_t i = 0; i < q->batches.n; i++)
        for (int64_t o = q->batches.v[i].first; o <= q->batches.v[i].last; o++)
            l->count[o] = q->batches.v[i].count;
    share_sim_totals.restarts++;
    SIM_TRACE(&l->w->g.s, "part %d: leader %d loaded, epoch %d, start %lld", l->part, l->id, l->epoch,
              (long long)q->start);
}

static void retry_due(void *ctx, const struct sim_event *ev)
{
    struct share_leader *l = ctx;

    if (ev->incarnation != l->life)
        return;
    l->pausing = false;
    work(l);
}

static void written(struct share_leader *l, int16_t error)
{
    share_batches_done(&l->out.batches);
    share_partition_write_done(l->core, !error);
    share_partition_check(l->core);
    answer_waits(l, l->core->written, error);
    if (error) {
        l->pausing = true;
        later(l, RETRY_US, 0, NULL, retry_due);
    }
}

static bool is_lost(int16_t error)
{
    return error == KF_ERR_FENCED_LEADER_EPOCH || error == KF_ERR_FENCED_STATE_EPOCH ||
           error == KF_ERR_INVALID_REQUEST || error == KF_ERR_UNKNOWN_TOPIC_OR_PARTITION;
}

static void ended(struct share_leader *l, struct share_question *q, int16_t error)
{
    bool reads = q->kind == SHARE_READS;

    l->open = NULL;
    if (is_lost(error) || (error && reads)) {
        lead_end(l, KF_ERR_NOT_LEADER_OR_FOLLOWER);
        return;
    }
    l->asking = false;
    if (!error)
        share_check_read(l, q);
    if (reads)
        loaded(l, q);
    else
        written(l, error);
    work(l);
}

static void try_again(void *ctx, const struct sim_event *ev)
{
    struct share_leader *l = ctx;

    if (ev->incarnation != l->life || l->open != ev->object)
        return;
    l->tries++;
    try_it(l, ev->object);
}

static void tried(struct share_leader *l, struct share_question *q, int16_t error)
{
    bool again = error == KF_ERR_NOT_COORDINATOR || error == KF_ERR_COORDINATOR_NOT_AVAILABLE ||
                 error == KF_ERR_COORDINATOR_LOAD_IN_PROGRESS;

    if (again && l->tries < TRIES)
        later(l, PAUSE_US, 0, q, try_again);
    else
        ended(l, q, error);
}

static void try_over(void *ctx, const struct sim_event *ev)
{
    struct share_leader *l = ctx;
    struct share_question *q = ev->object;

    if (ev->incarnation != l->life || l->open != q || q->given_up)
        return;
    q->given_up = true;
    tried(l, q, KF_ERR_COORDINATOR_NOT_AVAILABLE);
}

static void heard(struct share_question *q)
{
    struct share_leader *l = q->from;

    if (q->life != l->life || l->open != q || q->given_up)
        return;
    q->given_up = true; /* heard */
    tried(l, q, q->error);
}

/* ---- the end of a turn ---- */

static void locks_over(void *ctx, const struct sim_event *ev)
{
    struct share_leader *l = ctx;

    if (ev->incarnation != l->life || !l->core || ev->number != l->lock_timer_ms)
        return;
    l->lock_timer_ms = -1;
    share_sim_totals.locks++;
    (void)share_partition_expire(l->core, &l->w->limits, sim_ms(&l->w->g.s));
    share_partition_check(l->core);
    work(l);
}

static void arm(struct share_leader *l)
{
    int64_t next = share_partition_next_lock(l->core), late = l->w->calm ? 0 : LATE_US;

    if (next == INT64_MAX || next == l->lock_timer_ms)
        return;
    l->lock_timer_ms = next;
    late = sim_between(&l->w->g.s, 0, late);
    later(l, late + (next * 1000 > l->w->g.s.now_us ? next * 1000 - l->w->g.s.now_us : 0), next, NULL,
          locks_over);
}

static bool is_idle(const struct share_leader *l)
{
    for (int i = 0; i < SHARE_MEMBERS; i++)
        if (l->sessions[i].owner)
            return false;
    return list_empty(&l->waits) && list_empty(&l->core->locks);
}

static void work(struct share_leader *l)
{
    if (!l->core)
        return;
    if (!l->asking && share_partition_write_due(l->core, l->pausing))
        write_begin(l);
    else if (is_idle(l) && !l->asking && !share_partition_write_due(l->core, false))
        lead_end(l, KF_ERR_NOT_LEADER_OR_FOLLOWER);
    if (l->core)
        arm(l);
}

/* ---- requests ---- */

static void release(struct share_leader *l, int member)
{
    uint64_t owner = l->sessions[member].owner;

    l->sessions[member].owner = 0;
    if (!owner || !l->core)
        return;
    share_partition_release(l->core, owner, &l->w->limits);
    share_partition_check(l->core);
    share_check_released(l, member);
}

void share_lead_lost(struct share_leader *l, int member, uint32_t conn)
{
    if (l->sessions[member].conn > conn)
        return;
    l->sessions[member].conn = conn + 1; /* what still comes of it is of a closed one */
    release(l, member);
    work(l);
}

static int16_t session(struct share_leader *l, struct share_request *q)
{
    int m = q->from->index;

    if (q->opens) {
        if (l->sessions[m].life != q->life)
            release(l, m);
        if (!l->sessions[m].owner)
            l->sessions[m].owner = ++l->owners;
        l->sessions[m].life = q->life;
        l->sessions[m].conn = q->conn;
    }
    q->owner = l->sessions[m].owner;
    return q->owner ? KF_ERR_NONE : KF_ERR_SHARE_SESSION_NOT_FOUND;
}

static void put_acks(const struct share_request *q, struct share_ack *ret)
{
    for (int i = 0; i < q->acks_n; i++)
        ret[i] = (struct share_ack){ q->first[i], q->last[i], &q->types[i], 1 };
}

/* True: it waits for a write. */
static bool acknowledge(struct share_leader *l, struct share_request *q)
{
    struct share_ack acks[SHARE_RANGES];

    if (!q->acks_n)
        return false;
    put_acks(q, acks);
    q->error = l->core ? share_partition_ack(l->core, q->owner, acks, q->acks_n, true,
                                             &l->w->limits, sim_ms(&l->w->g.s), &q->write)
                       : KF_ERR_INVALID_RECORD_STATE;
    if (!q->error) {
        share_check_held(l, q);
        share_check_renewed(l, q);
    }
    if (q->error || !q->write)
        return false;
    share_partition_check(l->core);
    list_push(&l->waits, &q->node);
    return true;
}

void share_lead_asked(struct share_leader *l, struct share_request *q)
{
    if (!l->alive || q->boot != l->boot || q->conn < l->sessions[q->from->index].conn)
        return;
    if (!l->leads)
        q->error = KF_ERR_NOT_LEADER_OR_FOLLOWER;
    else
        q->error = session(l, q);
    if (q->error)
        reply(l, q);
    else if (!acknowledge(l, q))
        go_on(l, q);
    work(l);
}

/* ---- leading ---- */

static void stop(struct share_leader *l)
{
    l->leads = false;
    lead_end(l, KF_ERR_NOT_LEADER_OR_FOLLOWER);
}

static void deposed(void *ctx, const struct sim_event *ev)
{
    struct share_leader *l = ctx;

    if (l->leads && ev->number == l->epoch && !leads_really(l))
        stop(l);
}

void share_lead_move(struct share_world *w, int part)
{
    struct share_part *p = &w->parts[part];
    struct share_leader *before = &w->leaders[part][p->leader];
    struct share_leader *l = &w->leaders[part][sim_between(&w->g.s, 0, SHARE_LEADERS - 1)];

    if (!l->alive)
        return;
    before->log_end = p->log_end;
    if (before != l)
        later(before, sim_between(&w->g.s, 0, sim_chance(&w->g.s, 500) ? 1000 : DEPOSED_US),
              before->epoch, NULL, deposed);
    if (l->leads)
        stop(l);
    p->leader = l->id;
    l->epoch = ++p->epoch;
    l->leads = true;
    SIM_TRACE(&w->g.s, "part %d: broker %d leads in epoch %d", part, l->id, l->epoch);
}

static void elect(void *ctx, const struct sim_event *ev)
{
    struct share_world *w = ctx;
    int part = (int)ev->number;

    if (!w->leaders[part][w->parts[part].leader].leads)
        share_lead_move(w, part);
}

static void elect_later(struct share_world *w, int part)
{
    sim_after(&w->g.s, sim_between(&w->g.s, 0, w->calm ? 100000 : ELECTION_US),
              (struct sim_event){ .run = elect, .ctx = w, .number = part });
}

static void restarted(void *ctx, const struct sim_event *ev)
{
    struct share_leader *l = ctx;
    struct share_world *w = l->w;

    if (ev->incarnation != l->life || l->alive)
        return;
    l->alive = true;
    if (!w->leaders[l->part][w->parts[l->part].leader].leads)
        elect_later(w, l->part);
}

/* Nobody hears from it any more; what it had acquired for members is forgotten. */
void share_lead_crash(struct share_leader *l)
{
    struct share_world *w = l->w;

    if (!l->alive)
        return;
    SIM_TRACE(&w->g.s, "part %d: broker %d dies", l->part, l->id);
    share_sim_totals.crashes++;
    l->alive = l->leads = false;
    l->boot++;
    while (!list_empty(&l->waits))
        list_remove(l->waits.next);
    lead_end(l, KF_ERR_NOT_LEADER_OR_FOLLOWER);
    for (int i = 0; i < SHARE_MEMBERS; i++)
        l->sessions[i].owner = 0;
    if (l->id == w->parts[l->part].leader) {
        l->log_end = w->parts[l->part].log_end;
        elect_later(w, l->part);
    }
    later(l, sim_between(&w->g.s, 1000, sim_chance(&w->g.s, 300) ? 4000000 : 400000), 0, NULL, restarted);
}

void share_lead_open(struct share_leader *l)
{
    list_init(&l->waits);
    l->alive = true;
    l->lock_timer_ms = -1;
}

void share_lead_close(struct share_leader *l)
{
    while (!list_empty(&l->waits))
        list_remove(l->waits.next);
    lead_end(l, 0);
}
