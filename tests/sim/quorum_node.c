/* The process: start, crash, effects, the log. */
#include "tests/sim/quorum.h"

#include <inttypes.h>

#include "common/invariant.h"
#include "common/mem.h"

static const char *const state_names[RAFT_STATES] = { "unattached", "prospective", "candidate",
                                                      "leader",     "follower",    "resigned" };

int voters_count(uint64_t voters)
{
    int n = 0;

    for (; voters; voters >>= 4)
        n += (voters & 15) != 0;
    return n;
}

/* kraft.version 0 knows no directories. */
struct raft_key quorum_key(const struct quorum *q, int id, int disk)
{
    struct raft_key key = { .id = id };

    if (q->p.dynamic) {
        key.directory_id.b[0] = (uint8_t)(id + 1);
        key.directory_id.b[1] = (uint8_t)disk;
    }
    return key;
}

static unsigned keys_of(const struct quorum *q, uint64_t voters, struct raft_key ret[VOTERS_MAX])
{
    unsigned n = 0;

    for (int id = 0; id < q->n; id++) {
        if (voters_disk(voters, id))
            ret[n++] = quorum_key(q, id, voters_disk(voters, id));
    }
    return n;
}

void quorum_init(struct quorum *q, struct sim *s, struct network *net, int nodes,
                 uint64_t bootstrap, const struct quorum_profile *p)
{
    INVARIANT(nodes <= QUORUM_NODES_MAX && nodes <= net->ends);
    memset(q, 0, sizeof(*q));
    q->s = s;
    q->net = net;
    q->p = *p;
    q->n = nodes;
    q->bootstrap = bootstrap;
    q->acked_max = -1;
    for (int id = 0; id < nodes; id++) {
        struct node *n = &q->nodes[id];

        n->q = q;
        n->id = id;
        n->disk = 1;
        n->crash_in = -1;
        n->disk_us = 1000;
        n->stored = (struct quorum_state){ -1, -1, -1, { { 0 } } };
        model_log_init(&n->log, bootstrap);
    }
    check_init(q);
}

void quorum_done(struct quorum *q)
{
    for (int id = 0; id < q->n; id++) {
        model_log_done(&q->nodes[id].log);
        mem_free(q->nodes[id].waiting);
    }
    for (int g = 0; g < q->ghosts_n; g++)
        model_log_done(&q->ghosts[g].log);
    while (q->all) {
        struct message *m = q->all;

        q->all = m->all;
        mem_free(m);
    }
    check_done(q);
}

/* A point at which a process may end. True: it has. */
bool node_crashes_here(struct node *n)
{
    if (!n->up)
        return true;
    if (n->crash_in < 0 || n->crash_in-- > 0)
        return false;
    node_crash(n, n->crash_power);
    return true;
}

/* How long an fsync that starts now keeps going. */
static int64_t disk_time(struct node *n)
{
    return sim_between(n->q->s, n->disk_us / 4, n->disk_us);
}

static void wait_for_disk(struct node *n)
{
    struct sim *s = n->q->s;

    if (n->busy_until_us < s->now_us)
        n->busy_until_us = s->now_us;
    n->busy_until_us += disk_time(n);
}

static void persist(struct node *n, const struct quorum_state *q)
{
    if (node_crashes_here(n))
        return;
    n->stored = *q;
    wait_for_disk(n);
    SIM_TRACE(n->q->s, "n%d persists epoch %d leader %d vote %d", n->id, q->epoch, q->leader,
              q->voted);
    node_crashes_here(n);
}

static void append(struct node *n, struct entry e);

static void drop_waiting(struct node *n)
{
    n->waiting_n = 0;
}

/* Who waited for what is committed now is answered. */
static void answer_waiting(struct node *n)
{
    int gone = 0;

    while (gone < n->waiting_n && n->waiting[gone].offset < n->r.high_watermark)
        check_acked(n, &n->waiting[gone++]);
    n->waiting_n -= gone;
    if (gone)
        memmove(n->waiting, n->waiting + gone, (size_t)n->waiting_n * sizeof(*n->waiting));
}

static void lead(struct node *n, int32_t epoch)
{
    int64_t voters_offset;
    uint64_t voters = model_log_voters(&n->log, &voters_offset);

    if (node_crashes_here(n))
        return;
    check_leads(n);
    append(n, (struct entry){ epoch, ENTRY_LEADER, false, (uint64_t)n->id });
    if (n->up && n->q->p.dynamic && voters_offset < 0 && n->r.durable.epoch == epoch &&
        n->r.state == RAFT_LEADER)
        append(n, (struct entry){ epoch, ENTRY_VOTERS, false, voters });
    if (node_leads(n) && n->r.durable.epoch == epoch && n->q->hooks.leads)
        n->q->hooks.leads(n->q->hooks.ctx, n);
}

