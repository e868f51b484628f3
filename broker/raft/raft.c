#include "broker/raft/raft_internal.h"

#include "api/kafka/errors.h"

#define BIT(state) (1u << (state))

static const uint32_t may_move_to[RAFT_STATES] = {
    [RAFT_UNATTACHED] = BIT(RAFT_UNATTACHED) | BIT(RAFT_PROSPECTIVE) | BIT(RAFT_CANDIDATE) |
                        BIT(RAFT_FOLLOWER) | BIT(RAFT_RESIGNED),
    [RAFT_PROSPECTIVE] = BIT(RAFT_UNATTACHED) | BIT(RAFT_CANDIDATE) | BIT(RAFT_FOLLOWER),
    [RAFT_CANDIDATE] =
        BIT(RAFT_UNATTACHED) | BIT(RAFT_PROSPECTIVE) | BIT(RAFT_LEADER) | BIT(RAFT_FOLLOWER),
    [RAFT_LEADER] = BIT(RAFT_UNATTACHED) | BIT(RAFT_FOLLOWER) | BIT(RAFT_RESIGNED),
    [RAFT_FOLLOWER] = BIT(RAFT_UNATTACHED) | BIT(RAFT_PROSPECTIVE) | BIT(RAFT_FOLLOWER),
    [RAFT_RESIGNED] = BIT(RAFT_UNATTACHED) | BIT(RAFT_FOLLOWER),
};

void raft_emit(const struct raft *r, struct raft_effects *out, enum raft_effect_kind kind,
               uint32_t mask)
{
    INVARIANT(out->n < RAFT_EFFECTS_MAX);
    out->v[out->n++] = (struct raft_effect){ kind, mask, r->durable, r->state };
}

void raft_move(struct raft *r, enum raft_state state, int64_t deadline_ms, struct raft_effects *out)
{
    INVARIANT(may_move_to[r->state] & BIT(state));
    r->state = state;
    r->deadline_ms = deadline_ms;
    r->fetched = r->yielded = false;
    raft_emit(r, out, RAFT_ROLE, 0);
}

void raft_persist(struct raft *r, struct quorum_state q, struct raft_effects *out)
{
    const struct quorum_state *is = &r->durable;

    INVARIANT(q.epoch >= is->epoch);
    INVARIANT(q.epoch > is->epoch || is->voted == RAFT_NOBODY || q.voted == is->voted);
    INVARIANT(q.epoch > is->epoch || is->leader == RAFT_NOBODY || q.leader == is->leader);
    if (q.epoch == is->epoch && q.leader == is->leader && q.voted == is->voted)
        return;
    r->durable = q;
    raft_emit(r, out, RAFT_PERSIST, 0);
}

bool raft_key_fits(const struct raft_key *voter, const struct raft_key *x)
{
    return voter->id == x->id &&
           (uuid_is_zero(&voter->directory_id) || uuid_is_zero(&x->directory_id) ||
            uuid_eq(&voter->directory_id, &x->directory_id));
}

struct raft_voter *raft_voter(struct raft *r, const struct raft_key *x)
{
    for (unsigned n = 0; n < r->voters_n; n++) {
        if (raft_key_fits(&r->voters[n].key, x))
            return &r->voters[n];
    }
    return NULL;
}

bool raft_is_voter(const struct raft *r, const struct raft_key *x)
{
    for (unsigned n = 0; n < r->voters_n; n++) {
        if (raft_key_fits(&r->voters[n].key, x))
            return true;
    }
    return false;
}

/* Who is not in the newest set, but was before, stands until the newest is known to be committed:
 * it may have the only log that could commit it (Raft dissertation, 4.2.2). So does one whose vote
 * was asked for in vain. It counts for nothing. */
bool raft_stands(const struct raft *r)
{
    return raft_votes(r) || r->volunteer;
}

bool raft_votes(const struct raft *r)
{
    return raft_is_voter(r, &r->o.self);
}

bool raft_is_self(const struct raft *r, const struct raft_voter *v)
{
    return raft_key_fits(&v->key, &r->o.self);
}

uint32_t raft_others(const struct raft *r)
{
    uint32_t mask = 0;

    for (unsigned n = 0; n < r->voters_n; n++) {
        if (!raft_is_self(r, &r->voters[n]))
            mask |= 1u << n;
    }
    return mask;
}

unsigned raft_majority(const struct raft *r)
{
    return r->voters_n / 2 + 1;
}

int64_t raft_election_timeout(struct raft *r)
{
    int64_t t = r->o.election_timeout_ms;

    return t + (int64_t)rng_below(&r->rng, (uint64_t)t + 1);
}

/* The timer of one that waits for a leader: an epoch that changes does not wind it up again, or
 * epochs that chase each other would keep everybody from standing. */
