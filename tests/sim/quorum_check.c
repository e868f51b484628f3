/* The rules of Raft, looked at after every step. What a leader's core says is committed becomes
 * the truth once a majority of its voters is seen to have it on disk; from then on every log, every
 * later leader and every answer is held against it. */
#include "tests/sim/quorum.h"

#include <inttypes.h>

#include "common/mem.h"

/* One (offset, epoch) that was ever written, and what came before it. */
struct seen_entry {
    struct entry e;
    int32_t before_epoch;
    int next; /* index + 1, of the same offset */
};

/* Of one epoch. */
struct epoch_row {
    int8_t to[QUORUM_NODES_MAX]; /* who voted for whom; -1 nobody yet */
    int8_t disk[QUORUM_NODES_MAX];
    int8_t leader; /* -1 none yet */
    uint32_t leader_life;
};

struct quorum_history {
    struct epoch_row *epochs;
    int epochs_n;
    struct seen_entry *seen;
    int seen_n, seen_capacity;
    int *seen_at; /* by offset: index + 1 of the newest */
    int64_t seen_at_n;
};

void check_init(struct quorum *q)
{
    q->history = mem_new(struct quorum_history);
}

void check_done(struct quorum *q)
{
    mem_free(q->history->epochs);
    mem_free(q->history->seen);
    mem_free(q->history->seen_at);
    mem_free(q->history);
    mem_free(q->committed);
}

static struct epoch_row *row(struct quorum *q, int32_t epoch)
{
    struct quorum_history *h = q->history;

    if (epoch >= h->epochs_n) {
        int n = epoch + 64;

        h->epochs = mem_resize_array(h->epochs, (size_t)n, sizeof(*h->epochs));
        memset(h->epochs + h->epochs_n, 0xff, (size_t)(n - h->epochs_n) * sizeof(*h->epochs));
        h->epochs_n = n;
    }
    return &h->epochs[epoch];
}

static bool same(const struct entry *a, const struct entry *b)
{
    return a->epoch == b->epoch && a->kind == b->kind && a->value == b->value;
}

/* A vote leaves the node: within an epoch it is always the same, crashes or not. */
void check_vote(struct node *n, int to, int32_t epoch)
{
    struct epoch_row *r = row(n->q, epoch);

    if (r->disk[n->id] == n->disk)
        SIM_CHECK(n->q->s, r->to[n->id] == to, "n%d votes for n%d in epoch %d, and did for n%d",
                  n->id, to, epoch, r->to[n->id]);
    r->to[n->id] = (int8_t)to;
    r->disk[n->id] = (int8_t)n->disk;
}

/* Election safety, a life at a time: who led and restarted does not lead that epoch again. */
void check_one_leader(struct node *n)
{
    struct epoch_row *r = row(n->q, n->r.durable.epoch);

    if (n->r.state != RAFT_LEADER)
        return;
    if (r->leader < 0) {
        r->leader = (int8_t)n->id;
        r->leader_life = n->life;
    }
    SIM_CHECK(n->q->s, r->leader == n->id && r->leader_life == n->life,
              "n%d (life %u) leads epoch %d, and so did n%d (life %u)", n->id, n->life,
              n->r.durable.epoch, r->leader, r->leader_life);
    n->led_epoch = n->r.durable.epoch;
}

/* Leader completeness. */
static void check_has_committed(struct node *n, int64_t from)
{
    struct quorum *q = n->q;

    for (int64_t k = from > n->log.start ? from : n->log.start; k < q->committed_n; k++) {
        if (q->committed[k].by_epoch >= n->r.durable.epoch)
            return;
        SIM_CHECK(q->s, k < n->log.end && same(&n->log.v[k], &q->committed[k].e),
                  "n%d leads epoch %d without the entry %" PRId64 " that was committed in epoch %d",
                  n->id, n->r.durable.epoch, k, q->committed[k].by_epoch);
    }
}