/* A new state, epoch or leader: whoever waited for the old is told, and the new one is fetched
 * from. */
static void on_role(struct node *n, const struct raft_effect *e)
{
    SIM_TRACE(n->q->s, "n%d is %s in epoch %d, leader %d", n->id, state_names[e->state],
              e->durable.epoch, e->durable.leader);
    drop_waiting(n);
    node_answer_parked(n, 6 /* NOT_LEADER_OR_FOLLOWER */);
    n->fetching = false;
    if (e->state == RAFT_RESIGNED && n->q->stats)
        n->q->stats->resigned++;
    if (n->q->hooks.role)
        n->q->hooks.role(n->q->hooks.ctx, n);
}

static void on_high_watermark(struct node *n)
{
    answer_waiting(n);
    node_answer_parked(n, 0);
    if (n->q->hooks.committed)
        n->q->hooks.committed(n->q->hooks.ctx, n);
}

static void carry_out(struct node *n, const struct raft_effect *e)
{
    switch (e->kind) {
    case RAFT_PERSIST:
        persist(n, &e->durable);
        break;
    case RAFT_ROLE:
        on_role(n, e);
        break;
    case RAFT_LEAD:
        lead(n, e->durable.epoch);
        break;
    case RAFT_HIGH_WATERMARK:
        on_high_watermark(n);
        break;
    case RAFT_SEND_VOTE:
        node_send_votes(n, e->mask, e->state == RAFT_PROSPECTIVE);
        break;
    case RAFT_SEND_BEGIN:
        node_send_begin(n, e->mask);
        break;
    case RAFT_SEND_END:
        node_send_end(n, e->mask);
        break;
    }
}

static void on_tick(void *ctx, const struct sim_event *ev);

static void arm_tick(struct node *n)
{
    int64_t at_ms = raft_deadline(&n->r), at_us = at_ms * 1000;

    if (at_ms < 0 || (n->tick_us >= 0 && n->tick_us <= at_us))
        return;
    n->tick_us = at_us < n->q->s->now_us ? n->q->s->now_us : at_us;
    sim_at(n->q->s, n->tick_us,
           (struct sim_event){ .run = on_tick,
                               .ctx = n,
                               .node = n->id,
                               .incarnation = n->life,
                               .number = n->tick_us });
}

static void on_tick(void *ctx, const struct sim_event *ev)
{
    struct node *n = ctx;
    struct sim *s = n->q->s;
    struct raft_effects out;

    if (!n->up || ev->incarnation != n->life || ev->number != n->tick_us)
        return;
    if (n->busy_until_us > s->now_us) {
        sim_at(s, n->busy_until_us, *ev);
        return;
    }
    n->tick_us = -1;
    if (raft_deadline(&n->r) >= 0 && raft_deadline(&n->r) <= sim_ms(s))
        node_step(n, &(struct raft_event){ .kind = RAFT_TICK }, &out);
    if (n->up) {
        arm_tick(n);
        node_fetch(n);
    }
}

void node_step(struct node *n, struct raft_event *ev, struct raft_effects *out)
{
    if (!n->up)
        return;
    ev->now_ms = sim_ms(n->q->s);
    raft_step(&n->r, ev, out);
    sim_mix(n->q->s, (uint64_t)ev->kind << 48 ^ (uint64_t)n->r.state << 40 ^
                         (uint64_t)n->r.durable.epoch << 16 ^ (uint64_t)n->r.high_watermark);
    check_step(n);
    for (unsigned k = 0; k < out->n && n->up; k++)
        carry_out(n, &out->v[k]);
    if (!n->up)
        return;
    check_one_leader(n);
    arm_tick(n);
}

static void on_flushed(void *ctx, const struct sim_event *ev)
{
    struct node *n = ctx;
    struct raft_effects out;
    uint32_t cuts = (uint32_t)(ev->number >> 40);
    int64_t end = ev->number & (((int64_t)1 << 40) - 1);

    if (!n->up || ev->incarnation != n->life)
        return;
    if (n->busy_until_us > n->q->s->now_us) {
        sim_at(n->q->s, n->busy_until_us, *ev);
        return;
    }
    n->flushing = false;
    if (cuts == (n->cuts & 0xffff) && end > n->log.synced) {
        n->log.synced = end;
        node_step(n, &(struct raft_event){ .kind = RAFT_FLUSHED, .end = end }, &out);
    }
    if (!n->up)
        return;
    node_flush(n);
    node_fetch(n);
}

