/* What nodes say to each other, and what they make of it. */
#include "tests/sim/quorum.h"

#include <inttypes.h>

#include "api/kafka/errors.h"
#include "common/mem.h"

static const char *const names[] = {
    "Vote",    "voted",         "BeginQuorumEpoch", "begun", "EndQuorumEpoch", "ended", "Fetch",
    "fetched", "FetchSnapshot", "snapshot",         "lost"
};

struct message *quorum_message_new(struct quorum *q, enum message_kind kind, int from, int to)
{
    struct message *m = q->free, *all = m ? m->all : q->all;

    if (m)
        q->free = m->next;
    else
        q->all = m = mem_new(struct message);
    memset(m, 0, offsetof(struct message, entries));
    m->all = all;
    m->kind = kind;
    m->from = from;
    m->to = to;
    m->from_disk = q->nodes[from].disk;
    m->from_life = q->nodes[from].life;
    m->to_life = q->nodes[to].life;
    m->epoch = q->nodes[from].r.durable.epoch;
    m->leader = q->nodes[from].r.durable.leader;
    return m;
}

static void message_free(struct quorum *q, struct message *m)
{
    m->next = q->free;
    q->free = m;
}

static bool is_answer(enum message_kind kind)
{
    return kind == MSG_VOTED || kind == MSG_BEGUN || kind == MSG_ENDED || kind == MSG_FETCHED ||
           kind == MSG_SNAPSHOT_IS;
}

struct message *quorum_message_answer(struct node *n, const struct message *request,
                                      enum message_kind kind)
{
    struct message *m = quorum_message_new(n->q, kind, n->id, request->from);

    m->to_life = request->from_life;
    m->id = request->id;
    m->prevote = request->prevote;
    return m;
}

static void on_message(void *ctx, const struct sim_event *ev);

/* Nobody listens there: the one who asks learns it at once. */
static bool refused(struct quorum *q, const struct message *m)
{
    return !q->nodes[m->to].up && m->kind != MSG_LOST && !is_answer(m->kind) && q->p.lost_seen;
}

void quorum_message_send(struct quorum *q, struct message *m)
{
    struct node *from = &q->nodes[m->from];
    int64_t delay[NETWORK_COPIES], now = q->s->now_us;

    if (refused(q, m)) {
        struct message *lost = quorum_message_new(q, MSG_LOST, m->to, m->from);

        message_free(q, m);
        quorum_message_send(q, lost);
        return;
    }
    m->sent_us = from->busy_until_us > now ? from->busy_until_us : now;
    m->copies = network_carry(q->net, q->s, m->from, m->to, delay);
    for (int c = 0; c < m->copies; c++)
        sim_at(q->s, m->sent_us + delay[c],
               (struct sim_event){
                   .run = on_message, .ctx = q, .node = m->to, .number = m->kind, .object = m });
    if (!m->copies)
        message_free(q, m);
}

static void trace_message(struct sim *s, const struct message *m)
{
    SIM_TRACE(s, "n%d <- n%d %s epoch %d leader %d offset %" PRId64 "/%d%s%s error %d", m->to,
              m->from, names[m->kind], m->epoch, m->leader, m->offset, m->last_epoch,
              m->prevote ? " pre" : "", m->granted ? " granted" : "", m->error);
}

/* Voters. */
void node_send_votes(struct node *n, uint32_t mask, bool prevote)
{
    if (node_crashes_here(n))
        return;
    if (!prevote)
        check_vote(n, n->id, n->r.durable.epoch);
    for (unsigned k = 0; k < n->r.voters_n; k++) {
        struct message *m;

        if (!(mask >> k & 1))
            continue;
        m = quorum_message_new(n->q, MSG_VOTE, n->id, n->r.voters[k].key.id);
        m->key = n->r.voters[k].key;
        m->prevote = prevote;
        m->last_epoch = n->r.log_epoch;
        m->offset = n->r.end;
        quorum_message_send(n->q, m);
        if (node_crashes_here(n))
            return;
    }
}

void node_send_begin(struct node *n, uint32_t mask)
{
    for (unsigned k = 0; k < n->r.voters_n && !node_crashes_here(n); k++) {
        if (mask >> k & 1)
            quorum_message_send(n->q,
                                quorum_message_new(n->q, MSG_BEGIN, n->id, n->r.voters[k].key.id));
    }
}

void node_send_end(struct node *n, uint32_t mask)
{
    for (unsigned k = 0; k < n->r.voters_n && !node_crashes_here(n); k++) {
        struct message *m;

        if (!(mask >> k & 1))
            continue;
        m = quorum_message_new(n->q, MSG_END, n->id, n->r.voters[k].key.id);
        m->successors_n = raft_successors(&n->r, m->successors);
        quorum_message_send(n->q, m);
    }
}

struct raft_key quorum_message_sender(const struct node *n, const struct message *m)
{
    return quorum_key(n->q, m->from, m->from_disk);
}

