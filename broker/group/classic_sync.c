#include "api/kafka/msg/heartbeat.h"
#include "api/kafka/msg/leave_group.h"
#include "api/kafka/msg/sync_group.h"

#include "broker/group/group_internal.h"

typedef const struct kf_sync_group_request sync_in;

static void synced(struct step *s, struct classic *c, struct classic_member *m)
{
    classic_set_syncing(c, m, false);
    m->synced = true;
    if (!c->syncing_n)
        group_timer_clear(&s->groups->timers, &c->sync_timer);
}

static void answer_sync(struct step *s, struct group *group, const struct classic_member *m,
                        struct group_call *call)
{
    struct kf_sync_group_response *r = group_call_response(call);
    uint8_t *copy = arena_alloc(call->arena, m->assignment.n + 1);

    if (m->assignment.n)
        memcpy(copy, m->assignment.p, m->assignment.n);
    r->protocol_type = arena_str(call->arena, group->classic->protocol_type);
    r->protocol_name = arena_str(call->arena, group->classic->protocol);
    r->assignment = slice_make(copy, m->assignment.n);
    step_answer(s, group, call);
}

void classic_fail_syncs(struct step *s, struct group *group, int16_t error)
{
    group->classic->sync_written = false;
    list_each (node, &group->classic->members) {
        struct classic_member *m = list_item(node, struct classic_member, node);
        struct group_call *call = call_take(&m->sync);

        slice_drop(&m->assignment);
        classic_heard(s, m); /* its session may have run out while it waited here */
        if (call)
            step_error(s, group, call, error);
    }
}

/* The assignments by member id, so that many members cost no search each. */
static void take_assignments(struct classic *c, sync_in *q)
{
    for (int32_t i = 0; i < q->assignments_n; i++) {
        struct classic_member *m = classic_member(c, q->assignments[i].member_id);

        if (!m)
            continue;
        slice_drop(&m->assignment);
        m->assignment = slice_keep(q->assignments[i].assignment);
    }
}

/* The assignment holds once it is in the log: members hear of it when it is safe. */
static void write_assignment(struct step *s, struct group *group, sync_in *q)
{
    struct classic *c = group->classic;

    list_each (node, &c->members)
        slice_drop(&list_item(node, struct classic_member, node)->assignment);
    take_assignments(c, q);
    c->sync_written = true;
    classic_write(s, group);
    s->out->group = group;
    s->out->then = GROUP_THEN_SYNCED;
    s->out->note = true;
    s->out->note_group = arena_str(s->out->arena, group->id);
    s->out->note_generation = c->generation;
}

void classic_committed(struct step *s, struct group *group, int32_t generation)
{
    struct classic *c = group->classic;

    if (c->state != CLASSIC_COMPLETING || c->generation != generation || !c->sync_written)
        return;
    c->sync_written = false;
    list_each (node, &c->members) {
        struct classic_member *m = list_item(node, struct classic_member, node);
        struct group_call *call = call_take(&m->sync);

        if (m->synced)
            classic_heard(s, m);
        if (call)
            answer_sync(s, group, m, call);
    }
    classic_move(c, CLASSIC_STABLE, s->c->wall_ms);
}

static int16_t validate(const struct classic *c, sync_in *q)
{
    int16_t error = classic_validate(c, q->member_id, q->group_instance_id);

    if (error)
        return error;
    if (q->generation_id != c->generation)
        return KF_ERR_ILLEGAL_GENERATION;
    if ((q->protocol_type.p && !str_eq(q->protocol_type, c->protocol_type)) ||
        (q->protocol_name.p && (!c->protocol.p || !str_eq(q->protocol_name, c->protocol))))
        return KF_ERR_INCONSISTENT_GROUP_PROTOCOL;
    return c->state == CLASSIC_PREPARING ? KF_ERR_REBALANCE_IN_PROGRESS
           : c->state == CLASSIC_EMPTY   ? KF_ERR_UNKNOWN_MEMBER_ID
                                         : KF_ERR_NONE;
}