void check_leads(struct node *n)
{
    if (n->q->stats)
        n->q->stats->elections++;
    check_one_leader(n);
    check_has_committed(n, 0);
}

static void remember(struct quorum *q, int64_t offset, const struct entry *e, int32_t before)
{
    struct quorum_history *h = q->history;

    if (h->seen_n == h->seen_capacity) {
        h->seen_capacity = h->seen_n ? 2 * h->seen_n : 1024;
        h->seen = mem_resize_array(h->seen, (size_t)h->seen_capacity, sizeof(*h->seen));
    }
    h->seen[h->seen_n++] = (struct seen_entry){ *e, before, h->seen_at[offset] };
    h->seen_at[offset] = h->seen_n;
}

/* Log matching: the same offset and epoch mean the same entry, and the same epoch before it. */
void check_appended(struct node *n, int64_t offset)
{
    struct quorum *q = n->q;
    struct quorum_history *h = q->history;
    const struct entry *e = &n->log.v[offset];
    int32_t before = offset > n->log.start ? e[-1].epoch : n->log.base.epoch;

    SIM_CHECK(q->s, e->epoch >= before, "n%d: epoch %d stands behind epoch %d at %" PRId64, n->id,
              e->epoch, before, offset);
    if (offset >= h->seen_at_n) {
        int64_t was = h->seen_at_n;

        h->seen_at_n = 2 * offset + 256;
        h->seen_at = mem_resize_array(h->seen_at, (size_t)h->seen_at_n, sizeof(*h->seen_at));
        memset(h->seen_at + was, 0, (size_t)(h->seen_at_n - was) * sizeof(*h->seen_at));
    }
    for (int k = h->seen_at[offset]; k; k = h->seen[k - 1].next) {
        const struct seen_entry *x = &h->seen[k - 1];

        if (x->e.epoch != e->epoch)
            continue;
        SIM_CHECK(q->s, same(&x->e, e) && x->before_epoch == before,
                  "n%d: another entry of epoch %d at %" PRId64, n->id, e->epoch, offset);
        return;
    }
    remember(q, offset, e, before);
}

/* A leader that is none any more may still make a replica cut what a later epoch committed since;
 * no leader may make it cut what was committed up to its own epoch. */
void check_truncates(struct node *n, int64_t to)
{
    struct quorum *q = n->q;

    if (q->stats)
        q->stats->truncations++;
    for (int64_t k = to; k < n->log.end && k < q->committed_n; k++)
        SIM_CHECK(q->s,
                  q->committed[k].by_epoch > n->r.durable.epoch ||
                      !same(&n->log.v[k], &q->committed[k].e),
                  "n%d truncates the committed entry %" PRId64, n->id, k);
}

static const struct model_log *disk_of(const struct quorum *q, int id, int disk)
{
    if (q->nodes[id].disk == disk)
        return &q->nodes[id].log;
    for (int g = 0; g < q->ghosts_n; g++) {
        if (q->ghosts[g].id == id && q->ghosts[g].disk == disk)
            return &q->ghosts[g].log;
    }
    return NULL;
}

static bool has_durable(const struct model_log *l, int64_t offset, const struct entry *e)
{
    return l && (offset < l->start || (offset < l->synced && same(&l->v[offset], e)));
}

/* What a leader calls committed stands on the disks of a majority of its voters, and is of its own
 * epoch (Raft, 5.4.2). */
static void check_may_commit(struct node *n, int64_t offset)
{
    struct quorum *q = n->q;
    const struct entry *e = &n->log.v[offset];
    int64_t voters_offset;
    uint64_t voters = model_log_voters(&n->log, &voters_offset);
    int have = 0;

    SIM_CHECK(q->s, e->epoch == n->r.durable.epoch,
              "n%d commits up to %" PRId64 " of epoch %d in epoch %d", n->id, offset, e->epoch,
              n->r.durable.epoch);
    for (int id = 0; id < q->n; id++) {
        int disk = voters_disk(voters, id);

        have += disk && has_durable(disk_of(q, id, disk), offset, e);
    }
    SIM_CHECK(q->s, 2 * have > voters_count(voters),
              "n%d commits %" PRId64 " that %d of %d voters have on disk", n->id, offset, have,
              voters_count(voters));
}

