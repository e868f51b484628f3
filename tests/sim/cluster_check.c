/* What clients and operators may rely on, looked at after every step. What a leader's high
 * watermark covers becomes the truth of its partition; every replica, every later leader, every
 * answer and every in-sync set is held against it from then on. */
#include "tests/sim/cluster.h"

#include <inttypes.h>

#include "common/mem.h"

struct cluster_stats cluster_stats;

enum { UNKNOWN_EPOCH = -2 };

/* One (offset, epoch) that was ever written. */
struct seen_record {
    struct record x;
    int32_t before_epoch;
    int next; /* index + 1, of the same offset */
};

/* Who leads an epoch: one process. */
struct led {
    int broker;
    uint32_t life;
};

struct partition_truth {
    struct record *v;
    int32_t *by_epoch; /* of the leader that committed it */
    int64_t n, capacity;
    struct led *led; /* by leader epoch; broker -1: nobody yet */
    int led_n;
    struct seen_record *seen;
    int seen_n, seen_capacity;
    int *seen_at;
    int64_t seen_at_n;
    int64_t acked_number[PRODUCERS], acked_offset[PRODUCERS];
};

struct truth {
    struct partition_truth parts[PARTITIONS_MAX];
    struct image *image; /* all of the metadata that is committed */
    int64_t applied;
};

void truth_init(struct cluster *c)
{
    c->truth = mem_new(struct truth);
    c->truth->image = image_new();
    for (int p = 0; p < PARTITIONS_MAX; p++) {
        for (int k = 0; k < PRODUCERS; k++)
            c->truth->parts[p].acked_number[k] = c->truth->parts[p].acked_offset[k] = -1;
    }
}

void truth_done(struct cluster *c)
{
    for (int p = 0; p < PARTITIONS_MAX; p++) {
        struct partition_truth *t = &c->truth->parts[p];

        mem_free(t->v);
        mem_free(t->by_epoch);
        mem_free(t->led);
        mem_free(t->seen);
        mem_free(t->seen_at);
    }
    image_free(c->truth->image);
    mem_free(c->truth);
}

int64_t truth_end(const struct cluster *c, int32_t partition)
{
    return c->truth->parts[partition].n;
}

const struct image *truth_image(const struct cluster *c)
{
    return c->truth->image;
}

static bool same(const struct record *a, const struct record *b)
{
    return a->epoch == b->epoch && a->producer == b->producer && a->sequence == b->sequence &&
           a->from == b->from && a->number == b->number;
}

static struct partition_truth *of(const struct broker_model *b, const struct replica *r)
{
    return &b->c->truth->parts[r->index];
}

static uint32_t bits(const int32_t *ids, int n)
{
    uint32_t set = 0;

    for (int k = 0; k < n; k++)
        set |= 1u << ids[k];
    return set;
}

static void trace_partitions(void *ctx, const struct image_change *x)
{
    const struct cluster *c = ctx;
    const struct partition_state *s;

    if (x->kind != IMAGE_PARTITION)
        return;
    s = &x->topic->partitions[x->partition];
    SIM_TRACE(&c->s, "committed: %d leader %d epoch %d/%d replicas %x ISR %x ELR %x recovery %d",
              x->partition, s->leader, s->leader_epoch, s->partition_epoch,
              bits(s->replicas, s->replicas_n), bits(s->isr, s->isr_n), bits(s->elr, s->elr_n),
              s->leader_recovery);
}

/* Nobody who is fenced or about to stop is in an ISR, unless he is the last. */
static void check_fences(const struct cluster *c)
{
    const struct topic_state *t = image_topic(c->truth->image, str_of("t"));

    for (int p = 0; t && p < t->partitions_n; p++) {
        const struct partition_state *s = &t->partitions[p];

        for (int k = 0; s->isr_n > 1 && k < s->isr_n; k++) {
            const struct broker_registration *reg = image_broker(c->truth->image, s->isr[k]);

            SIM_CHECK(&c->s, reg && !reg->fenced && !reg->in_controlled_shutdown,
                      "b%d is fenced or stops, and is in the ISR of %d", s->isr[k], p);
        }
    }
}

