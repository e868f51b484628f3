#include "broker/raft/raft_internal.h"

enum { YIELD_MS = 50 };

/* The first try after a leader's death comes at once; each one that fails waits longer. */
static int64_t pause_ms(struct raft *r)
{
    int64_t limit = raft_election_timeout(r);
    int64_t ms = 20 + (int64_t)rng_below(&r->rng, 40);

    if (!r->attempts)
        return (int64_t)rng_below(&r->rng, 15);
    ms <<= r->attempts < 6 ? r->attempts - 1 : 5;
    return ms < limit ? ms : limit;
}

static void ask_all(struct raft *r, struct raft_effects *out)
{
    for (unsigned n = 0; n < r->voters_n; n++) {
        r->voters[n].vote = raft_is_self(r, &r->voters[n]) ? RAFT_VOTE_GRANTED : RAFT_VOTE_OPEN;
        r->voters[n].retry_ms = INT64_MAX;
    }
    if (raft_others(r))
        raft_emit(r, out, RAFT_SEND_VOTE, raft_others(r));
}

static uint32_t votes(const struct raft *r, enum raft_vote vote)
{
    uint32_t mask = 0;

    for (unsigned n = 0; n < r->voters_n; n++) {
        if (r->voters[n].vote == vote)
            mask |= 1u << n;
    }
    return mask;
}

static unsigned count(uint32_t mask)
{
    return (unsigned)__builtin_popcount(mask);
}

void raft_stand(struct raft *r, int64_t now_ms, struct raft_effects *out)
{
    raft_move(r, RAFT_PROSPECTIVE, now_ms + raft_election_timeout(r), out);
    ask_all(r, out);
    if (count(votes(r, RAFT_VOTE_GRANTED)) >= raft_majority(r))
        raft_elect_alone(r, now_ms, out);
}

static void become_candidate(struct raft *r, int64_t now_ms, struct raft_effects *out)
{
    struct quorum_state q = { r->durable.epoch + 1, RAFT_NOBODY, r->o.self.id,
                              r->o.self.directory_id };

    raft_persist(r, q, out);
    raft_move(r, RAFT_CANDIDATE, now_ms + raft_election_timeout(r), out);
    ask_all(r, out);
}

/* The only voter needs nobody's vote but its own, which must be durable all the same. */
void raft_elect_alone(struct raft *r, int64_t now_ms, struct raft_effects *out)
{
    INVARIANT(r->voters_n == 1);
    become_candidate(r, now_ms, out);
    raft_become_leader(r, now_ms, votes(r, RAFT_VOTE_GRANTED), out);
}

/* Back to where it came from: the pre-votes were refused, or not answered in time. */
static void stand_back(struct raft *r, int64_t now_ms, struct raft_effects *out)
{
    bool has_leader = r->durable.leader >= 0 && r->durable.leader != r->o.self.id;

    r->attempts++;
    raft_move(r, has_leader ? RAFT_FOLLOWER : RAFT_UNATTACHED, now_ms + pause_ms(r), out);
}

void raft_give_way(struct raft *r, int64_t now_ms, struct raft_effects *out)
{
    bool has_leader = r->durable.leader >= 0 && r->durable.leader != r->o.self.id;

    (void)now_ms;
    if (r->state == RAFT_PROSPECTIVE || r->state == RAFT_CANDIDATE)
        raft_move(r, has_leader ? RAFT_FOLLOWER : RAFT_UNATTACHED, RAFT_NEVER, out);
    else if (r->state != RAFT_RESIGNED) /* which ends by its timer alone */
        r->deadline_ms = RAFT_NEVER;
}

static void tally(struct raft *r, int64_t now_ms, struct raft_effects *out)
{
    uint32_t granted = votes(r, RAFT_VOTE_GRANTED);
    unsigned rejected = count(votes(r, RAFT_VOTE_REJECTED));
    unsigned lost = count(votes(r, RAFT_VOTE_LOST)), need = raft_majority(r);
    int64_t sooner;

    if (count(granted) >= need) {
        if (r->state == RAFT_PROSPECTIVE)
            become_candidate(r, now_ms, out);
        else
            raft_become_leader(r, now_ms, granted, out);
    } else if (r->state == RAFT_PROSPECTIVE && r->voters_n - rejected - lost < need) {
        stand_back(r, now_ms, out);
    } else if (r->state == RAFT_CANDIDATE && r->voters_n - rejected - lost < need) {
        r->attempts++;
        sooner = now_ms + pause_ms(r);
        if (sooner < r->deadline_ms)
            r->deadline_ms = sooner;
    }
}

