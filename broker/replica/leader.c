#include "broker/replica/leader.h"

#include "api/kafka/errors.h"
#include "common/invariant.h"
#include "common/mem.h"

struct leader *leader_new(int32_t self)
{
    struct leader *l = mem_new(struct leader);

    l->self = self;
    l->leader_epoch = l->partition_epoch = -1;
    l->min_isr = 1;
    return l;
}

struct leader *leader_free(struct leader *l)
{
    if (!l)
        return NULL;
    mem_free(l->replicas);
    mem_free(l->proposal);
    mem_free(l);
    return NULL;
}

const struct leader_replica *leader_replica(const struct leader *l, int32_t id)
{
    for (int32_t i = 0; i < l->replicas_n; i++)
        if (l->replicas[i].id == id)
            return &l->replicas[i];
    return NULL;
}

static struct leader_replica *find(struct leader *l, int32_t id)
{
    return (struct leader_replica *)(uintptr_t)leader_replica(l, id);
}

bool leader_has_replica(const struct leader *l, int32_t id)
{
    return leader_replica(l, id) != NULL;
}

int32_t leader_min_isr(const struct leader *l)
{
    return l->min_isr < l->replicas_n ? l->min_isr : l->replicas_n;
}

int64_t leader_low_watermark(const struct leader *l, int64_t own, const struct image *i)
{
    int64_t low = own;

    for (int32_t k = 0; k < l->replicas_n; k++) {
        const struct leader_replica *r = &l->replicas[k];
        const struct broker_registration *reg = image_broker(i, r->id);

        if (r->id != l->self && reg && !reg->fenced && r->log_start < low)
            low = r->log_start;
    }
    return low;
}

/* KIP-841, KIP-903: alive in the image, and it is this incarnation that fetches here. */
static bool eligible(const struct leader_replica *r, const struct leader_context *c)
{
    const struct broker_registration *reg = image_broker(c->image, r->id);

    return reg && !reg->fenced && !reg->in_controlled_shutdown && r->broker_epoch != LEADER_EPOCH_NONE &&
           (r->broker_epoch == LEADER_EPOCH_UNKNOWN || r->broker_epoch == reg->epoch);
}

static bool caught_up(const struct leader *l, const struct leader_replica *r,
                      const struct leader_context *c)
{
    return r->end == l->end || c->now_ms - r->caught_up_ms <= c->lag_ms_max;
}

/* Also who is about to be let in is waited for, else it would never be close enough. Not so whom the
 * controller took out, for a directory that failed, until it shows that it goes on. */
static bool counts(const struct leader *l, const struct leader_replica *r,
                   const struct leader_context *c)
{
    return r->id != l->self && (r->maximal || (!r->dropped && caught_up(l, r, c) && eligible(r, c)));
}

static unsigned raise_high_watermark(struct leader *l, const struct leader_context *c)
{
    int64_t to = l->own;

    if (l->committed_n < leader_min_isr(l))
        return 0;
    for (int32_t i = 0; i < l->replicas_n; i++)
        if (l->replicas[i].end < to && counts(l, &l->replicas[i], c))
            to = l->replicas[i].end;
    if (to <= l->high_watermark)
        return 0;
    l->high_watermark = to;
    return LEADER_HIGH_WATERMARK;
}

/* Nor who would have to leave at once, such as one whose disk is full: with too small an ISR the
 * high watermark stands still, and is no measure. */
static bool may_join(const struct leader *l, const struct leader_replica *r,
                     const struct leader_context *c)
{
    return !r->maximal && r->end >= l->high_watermark && r->end >= l->epoch_start && eligible(r, c) &&
           caught_up(l, r, c);
}

static bool must_leave(const struct leader *l, const struct leader_replica *r,
                       const struct leader_context *c)
{
    return r->committed && r->id != l->self && !caught_up(l, r, c);
}

/* The epoch is that of the incarnation which is in sync now: should it be gone by the time the
 * proposal is sent again, the controller must notice. -1 is "not to be compared": nothing was heard of
 * it, or it does not say. */