/* A registration of the process that runs takes it out of every ISR and ELR: it has lost nothing
 * that anybody counts on any more. */
void truth_on_metadata(struct cluster *c)
{
    struct truth *t = c->truth;
    struct node any = { .log = { .start = INT64_MAX } };

    cluster_replay(c, &any, t->applied, c->q.committed_n, t->image, trace_partitions, c);
    t->applied = c->q.committed_n;
    check_fences(c);
    for (int k = 0; k < c->p.brokers; k++) {
        struct broker_model *b = &c->brokers[k];
        const struct broker_registration *reg = image_broker(t->image, b->id);

        if (b->unclean && b->n->up && reg && !memcmp(reg->incarnation.b, &b->incarnation, 8))
            b->unclean = b->tainted = false;
    }
}

static struct led *led_of(struct partition_truth *t, int32_t epoch)
{
    if (epoch >= t->led_n) {
        int n = epoch + 32;

        t->led = mem_resize_array(t->led, (size_t)n, sizeof(*t->led));
        for (int k = t->led_n; k < n; k++)
            t->led[k] = (struct led){ -1, 0 };
        t->led_n = n;
    }
    return &t->led[epoch];
}

static void check_has(const struct broker_model *b, const struct replica *r, int64_t from)
{
    const struct partition_truth *t = of(b, r);

    for (int64_t k = from > r->log.start ? from : r->log.start;
         k < t->n && t->by_epoch[k] < r->leader_epoch; k++)
        SIM_CHECK(&b->c->s, k < r->log.end && same(&r->log.v[k], &t->v[k]),
                  "b%d leads %d in epoch %d without the record %" PRId64
                  " that was committed in epoch %d",
                  b->id, r->index, r->leader_epoch, k, t->by_epoch[k]);
}

void truth_leads(struct broker_model *b, const struct replica *r)
{
    struct led *l = led_of(of(b, r), r->leader_epoch);

    SIM_CHECK(&b->c->s, l->broker < 0 || (l->broker == b->id && l->life == b->n->life),
              "b%d (life %u) leads %d in epoch %d, and so did b%d (life %u)", b->id, b->n->life,
              r->index, r->leader_epoch, l->broker, l->life);
    *l = (struct led){ b->id, b->n->life };
    check_has(b, r, 0);
}

static void remember(struct partition_truth *t, int64_t offset, const struct record *x,
                     int32_t before)
{
    if (t->seen_n == t->seen_capacity) {
        t->seen_capacity = t->seen_n ? 2 * t->seen_n : 512;
        t->seen = mem_resize_array(t->seen, (size_t)t->seen_capacity, sizeof(*t->seen));
    }
    t->seen[t->seen_n++] = (struct seen_record){ *x, before, t->seen_at[offset] };
    t->seen_at[offset] = t->seen_n;
}

/* The same offset and epoch mean the same record, and the same epoch before it. */
void truth_appended(struct broker_model *b, const struct replica *r, int64_t offset)
{
    struct partition_truth *t = of(b, r);
    const struct record *x = &r->log.v[offset];
    int32_t before = offset > r->log.start ? x[-1].epoch : UNKNOWN_EPOCH;

    SIM_CHECK(&b->c->s, x->epoch >= before, "b%d: epoch %d stands behind epoch %d in %d", b->id,
              x->epoch, before, r->index);
    if (offset >= t->seen_at_n) {
        int64_t was = t->seen_at_n;

        t->seen_at_n = 2 * offset + 256;
        t->seen_at = mem_resize_array(t->seen_at, (size_t)t->seen_at_n, sizeof(*t->seen_at));
        memset(t->seen_at + was, 0, (size_t)(t->seen_at_n - was) * sizeof(*t->seen_at));
    }
    for (int k = t->seen_at[offset]; k; k = t->seen[k - 1].next) {
        const struct seen_record *s = &t->seen[k - 1];

        if (s->x.epoch != x->epoch)
            continue;
        SIM_CHECK(&b->c->s,
                  same(&s->x, x) && (s->before_epoch == before || before == UNKNOWN_EPOCH ||
                                     s->before_epoch == UNKNOWN_EPOCH),
                  "b%d: another record of epoch %d at %" PRId64 " of %d", b->id, x->epoch, offset,
                  r->index);
        return;
    }
    remember(t, offset, x, before);
}