static bool has_voted_for(const struct raft *r, const struct raft_key *x)
{
    return r->durable.voted == x->id &&
           raft_key_fits(&(struct raft_key){ r->durable.voted, r->durable.voted_directory }, x);
}

static bool up_to_date(const struct raft *r, const struct raft_event *ev)
{
    return ev->last_epoch > r->log_epoch ||
           (ev->last_epoch == r->log_epoch && ev->last_offset >= r->end);
}

/* One that does not know yet that it is a voter has no timer to tell it that the leader is silent.
 */
static bool grants_pre_vote(const struct raft *r, int64_t now_ms)
{
    bool hears = r->fetched && now_ms - r->fetched_ms < r->o.fetch_timeout_ms;

    return r->state != RAFT_LEADER && !(r->state == RAFT_FOLLOWER && hears);
}

/* Two that notice the leader's death together would take each other's votes: who is asked lets the
 * other try. Only once, for the other may be unable to hear what it is told. */
static void yield(struct raft *r, int64_t now_ms)
{
    if (r->yielded || r->deadline_ms == RAFT_NEVER || r->deadline_ms > now_ms + YIELD_MS ||
        (r->state != RAFT_FOLLOWER && r->state != RAFT_UNATTACHED))
        return;
    r->yielded = true;
    r->deadline_ms = now_ms + YIELD_MS;
}

/* Another's newest set has me as a voter, mine has not, and my log is the longer one: neither could
 * ever win. */
static void volunteer(struct raft *r, int64_t now_ms)
{
    r->volunteer = true;
    if (r->state != RAFT_RESIGNED)
        r->deadline_ms = now_ms + pause_ms(r);
}

static void grant(struct raft *r, const struct raft_event *ev, struct raft_effects *out)
{
    struct quorum_state q = r->durable;
    int64_t deadline_ms = raft_stands(r) ? ev->now_ms + raft_election_timeout(r) : RAFT_NEVER;

    q.voted = ev->from.id;
    q.voted_directory = ev->from.directory_id;
    raft_persist(r, q, out);
    out->granted = true;
    if (r->state == RAFT_PROSPECTIVE)
        raft_move(r, RAFT_UNATTACHED, deadline_ms, out);
    else
        r->deadline_ms = deadline_ms;
}

void raft_step_vote(struct raft *r, const struct raft_event *ev, struct raft_effects *out)
{
    INVARIANT(ev->epoch >= r->durable.epoch);
    if (ev->epoch > r->durable.epoch)
        raft_become_unattached(r, ev->now_ms, ev->epoch, out);
    if (ev->prevote) {
        out->granted = grants_pre_vote(r, ev->now_ms) && up_to_date(r, ev);
        if (out->granted)
            yield(r, ev->now_ms);
        if (grants_pre_vote(r, ev->now_ms) && !up_to_date(r, ev) && !raft_stands(r))
            volunteer(r, ev->now_ms);
        return;
    }
    if (r->state != RAFT_UNATTACHED && r->state != RAFT_PROSPECTIVE)
        return;
    if (r->durable.voted != RAFT_NOBODY)
        out->granted = has_voted_for(r, &ev->from);
    else if (r->durable.leader == RAFT_NOBODY && up_to_date(r, ev))
        grant(r, ev, out);
}

void raft_step_voted(struct raft *r, const struct raft_event *ev, struct raft_effects *out)
{
    struct raft_voter *v;
    int32_t epoch = r->durable.epoch;
    enum raft_state asked = ev->prevote ? RAFT_PROSPECTIVE : RAFT_CANDIDATE;

    raft_learn(r, ev->now_ms, ev->epoch, ev->leader, out);
    v = raft_voter(r, &ev->from);
    if (ev->epoch != epoch || r->state != asked || r->durable.epoch != epoch || !v ||
        v->vote == RAFT_VOTE_GRANTED)
        return;
    v->vote = ev->granted ? RAFT_VOTE_GRANTED : RAFT_VOTE_REJECTED;
    tally(r, ev->now_ms, out);
}

