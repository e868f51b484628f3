/* The shell of the share coordinator, as broker/server/share_coordinator.c is it: decide, append, apply;
 * the answer when the high watermark is behind it. */
#include "api/kafka/errors.h"
#include "common/invariant.h"
#include "tests/sim/share_world.h"

enum { REPLICATED_US = 10000, STALL_US = 3000000, ELECTION_US = 1000000, DEPOSED_US = 4000000,
       WRITE_US = 5000000 };

struct share_key share_part_key(const struct share_world *w, int part)
{
    return (struct share_key){ STR_LIT("g"), w->g.topic_ids[0], part };
}

static void later(struct share_node *n, int64_t us, int64_t number, void *object,
                  void (*run)(void *ctx, const struct sim_event *ev))
{
    sim_after(&n->w->g.s, us,
              (struct sim_event){ .run = run, .ctx = n, .node = n->id, .incarnation = n->life,
                                  .number = number, .object = object });
}

static bool is_leader(const struct share_node *n)
{
    return n->w->leader == n->id && n->alive && n->leads && n->term == n->w->term;
}

/* ---- answers ---- */

static void answer_arrives(void *ctx, const struct sim_event *ev)
{
    struct share_question *q = ev->object;

    (void)ctx;
    q->heard(q);
}

static void reply(struct share_node *n, struct share_question *q, int16_t error)
{
    int64_t us;

    INVARIANT(!q->done);
    q->done = true;
    list_remove(&q->node);
    if (error)
        q->error = error;
    q->term = n->term;
    if (share_carry(n->w, &us))
        sim_after(&n->w->g.s, us,
                  (struct sim_event){ .run = answer_arrives, .node = n->id,
                                      .number = (int64_t)q->serial, .object = q });
}

static void answer_late(void *ctx, const struct sim_event *ev)
{
    struct share_question *q = ev->object;

    if (ev->incarnation == ((struct share_node *)ctx)->life && !q->done)
        reply(ctx, q, KF_ERR_COORDINATOR_NOT_AVAILABLE);
}

static void deliver(struct share_node *n, struct share_question *q, int64_t required)
{
    if (required <= n->high_watermark) {
        reply(n, q, KF_ERR_NONE);
        return;
    }
    q->required = required;
    list_push(&n->waiting, &q->node);
    later(n, WRITE_US, (int64_t)q->serial, q, answer_late);
}

/* ---- the log ---- */

static void raise_to(struct share_node *n, int64_t end)
{
    struct share_world *w = n->w;

    while (w->committed.n < end) {
        const struct plog_record *r = n->log.records[w->committed.n];

        plog_put(&w->committed, &w->g.arena, r->key, r->value, true);
        INVARIANT(!share_states_apply(w->truth, r->key, r->value, w->committed.n - 1));
        share_check_committed(w);
    }
    n->high_watermark = end;
}

static void replicated(void *ctx, const struct sim_event *ev)
{
    struct share_node *n = ctx;

    if (ev->incarnation != n->life || !is_leader(n) || ev->number <= n->high_watermark)
        return;
    if (n->stopped_us > n->w->g.s.now_us) {
        later(n, n->stopped_us - n->w->g.s.now_us, ev->number, NULL, replicated);
        return;
    }
    raise_to(n, ev->number);
    list_each (node, &n->waiting) {
        struct share_question *q = list_item(node, struct share_question, node);

        if (q->required <= n->high_watermark)
            reply(n, q, KF_ERR_NONE);
    }
}

static void replicate(struct share_node *n)
{
    struct sim *s = &n->w->g.s;
    int64_t most = !n->w->calm && sim_chance(s, n->w->stalls) ? STALL_US : REPLICATED_US;

    later(n, sim_between(s, 100, most), n->log.n, NULL, replicated);
}

static bool dies_here(struct share_node *n)
{
    if (n->w->calm || !sim_chance(&n->w->g.s, n->w->dies_at_record))
        return false;
    share_node_crash(n);
    return true;
}

static struct slice value_of(const struct share_decision *d)
{
    return slice_make(d->value.n ? d->value.p : NULL, d->value.n);
}

