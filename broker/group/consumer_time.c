#include "broker/group/beat.h"
#include "broker/group/group_internal.h"
#include "broker/group/group_property.h"
#include "common/invariant.h"

enum {
    RETRY_MS = 500,        /* a write that was refused */
    HURRY_MS_MIN = 50,
    MEMBERS_PER_MS = 4, /* heartbeats while a group settles: at most so many a ms */
};

/* ---- properties of one group ---- */

int32_t consumer_session_ms(const struct groups *g, const struct group_context *c,
                            struct str group_id)
{
    const struct group_config *cf = g->config;

    return group_property(c->image, group_id, "consumer.session.timeout.ms",
                          cf->consumer_session_ms, cf->consumer_session_ms_min,
                          cf->consumer_session_ms_max);
}

/* While the group settles its members come back soon, so that what one gives up is another's at
 * once; the configured interval holds again when it has been quiet for as long as that. */
int32_t consumer_interval_ms(const struct step *s, const struct beat *b)
{
    const struct group_config *cf = s->groups->config;
    int32_t interval = group_property(s->c->image, b->group_id, "consumer.heartbeat.interval.ms",
                                      cf->consumer_heartbeat_ms, cf->consumer_heartbeat_ms_min,
                                      cf->consumer_heartbeat_ms_max);
    int32_t hurry = HURRY_MS_MIN + b->c->members_n / MEMBERS_PER_MS;
    bool settled = b->epoch == b->c->epoch && s->c->now_ms - b->c->changed_ms > interval &&
                   b->now.state == MEMBER_STABLE && b->now.epoch == b->epoch;

    return settled || hurry > interval || !cf->hurry ? interval : hurry;
}

/* ---- what follows a heartbeat ---- */

struct beaten {
    struct str group_id, member_id;
    bool changed;
};

static void arm(struct groups *g, const struct group_context *c, struct group *group,
                struct consumer_member *m)
{
    group_timer_set(&g->timers, &m->session,
                    c->now_ms + (m->info.classic ? m->info.session_timeout_ms
                                                 : consumer_session_ms(g, c, group->id)));
    if (m->info.classic) /* it has its timers of joining and syncing instead */
        group_timer_clear(&g->timers, &m->rebalance);
    else if (m->now.state != MEMBER_UNREVOKED)
        group_timer_clear(&g->timers, &m->rebalance);
    else if (!m->rebalance.slot || m->rebalance_epoch != m->now.epoch) {
        m->rebalance_epoch = m->now.epoch;
        group_timer_set(&g->timers, &m->rebalance, c->now_ms + m->info.rebalance_timeout_ms);
    }
}

static bool is_all_classic(const struct consumer *c)
{
    return c->members_n && c->classic_n == c->members_n;
}

/* A static member came back with the classic protocol, the last one to change. */
static void look_at_protocols(struct groups *g, const struct group_context *c, struct group *group)
{
    if (is_all_classic(group->consumer))
        group_timer_set(&g->timers, &group->consumer->assign, c->now_ms);
}

/* `written` false: what it said is not in the log, so the topics are to be looked at again. */
static void beaten(struct groups *g, const struct group_context *c, const struct beaten *s,
                   bool written)
{
    struct group *group = group_find(g, s->group_id);
    struct consumer_member *m;

    if (!group || !group->consumer)
        return;
    if (written)
        group->consumer->refresh = false;
    if (s->changed)
        group->consumer->changed_ms = c->now_ms;
    consumer_arm_resolve(g, c, group);
    m = map_get_str(&group->consumer->members, s->member_id);
    if (!m || !m->described)
        return;
    arm(g, c, group, m);
    if (!m->info.classic)
        return;
    look_at_protocols(g, c, group);
    group_timer_clear(&g->timers, &m->join);
    group_timer_set(&g->timers, &m->sync, c->now_ms + m->info.rebalance_timeout_ms);
}

void consumer_beat_ends(struct beat *b)
{
    struct group_out *out = b->s->out;
    struct beaten *s = arena_new(out->arena, struct beaten);

    s->group_id = arena_str(out->arena, b->group_id);
    s->member_id = arena_str(out->arena, b->member_id);
    s->changed = b->epoch != b->c->epoch;
    out->subject = s;
    out->then = GROUP_THEN_BEAT;
    if (!out->records_n) {
        beaten(b->s->groups, b->s->c, s, true);
        out->then = GROUP_THEN_NOTHING;
    }
}

void consumer_beat_applied(struct groups *g, const struct group_context *c,
                           const struct group_out *out, bool written)
{
    beaten(g, c, out->subject, written);
}

/* ---- time ---- */

/* The member is out, or asked again: a write that fails must not keep it for ever. */
static void fence(struct step *s, struct group *group, struct consumer_member *m,
                  struct group_timer *t)
{
    const struct consumer_member *gone = m;

    consumer_out(s, group, &gone, 1);
    s->out->timer = t;
}

void consumer_retry(struct groups *g, const struct group_context *c, const struct group_out *out)
{
    group_timer_set(&g->timers, out->timer, c->now_ms + RETRY_MS);
}

void consumer_session_over(struct step *s, struct group *group, struct consumer_member *m)
{
    fence(s, group, m, &m->session);
}

void consumer_revoke_over(struct step *s, struct group *group, struct consumer_member *m)
{
    if (m->now.state == MEMBER_UNREVOKED && m->now.epoch == m->rebalance_epoch)
        fence(s, group, m, &m->rebalance);
}

/* The assignment that had to wait (consumer_may_assign), or the end of the new protocol here. */
void consumer_assign_due(struct step *s, struct group *group)
{
    const struct consumer *c = group->consumer;
    struct assignment none;

    if (is_all_classic(c) && consumer_may_downgrade(s, c, NULL, 0)) {
        consumer_downgrade(s, group, NULL, 0);
        return;
    }
    if (c->epoch <= c->assignment_epoch || !consumer_may_assign(s, c))
        return;
    none = consumer_assign(s, group->id, c, NULL, c->epoch);
    INVARIANT(!none.n);
    s->out->group = group;
    s->out->timer = &group->consumer->assign;
}

/* What was learnt from the log may be old: metadata is looked at anew, members get their time. */
void consumer_loaded(struct step *s, struct group *group)
{
    struct consumer_member *m;

    group->consumer->refresh = true;
    group->consumer->changed_ms = s->c->now_ms;
    for (size_t at = 0; (m = consumer_member_next(group->consumer, &at));)
        arm(s->groups, s->c, group, m);
    consumer_arm_resolve(s->groups, s->c, group);
    look_at_protocols(s->groups, s->c, group);
}
