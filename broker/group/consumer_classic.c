/* Members of the classic protocol in a consumer group (KIP-848, "Supporting Online Consumer Group
 * Upgrade"): JoinGroup is their heartbeat, SyncGroup fetches what they are to have, Heartbeat tells
 * them to join again. The coordinator assigns; nobody leads. */
#include "api/kafka/msg/heartbeat.h"
#include "api/kafka/msg/join_group.h"
#include "api/kafka/msg/leave_group.h"
#include "api/kafka/msg/sync_group.h"

#include "broker/group/beat.h"
#include "broker/group/group_internal.h"
#include "broker/group/subscription.h"

enum { KNOWN_ID_SINCE = 4, MEMBER_LIST_SINCE = 3 };

typedef const struct kf_join_group_request join_in;
typedef const struct kf_sync_group_request sync_in;

/* ---- JoinGroup ---- */

static void refuse_join(struct step *s, const struct group *group, struct group_call *call,
                        int16_t error, struct str member_id)
{
    group_call_error(call, error);
    ((struct kf_join_group_response *)call->response)->member_id =
        arena_str(call->arena, member_id);
    step_answer(s, group, call);
}

static bool is_offered(join_in *q, struct str name)
{
    for (int32_t i = 0; i < q->protocols_n; i++)
        if (str_eq(q->protocols[i].name, name))
            return true;
    return false;
}

/* One of its protocols is offered by every other classic member too. */
static bool supports(const struct consumer *c, join_in *q)
{
    const struct consumer_member *m;

    if (!str_is(q->protocol_type, "consumer") || !q->protocols_n)
        return false;
    for (size_t at = 0; (m = consumer_member_next(c, &at));) {
        bool common = !m->info.classic;

        for (int32_t i = 0; !common && i < m->info.protocols.n; i++)
            common = is_offered(q, m->info.protocols.p[i].name);
        if (!common)
            return false;
    }
    return true;
}

/* Which member joins, by its id or its instance's. */
static int16_t find(struct beat *b, join_in *q)
{
    const struct consumer_member *m =
        q->group_instance_id.p ? consumer_instance(b->c, q->group_instance_id) : NULL;
    int32_t most = b->s->groups->config->consumer_size_max;

    if (!q->group_instance_id.p)
        b->m = consumer_member(b->c, b->member_id);
    else if (m && str_eq(m->id, b->member_id))
        b->m = m;
    else if (m && q->member_id.n)
        return KF_ERR_FENCED_INSTANCE_ID;
    else if (m && !m->info.classic && m->now.epoch != EPOCH_LEAVE_STATIC)
        return KF_ERR_UNRELEASED_INSTANCE_ID;
    else
        b->replaced = m;
    return !b->m && !b->replaced && b->c->members_n >= most ? KF_ERR_GROUP_MAX_SIZE_REACHED
                                                            : KF_ERR_NONE;
}

static void take_info(struct beat *b, const struct group_call *call, join_in *q,
                      const struct kf_consumer_protocol_subscription *sub)
{
    struct consumer_info *i = &b->info;

    i->client_id = call->client_id;
    i->client_host = call->client_host;
    i->instance_id = q->group_instance_id;
    i->rack_id = sub->rack_id.n ? sub->rack_id : i->rack_id;
    i->assignor = str_make(NULL, 0);
    i->regex = str_make("", 0);
    i->topics = sub->topics;
    i->topics_n = strs_normalize(sub->topics, sub->topics_n);
    i->rebalance_timeout_ms = call->version ? q->rebalance_timeout_ms : q->session_timeout_ms;
    i->classic = true;
    i->session_timeout_ms = q->session_timeout_ms;
    i->protocols.n = q->protocols_n;
    i->protocols.p = arena_array(call->arena, (size_t)q->protocols_n, sizeof(*i->protocols.p));
    for (int32_t k = 0; k < q->protocols_n; k++) {
        i->protocols.p[k].name = q->protocols[k].name;
        i->protocols.p[k].metadata = q->protocols[k].metadata;
    }
}

static void answer_join(struct beat *b, const struct group *group, struct group_call *call,
                        join_in *q)
{
    struct kf_join_group_response *r = group_call_response(call);

    r->generation_id = b->now.epoch;
    r->protocol_type = str_of("consumer");
    r->protocol_name = q->protocols[0].name;
    r->member_id = arena_str(call->arena, b->member_id);
    step_answer(b->s, group, call);
}

static void join(struct beat *b, struct group *group, struct group_call *call, join_in *q,
                 const struct kf_consumer_protocol_subscription *sub)
{
    struct assignment owned = subscription_owned(sub, b->s->c->image);

    b->owned = &owned;
    beat_open(b);
    take_info(b, call, q, sub);
    beat_take_over(b);
    beat_subscribe(b);
    beat_taken_over(b);
    beat_assign(b);
    beat_reconcile(b);
    answer_join(b, group, call, q);
    consumer_beat_ends(b);
    beat_close(b);
    assignment_done(&owned);
}