/* False: it died over it, before or behind the write. */
static bool write_decided(struct share_node *n, struct share_decision *d)
{
    int64_t at = n->log.n;

    if (!n->w->calm && sim_chance(&n->w->g.s, n->w->append_fails)) {
        d->error = KF_ERR_COORDINATOR_NOT_AVAILABLE;
        share_sim_totals.refused++;
        return true;
    }
    if (dies_here(n))
        return false;
    plog_put(&n->log, &n->w->g.arena, buf_slice(&d->key), value_of(d), true);
    replicate(n);
    if (dies_here(n))
        return false;
    INVARIANT(!share_states_apply(n->core, buf_slice(&d->key), value_of(d), at));
    INVARIANT(!share_states_apply(n->shadow, n->log.records[at]->key, n->log.records[at]->value, at));
    d->required = at + 1;
    share_sim_totals.writes++;
    share_check_replays(n);
    return true;
}

/* A key that nobody writes to holds the log back: snapshot anew, as the shell does now and then. */
static bool snapshot(struct share_node *n, int part)
{
    struct share_key key = share_part_key(n->w, part);

    if (n->w->calm || !share_states_find(n->core, &key) || !sim_chance(&n->w->g.s, n->w->snapshots))
        return true;
    {
        OWNED_SHARE_DECISION d = share_states_decide_snapshot(n->core, &key, sim_ms(&n->w->g.s));

        return write_decided(n, &d);
    }
}

static struct share_decision decide(struct share_node *n, const struct share_key *key,
                                    const struct share_question *q)
{
    switch (q->kind) {
    case SHARE_READS:
        return share_states_decide_read(n->core, key, q->write.leader_epoch);
    case SHARE_WRITES:
        return share_states_decide_write(n->core, key, &q->write, sim_ms(&n->w->g.s));
    case SHARE_INITIALIZES:
        break;
    }
    return share_states_decide_initialize(n->core, key, q->write.state_epoch, q->write.start,
                                          sim_ms(&n->w->g.s));
}

static void answer(struct share_node *n, struct share_question *q)
{
    struct share_key key = share_part_key(n->w, q->part);
    OWNED_SHARE_DECISION d = decide(n, &key, q);

    q->state_epoch = d.state_epoch;
    q->start = d.start;
    if (d.batches && q->kind == SHARE_READS)
        share_batches_copy(&q->batches, d.batches);
    if (d.write && !write_decided(n, &d))
        return; /* of a dead process */
    q->error = d.error;
    share_sim_totals.fenced += d.error == KF_ERR_FENCED_LEADER_EPOCH;
    deliver(n, q, d.error ? -1 : d.required);
}

/* What a connection that was given up still brings is heard only while it has overtaken nobody. */
static bool is_overtaken(const struct share_question *q)
{
    if (!q->from)
        return false; /* of old ones the epoch tells */
    if (q->serial < q->from->arrived)
        return true;
    q->from->arrived = q->serial;
    return false;
}

void share_node_asked(struct share_node *n, struct share_question *q)
{
    static const char *const names[] = { "read", "write", "initialize" };

    if (!n->alive || is_overtaken(q) || q->done)
        return;
    SIM_TRACE(&n->w->g.s, "node %d is asked to %s part %d by leader %d, epochs %d %d, start %lld",
              n->id, names[q->kind], q->part, q->from ? q->from->id : -1, q->write.leader_epoch,
              q->write.state_epoch, (long long)q->write.start);
    if (!n->leads)
        reply(n, q, KF_ERR_NOT_COORDINATOR);
    else if (!n->core)
        reply(n, q, KF_ERR_COORDINATOR_LOAD_IN_PROGRESS);
    else if (snapshot(n, q->part))
        answer(n, q);
}

/* ---- leading ---- */

static void drop_core(struct share_node *n, bool tell)
{
    n->life++;
    while (!list_empty(&n->waiting)) {
        struct share_question *q = list_item(n->waiting.next, struct share_question, node);

        list_remove(&q->node);
        if (tell)
            reply(n, q, KF_ERR_NOT_COORDINATOR);
    }
    n->core = share_states_free(n->core);
    n->shadow = share_states_free(n->shadow);
}

static void deposed(void *ctx, const struct sim_event *ev)
{
    struct share_node *n = ctx;

    if (ev->incarnation != n->life || !n->leads || is_leader(n))
        return;
    share_sim_totals.deposed++;
    n->leads = false;
    drop_core(n, true);
}

static struct share_states *load(struct share_node *n, int64_t from)
{
    struct share_states *s = share_states_new(n->w->updates_max);

