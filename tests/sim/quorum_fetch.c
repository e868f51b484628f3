/* Fetch and FetchSnapshot, both ends. */
#include "tests/sim/quorum.h"

#include <inttypes.h>

#include "api/kafka/errors.h"

static void on_retry(void *ctx, const struct sim_event *ev)
{
    struct node *n = ctx;

    if (!n->up || ev->incarnation != n->life || !n->fetching || ev->number != n->fetch_id)
        return;
    n->fetching = false;
    node_fetch(n);
}

/* The answer that is out will not be taken; the next try comes after a pause. */
void node_fetch_failed(struct node *n)
{
    n->fetching = true;
    n->fetch_id++;
    sim_after(n->q->s, n->q->p.retry_ms * 1000,
              (struct sim_event){ .run = on_retry,
                                  .ctx = n,
                                  .node = n->id,
                                  .incarnation = n->life,
                                  .number = n->fetch_id });
}

static void on_timeout(void *ctx, const struct sim_event *ev)
{
    struct node *n = ctx;

    if (!n->up || ev->incarnation != n->life || !n->fetching || ev->number != n->fetch_id)
        return;
    n->fetch_elsewhere = true;
    if (n->q->p.lost_seen && n->r.state == RAFT_FOLLOWER)
        node_connection_lost(n, n->r.durable.leader);
    else
        node_fetch_failed(n);
}

static int some_other(struct node *n)
{
    int id = (int)sim_between(n->q->s, 0, n->q->n - 2);

    return id < n->id ? id : id + 1;
}

/* -1: nobody now. A voter stays with its leader until its timer says otherwise; an observer has no
 * timer. */
static int fetch_from(struct node *n)
{
    bool elsewhere = n->fetch_elsewhere && !raft_is_voter(&n->r, &n->r.o.self);

    if (n->q->n == 1)
        return -1;
    if (n->r.state == RAFT_FOLLOWER && !elsewhere)
        return n->r.durable.leader;
    if (n->r.state == RAFT_FOLLOWER || n->r.state == RAFT_UNATTACHED)
        return some_other(n);
    return -1;
}

static void ask(struct node *n, enum message_kind kind, int to, const struct snapshot_id *snapshot)
{
    struct message *m = quorum_message_new(n->q, kind, n->id, to);

    n->fetching = true;
    m->id = ++n->fetch_id;
    m->offset = n->log.end;
    m->last_epoch = model_log_last_epoch(&n->log);
    m->high_watermark = n->r.high_watermark;
    if (snapshot)
        m->diverging = *snapshot;
    quorum_message_send(n->q, m);
    sim_after(n->q->s, n->q->p.request_ms * 1000,
              (struct sim_event){ .run = on_timeout,
                                  .ctx = n,
                                  .node = n->id,
                                  .incarnation = n->life,
                                  .number = n->fetch_id });
}

/* What it has must be durable before it says so. */
void node_fetch(struct node *n)
{
    int to;

    if (!n->up || n->fetching || n->log.synced < n->log.end)
        return;
    to = fetch_from(n);
    if (to >= 0 && !node_crashes_here(n))
        ask(n, MSG_FETCH, to, NULL);
}

static void fill(struct node *n, struct message *m, int64_t offset)
{
    while (offset < n->log.end && m->entries_n < QUORUM_FETCH_MAX)
        m->entries[m->entries_n++] = n->log.v[offset++];
    while (m->entries_n && m->entries[m->entries_n - 1].more)
        m->entries_n--;
}

static void answer(struct node *n, const struct message *request, int16_t error)
{
    struct message *m = quorum_message_answer(n, request, MSG_FETCHED);

    m->error = error;
    m->offset = request->offset;
    m->high_watermark = raft_reported_high_watermark(&n->r);
    if (!error) {
        m->place = model_log_validate(&n->log, request->offset, request->last_epoch, &m->diverging);
        if (m->place == FETCH_VALID)
            fill(n, m, request->offset);
    }
    quorum_message_send(n->q, m);
}

static bool worth_an_answer(const struct node *n, const struct message *request)
{
    return n->log.end > request->offset || n->log.start > request->offset ||
           raft_reported_high_watermark(&n->r) > request->high_watermark;
}

static void on_parked(void *ctx, const struct sim_event *ev)
{
    struct node *n = ctx;

    if (!n->up || ev->incarnation != n->life)
        return;
    for (int k = 0; k < QUORUM_NODES_MAX; k++) {
        struct parked_fetch *p = &n->parked[k];

        if (!p->used || p->until_us > n->q->s->now_us)
            continue;
        p->used = false;
        answer(n, &p->request, 0);
    }
}

static void park(struct node *n, const struct message *request)
{
    struct parked_fetch *p = &n->parked[request->from];

    p->used = true;
    p->until_us = n->q->s->now_us + n->q->p.max_wait_ms * 1000;
    memcpy(&p->request, request, offsetof(struct message, entries));
    sim_at(n->q->s, p->until_us,
           (struct sim_event){ .run = on_parked, .ctx = n, .node = n->id, .incarnation = n->life });
}

/* Those for whom there is something now; all of them with an error. */
void node_answer_parked(struct node *n, int16_t error)
{
    for (int k = 0; k < QUORUM_NODES_MAX && n->up; k++) {
        struct parked_fetch *p = &n->parked[k];

        if (!p->used || (!error && !worth_an_answer(n, &p->request)) || node_crashes_here(n))
            continue;
        p->used = false;
        answer(n, &p->request, error);
    }
}