static void commit(struct broker_model *b, const struct replica *r, int64_t to)
{
    struct partition_truth *t = of(b, r);
    int64_t from = t->n;

    if (to > t->capacity) {
        t->capacity = 2 * to + 64;
        t->v = mem_resize_array(t->v, (size_t)t->capacity, sizeof(*t->v));
        t->by_epoch = mem_resize_array(t->by_epoch, (size_t)t->capacity, sizeof(*t->by_epoch));
    }
    for (; t->n < to; t->n++) {
        t->v[t->n] = r->log.v[t->n];
        t->by_epoch[t->n] = r->leader_epoch;
    }
    cluster_stats.committed += to - from;
    for (int k = 0; k < b->c->p.brokers; k++) {
        const struct broker_model *other = &b->c->brokers[k];
        const struct replica *o = &other->replicas[r->index];

        if (o->leader && o->leader_epoch > r->leader_epoch)
            check_has(other, o, from);
    }
}

void truth_raised(struct broker_model *b, const struct replica *r, int64_t from)
{
    struct partition_truth *t = of(b, r);
    int64_t to = r->log.high_watermark;

    SIM_CHECK(&b->c->s, to <= r->log.end && to >= from, "b%d: high watermark %" PRId64 " of %d",
              b->id, to, r->index);
    if (to > t->n) {
        SIM_CHECK(&b->c->s, r->leader,
                  "b%d: its high watermark of %d is %" PRId64 ", committed are %" PRId64, b->id,
                  r->index, to, t->n);
        commit(b, r, to);
    }
    for (int64_t k = from > r->log.start ? from : r->log.start; k < to; k++)
        SIM_CHECK(&b->c->s, same(&r->log.v[k], &t->v[k]),
                  "b%d: %" PRId64 " of %d below its high watermark is not what was committed",
                  b->id, k, r->index);
}

void truth_truncates(struct broker_model *b, const struct replica *r, int64_t to)
{
    const struct partition_truth *t = of(b, r);

    for (int64_t k = to; k < r->log.end && k < t->n; k++)
        SIM_CHECK(&b->c->s, t->by_epoch[k] > r->leader_epoch || !same(&r->log.v[k], &t->v[k]),
                  "b%d cuts the committed record %" PRId64 " off %d", b->id, k, r->index);
}

/* Acknowledged means committed at that offset, and in the order in which it was sent. */
void truth_acked(struct cluster *c, int producer, int32_t partition, int64_t number, int64_t offset)
{
    struct partition_truth *t = &c->truth->parts[partition];
    const struct record *x = offset >= 0 && offset < t->n ? &t->v[offset] : NULL;

    SIM_CHECK(&c->s, x && x->from == producer && x->number == number,
              "producer %d hears that %" PRId64 " of %d is at %" PRId64 ", where it is not",
              producer, number, partition, offset);
    SIM_CHECK(&c->s, (number > t->acked_number[producer]) == (offset > t->acked_offset[producer]),
              "producer %d: %" PRId64 " of %d is acknowledged out of order at %" PRId64, producer,
              number, partition, offset);
    if (number > t->acked_number[producer]) {
        t->acked_number[producer] = number;
        t->acked_offset[producer] = offset;
    }
    cluster_stats.acked++;
}