static void commit(struct node *n, int64_t high_watermark)
{
    struct quorum *q = n->q;
    int64_t from = q->committed_n;

    if (high_watermark > q->committed_capacity) {
        q->committed_capacity = 2 * high_watermark + 64;
        q->committed =
            mem_resize_array(q->committed, (size_t)q->committed_capacity, sizeof(*q->committed));
    }
    SIM_CHECK(q->s, n->log.start <= from, "n%d commits below its start", n->id);
    for (int64_t k = from; k < high_watermark; k++) {
        uint64_t before = k ? q->committed[k - 1].hash : 0;

        q->committed[k] =
            (struct committed){ n->log.v[k], entry_hash(before, &n->log.v[k]), n->r.durable.epoch };
    }
    q->committed_n = high_watermark;
    if (q->stats)
        q->stats->commits += high_watermark - from;
    for (int id = 0; id < q->n; id++) {
        struct node *other = &q->nodes[id];

        if (node_leads(other) && other->r.durable.epoch > n->r.durable.epoch)
            check_has_committed(other, from);
    }
}

static void check_high_watermark(struct node *n)
{
    struct quorum *q = n->q;
    int64_t from = n->seen_high_watermark, to = n->r.high_watermark;

    SIM_CHECK(q->s, to >= from, "n%d: its high watermark falls from %" PRId64 " to %" PRId64, n->id,
              from, to);
    if (to == from)
        return;
    SIM_CHECK(q->s, to <= n->log.synced, "n%d: its high watermark %" PRId64 " is not on its disk",
              n->id, to);
    if (to > q->committed_n) {
        /* One that commits its own removal resigns in the same step. */
        SIM_CHECK(q->s, n->r.durable.leader == n->id && n->led_epoch == n->r.durable.epoch,
                  "n%d: its high watermark is %" PRId64 ", committed are %" PRId64, n->id, to,
                  q->committed_n);
        check_may_commit(n, to - 1);
        commit(n, to);
    }
    for (int64_t k = from > n->log.start ? from : n->log.start; k < to; k++)
        SIM_CHECK(q->s, same(&n->log.v[k], &q->committed[k].e),
                  "n%d: %" PRId64 " below its high watermark is not what was committed", n->id, k);
    n->seen_high_watermark = to;
}

void check_step(struct node *n)
{
    check_high_watermark(n);
}

void check_snapshot(struct node *n, const struct model_snapshot *s)
{
    const struct quorum *q = n->q;

    SIM_CHECK(q->s,
              s->end <= q->committed_n && s->end > 0 && s->hash == q->committed[s->end - 1].hash &&
                  s->epoch == q->committed[s->end - 1].e.epoch,
              "n%d: its snapshot at %" PRId64 " is not what was committed", n->id, s->end);
}

/* A client hears that its value is committed: it is, and behind all that was acknowledged before
 * the client asked. */
void check_acked(struct node *n, const struct proposal *p)
{
    struct quorum *q = n->q;

    SIM_CHECK(q->s,
              p->offset < q->committed_n && q->committed[p->offset].e.kind == ENTRY_VALUE &&
                  q->committed[p->offset].e.value == p->value,
              "n%d acknowledges a value at %" PRId64 " that is not committed there", n->id,
              p->offset);
    SIM_CHECK(q->s, p->offset > p->acked_before,
              "n%d acknowledges %" PRId64 ", asked for after %" PRId64 " was acknowledged", n->id,
              p->offset, p->acked_before);
    if (p->offset > q->acked_max)
        q->acked_max = p->offset;
    if (q->stats)
        q->stats->acks++;
}