static void propose_member(struct leader *l, const struct leader_replica *r)
{
    l->proposal[l->proposal_n++] =
        (struct leader_member){ r->id, r->broker_epoch >= 0 ? r->broker_epoch : -1 };
}

static unsigned proposed(struct leader *l)
{
    l->in_flight = l->unsent = true;
    return LEADER_PROPOSE;
}

/* The committed members and all who may join, who count from now on (D1). */
static unsigned propose_joins(struct leader *l, const struct leader_context *c)
{
    unsigned effects = 0;

    for (int32_t i = 0; i < l->replicas_n; i++) {
        if (!may_join(l, &l->replicas[i], c))
            continue;
        l->replicas[i].maximal = true;
        l->maximal_n++;
        effects = LEADER_ISR;
    }
    if (!effects)
        return 0;
    l->proposal_n = 0;
    for (int32_t i = 0; i < l->replicas_n; i++)
        if (l->replicas[i].maximal)
            propose_member(l, &l->replicas[i]);
    return effects | proposed(l);
}

static unsigned propose_leaves(struct leader *l, const struct leader_context *c)
{
    l->proposal_n = 0;
    for (int32_t i = 0; i < l->replicas_n; i++)
        if (l->replicas[i].committed && !must_leave(l, &l->replicas[i], c))
            propose_member(l, &l->replicas[i]);
    return l->proposal_n < l->committed_n || l->recovery ? proposed(l) : 0;
}

static bool may_propose(const struct leader *l, const struct leader_context *c)
{
    return !l->in_flight && c->now_ms >= l->not_before_ms;
}

/* Joins go first: every proposal also says RECOVERED (KIP-704). */
static unsigned consider(struct leader *l, const struct leader_context *c)
{
    unsigned effects;

    if (!may_propose(l, c))
        return 0;
    effects = propose_joins(l, c);
    return effects ? effects : propose_leaves(l, c);
}

static unsigned look(struct leader *l, const struct leader_context *c)
{
    unsigned effects = raise_high_watermark(l, c);

    effects |= consider(l, c);
    leader_check(l);
    return effects;
}

static bool is_member(const int32_t *ids, int32_t n, int32_t id)
{
    for (int32_t i = 0; i < n; i++)
        if (ids[i] == id)
            return true;
    return false;
}

/* The committed state: what the controller has written. Ends a proposal. */
static void commit(struct leader *l, const int32_t *isr, int32_t n, int8_t recovery, int32_t partition_epoch)
{
    l->committed_n = 0;
    for (int32_t i = 0; i < l->replicas_n; i++) {
        struct leader_replica *r = &l->replicas[i];
        bool was = r->committed || r->dropped;

        r->committed = r->maximal = is_member(isr, n, r->id);
        r->dropped = was && !r->committed;
        l->committed_n += r->committed;
    }
    l->maximal_n = l->committed_n;
    l->recovery = recovery;
    l->partition_epoch = partition_epoch;
    l->in_flight = l->unsent = false;
    l->not_before_ms = 0;
}

/* Back to what is committed: the controller has certainly not taken the proposal. */
static void revert(struct leader *l)
{
    for (int32_t i = 0; i < l->replicas_n; i++)
        l->replicas[i].maximal = l->replicas[i].committed;
    l->maximal_n = l->committed_n;
    l->in_flight = l->unsent = false;
}

/* Who stays in the assignment is remembered, who is new is unknown. */
static void assign(struct leader *l, const int32_t *ids, int32_t n)
{
    struct leader_replica *old = l->replicas, *fresh = mem_zero((size_t)n * sizeof(*fresh));

    for (int32_t i = 0; i < n; i++) {
        const struct leader_replica *known = leader_replica(l, ids[i]);

        if (known)
            fresh[i] = *known;
        else
            fresh[i] = (struct leader_replica){
                .id = ids[i], .end = LEADER_END_UNKNOWN, .log_start = -1,
                .broker_epoch = LEADER_EPOCH_NONE, .fetched_end = LEADER_END_UNKNOWN,
            };
    }
    l->replicas = fresh;
    l->replicas_n = n;
    mem_free(old);
    l->proposal = mem_resize_array(l->proposal, (size_t)n, sizeof(*l->proposal));
    l->committed_n = l->maximal_n = 0;
    for (int32_t i = 0; i < n; i++) {
        l->committed_n += fresh[i].committed;
        l->maximal_n += fresh[i].maximal;
    }
}

