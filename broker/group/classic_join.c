#include "api/kafka/msg/join_group.h"

#include "broker/group/group_internal.h"

enum {
    NEW_MEMBER_MS = 300000, /* a member without id cannot heartbeat while it waits */
    KNOWN_ID_SINCE = 4,
    SKIP_ASSIGNMENT_SINCE = 9,
};

typedef const struct kf_join_group_request join_in;

/* <instance or client id>-<uuid> */
static struct str new_member_id(struct step *s, const struct group_call *call, join_in *q)
{
    struct str prefix = q->group_instance_id.p ? q->group_instance_id : call->client_id;
    const uint8_t *u = s->c->fresh.b;
    char *text = arena_printf(
        call->arena, "%.*s-%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
        STR_ARG(prefix), u[0], u[1], u[2], u[3], u[4], u[5], u[6], u[7], u[8], u[9], u[10], u[11],
        u[12], u[13], u[14], u[15]);

    return str_of(text);
}

/* Errors of JoinGroup name the member they are about. */
static void refuse(struct step *s, const struct group *group, struct group_call *call,
                   int16_t error, struct str member_id)
{
    struct kf_join_group_response *r;

    group_call_error(call, error);
    r = call->response;
    r->member_id = arena_str(call->arena, member_id);
    step_answer(s, group, call);
}

static bool has_room(const struct groups *g, const struct classic *c, struct str member_id)
{
    const struct classic_member *m = classic_member(c, member_id);

    switch (c->state) {
    case CLASSIC_EMPTY:
        return true;
    case CLASSIC_PREPARING:
        return (m && m->joining) || c->joining_n < g->config->size_max;
    case CLASSIC_COMPLETING:
    case CLASSIC_STABLE:
        return m || c->members_n < g->config->size_max;
    }
    return false;
}

static void take_times(struct classic_member *m, const struct group_call *call, join_in *q)
{
    m->rebalance_timeout_ms = call->version ? q->rebalance_timeout_ms : q->session_timeout_ms;
    m->session_timeout_ms = q->session_timeout_ms;
}

static void take_request(struct classic *c, struct classic_member *m, struct group_call *call,
                         join_in *q)
{
    struct classic_protocols old = classic_member_protocols(c, m, q);

    classic_protocols_free(&old);
    take_times(m, call, q);
}

/* A request of a member that waits already takes its place. */
static void park_join(struct step *s, struct group *group, struct classic_member *m,
                      struct group_call *call)
{
    struct group_call *before = call_take(&m->join);

    if (before)
        step_error(s, group, before, KF_ERR_REBALANCE_IN_PROGRESS);
    call_park(call, &m->join);
    classic_set_joining(group->classic, m, true);
}

static void add_member(struct step *s, struct group *group, struct group_call *call, struct str id,
                       join_in *q)
{
    struct classic *c = group->classic;
    struct classic_member *m = classic_member_add(group, id, q->group_instance_id);

    m->client_id = str_keep(call->client_id);
    m->client_host = str_keep(call->client_host);
    if (c->members_n == 1) {
        str_drop(&c->protocol_type);
        c->protocol_type = str_keep(q->protocol_type);
    }
    take_request(c, m, call, q);
    m->is_new = true;
    if (c->state == CLASSIC_PREPARING && !c->generation)
        c->new_member_added = true;
    group_timer_set(&s->groups->timers, &m->session, s->c->now_ms + NEW_MEMBER_MS);
    park_join(s, group, m, call);
    classic_rebalance_or_complete(s, group);
}

static void update_member(struct step *s, struct group *group, struct classic_member *m,
                          struct group_call *call, join_in *q)
{
    take_request(group->classic, m, call, q);
    park_join(s, group, m, call);
    classic_rebalance_or_complete(s, group);
}

/* ---- static members (KIP-345): a new process takes over the member of its instance id ---- */

