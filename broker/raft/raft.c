#include "broker/raft/raft.h"

#include "api/kafka/errors.h"
#include "common/invariant.h"

static const struct {
    unsigned next;
} states[RAFT_STATES] = {
    [RAFT_UNATTACHED] = { 1u << RAFT_LEADER },
    [RAFT_LEADER] = { 0 },
};

/* The only writer of r->state. */
static void move(struct raft *r, enum raft_state state)
{
    INVARIANT(states[r->state].next & (1u << state));
    r->state = state;
}

void raft_init(struct raft *r, int32_t id, const struct uuid *directory_id, const int32_t *voters,
               unsigned voters_n)
{
    memset(r, 0, sizeof(*r));
    INVARIANT(voters_n >= 1 && voters_n <= ARRAY_LEN(r->voters));
    r->id = id;
    r->directory_id = *directory_id;
    memcpy(r->voters, voters, voters_n * sizeof(*voters));
    r->voters_n = voters_n;
    r->high_watermark = -1;
    r->durable = (struct quorum_state){ .epoch = -1, .leader = -1, .voted = -1 };
}

static void emit(struct raft_effects *out, int kind, const struct quorum_state *q)
{
    INVARIANT(out->n < RAFT_EFFECTS_MAX);
    out->v[out->n].kind = kind;
    out->v[out->n++].state = *q;
}

/* The only voter needs nobody's vote but its own, which must be durable all the same: after a
 * restart it stands in a new epoch, never again in this one. */
static void on_start(struct raft *r, const struct raft_event *ev, struct raft_effects *out)
{
    int32_t epoch = ev->stored.epoch > ev->log_epoch ? ev->stored.epoch : ev->log_epoch;

    if (epoch < 0)
        epoch = 0;
    r->end = r->flushed = r->epoch_start = ev->end;
    r->durable = (struct quorum_state){ epoch + 1, r->id, r->id, r->directory_id };
    emit(out, RAFT_PERSIST, &r->durable);
    move(r, RAFT_LEADER);
    emit(out, RAFT_LEAD, &r->durable);
}

static bool is_voter(const struct raft *r, int32_t id)
{
    for (unsigned n = 0; n < r->voters_n; n++) {
        if (r->voters[n] == id)
            return true;
    }
    return false;
}

/* The offset that a majority of the voters has: sorted descending, the one in the middle. */
static int64_t majority(const struct raft *r)
{
    int64_t ends[ARRAY_LEN(r->voters)];

    for (unsigned n = 0; n < r->voters_n; n++) {
        int64_t end = r->voters[n] == r->id ? r->flushed : -1;
        unsigned at = n;

        for (unsigned k = 0; k < r->replicas_n; k++) {
            if (r->replicas[k].id == r->voters[n] && r->voters[n] != r->id)
                end = r->replicas[k].end_offset;
        }
        while (at && ends[at - 1] < end) {
            ends[at] = ends[at - 1];
            at--;
        }
        ends[at] = end;
    }
    return ends[r->voters_n / 2];
}

static void advance(struct raft *r, struct raft_effects *out)
{
    int64_t to = majority(r);

    if (to <= r->epoch_start || to <= r->high_watermark)
        return;
    r->high_watermark = to;
    emit(out, RAFT_HIGH_WATERMARK, &r->durable);
}

static struct raft_replica *replica(struct raft *r, const struct raft_event *ev)
{
    unsigned oldest = 0;

    for (unsigned n = 0; n < r->replicas_n; n++) {
        if (r->replicas[n].id == ev->replica &&
            uuid_eq(&r->replicas[n].directory_id, &ev->directory_id))
            return &r->replicas[n];
        if (r->replicas[n].fetched_ms < r->replicas[oldest].fetched_ms)
            oldest = n;
    }
    if (r->replicas_n < RAFT_REPLICAS_MAX)
        oldest = r->replicas_n++;
    r->replicas[oldest] = (struct raft_replica){ ev->replica, ev->directory_id, -1, -1, -1, -1 };
    return &r->replicas[oldest];
}

static void on_fetched(struct raft *r, const struct raft_event *ev, struct raft_effects *out)
{
    struct raft_replica *x = replica(r, ev);

    if (ev->offset >= r->end)
        x->caught_up_ms = ev->now_ms;
    else if (x->fetched_ms >= 0 && ev->offset >= x->end_at_fetch)
        x->caught_up_ms = x->fetched_ms;
    x->end_offset = ev->offset;
    x->fetched_ms = ev->now_ms;
    x->end_at_fetch = r->end;
    if (is_voter(r, x->id))
        advance(r, out);
}

void raft_step(struct raft *r, const struct raft_event *ev, struct raft_effects *ret)
{
    ret->n = 0;
    switch (ev->kind) {
    case RAFT_START: on_start(r, ev, ret); break;
    case RAFT_APPENDED: r->end = ev->end; break;
    case RAFT_FLUSHED:
        r->flushed = ev->end;
        advance(r, ret);
        break;
    case RAFT_FETCHED: on_fetched(r, ev, ret); break;
    }
    raft_check(r);
}

void raft_check(const struct raft *r)
{
    INVARIANT(r->flushed <= r->end);
    INVARIANT(r->high_watermark <= r->flushed);
    INVARIANT(r->state != RAFT_LEADER || r->durable.leader == r->id);
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