static void on_vote(struct node *n, const struct message *m)
{
    struct raft_event ev = { .kind = RAFT_VOTE,
                             .from = quorum_message_sender(n, m),
                             .epoch = m->epoch,
                             .last_epoch = m->last_epoch,
                             .last_offset = m->offset,
                             .prevote = m->prevote };
    struct raft_effects out = { .granted = false };
    int16_t error = raft_check_voter_request(&n->r, m->epoch);
    struct message *answer;

    if (!error && !raft_key_fits(&m->key, &n->r.o.self))
        error = KF_ERR_INVALID_VOTER_KEY;
    if (!error)
        node_step(n, &ev, &out);
    if (node_crashes_here(n))
        return;
    if (out.granted && !m->prevote)
        check_vote(n, m->from, m->epoch);
    answer = quorum_message_answer(n, m, MSG_VOTED);
    answer->error = error;
    answer->granted = out.granted;
    quorum_message_send(n->q, answer);
    if (out.granted && !m->prevote && sim_chance(n->q->s, n->q->p.dies_after_vote))
        node_crash(n, sim_chance(n->q->s, 500));
}

void node_on_answered(struct node *n, const struct message *m, bool granted)
{
    struct raft_effects out;

    node_step(n,
              &(struct raft_event){ .kind = RAFT_ANSWERED,
                                    .from = quorum_message_sender(n, m),
                                    .epoch = m->epoch,
                                    .leader = m->leader,
                                    .granted = granted },
              &out);
}

static void on_voted(struct node *n, const struct message *m)
{
    struct raft_effects out;

    if (m->error) {
        node_on_answered(n, m, false);
        return;
    }
    node_step(n,
              &(struct raft_event){ .kind = RAFT_VOTED,
                                    .from = quorum_message_sender(n, m),
                                    .epoch = m->epoch,
                                    .leader = m->leader,
                                    .granted = m->granted,
                                    .prevote = m->prevote },
              &out);
}

static void on_begin(struct node *n, const struct message *m)
{
    struct raft_effects out;
    int16_t error = raft_check_voter_request(&n->r, m->epoch);
    struct message *answer;

    if (!error)
        node_step(n,
                  &(struct raft_event){ .kind = RAFT_BEGIN, .epoch = m->epoch, .leader = m->from },
                  &out);
    if (node_crashes_here(n))
        return;
    answer = quorum_message_answer(n, m, MSG_BEGUN);
    answer->error = error;
    quorum_message_send(n->q, answer);
}

static void on_end(struct node *n, const struct message *m)
{
    struct raft_event ev = { .kind = RAFT_END,
                             .epoch = m->epoch,
                             .leader = m->from,
                             .position = -1,
                             .count = (int)m->successors_n };
    struct raft_effects out;
    int16_t error = raft_check_voter_request(&n->r, m->epoch);
    struct message *answer;

    for (unsigned k = 0; k < m->successors_n; k++) {
        if (raft_key_fits(&m->successors[k], &n->r.o.self))
            ev.position = (int)k;
    }
    if (!error)
        node_step(n, &ev, &out);
    if (node_crashes_here(n))
        return;
    answer = quorum_message_answer(n, m, MSG_ENDED);
    answer->error = error;
    quorum_message_send(n->q, answer);
}

static void on_ended(struct node *n, const struct message *m)
{
    struct raft_effects out;

    node_step(n, &(struct raft_event){ .kind = RAFT_ENDED, .from = quorum_message_sender(n, m) },
              &out);
    node_on_answered(n, m, false);
}

static void dispatch(struct node *n, const struct message *m)
{
    switch (m->kind) {
    case MSG_VOTE:
        on_vote(n, m);
        break;
    case MSG_VOTED:
        on_voted(n, m);
        break;
    case MSG_BEGIN:
        on_begin(n, m);
        break;
    case MSG_BEGUN:
        node_on_answered(n, m, false);
        break;
    case MSG_END:
        on_end(n, m);
        break;
    case MSG_ENDED:
        on_ended(n, m);
        break;
    case MSG_FETCH:
        node_on_fetch(n, m);
        break;
    case MSG_FETCHED:
        node_on_fetched(n, m);
        break;
    case MSG_SNAPSHOT:
        node_on_snapshot(n, m);
        break;
    case MSG_SNAPSHOT_IS:
        node_on_snapshot_is(n, m);
        break;
    case MSG_LOST:
        node_connection_lost(n, m->from);
        break;
    }
}

/* Sent by a life that had not ended by then, to one that still goes on. */
static bool arrives(const struct quorum *q, const struct message *m)
{
    const struct node *from = &q->nodes[m->from], *to = &q->nodes[m->to];

    return to->up && to->life == m->to_life &&
           (m->kind == MSG_LOST || m->sent_us <= from->died_us[m->from_life]);
}

static void on_message(void *ctx, const struct sim_event *ev)
{
    struct quorum *q = ctx;
    struct message *m = ev->object;
    struct node *to = &q->nodes[m->to];

    if (arrives(q, m)) {
        if (to->busy_until_us > q->s->now_us) {
            sim_at(q->s, to->busy_until_us, *ev);
            return;
        }
        trace_message(q->s, m);
        sim_mix(q->s, (uint64_t)m->kind << 32 ^ (uint64_t)m->epoch << 8 ^ (uint64_t)m->granted);
        dispatch(to, m);
        if (to->up)
            node_fetch(to);
    }
    if (--m->copies == 0)
        message_free(q, m);
}