static void forget_all(struct leader *l)
{
    mem_free(l->replicas);
    l->replicas = NULL;
    l->replicas_n = 0;
}

/* Members of the ISR get the benefit of the doubt until replica.lag.time.max.ms has passed. */
unsigned leader_begin(struct leader *l, const struct partition_state *s, int64_t end, int64_t own,
                      int64_t high_watermark, const struct leader_context *c)
{
    INVARIANT(s->leader_epoch > l->leader_epoch && own <= end && high_watermark <= end);
    forget_all(l);
    assign(l, s->replicas, s->replicas_n);
    l->leader_epoch = s->leader_epoch;
    l->epoch_start = end;
    l->end = end;
    l->own = own;
    l->high_watermark = high_watermark;
    commit(l, s->isr, s->isr_n, s->leader_recovery, s->partition_epoch);
    for (int32_t i = 0; i < l->replicas_n; i++)
        if (l->replicas[i].committed)
            l->replicas[i].caught_up_ms = c->now_ms;
    return LEADER_ISR | look(l, c);
}

/* The same partition epoch came with the controller's answer before: then it is the
 * assignment that may be news, while a later proposal may be in flight already. A proposal
 * whose members left the assignment would be refused; the image that says so is newer. */
unsigned leader_image(struct leader *l, const struct partition_state *s, const struct leader_context *c)
{
    bool newer = s->partition_epoch > l->partition_epoch;

    INVARIANT(s->leader_epoch == l->leader_epoch);
    if (s->partition_epoch < l->partition_epoch)
        return 0;
    assign(l, s->replicas, s->replicas_n);
    if (newer)
        commit(l, s->isr, s->isr_n, s->leader_recovery, s->partition_epoch);
    return (newer ? LEADER_ISR : 0) | look(l, c);
}

/* Who had all of the log had it until now, though it need not have said so lately: an
 * incremental fetch does not name a partition that has not changed (KIP-227). */
unsigned leader_moved(struct leader *l, int64_t end, int64_t own, const struct leader_context *c)
{
    INVARIANT(end >= l->end && own <= end);
    if (end != l->end)
        for (int32_t i = 0; i < l->replicas_n; i++)
            if (l->replicas[i].end == l->end)
                l->replicas[i].caught_up_ms = c->now_ms;
    l->end = end;
    if (own > l->own) /* less when flushing begins to count: what was exposed stays so */
        l->own = own;
    return raise_high_watermark(l, c);
}

/* One whose successor is registered, or has fetched already: what it sent comes late. */
static bool is_old_incarnation(const struct leader_replica *r, const struct leader_fetch *f,
                               const struct leader_context *c)
{
    const struct broker_registration *reg = image_broker(c->image, f->replica);

    return f->broker_epoch != LEADER_EPOCH_UNKNOWN &&
           (r->broker_epoch > f->broker_epoch || (reg && reg->epoch > f->broker_epoch));
}

static void learn(const struct leader *l, struct leader_replica *r, const struct leader_fetch *f,
                  int64_t now_ms)
{
    if (f->offset >= l->end)
        r->caught_up_ms = now_ms;
    else if (f->offset >= r->fetched_end && r->fetched_ms > r->caught_up_ms)
        r->caught_up_ms = r->fetched_ms;
    r->end = f->offset;
    r->log_start = f->log_start;
    r->broker_epoch = f->broker_epoch;
    r->fetched_ms = now_ms;
    r->fetched_end = l->end;
    r->dropped = false;
}