static void vote_lost(struct raft *r, const struct raft_event *ev, struct raft_effects *out)
{
    struct raft_voter *v = raft_voter(r, &ev->from);

    if (!v || v->vote != RAFT_VOTE_OPEN)
        return;
    v->vote = RAFT_VOTE_LOST;
    v->retry_ms = ev->now_ms + RAFT_RETRY_MS;
    tally(r, ev->now_ms, out);
}

static void leader_lost(struct raft *r, const struct raft_event *ev)
{
    int64_t at;

    r->fetched = false;
    if (!raft_stands(r))
        return;
    at = ev->now_ms + pause_ms(r);
    if (at < r->deadline_ms)
        r->deadline_ms = at;
}

void raft_step_lost(struct raft *r, const struct raft_event *ev, struct raft_effects *out)
{
    if (r->state == RAFT_FOLLOWER && ev->from.id == r->durable.leader)
        leader_lost(r, ev);
    else if (r->state == RAFT_PROSPECTIVE || r->state == RAFT_CANDIDATE)
        vote_lost(r, ev, out);
}

static bool retries(const struct raft *r, const struct raft_voter *v)
{
    if (r->state == RAFT_CANDIDATE)
        return v->vote == RAFT_VOTE_LOST;
    return r->state == RAFT_RESIGNED && !v->ended && !raft_is_self(r, v);
}

/* Voters that could not be reached are asked again within the same try. */
static void retry(struct raft *r, int64_t now_ms, struct raft_effects *out)
{
    uint32_t mask = 0;

    for (unsigned n = 0; n < r->voters_n; n++) {
        struct raft_voter *v = &r->voters[n];

        if (!retries(r, v) || v->retry_ms > now_ms)
            continue;
        mask |= 1u << n;
        v->retry_ms = r->state == RAFT_CANDIDATE ? INT64_MAX : now_ms + 2 * RAFT_RETRY_MS;
        if (r->state == RAFT_CANDIDATE)
            v->vote = RAFT_VOTE_OPEN;
    }
    if (mask)
        raft_emit(r, out, r->state == RAFT_CANDIDATE ? RAFT_SEND_VOTE : RAFT_SEND_END, mask);
}

/* The epoch in which it led is over for it; it looks for another leader before it stands. */
static void leave_office(struct raft *r, int64_t now_ms, struct raft_effects *out)
{
    raft_become_unattached(r, now_ms, r->durable.epoch + 1, out);
    if (raft_stands(r))
        r->deadline_ms = now_ms + pause_ms(r);
}

void raft_step_election_tick(struct raft *r, int64_t now_ms, struct raft_effects *out)
{
    if (r->deadline_ms == RAFT_NEVER || r->deadline_ms > now_ms) {
        retry(r, now_ms, out);
        return;
    }
    switch (r->state) {
    case RAFT_UNATTACHED:
    case RAFT_FOLLOWER:
        raft_stand(r, now_ms, out);
        break;
    case RAFT_PROSPECTIVE:
        stand_back(r, now_ms, out);
        break;
    case RAFT_CANDIDATE:
        r->attempts++;
        raft_stand(r, now_ms, out);
        break;
    case RAFT_RESIGNED:
        leave_office(r, now_ms, out);
        break;
    default:
        INVARIANT(false);
    }
}

int64_t raft_deadline(const struct raft *r)
{
    int64_t at = r->deadline_ms;

    if (r->state == RAFT_LEADER)
        return raft_leader_deadline(r);
    for (unsigned n = 0; n < r->voters_n; n++) {
        const struct raft_voter *v = &r->voters[n];

        if (retries(r, v) && v->retry_ms != INT64_MAX && (at == RAFT_NEVER || v->retry_ms < at))
            at = v->retry_ms;
    }
    return at;
}