void classic_sync_call(struct step *s, struct group_call *call)
{
    sync_in *q = call->request;
    struct group *group = group_find(s->groups, q->group_id);
    int16_t error = group ? validate(group->classic, q) : KF_ERR_UNKNOWN_MEMBER_ID;
    struct classic_member *m;
    struct group_call *before;

    if (error) {
        step_error(s, group, call, error);
        return;
    }
    m = classic_member(group->classic, q->member_id);
    synced(s, group->classic, m);
    if (group->classic->state == CLASSIC_STABLE) {
        answer_sync(s, group, m, call);
        return;
    }
    before = call_take(&m->sync);
    if (before)
        step_error(s, group, before, KF_ERR_REBALANCE_IN_PROGRESS);
    call_park(call, &m->sync);
    if (group->classic->leader == m && !group->classic->sync_written)
        write_assignment(s, group, q);
}

/* ---- heartbeats ---- */

void classic_heartbeat_call(struct step *s, struct group_call *call)
{
    const struct kf_heartbeat_request *q = call->request;
    struct group *group = group_find(s->groups, q->group_id);
    struct classic *c = group ? group->classic : NULL;
    int16_t error =
        c ? classic_validate(c, q->member_id, q->group_instance_id) : KF_ERR_UNKNOWN_MEMBER_ID;

    if (!error && c->state == CLASSIC_EMPTY)
        error = KF_ERR_UNKNOWN_MEMBER_ID;
    if (!error && q->generation_id != c->generation)
        error = KF_ERR_ILLEGAL_GENERATION;
    if (error) {
        step_error(s, group, call, error);
        return;
    }
    classic_heard(s, classic_member(c, q->member_id));
    if (c->state == CLASSIC_PREPARING) {
        step_error(s, group, call, KF_ERR_REBALANCE_IN_PROGRESS);
        return;
    }
    (void)group_call_response(call);
    step_answer(s, group, call);
}

/* ---- leaving ---- */

/* KF_ERR_NONE: it is out. Only an instance id: an operator removes a static member. */
static int16_t leave(struct step *s, struct group *group, struct str id, struct str instance_id)
{
    struct classic *c = group->classic;
    struct classic_pending *p = id.n ? classic_pending(c, id) : NULL;
    struct classic_member *m;
    int16_t error;

    if (p && !instance_id.p) {
        classic_pending_remove(&s->groups->timers, c, p);
        return KF_ERR_NONE;
    }
    m = !id.n && instance_id.p ? classic_instance(c, instance_id) : classic_member(c, id);
    error = !id.n && instance_id.p ? (m ? KF_ERR_NONE : KF_ERR_UNKNOWN_MEMBER_ID)
                                   : classic_validate(c, id, instance_id);
    if (!error)
        classic_member_out(s, group, m, KF_ERR_UNKNOWN_MEMBER_ID);
    return error;
}

static bool leave_all(struct step *s, struct group *group, const struct kf_leave_group_request *q,
                      struct arena *a, struct kf_leave_group_response *r)
{
    bool any = false;

    r->members = arena_array(a, (size_t)q->members_n, sizeof(*r->members));
    r->members_n = q->members_n;
    for (int32_t i = 0; i < q->members_n; i++) {
        r->members[i].member_id = q->members[i].member_id;
        r->members[i].group_instance_id = q->members[i].group_instance_id;
        r->members[i].error_code =
            group ? leave(s, group, q->members[i].member_id, q->members[i].group_instance_id)
                  : KF_ERR_UNKNOWN_MEMBER_ID;
        any |= !r->members[i].error_code;
    }
    return any;
}

enum { MEMBER_LIST_SINCE = 3 };

void classic_leave_call(struct step *s, struct group_call *call)
{
    const struct kf_leave_group_request *q = call->request;
    struct group *group = group_find(s->groups, q->group_id);
    struct kf_leave_group_response *r = group_call_response(call);
    bool any;

    s->out->group = group;
    if (call->version >= MEMBER_LIST_SINCE) {
        any = leave_all(s, group, q, call->arena, r);
    } else {
        r->error_code =
            group ? leave(s, group, q->member_id, str_make(NULL, 0)) : KF_ERR_UNKNOWN_MEMBER_ID;
        any = !r->error_code;
    }
    if (any && group->classic->state != CLASSIC_EMPTY)
        classic_rebalance_or_complete(s, group);
    step_answer(s, group, call);
}
