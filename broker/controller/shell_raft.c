/* Events into the raft core, its effects into the world, in the order in which they came. */
#include "broker/controller/shell_internal.h"

#include "common/clock.h"
#include "common/log.h"

static const char *const state_names[RAFT_STATES] = {
    "unattached", "prospective", "candidate", "leader", "follower", "resigned",
};

static err_t persist(struct controller *c, const struct quorum_state *q)
{
    int32_t ids[VOTERS_MAX];

    for (unsigned n = 0; n < c->voters.n; n++)
        ids[n] = c->voters.v[n].id;
    return quorum_state_write(c->log, q, c->kraft_version, ids, c->voters.n);
}

const char *controller_endpoint(const struct controller *c, int32_t id, uint16_t *ret_port)
{
    const struct voter *v = voters_find(&c->voters, id);

    *ret_port = 0;
    if (id == c->o.node_id) {
        *ret_port = c->port;
        return c->host;
    }
    if (v && v->host[0]) {
        *ret_port = v->port;
        return v->host;
    }
    if (id < 0 || !c->leader_host || c->leader_host_id != id)
        return NULL;
    *ret_port = c->leader_port;
    return c->leader_host;
}

const char *controller_leader_endpoint(const struct controller *c, uint16_t *ret_port)
{
    return controller_endpoint(c, c->raft.durable.leader, ret_port);
}

void controller_note_endpoint(struct controller *c, int32_t id, struct str host, uint16_t port)
{
    if (id < 0 || id == c->o.node_id || !host.p || !host.n || !port)
        return;
    mem_free(c->leader_host);
    c->leader_host = mem_strndup(host.p, host.n);
    c->leader_host_id = id;
    c->leader_port = port;
}

/* Fetches that wait are answered with what they need to find the new leader. */
static err_t take_role(struct controller *c, const struct raft_effect *x, struct why *reterr)
{
    err_t e = ERR_OK;

    log_event(LOG_INFO, "quorum_role", "node=%d state=%s epoch=%d leader=%d", c->o.node_id,
              state_names[x->state], x->durable.epoch, x->durable.leader);
    if (c->active && c->raft.state != RAFT_LEADER)
        e = controller_step_down(c, reterr);
    raft_wake_fetches(c);
    follow_renew(c);
    return e;
}

static err_t committed(struct controller *c, struct why *reterr)
{
    err_t e = ERR_OK;

    log_set_high_watermark(c->log->log, c->raft.high_watermark);
    if (!c->active)
        e = controller_apply_to(c, c->raft.high_watermark, reterr);
    if (e)
        return e;
    controller_answer_waiting(c);
    raft_wake_fetches(c);
    controller_snapshot_if_due(c);
    return ERR_OK;
}

static err_t carry_out(struct controller *c, const struct raft_effect *x, struct why *reterr)
{
    switch (x->kind) {
    case RAFT_PERSIST:
        return persist(c, &x->durable);
    case RAFT_ROLE:
        return take_role(c, x, reterr);
    case RAFT_LEAD:
        return controller_lead(c, x->mask, reterr);
    case RAFT_HIGH_WATERMARK:
        return committed(c, reterr);
    case RAFT_SEND_VOTE:
        peers_want(c, x->mask, WANT_VOTE);
        return ERR_OK;
    case RAFT_SEND_BEGIN:
        peers_want(c, x->mask, WANT_BEGIN);
        return ERR_OK;
    case RAFT_SEND_END:
        peers_want(c, x->mask, WANT_END);
        return ERR_OK;
    }
    return ERR_OK;
}

static void set_timer(struct controller *c)
{
    int64_t at = raft_deadline(&c->raft);

    if (at < 0 || atomic_load(&c->failed))
        loop_timer_clear(c->loop, &c->raft_timer);
    else
        loop_timer_set(c->loop, &c->raft_timer, at);
}

bool controller_raft(struct controller *c, struct raft_event ev)
{
    struct raft_effects out;
    struct why why = { "" };
    err_t e = ERR_OK;

    if (atomic_load(&c->failed))
        return false;
    ev.now_ms = clock_mono_ms();
    raft_step(&c->raft, &ev, &out);
    for (unsigned n = 0; n < out.n && !e; n++)
        e = carry_out(c, &out.v[n], &why);
    if (e)
        controller_give_up(c, e, why.text[0] ? why.text : "the quorum's state");
    set_timer(c);
    return !e && !atomic_load(&c->failed) && out.granted;
}

static void on_deadline(struct loop_timer *t)
{
    struct controller *c = container_of(t, struct controller, raft_timer);

    controller_raft(c, (struct raft_event){ .kind = RAFT_TICK });
}

err_t controller_raft_start(struct controller *c, struct why *reterr)
{
    const struct snapshot_id *latest = metadata_log_latest(c->log);
    struct raft_event start = { .kind = RAFT_START,
                                .log_epoch = metadata_log_last_epoch(c->log),
                                .end = metadata_log_end(c->log),
                                .offset = latest ? latest->end_offset : -1 };
    struct raft_options o = { .self = { c->o.node_id, c->o.directory_id },
                              .election_timeout_ms = c->o.election_timeout_ms,
                              .fetch_timeout_ms = c->o.fetch_timeout_ms,
                              .backoff_ms = c->o.election_backoff_ms,
                              .leaving = c->leaving };
    struct raft_key keys[VOTERS_MAX];
    err_t e = log_sync(c->log->log);

    /* What a killed process left in the page cache is told to others from now on. */
    if (e)
        return why(reterr, e, "%s: flushing the metadata log: %s", c->log->dir, err_text(e));
    e = quorum_state_read(c->log, &start.stored, reterr);
    if (e == ERR_NOT_FOUND)
        start.stored = (struct quorum_state){ .epoch = -1, .leader = -1, .voted = -1 };
    else if (e)
        return e;
    rng_system(&o.seed, sizeof(o.seed));
    raft_init(&c->raft, &o, keys, controller_keys(c, keys));
    c->raft.voters_offset = c->voters_offset;
    c->raft_timer.fire = on_deadline;
    controller_raft(c, start);
    return (err_t)atomic_load(&c->failed);
}