/* Group commit: one fsync at a time, for all that is there when it starts. */
void node_flush(struct node *n)
{
    struct sim *s = n->q->s;
    int64_t us;

    if (n->flushing || n->log.synced == n->log.end || node_crashes_here(n))
        return;
    n->flushing = true;
    us = disk_time(n);
    if (n->q->p.block) {
        wait_for_disk(n);
        us = n->busy_until_us - s->now_us;
    }
    sim_after(s, us,
              (struct sim_event){ .run = on_flushed,
                                  .ctx = n,
                                  .node = n->id,
                                  .incarnation = n->life,
                                  .number = (int64_t)(n->cuts & 0xffff) << 40 | n->log.end });
}

void node_set_voters(struct node *n)
{
    struct raft_key keys[VOTERS_MAX];
    int64_t offset;
    uint64_t voters = model_log_voters(&n->log, &offset);
    struct raft_effects out;

    node_step(n,
              &(struct raft_event){ .kind = RAFT_VOTER_SET,
                                    .voters = keys,
                                    .voters_n = keys_of(n->q, voters, keys),
                                    .offset = offset },
              &out);
}

void node_put(struct node *n, struct entry e)
{
    int64_t offset = n->log.end;
    struct raft_effects out;

    if (node_crashes_here(n))
        return;
    model_log_append(&n->log, e);
    check_appended(n, offset);
    if (n->q->hooks.appended)
        n->q->hooks.appended(n->q->hooks.ctx, n, offset);
    node_step(n,
              &(struct raft_event){ .kind = RAFT_APPENDED,
                                    .end = n->log.end,
                                    .log_epoch = model_log_last_epoch(&n->log) },
              &out);
    if (e.kind == ENTRY_VOTERS)
        node_set_voters(n);
}

/* A leader's. */
static void append(struct node *n, struct entry e)
{
    node_put(n, e);
    if (!n->up)
        return;
    node_answer_parked(n, 0);
    node_flush(n);
}

static uint64_t disk_seed(const struct node *n)
{
    return n->q->s->seed * 1000003 + (uint64_t)n->id * 131 + n->life;
}

/* Was a voter until the newest set of its log. */
static bool leaving(const struct node *n)
{
    int64_t offset;
    uint64_t voters = model_log_voters(&n->log, &offset);

    return offset >= n->log.start && !voters_disk(voters, n->id) &&
           voters_disk(model_log_voters_at(&n->log, offset, &offset), n->id) == n->disk;
}

/* As metadata_log_open: a snapshot that the log does not reach, or contradicts, is where the log
 * starts anew; what is found is synced before anything rests on it. */
static void open_log(struct node *n)
{
    struct model_log *l = &n->log;

    if (l->snapshot.end > l->end || l->snapshot.epoch > model_log_last_epoch(l))
        model_log_restart(l, &l->snapshot);
    l->synced = l->end;
}

void node_start(struct node *n)
{
    const struct quorum_profile *p = &n->q->p;
    struct raft_key keys[VOTERS_MAX];
    int64_t offset;
    uint64_t voters;
    struct raft_effects out;
    struct raft_options o;

    INVARIANT(!n->up && n->life + 1 < QUORUM_LIVES_MAX);
    n->up = true;
    n->life++;
    n->died_us[n->life] = INT64_MAX;
    n->busy_until_us = n->q->s->now_us;
    n->crash_in = -1;
    n->tick_us = -1;
    n->flushing = n->fetching = false;
    n->seen_high_watermark = n->leader_high_watermark = -1;
    n->led_epoch = -1;
    open_log(n);
    voters = model_log_voters(&n->log, &offset);
    o = (struct raft_options){ quorum_key(n->q, n->id, n->disk),
                               p->election_ms,
                               p->fetch_ms,
                               p->backoff_ms,
                               disk_seed(n),
                               leaving(n) };
    SIM_TRACE(n->q->s, "n%d starts: log %" PRId64 "-%" PRId64 ", epoch %d vote %d", n->id,
              n->log.start, n->log.end, n->stored.epoch, n->stored.voted);
    raft_init(&n->r, &o, keys, keys_of(n->q, voters, keys));
    if (n->q->hooks.started)
        n->q->hooks.started(n->q->hooks.ctx, n);
    node_step(n,
              &(struct raft_event){ .kind = RAFT_START,
                                    .stored = n->stored,
                                    .end = n->log.end,
                                    .offset = n->log.snapshot.end,
                                    .log_epoch = model_log_last_epoch(&n->log) },
              &out);
    if (offset >= 0)
        node_set_voters(n);
    if (n->up)
        node_fetch(n);
}