/* Kafka makes such ids without the client's own. */
static struct str new_member_id(struct step *s, struct arena *a)
{
    const uint8_t *u = s->c->fresh.b;

    return str_of(arena_printf(
        a, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", u[0], u[1], u[2],
        u[3], u[4], u[5], u[6], u[7], u[8], u[9], u[10], u[11], u[12], u[13], u[14], u[15]));
}

/* A group without members changes its kind: its records are deleted, then the call is decided again
 * and makes one of the other kind. */
static void become_classic(struct step *s, struct group *group, struct group_call *call)
{
    group_put_gone(s, group);
    s->out->again = call;
}

/* It was out while it did not know: what it still has may be another's by now. Kafka would take it
 * in again and let it believe so until its SyncGroup, and behind that go on from old positions. */
static bool was_out(const struct beat *b, join_in *q,
                    const struct kf_consumer_protocol_subscription *sub)
{
    return !b->m && !b->replaced && q->member_id.n && sub->owned_partitions_n;
}

void consumer_join_call(struct step *s, struct group *group, struct group_call *call)
{
    join_in *q = call->request;
    struct beat b = {
        .s = s, .group_id = q->group_id, .member_id = q->member_id, .c = group->consumer
    };
    struct kf_consumer_protocol_subscription sub;
    int16_t version, error = KF_ERR_NONE;

    s->out->group = group;
    if (!group->consumer->members_n) {
        become_classic(s, group, call);
        return;
    }
    if (q->session_timeout_ms < s->groups->config->session_ms_min ||
        q->session_timeout_ms > s->groups->config->session_ms_max)
        error = KF_ERR_INVALID_SESSION_TIMEOUT;
    else if (!supports(group->consumer, q) ||
             subscription_parse(q->protocols[0].metadata, call->arena, &version, &sub))
        error = KF_ERR_INCONSISTENT_GROUP_PROTOCOL;
    if (!error && !q->member_id.n)
        b.member_id = new_member_id(s, call->arena);
    if (!error && !q->member_id.n && !q->group_instance_id.p && call->version >= KNOWN_ID_SINCE)
        error = KF_ERR_MEMBER_ID_REQUIRED;
    if (!error)
        error = find(&b, q);
    if (!error && was_out(&b, q, &sub))
        error = KF_ERR_UNKNOWN_MEMBER_ID;
    if (error)
        refuse_join(s, group, call, error,
                    error == KF_ERR_MEMBER_ID_REQUIRED ? b.member_id : q->member_id);
    else
        join(&b, group, call, q, &sub);
}

/* ---- SyncGroup, Heartbeat ---- */

static int16_t validate(const struct group *group, struct str id, struct str instance_id,
                        int32_t generation, struct consumer_member **ret)
{
    const struct consumer *c = group->consumer;
    const struct consumer_member *m =
        instance_id.p ? consumer_instance(c, instance_id) : consumer_member(c, id);

    *ret = (struct consumer_member *)(uintptr_t)m;
    if (!m)
        return KF_ERR_UNKNOWN_MEMBER_ID;
    if (!str_eq(m->id, id))
        return KF_ERR_FENCED_INSTANCE_ID;
    if (!m->info.classic)
        return KF_ERR_UNKNOWN_MEMBER_ID;
    return m->now.epoch == generation ? KF_ERR_NONE : KF_ERR_ILLEGAL_GENERATION;
}

static bool has_protocol(const struct consumer_member *m, struct str name)
{
    for (int32_t i = 0; i < m->info.protocols.n; i++)
        if (str_eq(m->info.protocols.p[i].name, name))
            return true;
    return false;
}

/* It has the rebalance timeout to come back with JoinGroup. */
static void await_join(struct step *s, struct consumer_member *m)
{
    if (!m->join.slot)
        group_timer_set(&s->groups->timers, &m->join, s->c->now_ms + m->info.rebalance_timeout_ms);
}

static void heard(struct step *s, struct consumer_member *m)
{
    group_timer_set(&s->groups->timers, &m->session, s->c->now_ms + m->info.session_timeout_ms);
}

static struct slice assignment_of(const struct step *s, const struct consumer_member *m,
                                  struct arena *a)
{
    struct kf_consumer_protocol_subscription sub;
    int16_t version = 0;

    (void)subscription_parse(m->info.protocols.p[0].metadata, a, &version, &sub);
    return assignment_print(&m->now.assigned, s->c->image, version, a);
}

static int16_t sync_error(const struct group *group, sync_in *q, struct consumer_member **ret)
{
    int16_t error = validate(group, q->member_id, q->group_instance_id, q->generation_id, ret);

    if (error)
        return error;
    if ((q->protocol_type.p && !str_is(q->protocol_type, "consumer")) ||
        (q->protocol_name.p && !has_protocol(*ret, q->protocol_name)))
        return KF_ERR_INCONSISTENT_GROUP_PROTOCOL;
    return group->consumer->assignment_epoch > (*ret)->now.epoch &&
                   (*ret)->now.state != MEMBER_UNREVOKED
               ? KF_ERR_REBALANCE_IN_PROGRESS
               : KF_ERR_NONE;
}