/* What a failed append gives back. In the arena of the step; protocols are owned. */
struct classic_replaced {
    struct classic_member *member;
    struct str id;
    struct classic_protocols protocols;
    int32_t rebalance_timeout_ms, session_timeout_ms;
};

static void rename_member(struct classic *c, struct classic_member *m, struct str id)
{
    (void)map_remove(&c->by_id, m->id.p, m->id.n);
    str_drop(&m->id);
    m->id = str_keep(id);
    (void)map_set(&c->by_id, id.p, id.n, m);
}

/* The process before it hears that it is fenced. */
static void fence_old(struct step *s, struct group *group, struct classic_member *m)
{
    struct group_call *join = call_take(&m->join), *sync = call_take(&m->sync);

    if (join)
        refuse(s, group, join, KF_ERR_FENCED_INSTANCE_ID, m->id);
    if (sync)
        step_error(s, group, sync, KF_ERR_FENCED_INSTANCE_ID);
    classic_set_joining(group->classic, m, false);
}

/* Nothing changes for the others: the record says who the member is now. Before version 9 a
 * leader that came back must not take itself for the leader, or it would assign anew. */
static void answer_replaced(struct step *s, struct group *group, struct classic_member *m,
                            struct group_call *call, struct str leader_before)
{
    struct kf_join_group_response *r;

    classic_write(s, group);
    classic_answer_join(s, group, m, call);
    r = call->response;
    if (call->version >= SKIP_ASSIGNMENT_SINCE) {
        r->skip_assignment = group->classic->leader == m;
        return;
    }
    r->members_n = 0;
    r->leader = leader_before;
}

static void replace_static(struct step *s, struct group *group, struct classic_member *m,
                           struct group_call *call, join_in *q)
{
    struct classic *c = group->classic;
    struct classic_replaced *old = arena_new(s->out->arena, struct classic_replaced);
    struct str leader_before = arena_str(call->arena, c->leader->id);

    fence_old(s, group, m);
    *old = (struct classic_replaced){
        .member = m,
        .id = arena_str(s->out->arena, m->id),
        .rebalance_timeout_ms = m->rebalance_timeout_ms,
        .session_timeout_ms = m->session_timeout_ms,
    };
    rename_member(c, m, new_member_id(s, call, q));
    old->protocols = classic_member_protocols(c, m, q);
    take_times(m, call, q);
    classic_heard(s, m);
    if (c->state == CLASSIC_STABLE && str_eq(classic_vote(c), c->protocol)) {
        answer_replaced(s, group, m, call, leader_before);
        s->out->then = GROUP_THEN_REPLACED;
        s->out->subject = old;
        return;
    }
    classic_protocols_free(&old->protocols);
    park_join(s, group, m, call);
    classic_rebalance_or_complete(s, group);
}

void classic_replaced(struct group_out *out, bool written)
{
    struct classic_replaced *old = out->subject;
    struct classic_member *m = old->member;

    if (written) {
        classic_protocols_free(&old->protocols);
        return;
    }
    rename_member(out->group->classic, m, old->id);
    classic_member_restore(out->group->classic, m, &old->protocols);
    m->rebalance_timeout_ms = old->rebalance_timeout_ms;
    m->session_timeout_ms = old->session_timeout_ms;
}

/* ---- the request ---- */

static void join_new(struct step *s, struct group *group, struct group_call *call, join_in *q)
{
    struct classic_member *m =
        q->group_instance_id.p ? classic_instance(group->classic, q->group_instance_id) : NULL;
    struct classic_pending *p;
    struct str id;

    if (m) {
        replace_static(s, group, m, call, q);
        return;
    }
    id = new_member_id(s, call, q);
    if (q->group_instance_id.p || call->version < KNOWN_ID_SINCE) {
        add_member(s, group, call, id, q);
        return;
    }
    p = classic_pending_add(group, id);
    group_timer_set(&s->groups->timers, &p->timer, s->c->now_ms + q->session_timeout_ms);
    refuse(s, group, call, KF_ERR_MEMBER_ID_REQUIRED, id);
}

