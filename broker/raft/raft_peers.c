#include "broker/raft/raft_internal.h"

#include "api/kafka/errors.h"

enum { CAUGHT_UP_WITHIN_MS = 3600000 };

/* The newest entry that fits: a voter whose disk was replaced counts with what it has now. */
static const struct raft_replica *of_key(const struct raft *r, const struct raft_key *key)
{
    const struct raft_replica *found = NULL;

    for (unsigned n = 0; n < r->replicas_n; n++) {
        const struct raft_replica *x = &r->replicas[n];

        if (raft_key_fits(key, &x->key) && (!found || x->active_ms > found->active_ms))
            found = x;
    }
    return found;
}

static int64_t end_of(const struct raft *r, const struct raft_voter *v)
{
    const struct raft_replica *x = of_key(r, &v->key);

    if (raft_is_self(r, v))
        return r->flushed;
    return x ? x->end_offset : -1;
}

static int64_t active_of(const struct raft *r, const struct raft_voter *v)
{
    const struct raft_replica *x = of_key(r, &v->key);

    return x ? x->active_ms : RAFT_NEVER;
}

/* The n-th greatest of the values, counted from 0. */
static int64_t nth(int64_t *v, unsigned count, unsigned n)
{
    for (unsigned k = 1; k < count; k++) {
        int64_t x = v[k];
        unsigned at = k;

        for (; at && v[at - 1] < x; at--)
            v[at] = v[at - 1];
        v[at] = x;
    }
    return v[n];
}

/* The offset that a majority of the voters has durable. */
static int64_t majority_end(const struct raft *r)
{
    int64_t ends[VOTERS_MAX];

    for (unsigned n = 0; n < r->voters_n; n++)
        ends[n] = end_of(r, &r->voters[n]);
    return nth(ends, r->voters_n, r->voters_n / 2);
}

/* Only a record of its own epoch commits those of earlier ones (Raft, 5.4.2). */
void raft_advance(struct raft *r, int64_t now_ms, struct raft_effects *out)
{
    int64_t to = r->voters_n ? majority_end(r) : -1;

    if (to > r->flushed)
        to = r->flushed;
    if (to > r->epoch_start && to > r->high_watermark) {
        r->high_watermark = to;
        raft_emit(r, out, RAFT_HIGH_WATERMARK, 0);
    }
    if (!raft_votes(r) && r->high_watermark > r->voters_offset)
        raft_become_resigned(r, now_ms, out);
}

int64_t raft_reported_high_watermark(const struct raft *r)
{
    return r->state == RAFT_LEADER && r->high_watermark <= r->epoch_start ? -1 : r->high_watermark;
}

/* How many others must be heard for a majority; 0 when none. */
static unsigned others_needed(const struct raft *r)
{
    return raft_majority(r) - (raft_votes(r) ? 1 : 0);
}

/* KIP-835's check: when the majority was last heard, and a time on top. */
static int64_t pulse_ends(const struct raft *r)
{
    int64_t heard[VOTERS_MAX];
    unsigned n = 0, needed = others_needed(r);
    int64_t last;

    for (unsigned k = 0; k < r->voters_n; k++) {
        if (!raft_is_self(r, &r->voters[k]))
            heard[n++] = active_of(r, &r->voters[k]);
    }
    if (!needed || n < needed)
        return RAFT_NEVER;
    last = nth(heard, n, needed - 1);
    if (last < r->led_since_ms)
        last = r->led_since_ms;
    return last + r->o.fetch_timeout_ms * 3 / 2;
}

void raft_become_leader(struct raft *r, int64_t now_ms, uint32_t granted, struct raft_effects *out)
{
    struct quorum_state q = r->durable;

    q.leader = r->o.self.id;
    raft_persist(r, q, out);
    raft_move(r, RAFT_LEADER, RAFT_NEVER, out);
    r->replicas_n = 0;
    r->epoch_start = r->end;
    r->attempts = 0;
    r->led_since_ms = now_ms;
    r->check_quorum_ms = pulse_ends(r);
    for (unsigned n = 0; n < r->voters_n; n++)
        r->voters[n].retry_ms = now_ms + r->o.fetch_timeout_ms / 2;
    raft_emit(r, out, RAFT_LEAD, granted);
    if (raft_others(r))
        raft_emit(r, out, RAFT_SEND_BEGIN, raft_others(r));
}

static struct raft_replica *replica(struct raft *r, const struct raft_key *key)
{
    unsigned oldest = 0;

    for (unsigned n = 0; n < r->replicas_n; n++) {
        if (r->replicas[n].key.id == key->id &&
            uuid_eq(&r->replicas[n].key.directory_id, &key->directory_id))
            return &r->replicas[n];
        if (r->replicas[n].active_ms < r->replicas[oldest].active_ms)
            oldest = n;
    }
    if (r->replicas_n < RAFT_REPLICAS_MAX)
        oldest = r->replicas_n++;
    r->replicas[oldest] = (struct raft_replica){ *key, -1, -1, -1, -1, -1 };
    return &r->replicas[oldest];
}