void node_crash(struct node *n, bool power)
{
    struct quorum *q = n->q;

    if (!n->up)
        return;
    SIM_TRACE(q->s, "n%d %s", n->id, power ? "loses power" : "is killed");
    n->up = false;
    n->died_us[n->life] = q->s->now_us;
    n->lost_power = power;
    drop_waiting(n);
    memset(n->parked, 0, sizeof(n->parked));
    if (power)
        n->log.end = sim_between(q->s, n->log.synced, n->log.end);
    n->log.end = model_log_whole(&n->log, n->log.end); /* recovery cuts a torn batch */
    if (power) {
        if (q->stats)
            q->stats->power_cuts++;
    }
    if (q->stats)
        q->stats->crashes++;
    if (q->hooks.died)
        q->hooks.died(q->hooks.ctx, n);
    for (int id = 0; !power && q->p.lost_seen && id < q->n; id++) {
        if (id != n->id)
            quorum_message_send(q, quorum_message_new(q, MSG_LOST, n->id, id));
    }
}

void node_crash_soon(struct node *n, int points, bool power)
{
    n->crash_in = points;
    n->crash_power = power;
}

void node_pause(struct node *n, int64_t us)
{
    if (n->busy_until_us < n->q->s->now_us)
        n->busy_until_us = n->q->s->now_us;
    n->busy_until_us += us;
}

void node_lose_disk(struct node *n)
{
    struct quorum *q = n->q;

    INVARIANT(!n->up && q->p.dynamic && q->ghosts_n < QUORUM_GHOSTS_MAX && n->disk < 15);
    q->ghosts[q->ghosts_n].id = n->id;
    q->ghosts[q->ghosts_n].disk = n->disk;
    q->ghosts[q->ghosts_n++].log = n->log;
    n->disk++;
    n->stored = (struct quorum_state){ -1, -1, -1, { { 0 } } };
    model_log_init(&n->log, q->bootstrap);
}

bool node_leads(const struct node *n)
{
    return n->up && n->r.state == RAFT_LEADER;
}

void node_resign(struct node *n)
{
    struct raft_effects out;

    node_step(n, &(struct raft_event){ .kind = RAFT_RESIGN }, &out);
}

void node_connection_lost(struct node *n, int peer)
{
    struct raft_effects out;

    node_step(n,
              &(struct raft_event){ .kind = RAFT_PEER_LOST,
                                    .from = quorum_key(n->q, peer, n->q->nodes[peer].disk) },
              &out);
    if (n->up && n->r.state == RAFT_FOLLOWER && n->r.durable.leader == peer)
        node_fetch_failed(n);
}

bool node_propose(struct node *n, uint64_t value)
{
    struct proposal p = { n->log.end, n->q->acked_max, value, n->r.durable.epoch };

    if (!node_leads(n) || n->busy_until_us > n->q->s->now_us)
        return false;
    if (n->waiting_n == n->waiting_capacity) {
        n->waiting_capacity = 2 * n->waiting_n + 8;
        n->waiting = mem_resize_array(n->waiting, (size_t)n->waiting_capacity, sizeof(p));
    }
    n->waiting[n->waiting_n++] = p;
    append(n, (struct entry){ p.epoch, ENTRY_VALUE, false, value });
    return true;
}

void node_append_batch(struct node *n, const uint64_t *values, int count)
{
    int32_t epoch = n->r.durable.epoch;

    INVARIANT(node_leads(n) && count <= QUORUM_FETCH_MAX);
    for (int k = 0; k < count; k++)
        node_put(n, (struct entry){ epoch, ENTRY_VALUE, k + 1 < count, values[k] });
    if (!n->up)
        return;
    node_answer_parked(n, 0);
    node_flush(n);
}

int16_t node_change_voters(struct node *n, int peer, bool add)
{
    int64_t offset;
    uint64_t voters = model_log_voters(&n->log, &offset);
    int disk = add ? n->q->nodes[peer].disk : voters_disk(voters, peer);
    struct raft_key key = quorum_key(n->q, peer, disk);
    int16_t error = add ? raft_check_add_voter(&n->r, &key, sim_ms(n->q->s))
                        : raft_check_remove_voter(&n->r, &key);

    if (error)
        return error;
    SIM_TRACE(n->q->s, "n%d %s voter %d", n->id, add ? "adds" : "removes", peer);
    append(n, (struct entry){ n->r.durable.epoch, ENTRY_VOTERS, false,
                              voters_with(voters, peer, add ? disk : 0) });
    if (n->q->stats)
        n->q->stats->voter_changes++;
    return 0;
}

void node_snapshot(struct node *n, bool retain)
{
    if (n->r.high_watermark > n->log.snapshot.end) {
        n->log.snapshot = model_log_snapshot(&n->log, n->r.high_watermark);
        check_snapshot(n, &n->log.snapshot);
        SIM_TRACE(n->q->s, "n%d snapshots at %" PRId64, n->id, n->log.snapshot.end);
        if (n->q->stats)
            n->q->stats->snapshots++;
    }
    if (retain && !node_crashes_here(n))
        model_log_retain(&n->log);
}