static bool is_unchanged(const struct classic_member *m, join_in *q)
{
    if (m->protocols.n != q->protocols_n)
        return false;
    for (int32_t i = 0; i < q->protocols_n; i++)
        if (!str_eq(m->protocols.p[i].name, q->protocols[i].name) ||
            !slice_eq(m->protocols.p[i].metadata, q->protocols[i].metadata))
            return false;
    return true;
}

static void join_known(struct step *s, struct group *group, struct classic_member *m,
                       struct group_call *call, join_in *q)
{
    const struct classic *c = group->classic;
    bool same = is_unchanged(m, q);

    switch (c->state) {
    case CLASSIC_PREPARING:
        break;
    case CLASSIC_COMPLETING: /* the answer may have got lost: the same again */
        if (!same)
            break;
        classic_answer_join(s, group, m, call);
        return;
    case CLASSIC_STABLE: /* a leader that joins wants to assign anew */
        if (c->leader == m || !same)
            break;
        classic_answer_join(s, group, m, call);
        return;
    case CLASSIC_EMPTY:
        refuse(s, group, call, KF_ERR_UNKNOWN_MEMBER_ID, q->member_id);
        return;
    }
    update_member(s, group, m, call, q);
}

static void join_existing(struct step *s, struct group *group, struct group_call *call, join_in *q)
{
    struct classic_pending *p = classic_pending(group->classic, q->member_id);
    int16_t error;

    if (p && !q->group_instance_id.p) {
        classic_pending_remove(&s->groups->timers, group->classic, p);
        add_member(s, group, call, q->member_id, q);
        return;
    }
    error = classic_validate(group->classic, q->member_id, q->group_instance_id);
    if (error)
        refuse(s, group, call, error, q->member_id);
    else
        join_known(s, group, classic_member(group->classic, q->member_id), call, q);
}

/* A group that is made by its first member is in the log at once, be it empty. */
static void join_made(struct step *s, struct group *group, struct group_call *call, join_in *q)
{
    join_new(s, group, call, q);
    if (s->out->records_n)
        return;
    classic_write_new(s, group);
    s->out->then = GROUP_THEN_FORGET;
}

static bool session_in_bounds(const struct group_config *cf, int32_t ms)
{
    return ms >= cf->session_ms_min && ms <= cf->session_ms_max;
}

void classic_join_call(struct step *s, struct group_call *call)
{
    join_in *q = call->request;
    struct group *group = group_find(s->groups, q->group_id);
    bool made = !group;

    if (!session_in_bounds(s->groups->config, q->session_timeout_ms)) {
        refuse(s, group, call, KF_ERR_INVALID_SESSION_TIMEOUT, q->member_id);
        return;
    }
    if (made && q->member_id.n) {
        refuse(s, NULL, call, KF_ERR_UNKNOWN_MEMBER_ID, q->member_id);
        return;
    }
    if (made && (!q->protocol_type.n || !q->protocols_n)) {
        refuse(s, NULL, call, KF_ERR_INCONSISTENT_GROUP_PROTOCOL, q->member_id);
        return;
    }
    if (made) {
        group = group_add(s->groups, q->group_id);
        group->classic->state_ms = s->c->wall_ms;
    }
    s->out->group = group;
    if (!has_room(s->groups, group->classic, q->member_id))
        refuse(s, group, call, KF_ERR_GROUP_MAX_SIZE_REACHED, str_make("", 0));
    else if (!classic_supports(group->classic, q))
        refuse(s, group, call, KF_ERR_INCONSISTENT_GROUP_PROTOCOL, q->member_id);
    else if (made)
        join_made(s, group, call, q);
    else if (q->member_id.n)
        join_existing(s, group, call, q);
    else
        join_new(s, group, call, q);
}