void truth_read(struct broker_model *b, const struct rpc_fetch *f)
{
    const struct partition_truth *t = &b->c->truth->parts[f->partition];

    SIM_CHECK(&b->c->s, !f->n || f->offset + f->n <= t->n,
              "b%d serves %d up to %" PRId64 ", committed are %" PRId64, b->id, f->partition,
              f->offset + f->n, t->n);
    for (int k = 0; k < f->n; k++)
        SIM_CHECK(&b->c->s, same(&f->v[k], &t->v[f->offset + k]),
                  "b%d serves another record at %" PRId64 " of %d", b->id, f->offset + k,
                  f->partition);
}

/* In sync means: has all that is committed, durably where that is asked for. So has who may be
 * elected when the ISR is empty. */
static void check_member(const struct cluster *c, int32_t id, int partition, const char *set)
{
    const struct partition_truth *t = &c->truth->parts[partition];
    const struct broker_model *b = sim_broker_of((struct cluster *)(uintptr_t)c, id);
    const struct part_log *l = &b->replicas[partition].log;

    if (b->tainted || t->n <= l->start)
        return;
    SIM_CHECK(&c->s,
              (c->p.durable ? l->synced : l->end) >= t->n &&
                  l->v[t->n - 1].epoch == t->v[t->n - 1].epoch,
              "b%d is in the %s of %d with %" PRId64 " (%" PRId64 " synced) of %" PRId64
              " committed records",
              id, set, partition, l->end, l->synced, t->n);
}

void truth_isr(struct cluster *c)
{
    const struct topic_state *t = image_topic(c->truth->image, str_of("t"));

    for (int p = 0; t && p < t->partitions_n; p++) {
        const struct partition_state *s = &t->partitions[p];

        for (int k = 0; k < s->isr_n; k++)
            check_member(c, s->isr[k], p, "ISR");
        for (int k = 0; k < s->elr_n; k++)
            check_member(c, s->elr[k], p, "ELR");
    }
}

/* Somebody else in ISR or ELR has all. */
static bool spared_by(const struct image *i, const struct broker_model *b)
{
    const struct topic_state *t = image_topic(i, str_of("t"));

    for (int p = 0; t && p < t->partitions_n; p++) {
        const struct partition_state *s = &t->partitions[p];
        uint32_t safe = bits(s->isr, s->isr_n) | bits(s->elr, s->elr_n), self = 1u << b->id;

        if ((safe & self) && !(safe & ~self))
            return false;
    }
    return true;
}

/* One at a time: an ISR that is on its way to the controllers may hold anybody. */
bool truth_spares(const struct cluster *c, const struct broker_model *b)
{
    if (c->p.durable)
        return true;
    for (int k = 0; k < c->p.brokers; k++) {
        if (&c->brokers[k] != b && c->brokers[k].unclean)
            return false;
    }
    for (int id = 0; id < CONTROLLERS; id++) {
        const struct controller_model *m = &c->controllers[id];

        if (m->active && !spared_by(m->image, b))
            return false;
    }
    return spared_by(c->truth->image, b);
}

/* Where records are deleted while their producers still wait for the answer, nobody remembers them.
 */
void truth_final(struct cluster *c)
{
    for (int p = 0; p < c->p.partitions && !c->p.deletes; p++) {
        const struct partition_truth *t = &c->truth->parts[p];
        int64_t next[PRODUCERS] = { 0 };

        for (int64_t k = 0; k < t->n; k++) {
            const struct record *x = &t->v[k];

            SIM_CHECK(&c->s, x->producer < 0 || x->number == next[x->from],
                      "producer %d: %" PRId64 " stands at %" PRId64 " of %d, where %" PRId64
                      " belongs",
                      x->from, x->number, k, p, next[x->from]);
            next[x->from]++;
        }
    }
}