static int64_t remaining(struct raft *r, int64_t now_ms)
{
    bool runs =
        BIT(r->state) & (BIT(RAFT_UNATTACHED) | BIT(RAFT_PROSPECTIVE) | BIT(RAFT_CANDIDATE));

    if (!raft_stands(r))
        return RAFT_NEVER;
    return runs && r->deadline_ms >= 0 ? r->deadline_ms : now_ms + raft_election_timeout(r);
}

void raft_become_unattached(struct raft *r, int64_t now_ms, int32_t epoch, struct raft_effects *out)
{
    int64_t deadline_ms = remaining(r, now_ms);

    INVARIANT(epoch > r->durable.epoch);
    raft_persist(r, (struct quorum_state){ epoch, RAFT_NOBODY, RAFT_NOBODY, { { 0 } } }, out);
    raft_move(r, RAFT_UNATTACHED, deadline_ms, out);
}

void raft_become_follower(struct raft *r, int64_t now_ms, int32_t epoch, int32_t leader,
                          struct raft_effects *out)
{
    struct quorum_state q = { epoch, leader, RAFT_NOBODY, { { 0 } } };

    INVARIANT(leader != r->o.self.id);
    /* Who leads is no promise, and its write would stand between the vote and the first fetch: it
     * goes to the disk with the next one. */
    if (epoch == r->durable.epoch) {
        INVARIANT(r->durable.leader == RAFT_NOBODY || r->durable.leader == leader);
        r->durable.leader = leader;
    } else {
        raft_persist(r, q, out);
    }
    raft_move(r, RAFT_FOLLOWER, raft_stands(r) ? now_ms + r->o.fetch_timeout_ms : RAFT_NEVER, out);
}

void raft_become_resigned(struct raft *r, int64_t now_ms, struct raft_effects *out)
{
    for (unsigned n = 0; n < r->voters_n; n++) {
        r->voters[n].ended = false;
        r->voters[n].retry_ms = now_ms + RAFT_RETRY_MS;
    }
    raft_move(r, RAFT_RESIGNED, now_ms + raft_election_timeout(r), out);
    if (raft_others(r))
        raft_emit(r, out, RAFT_SEND_END, raft_others(r));
}

/* That I lead an epoch which I do not lead is what others may still believe of an earlier life. */
void raft_learn(struct raft *r, int64_t now_ms, int32_t epoch, int32_t leader,
                struct raft_effects *out)
{
    bool leads = leader >= 0 && leader != r->o.self.id;
    bool waits =
        BIT(r->state) & (BIT(RAFT_UNATTACHED) | BIT(RAFT_PROSPECTIVE) | BIT(RAFT_CANDIDATE));

    if (epoch < r->durable.epoch)
        return;
    if (epoch > r->durable.epoch) {
        if (leads)
            raft_become_follower(r, now_ms, epoch, leader, out);
        else
            raft_become_unattached(r, now_ms, epoch, out);
    } else if (leads && waits &&
               (r->durable.leader == RAFT_NOBODY ||
                (r->state == RAFT_UNATTACHED && r->durable.leader == leader))) {
        raft_become_follower(r, now_ms, epoch, leader, out);
    }
}

void raft_init(struct raft *r, const struct raft_options *o, const struct raft_key *voters,
               unsigned voters_n)
{
    INVARIANT(voters_n <= VOTERS_MAX);
    memset(r, 0, sizeof(*r));
    r->o = *o;
    rng_seed(&r->rng, o->seed);
    for (unsigned n = 0; n < voters_n; n++)
        r->voters[n].key = voters[n];
    r->voters_n = voters_n;
    r->voters_offset = -1;
    r->volunteer = o->leaving;
    r->high_watermark = r->committed = -1;
    r->deadline_ms = RAFT_NEVER;
    r->durable = (struct quorum_state){ -1, RAFT_NOBODY, RAFT_NOBODY, { { 0 } } };
}

static bool voter_has_id(const struct raft *r, int32_t id)
{
    return raft_is_voter(r, &(struct raft_key){ .id = id });
}

/* Whoever led when it stopped never leads that epoch again: it may have lost what only it had. All
 * others look for a leader first, and stand soon: pre-votes disturb nobody. */
