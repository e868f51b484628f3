#include "api/kafka/msg/join_group.h"

#include "broker/group/group_internal.h"

typedef struct kf_join_group_response_join_group_response_member member_out;

static void arm(struct step *s, struct group_timer *t, int64_t in_ms)
{
    group_timer_set(&s->groups->timers, t, s->c->now_ms + in_ms);
}

static void disarm(struct step *s, struct group_timer *t)
{
    group_timer_clear(&s->groups->timers, t);
}

void classic_heard(struct step *s, struct classic_member *m)
{
    arm(s, &m->session, m->session_timeout_ms);
}

/* ---- the end of the first phase ---- */

static void put_members(const struct group *group, struct arena *a,
                        struct kf_join_group_response *r)
{
    const struct classic *c = group->classic;

    r->members = arena_array(a, (size_t)c->members_n, sizeof(*r->members));
    list_each (node, &c->members) {
        const struct classic_member *m = list_item(node, struct classic_member, node);
        member_out *out = &r->members[r->members_n++];
        struct slice metadata = classic_metadata(c, m);
        uint8_t *copy = arena_alloc(a, metadata.n + 1);

        memcpy(copy, metadata.p, metadata.n);
        out->member_id = arena_str(a, m->id);
        out->group_instance_id = arena_str(a, m->instance_id);
        out->metadata = slice_make(copy, metadata.n);
    }
}

void classic_answer_join(struct step *s, struct group *group, struct classic_member *m,
                         struct group_call *call)
{
    struct kf_join_group_response *r = group_call_response(call);
    const struct classic *c = group->classic;

    r->generation_id = c->generation;
    r->protocol_type = arena_str(call->arena, c->protocol_type);
    r->protocol_name = arena_str(call->arena, c->protocol.p ? c->protocol : str_make("", 0));
    r->leader = arena_str(call->arena, c->leader->id);
    r->member_id = arena_str(call->arena, m->id);
    if (c->leader == m)
        put_members(group, call->arena, r);
    step_answer(s, group, call);
}

void classic_member_out(struct step *s, struct group *group, struct classic_member *m,
                        int16_t error)
{
    struct group_call *join = call_take(&m->join), *sync = call_take(&m->sync);

    if (join)
        step_error(s, group, join, error);
    if (sync)
        step_error(s, group, sync, error);
    classic_member_remove(&s->groups->timers, group->classic, m);
}

static void drop_absent_dynamic(struct step *s, struct group *group)
{
    list_each (node, &group->classic->members) {
        struct classic_member *m = list_item(node, struct classic_member, node);

        if (!m->joining && !m->instance_id.p)
            classic_member_out(s, group, m, KF_ERR_UNKNOWN_MEMBER_ID);
    }
}

/* The leader stays if it has joined, else it is any member that has. */
static bool elect_leader(struct classic *c)
{
    if (c->leader && c->leader->joining)
        return true;
    list_each (node, &c->members) {
        struct classic_member *m = list_item(node, struct classic_member, node);

        if (!m->joining)
            continue;
        c->leader = m;
        return true;
    }
    return false;
}

static void become_empty(struct step *s, struct group *group)
{
    struct classic *c = group->classic;

    c->generation++;
    str_drop(&c->protocol);
    classic_move(c, CLASSIC_EMPTY, s->c->wall_ms);
    classic_write(s, group);
}

/* Whoever joined owes a SyncGroup from now on. Absent static members stay and owe one too. */
static void next_generation(struct step *s, struct group *group)
{
    struct classic *c = group->classic;
    struct str protocol = str_keep(classic_vote(c));

    c->generation++;
    str_drop(&c->protocol);
    c->protocol = protocol;
    classic_move(c, CLASSIC_COMPLETING, s->c->wall_ms);
    list_each (node, &c->members) {
        struct classic_member *m = list_item(node, struct classic_member, node);
        struct group_call *call = call_take(&m->join);

        classic_set_joining(c, m, false);
        classic_set_syncing(c, m, true);
        m->synced = m->is_new = false;
        classic_heard(s, m);
        if (call)
            classic_answer_join(s, group, m, call);
    }
    arm(s, &c->sync_timer, classic_rebalance_timeout(c));
}