static void fetched(struct node *n, const struct message *m, int64_t offset)
{
    struct raft_effects out;

    node_step(n,
              &(struct raft_event){ .kind = RAFT_FETCHED,
                                    .from = quorum_message_sender(n, m),
                                    .offset = offset,
                                    .wall_ms = sim_ms(n->q->s) },
              &out);
}

void node_on_fetch(struct node *n, const struct message *m)
{
    int16_t error = raft_check_leader_request(&n->r, m->epoch);
    struct snapshot_id at;

    if (error) {
        answer(n, m, error);
        return;
    }
    if (model_log_validate(&n->log, m->offset, m->last_epoch, &at) != FETCH_VALID) {
        answer(n, m, 0);
        return;
    }
    fetched(n, m, m->offset);
    if (node_crashes_here(n))
        return;
    error = raft_check_leader_request(&n->r, m->epoch);
    if (error || worth_an_answer(n, m))
        answer(n, m, error);
    else
        park(n, m);
}

static void truncate(struct node *n, const struct message *m)
{
    struct snapshot_id local = model_log_end_for_epoch(&n->log, m->diverging.epoch);
    int64_t to = raft_truncation(&n->r, m->diverging, local), was, is;
    struct raft_effects out;

    SIM_CHECK(n->q->s, to >= n->log.start,
              "n%d: the leader's log diverges below the high watermark: to %" PRId64, n->id, to);
    if (node_crashes_here(n))
        return;
    check_truncates(n, to);
    SIM_TRACE(n->q->s, "n%d truncates %" PRId64 " to %" PRId64, n->id, n->log.end, to);
    model_log_voters(&n->log, &was);
    model_log_truncate(&n->log, to);
    n->cuts++;
    if (n->q->hooks.truncated)
        n->q->hooks.truncated(n->q->hooks.ctx, n);
    if (node_crashes_here(n))
        return;
    node_step(n,
              &(struct raft_event){ .kind = RAFT_TRUNCATED,
                                    .end = n->log.end,
                                    .log_epoch = model_log_last_epoch(&n->log) },
              &out);
    model_log_voters(&n->log, &is);
    if (is != was)
        node_set_voters(n);
}

static void take(struct node *n, const struct message *m)
{
    struct raft_effects out;

    for (int k = 0; k < m->entries_n && n->up && m->entries[k].epoch <= n->r.durable.epoch; k++)
        node_put(n, m->entries[k]);
    if (m->high_watermark >= 0)
        node_step(n, &(struct raft_event){ .kind = RAFT_COMMITTED, .offset = m->high_watermark },
                  &out);
    if (n->up)
        node_flush(n);
}

static bool still_from(const struct node *n, const struct message *m)
{
    return n->up && n->r.state == RAFT_FOLLOWER && n->r.durable.leader == m->from &&
           n->r.durable.epoch == m->epoch;
}

void node_on_fetched(struct node *n, const struct message *m)
{
    if (!n->fetching || m->id != n->fetch_id)
        return;
    n->fetching = false;
    if (m->error) {
        node_on_answered(n, m, false);
        n->fetch_elsewhere = n->r.state != RAFT_FOLLOWER || n->r.durable.leader == m->from;
        if (n->up && !n->fetching)
            node_fetch_failed(n);
        return;
    }
    n->fetch_elsewhere = false;
    node_on_answered(n, m, true);
    if (!still_from(n, m) || m->offset != n->log.end)
        return;
    switch (m->place) {
    case FETCH_VALID:
        take(n, m);
        break;
    case FETCH_DIVERGES:
        truncate(n, m);
        break;
    case FETCH_SNAPSHOT:
        ask(n, MSG_SNAPSHOT, m->from, &m->diverging);
        break;
    }
}

void node_on_snapshot(struct node *n, const struct message *m)
{
    int16_t error = raft_check_leader_request(&n->r, m->epoch);
    const struct model_snapshot *s = &n->log.snapshot;
    struct message *reply;

    if (!error)
        fetched(n, m, -1);
    if (node_crashes_here(n))
        return;
    if (!error && (s->end != m->diverging.end_offset || s->epoch != m->diverging.epoch))
        error = KF_ERR_SNAPSHOT_NOT_FOUND;
    reply = quorum_message_answer(n, m, MSG_SNAPSHOT_IS);
    reply->error = error;
    reply->snapshot = *s;
    quorum_message_send(n->q, reply);
}

static void install(struct node *n, const struct model_snapshot *s)
{
    struct raft_effects out;

    if (node_crashes_here(n))
        return;
    check_snapshot(n, s);
    n->log.snapshot = *s;
    if (node_crashes_here(n))
        return;
    model_log_restart(&n->log, s);
    n->cuts++;
    SIM_TRACE(n->q->s, "n%d restarts its log at the snapshot %" PRId64, n->id, s->end);
    if (n->q->stats)
        n->q->stats->installs++;
    if (n->q->hooks.truncated)
        n->q->hooks.truncated(n->q->hooks.ctx, n);
    if (node_crashes_here(n))
        return;
    node_step(n,
              &(struct raft_event){ .kind = RAFT_TRUNCATED, .end = s->end, .log_epoch = s->epoch },
              &out);
    node_set_voters(n);
    node_step(n, &(struct raft_event){ .kind = RAFT_COMMITTED, .offset = s->end }, &out);
}

void node_on_snapshot_is(struct node *n, const struct message *m)
{
    if (!n->fetching || m->id != n->fetch_id)
        return;
    n->fetching = false;
    node_on_answered(n, m, !m->error);
    if (n->up && m->error && !n->fetching)
        node_fetch_failed(n);
    else if (!m->error && still_from(n, m))
        install(n, &m->snapshot);
}