    for (int64_t i = from; i < n->log.n; i++)
        INVARIANT(!share_states_apply(s, n->log.records[i]->key, n->log.records[i]->value, i));
    return s;
}

/* The log's front is gone, or it is not: what lies below the snapshots is needed no more. */
static void loaded(void *ctx, const struct sim_event *ev)
{
    struct share_node *n = ctx;
    int64_t needed;

    if (ev->incarnation != n->life || !n->leads)
        return;
    n->shadow = load(n, 0);
    needed = share_states_needed(n->shadow);
    if (needed > n->high_watermark)
        needed = n->high_watermark;
    n->core = load(n, sim_chance(&n->w->g.s, 500) ? sim_between(&n->w->g.s, 0, needed) : 0);
    share_check_replays(n);
    share_sim_totals.loads++;
    replicate(n);
}

static struct share_node *any_alive(struct share_world *w)
{
    int at = (int)sim_between(&w->g.s, 0, SHARE_NODES - 1);

    for (int i = 0; i < SHARE_NODES; i++)
        if (w->nodes[(at + i) % SHARE_NODES].alive)
            return &w->nodes[(at + i) % SHARE_NODES];
    return NULL;
}

static void lead(struct share_node *n, struct share_node *before)
{
    struct share_world *w = n->w;
    int64_t end = plog_any_end(&before->log, &w->g.s, w->committed.n);

    if (n == before)
        plog_cut(&n->log, end);
    else
        plog_copy(&n->log, &before->log, end);
    n->leads = false; /* what is told now is not the new term's */
    drop_core(n, true);
    w->leader = n->id;
    n->term = ++w->term;
    n->leads = true;
    n->high_watermark = w->committed.n;
    SIM_TRACE(&w->g.s, "node %d coordinates in term %d with %lld records, %lld committed", n->id,
              n->term, (long long)n->log.n, (long long)w->committed.n);
    share_sim_totals.moves++;
    later(n, sim_between(&w->g.s, 0, w->calm ? 50000 : 500000), 0, NULL, loaded);
}

void share_node_move(struct share_world *w)
{
    struct share_node *before = &w->nodes[w->leader], *n = any_alive(w);

    if (!n)
        return;
    lead(n, before);
    if (n != before && before->leads) /* it believes that it coordinates for a while */
        later(before, sim_between(&w->g.s, 0, sim_chance(&w->g.s, 500) ? 1000 : DEPOSED_US), 0, NULL,
              deposed);
}

static void elect(void *ctx, const struct sim_event *ev)
{
    struct share_world *w = ctx;

    if (ev->number == w->term && !w->nodes[w->leader].leads)
        share_node_move(w);
}

static void elect_later(struct share_world *w)
{
    sim_after(&w->g.s, sim_between(&w->g.s, 0, w->calm ? 100000 : ELECTION_US),
              (struct sim_event){ .run = elect, .ctx = w, .number = w->term });
}

static void restarted(void *ctx, const struct sim_event *ev)
{
    struct share_node *n = ctx;

    if (ev->incarnation != n->life || n->alive)
        return;
    n->alive = true;
    if (!n->w->nodes[n->w->leader].leads)
        elect_later(n->w);
}

/* What was not replicated may be lost with it. */
void share_node_crash(struct share_node *n)
{
    struct share_world *w = n->w;

    if (!n->alive)
        return;
    SIM_TRACE(&w->g.s, "node %d dies", n->id);
    share_sim_totals.crashes++;
    drop_core(n, false);
    n->alive = n->leads = false;
    later(n, sim_between(&w->g.s, 1000, sim_chance(&w->g.s, 300) ? 6000000 : 500000), 0, NULL, restarted);
    if (n->id == w->leader)
        elect_later(w);
}

void share_node_open(struct share_world *w)
{
    for (int i = 0; i < SHARE_NODES; i++) {
        w->nodes[i] = (struct share_node){ .w = w, .id = i, .alive = true };
        list_init(&w->nodes[i].waiting);
    }
    w->truth = share_states_new(w->updates_max);
    w->leader = 0;
    share_node_move(w);
}

void share_node_close(struct share_world *w)
{
    for (int i = 0; i < SHARE_NODES; i++) {
        drop_core(&w->nodes[i], false);
        plog_done(&w->nodes[i].log);
    }
    for (struct share_question *q = w->questions; q; q = q->older)
        share_batches_done(&q->batches);
    share_states_free(w->truth);
    plog_done(&w->committed);
}