void consumer_sync_call(struct step *s, struct group *group, struct group_call *call)
{
    sync_in *q = call->request;
    struct kf_sync_group_response *r;
    struct consumer_member *m;
    int16_t error = sync_error(group, q, &m);

    if (error) {
        if (error == KF_ERR_REBALANCE_IN_PROGRESS)
            await_join(s, m);
        step_error(s, group, call, error);
        return;
    }
    group_timer_clear(&s->groups->timers, &m->sync);
    heard(s, m);
    r = group_call_response(call);
    r->protocol_type = q->protocol_type;
    r->protocol_name = q->protocol_name;
    r->assignment = assignment_of(s, m, call->arena);
    step_answer(s, group, call);
}

/* Some of what it waits for is free by now. */
static bool may_have_more(const struct consumer *c, const struct consumer_member *m)
{
    for (int32_t i = 0; i < m->target.n; i++)
        for (int32_t k = 0; k < m->target.topics[i].n; k++) {
            const struct assigned_topic *t = &m->target.topics[i];

            if (!assignment_has(&m->now.assigned, &t->id, t->partitions[k]) &&
                consumer_owner_epoch(c, &t->id, t->partitions[k]) == -1)
                return true;
        }
    return false;
}

static bool must_join(const struct consumer *c, const struct consumer_member *m)
{
    return m->now.epoch < c->assignment_epoch || m->now.state == MEMBER_UNREVOKED ||
           (m->now.state == MEMBER_UNRELEASED && may_have_more(c, m));
}

void consumer_classic_heartbeat_call(struct step *s, struct group *group, struct group_call *call)
{
    const struct kf_heartbeat_request *q = call->request;
    struct consumer_member *m;
    int16_t error = validate(group, q->member_id, q->group_instance_id, q->generation_id, &m);

    if (!error) {
        heard(s, m);
        if (must_join(group->consumer, m)) {
            await_join(s, m);
            error = KF_ERR_REBALANCE_IN_PROGRESS;
        }
    }
    if (error) {
        step_error(s, group, call, error);
        return;
    }
    (void)group_call_response(call);
    step_answer(s, group, call);
}

/* ---- LeaveGroup ---- */

/* Only an instance id: an operator removes a static member, of whichever protocol. */
static int16_t leaving(const struct group *group, struct str id, struct str instance_id,
                       const struct consumer_member **ret)
{
    const struct consumer_member *m = instance_id.p
                                          ? consumer_instance(group->consumer, instance_id)
                                          : consumer_member(group->consumer, id);

    *ret = m;
    if (!m)
        return KF_ERR_UNKNOWN_MEMBER_ID;
    if (!id.n && instance_id.p)
        return KF_ERR_NONE;
    if (!str_eq(m->id, id))
        return KF_ERR_FENCED_INSTANCE_ID;
    return m->info.classic ? KF_ERR_NONE : KF_ERR_UNKNOWN_MEMBER_ID;
}

static bool is_among(const struct consumer_member *const *gone, int32_t n,
                     const struct consumer_member *m)
{
    for (int32_t i = 0; i < n; i++)
        if (gone[i] == m)
            return true;
    return false;
}

void consumer_classic_leave_call(struct step *s, struct group *group, struct group_call *call)
{
    const struct kf_leave_group_request *q = call->request;
    struct kf_leave_group_response *r = group_call_response(call);
    struct kf_leave_group_request_member_identity one = { .member_id = q->member_id };
    bool list = call->version >= MEMBER_LIST_SINCE;
    const struct kf_leave_group_request_member_identity *in = list ? q->members : &one;
    int32_t n = list ? q->members_n : 1, gone_n = 0;
    const struct consumer_member **gone = arena_array(call->arena, (size_t)n, sizeof(*gone)), *m;

    r->members = arena_array(call->arena, (size_t)n, sizeof(*r->members));
    for (int32_t i = 0; i < n; i++) {
        int16_t error = leaving(group, in[i].member_id, in[i].group_instance_id, &m);

        if (!error && is_among(gone, gone_n, m))
            error = KF_ERR_UNKNOWN_MEMBER_ID;
        if (!error)
            gone[gone_n++] = m;
        r->members[i].member_id = in[i].member_id;
        r->members[i].group_instance_id = in[i].group_instance_id;
        r->members[i].error_code = error;
    }
    r->members_n = list ? n : 0;
    r->error_code = list ? KF_ERR_NONE : r->members[0].error_code;
    if (gone_n)
        consumer_out(s, group, gone, gone_n);
    step_answer(s, group, call);
}