static void complete_join(struct step *s, struct group *group)
{
    struct classic *c = group->classic;

    disarm(s, &c->join_timer);
    drop_absent_dynamic(s, group);
    if (!c->members_n)
        become_empty(s, group);
    else if (!elect_leader(c)) /* only static ones, and none is here: their sessions decide */
        arm(s, &c->join_timer, classic_rebalance_timeout(c));
    else
        next_generation(s, group);
}

static bool all_joined(const struct classic *c)
{
    return c->joining_n == c->members_n && !c->pending_n;
}

/* ---- the begin of the first phase ---- */

/* While members keep arriving the wait goes on, a delay at a time, until the rebalance timeout of
 * the group is used up. */
static void begin_initial_delay(struct step *s, struct classic *c)
{
    int64_t delay = s->groups->config->initial_rebalance_delay_ms;
    int64_t left = classic_rebalance_timeout(c) - delay;

    c->delay_left_ms = left > 0 ? left : 0;
    c->new_member_added = false;
    arm(s, &c->join_timer, delay);
}

void classic_prepare(struct step *s, struct group *group)
{
    struct classic *c = group->classic;
    bool initial = c->state == CLASSIC_EMPTY;

    if (c->state == CLASSIC_COMPLETING)
        classic_fail_syncs(s, group, KF_ERR_REBALANCE_IN_PROGRESS);
    disarm(s, &c->sync_timer);
    list_each (node, &c->members)
        classic_set_syncing(c, list_item(node, struct classic_member, node), false);
    classic_move(c, CLASSIC_PREPARING, s->c->wall_ms);
    if (initial)
        begin_initial_delay(s, c);
    else if (all_joined(c))
        complete_join(s, group);
    else
        arm(s, &c->join_timer, classic_rebalance_timeout(c));
}

void classic_rebalance_or_complete(struct step *s, struct group *group)
{
    struct classic *c = group->classic;

    if (c->state != CLASSIC_PREPARING)
        classic_prepare(s, group);
    else if (all_joined(c) && c->previous != CLASSIC_EMPTY)
        complete_join(s, group);
}

/* ---- time ---- */

void classic_join_over(struct step *s, struct group *group)
{
    struct classic *c = group->classic;
    int64_t delay = s->groups->config->initial_rebalance_delay_ms;

    if (c->state != CLASSIC_PREPARING)
        return;
    if (c->previous != CLASSIC_EMPTY || !c->new_member_added || !c->delay_left_ms) {
        complete_join(s, group);
        return;
    }
    c->new_member_added = false;
    delay = delay < c->delay_left_ms ? delay : c->delay_left_ms;
    c->delay_left_ms -= delay;
    arm(s, &c->join_timer, delay);
}

/* Those that did not ask for their assignment in time are out. */
void classic_sync_over(struct step *s, struct group *group)
{
    struct classic *c = group->classic;

    if ((c->state != CLASSIC_COMPLETING && c->state != CLASSIC_STABLE) || !c->syncing_n)
        return;
    list_each (node, &c->members) {
        struct classic_member *m = list_item(node, struct classic_member, node);

        if (m->syncing)
            classic_member_out(s, group, m, KF_ERR_UNKNOWN_MEMBER_ID);
    }
    classic_prepare(s, group);
}

/* One that waits for an answer is alive, but a new one must not wait for ever. */
void classic_session_over(struct step *s, struct group *group, struct classic_member *m)
{
    bool syncs = m->synced && group->classic->state == CLASSIC_COMPLETING;

    if (!m->is_new && (m->joining || syncs))
        return;
    classic_member_out(s, group, m, KF_ERR_UNKNOWN_MEMBER_ID);
    classic_rebalance_or_complete(s, group);
}

void classic_pending_over(struct step *s, struct group *group, struct classic_pending *p)
{
    classic_pending_remove(&s->groups->timers, group->classic, p);
    if (group->classic->state == CLASSIC_PREPARING)
        classic_rebalance_or_complete(s, group);
}
