/* What must hold of transactions. */
#include "broker/txn/txn.h"
#include "common/buf.h"
#include "tests/sim/txn_world.h"

/* ---- replay ---- */

/* Without the partitions of what is being completed: those that have their marker are not in the log. */
static void strip(const struct buf *from, struct buf *ret)
{
    struct buf *text = (struct buf *)(uintptr_t)from;
    const char *line = buf_text(text), *end;

    for (; (end = strchr(line, '\n')); line = end + 1) {
        const char *list = memchr(line, '[', (size_t)(end - line));
        const char *completes = strstr(line, " Prepare");

        buf_put(ret, line, (size_t)((completes && completes < end && list ? list : end) - line));
        buf_put_text(ret, "\n");
    }
}

void txn_check_replays(struct txn_node *n)
{
    OWNED_BUF live = { 0 };
    OWNED_BUF replayed = { 0 };
    OWNED_BUF a = { 0 };
    OWNED_BUF b = { 0 };

    txns_dump(n->core, &live);
    txns_dump(n->shadow, &replayed);
    strip(&live, &a);
    strip(&replayed, &b);
    SIM_CHECK(&n->w->s, strcmp(buf_text(&a), buf_text(&b)) == 0,
              "node %d: lives\n%sits log makes\n%s", n->id, buf_text(&live), buf_text(&replayed));
}

static void check_view(struct txn_part *p, const struct producer_view *v, const struct producer_state *of)
{
    struct producer_view other;

    SIM_CHECK(&p->w->s,
              producer_state_find(of, v->id, &other) && other.epoch == v->epoch &&
                  other.last_sequence == v->last_sequence && other.last_offset == v->last_offset &&
                  other.coordinator_epoch == v->coordinator_epoch &&
                  other.txn_first_offset == v->txn_first_offset,
              "partition %d: what lives of producer %lld is not what its log makes", p->index,
              (long long)v->id);
}

void txn_check_producers(struct txn_part *p)
{
    struct producer_state again = { 0 };
    struct producer_view v;
    struct producer_txn ended;

    for (int64_t i = 0; i < p->n; i++)
        if (p->log[i]->kind == TXN_MARKS)
            (void)producer_marker_apply(&again, &p->log[i]->marker, &ended);
        else
            producer_apply(&again, &p->log[i]->batch);
    producer_state_check(&again);
    producer_state_check(&p->producers);
    SIM_CHECK(&p->w->s, producer_state_n(&again) == producer_state_n(&p->producers),
              "partition %d: other producers than in its log", p->index);
    for (size_t at = 0; producer_state_next(&p->producers, &at, &v);)
        check_view(p, &v, &again);
    producer_state_done(&again);
}

/* ---- reading what is committed ---- */

static bool is_hidden(const struct txn_part *p, int64_t offset)
{
    int64_t id = p->log[offset]->batch.producer_id;

    for (int i = 0; i < p->aborted_n; i++)
        if (p->aborted[i].producer_id == id && p->aborted[i].first_offset <= offset &&
            offset < p->aborted[i].last_offset)
            return true;
    return false;
}

static void read_one(struct txn_part *p, int64_t offset)
{
    const struct txn_entry *e = p->log[offset];
    struct txn_world *w = p->w;
    struct txn_ghost *g = e->ghost;

    if (e->kind != TXN_DATA || is_hidden(p, offset))
        return;
    txn_sim_totals.read++;
    SIM_CHECK(&w->s, g->asked, "partition %d: offset %lld is of a transaction that was aborted",
              p->index, (long long)offset);
    SIM_CHECK(&w->s, !w->seen[g->job][e->value], "value %lld of job %d is read twice",
              (long long)e->value, g->job);
    SIM_CHECK(&w->s, e->value >= p->newest[g->job], "partition %d: value %lld comes behind %lld",
              p->index, (long long)e->value, (long long)p->newest[g->job]);
    w->seen[g->job][e->value] = true;
    p->newest[g->job] = e->value;
    g->visible++;
}

/* The first record of a transaction that no marker below the high watermark ends. */
static int64_t undecided(const struct txn_part *p)
{
    for (int64_t i = 0; i < p->high_watermark; i++) {
        const struct txn_entry *e = p->log[i];
        int64_t k = i + 1;

        if (e->kind == TXN_MARKS)
            continue;
        while (k < p->high_watermark && (p->log[k]->kind != TXN_MARKS ||
                                         p->log[k]->marker.producer_id != e->batch.producer_id))
            k++;
        if (k == p->high_watermark)
            return i;
    }
    return p->high_watermark;
}

void txn_check_stable(struct txn_part *p)
{
    int64_t stable = producer_state_last_stable(&p->producers, p->high_watermark);
    int64_t truth = undecided(p);

    SIM_CHECK(&p->w->s, stable == truth, "partition %d: the last stable offset is %lld, not %lld",
              p->index, (long long)stable, (long long)truth);
    SIM_CHECK(&p->w->s, stable >= p->last_stable, "partition %d: the last stable offset falls to %lld",
              p->index, (long long)stable);
    p->last_stable = stable;
    while (p->read < stable)
        read_one(p, p->read++);
}

/* ---- the end ---- */

void txn_check_end(struct txn_world *w)
{
    for (int job = 0; job < TXN_JOBS; job++)
        for (int64_t v = 0; v < w->input; v++)
            SIM_CHECK(&w->s, w->seen[job][v], "in the end value %lld of job %d is missing",
                      (long long)v, job);
    for (const struct txn_ghost *g = w->ghosts; g; g = g->next) {
        SIM_CHECK(&w->s, !g->visible || g->visible == g->to - g->from,
                  "of a transaction of job %d %d of %lld records are there", g->job, g->visible,
                  (long long)(g->to - g->from));
        SIM_CHECK(&w->s, !g->acked || g->visible, "a committed transaction of job %d is lost", g->job);
    }
    for (int i = 0; i < TXN_PARTS; i++) {
        txn_check_producers(&w->parts[i]);
        SIM_CHECK(&w->s, w->parts[i].last_stable == w->parts[i].n,
                  "in the end %lld of %lld records of partition %d are stable",
                  (long long)w->parts[i].last_stable, (long long)w->parts[i].n, i);
    }
}