static void on_start(struct raft *r, const struct raft_event *ev, struct raft_effects *out)
{
    int64_t soon_ms =
        ev->now_ms + 10 + (int64_t)rng_below(&r->rng, (uint64_t)r->o.election_timeout_ms / 10 + 1);

    r->end = r->flushed = r->epoch_start = ev->end;
    r->log_epoch = ev->log_epoch;
    r->high_watermark = r->committed = ev->offset;
    r->durable = ev->stored;
    if (ev->stored.epoch < 0 || ev->stored.epoch < ev->log_epoch)
        raft_persist(r, (struct quorum_state){ ev->log_epoch, RAFT_NOBODY, RAFT_NOBODY, { { 0 } } },
                     out);
    if (raft_votes(r) && r->voters_n == 1)
        raft_elect_alone(r, ev->now_ms, out);
    else if (r->durable.leader == r->o.self.id)
        raft_become_resigned(r, ev->now_ms, out);
    else if (r->durable.leader >= 0 && voter_has_id(r, r->durable.leader))
        raft_move(r, RAFT_FOLLOWER,
                  raft_stands(r) ? ev->now_ms + r->o.fetch_timeout_ms : RAFT_NEVER, out);
    else
        raft_move(r, RAFT_UNATTACHED, raft_stands(r) ? soon_ms : RAFT_NEVER, out);
}

/* The set without me is committed. */
static void left(struct raft *r)
{
    if (r->voters_offset >= 0 && r->high_watermark > r->voters_offset)
        r->volunteer = false;
}

/* A follower's high watermark: what the leader said, as far as it is durable here. */
static void follow_committed(struct raft *r, int64_t now_ms, struct raft_effects *out)
{
    int64_t to = r->committed < r->flushed ? r->committed : r->flushed;
    bool stood = raft_stands(r);

    if (r->state == RAFT_LEADER || to <= r->high_watermark)
        return;
    r->high_watermark = to;
    raft_emit(r, out, RAFT_HIGH_WATERMARK, 0);
    left(r);
    if (stood && !raft_stands(r))
        raft_give_way(r, now_ms, out);
}

static void on_flushed(struct raft *r, const struct raft_event *ev, struct raft_effects *out)
{
    INVARIANT(ev->end >= r->flushed && ev->end <= r->end);
    r->flushed = ev->end;
    if (r->state == RAFT_LEADER)
        raft_advance(r, ev->now_ms, out);
    else
        follow_committed(r, ev->now_ms, out);
}

static void on_appended(struct raft *r, const struct raft_event *ev)
{
    INVARIANT(ev->end >= r->end && ev->log_epoch >= r->log_epoch);
    r->end = ev->end;
    r->log_epoch = ev->log_epoch;
}

static void on_truncated(struct raft *r, const struct raft_event *ev)
{
    INVARIANT(r->state != RAFT_LEADER && ev->end >= r->high_watermark);
    r->end = r->flushed = ev->end;
    r->log_epoch = ev->log_epoch;
}

static void on_committed(struct raft *r, const struct raft_event *ev, struct raft_effects *out)
{
    if (ev->offset > r->committed)
        r->committed = ev->offset;
    follow_committed(r, ev->now_ms, out);
}

/* What a voter said stays with its key. */
static void on_voter_set(struct raft *r, const struct raft_event *ev, struct raft_effects *out)
{
    struct raft_voter next[VOTERS_MAX] = { 0 };
    bool stood = raft_stands(r);

    INVARIANT(ev->voters_n <= VOTERS_MAX);
    for (unsigned n = 0; n < ev->voters_n; n++) {
        const struct raft_voter *was = raft_voter(r, &ev->voters[n]);

        if (was)
            next[n] = *was;
        else
            next[n].retry_ms = ev->now_ms;
        next[n].key = ev->voters[n];
    }
    memcpy(r->voters, next, sizeof(next));
    r->voters_n = ev->voters_n;
    r->voters_offset = ev->offset;
    r->volunteer = stood && !raft_votes(r);
    left(r);
    if (r->state == RAFT_LEADER) {
        r->check_quorum_ms = ev->now_ms; /* the next tick counts anew */
        raft_advance(r, ev->now_ms, out);
    } else if (stood && !raft_stands(r)) {
        raft_give_way(r, ev->now_ms, out);
    } else if (!stood && raft_stands(r) && r->deadline_ms == RAFT_NEVER) {
        r->deadline_ms = ev->now_ms + r->o.fetch_timeout_ms;
    }
}

/* Kafka's split of the backoff (KIP-595): the best candidate at once, the others later and later.
 */
static void on_end(struct raft *r, const struct raft_event *ev, struct raft_effects *out)
{
    int64_t wait = r->o.backoff_ms;

    raft_learn(r, ev->now_ms, ev->epoch, ev->leader, out);
    if (r->state != RAFT_FOLLOWER || r->durable.leader != ev->leader ||
        ev->epoch != r->durable.epoch)
        return;
    r->fetched = false;
    if (ev->position == 0)
        wait = 0;
    else if (ev->position > 0 && ev->position < ev->count && ev->count <= VOTERS_MAX)
        wait = (wait >> (ev->count - 1)) << (ev->position - 1);
    if (wait > r->o.backoff_ms)
        wait = r->o.backoff_ms;
    if (raft_stands(r))
        r->deadline_ms = ev->now_ms + wait;
}