static void note_fetch(struct raft *r, struct raft_replica *x, const struct raft_event *ev)
{
    if (ev->offset >= r->end)
        x->caught_up_ms = ev->wall_ms;
    else if (x->fetched_ms >= 0 && ev->offset >= x->end_at_fetch)
        x->caught_up_ms = x->fetched_ms;
    x->end_offset = ev->offset;
    x->fetched_ms = ev->wall_ms;
    x->end_at_fetch = r->end;
}

void raft_step_fetched(struct raft *r, const struct raft_event *ev, struct raft_effects *out)
{
    struct raft_voter *v = raft_voter(r, &ev->from);
    struct raft_replica *x;

    INVARIANT(r->state == RAFT_LEADER && ev->offset <= r->end);
    x = replica(r, &ev->from);
    x->active_ms = ev->now_ms;
    if (ev->offset >= 0)
        note_fetch(r, x, ev);
    if (!v)
        return;
    v->retry_ms = ev->now_ms + r->o.fetch_timeout_ms / 2;
    raft_advance(r, ev->now_ms, out);
}

static bool begin_due(const struct raft *r, const struct raft_voter *v, int64_t now_ms)
{
    return !raft_is_self(r, v) && v->retry_ms <= now_ms;
}

void raft_step_leader_tick(struct raft *r, int64_t now_ms, struct raft_effects *out)
{
    uint32_t mask = 0;

    if (r->check_quorum_ms != RAFT_NEVER && r->check_quorum_ms <= now_ms)
        r->check_quorum_ms = pulse_ends(r);
    if (r->check_quorum_ms != RAFT_NEVER && r->check_quorum_ms <= now_ms) {
        raft_become_resigned(r, now_ms, out);
        return;
    }
    for (unsigned n = 0; n < r->voters_n; n++) {
        if (!begin_due(r, &r->voters[n], now_ms))
            continue;
        mask |= 1u << n;
        r->voters[n].retry_ms = now_ms + r->o.fetch_timeout_ms / 2;
    }
    if (mask)
        raft_emit(r, out, RAFT_SEND_BEGIN, mask);
}

int64_t raft_leader_deadline(const struct raft *r)
{
    int64_t at = r->check_quorum_ms;

    for (unsigned n = 0; n < r->voters_n; n++) {
        const struct raft_voter *v = &r->voters[n];

        if (!raft_is_self(r, v) && (at == RAFT_NEVER || v->retry_ms < at))
            at = v->retry_ms;
    }
    return at;
}

unsigned raft_successors(const struct raft *r, struct raft_key ret[VOTERS_MAX])
{
    int64_t ends[VOTERS_MAX];
    unsigned n = 0;

    for (unsigned k = 0; k < r->voters_n; k++) {
        int64_t end = end_of(r, &r->voters[k]);
        unsigned at = n;

        if (raft_is_self(r, &r->voters[k]))
            continue;
        for (; at && ends[at - 1] < end; at--) {
            ends[at] = ends[at - 1];
            ret[at] = ret[at - 1];
        }
        ends[at] = end;
        ret[at] = r->voters[k].key;
        n++;
    }
    return n;
}

/* One change at a time, and none before the epoch's first record is committed. */
bool raft_voters_may_change(const struct raft *r)
{
    return r->state == RAFT_LEADER && raft_reported_high_watermark(r) >= 0 &&
           r->high_watermark > r->voters_offset;
}

bool raft_is_caught_up(const struct raft *r, const struct raft_key *x, int64_t wall_ms)
{
    const struct raft_replica *seen = of_key(r, x);

    return seen && seen->caught_up_ms >= 0 && wall_ms - seen->fetched_ms <= CAUGHT_UP_WITHIN_MS;
}

int16_t raft_check_add_voter(const struct raft *r, const struct raft_key *x, int64_t wall_ms)
{
    if (!raft_voters_may_change(r))
        return KF_ERR_REQUEST_TIMED_OUT;
    for (unsigned n = 0; n < r->voters_n; n++) {
        if (r->voters[n].key.id == x->id)
            return KF_ERR_DUPLICATE_VOTER;
    }
    if (r->voters_n == VOTERS_MAX)
        return KF_ERR_INVALID_REQUEST;
    return raft_is_caught_up(r, x, wall_ms) ? KF_ERR_NONE : KF_ERR_REQUEST_TIMED_OUT;
}

int16_t raft_check_remove_voter(const struct raft *r, const struct raft_key *x)
{
    if (!raft_voters_may_change(r))
        return KF_ERR_REQUEST_TIMED_OUT;
    return r->voters_n > 1 && raft_is_voter(r, x) ? KF_ERR_NONE : KF_ERR_VOTER_NOT_FOUND;
}