bool leader_fetched(struct leader *l, const struct leader_fetch *f, const struct leader_context *c,
                    unsigned *ret_effects)
{
    struct leader_replica *r = find(l, f->replica);

    *ret_effects = 0;
    if (!r || r->id == l->self || is_old_incarnation(r, f, c))
        return false;
    INVARIANT(f->offset >= 0 && f->offset <= l->end);
    learn(l, r, f, c->now_ms);
    *ret_effects = raise_high_watermark(l, c);
    if (!r->maximal && may_propose(l, c))
        *ret_effects |= propose_joins(l, c);
    return true;
}

unsigned leader_tick(struct leader *l, const struct leader_context *c)
{
    return look(l, c);
}

bool leader_settled(const struct leader *l)
{
    if (l->in_flight || l->recovery || l->committed_n < l->replicas_n)
        return false;
    for (int32_t i = 0; i < l->replicas_n; i++)
        if (l->replicas[i].id != l->self && l->replicas[i].end != l->end)
            return false;
    return true;
}

bool leader_propose(struct leader *l, int64_t self_epoch, struct leader_proposal *ret)
{
    if (!l->unsent)
        return false;
    l->unsent = false;
    for (int32_t i = 0; i < l->proposal_n; i++)
        if (l->proposal[i].id == l->self)
            l->proposal[i].epoch = self_epoch;
    *ret = (struct leader_proposal){
        .leader_epoch = l->leader_epoch, .partition_epoch = l->partition_epoch,
        .recovery = 0, .isr = l->proposal, .isr_n = l->proposal_n,
    };
    return true;
}

static unsigned again(struct leader *l)
{
    l->unsent = true;
    return LEADER_PROPOSE;
}

/* Another epoch: somebody else leads, or will; the image says who. */
static unsigned accepted(struct leader *l, const struct leader_answer *a, const struct leader_context *c)
{
    if (a->leader_epoch != l->leader_epoch || a->partition_epoch < l->partition_epoch)
        return 0;
    commit(l, a->isr, a->isr_n, a->recovery, a->partition_epoch);
    return LEADER_ISR | look(l, c);
}

static unsigned refused(struct leader *l, const struct leader_context *c)
{
    revert(l);
    l->not_before_ms = c->now_ms + LEADER_REFUSED_PAUSE_MS;
    return LEADER_ISR;
}

unsigned leader_altered(struct leader *l, const struct leader_answer *a, const struct leader_context *c)
{
    if (!l->in_flight || l->unsent || a->asked_epoch != l->leader_epoch)
        return 0;
    if (a->failed)
        return again(l);
    switch (a->error) {
    case KF_ERR_NONE:
        return accepted(l, a, c);
    case KF_ERR_OPERATION_NOT_ATTEMPTED:
    case KF_ERR_INELIGIBLE_REPLICA:
        return refused(l, c);
    /* The controller knows more than this replica, or an earlier send was taken: only the
     * image tells, until then the proposal may be in force. */
    case KF_ERR_UNKNOWN_TOPIC_OR_PARTITION:
    case KF_ERR_UNKNOWN_TOPIC_ID:
    case KF_ERR_FENCED_LEADER_EPOCH:
    case KF_ERR_INVALID_UPDATE_VERSION:
    case KF_ERR_INVALID_REQUEST:
    case KF_ERR_NEW_LEADER_ELECTED:
        return 0;
    default:
        return again(l);
    }
}

void leader_check(const struct leader *l)
{
    int32_t committed = 0, maximal = 0;

    for (int32_t i = 0; i < l->replicas_n; i++) {
        INVARIANT(l->replicas[i].maximal || !l->replicas[i].committed);
        committed += l->replicas[i].committed;
        maximal += l->replicas[i].maximal;
    }
    INVARIANT(committed == l->committed_n && maximal == l->maximal_n);
    INVARIANT(l->in_flight || (!l->unsent && maximal == committed));
    INVARIANT(l->high_watermark <= l->end && l->own <= l->end);
}