static void on_begin(struct raft *r, const struct raft_event *ev, struct raft_effects *out)
{
    raft_learn(r, ev->now_ms, ev->epoch, ev->leader, out);
    if (r->state == RAFT_PROSPECTIVE && ev->epoch == r->durable.epoch && ev->leader >= 0 &&
        ev->leader == r->durable.leader && ev->leader != r->o.self.id)
        raft_become_follower(r, ev->now_ms, ev->epoch, ev->leader, out);
}

static void on_answered(struct raft *r, const struct raft_event *ev, struct raft_effects *out)
{
    raft_learn(r, ev->now_ms, ev->epoch, ev->leader, out);
    if (!ev->granted || r->state != RAFT_FOLLOWER || ev->from.id != r->durable.leader ||
        ev->epoch != r->durable.epoch)
        return;
    r->fetched = true;
    r->fetched_ms = ev->now_ms;
    r->attempts = 0;
    if (raft_stands(r))
        r->deadline_ms = ev->now_ms + r->o.fetch_timeout_ms;
}

static void on_ended(struct raft *r, const struct raft_event *ev)
{
    struct raft_voter *v = raft_voter(r, &ev->from);

    if (v && r->state == RAFT_RESIGNED)
        v->ended = true;
}

static void on_tick(struct raft *r, const struct raft_event *ev, struct raft_effects *out)
{
    if (r->state == RAFT_LEADER)
        raft_step_leader_tick(r, ev->now_ms, out);
    else
        raft_step_election_tick(r, ev->now_ms, out);
}

void raft_step(struct raft *r, const struct raft_event *ev, struct raft_effects *ret)
{
    ret->n = 0;
    ret->granted = false;
    switch (ev->kind) {
    case RAFT_START:
        on_start(r, ev, ret);
        break;
    case RAFT_TICK:
        on_tick(r, ev, ret);
        break;
    case RAFT_APPENDED:
        on_appended(r, ev);
        break;
    case RAFT_FLUSHED:
        on_flushed(r, ev, ret);
        break;
    case RAFT_TRUNCATED:
        on_truncated(r, ev);
        break;
    case RAFT_COMMITTED:
        on_committed(r, ev, ret);
        break;
    case RAFT_VOTER_SET:
        on_voter_set(r, ev, ret);
        break;
    case RAFT_FETCHED:
        raft_step_fetched(r, ev, ret);
        break;
    case RAFT_VOTE:
        raft_step_vote(r, ev, ret);
        break;
    case RAFT_VOTED:
        raft_step_voted(r, ev, ret);
        break;
    case RAFT_BEGIN:
        on_begin(r, ev, ret);
        break;
    case RAFT_END:
        on_end(r, ev, ret);
        break;
    case RAFT_ENDED:
        on_ended(r, ev);
        break;
    case RAFT_ANSWERED:
        on_answered(r, ev, ret);
        break;
    case RAFT_PEER_LOST:
        raft_step_lost(r, ev, ret);
        break;
    case RAFT_RESIGN:
        if (r->state == RAFT_LEADER)
            raft_become_resigned(r, ev->now_ms, ret);
        break;
    }
    raft_check(r);
}

void raft_check(const struct raft *r)
{
    INVARIANT(r->flushed <= r->end);
    INVARIANT(r->high_watermark <= r->flushed);
    INVARIANT(r->state != RAFT_LEADER || r->durable.leader == r->o.self.id);
    INVARIANT(r->state != RAFT_CANDIDATE || r->durable.voted == r->o.self.id);
    INVARIANT(r->state != RAFT_FOLLOWER ||
              (r->durable.leader >= 0 && r->durable.leader != r->o.self.id));
    INVARIANT((r->state != RAFT_CANDIDATE && r->state != RAFT_PROSPECTIVE) || raft_stands(r));
}

int64_t raft_truncation(const struct raft *r, struct snapshot_id diverging,
                        struct snapshot_id local)
{
    int64_t to = local.end_offset;

    if (local.epoch == diverging.epoch && diverging.end_offset < to)
        to = diverging.end_offset;
    return to < r->high_watermark ? -1 : to;
}

int16_t raft_check_leader_request(const struct raft *r, int32_t epoch)
{
    if (epoch < r->durable.epoch)
        return KF_ERR_FENCED_LEADER_EPOCH;
    if (epoch > r->durable.epoch)
        return KF_ERR_UNKNOWN_LEADER_EPOCH;
    return r->state == RAFT_LEADER ? KF_ERR_NONE : KF_ERR_NOT_LEADER_OR_FOLLOWER;
}

int16_t raft_check_voter_request(const struct raft *r, int32_t epoch)
{
    return epoch < r->durable.epoch ? KF_ERR_FENCED_LEADER_EPOCH : KF_ERR_NONE;
}
