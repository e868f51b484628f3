#include "api/kafka/msg/consumer_group_heartbeat.h"

#include "broker/group/beat.h"
#include "broker/group/group_internal.h"
#include "broker/group/regex.h"

enum { CLIENT_MAKES_ID_SINCE = 1, NOT_GIVEN = -1 };

typedef const struct kf_consumer_group_heartbeat_request beat_in;
typedef struct kf_consumer_group_heartbeat_response beat_out;
typedef struct kf_consumer_group_heartbeat_response_topic_partitions topic_out;

static void refuse(struct step *s, const struct group *group, struct group_call *call,
                   struct refusal r)
{
    beat_out *out;

    group_call_error(call, r.error);
    out = call->response;
    out->error_message = str_of(r.text);
    step_answer(s, group, call);
}

/* ---- what a request may say ---- */

static struct refusal check_joining(const struct group_call *call, beat_in *q)
{
    if (q->rebalance_timeout_ms == NOT_GIVEN)
        return refusal(KF_ERR_INVALID_REQUEST,
                       "RebalanceTimeoutMs must be provided in first request.");
    if (q->topic_partitions_n)
        return refusal(KF_ERR_INVALID_REQUEST, "TopicPartitions must be empty when (re-)joining.");
    if (q->subscribed_topic_names_n < 0 && !q->subscribed_topic_regex.p)
        return refusal(KF_ERR_INVALID_REQUEST,
                       call->version >= 1
                           ? "Either SubscribedTopicNames or SubscribedTopicRegex must be "
                             "non-null when (re-)joining."
                           : "SubscribedTopicNames must be set in first request.");
    return refusal(KF_ERR_NONE, NULL);
}

static struct refusal check_assignor(const struct step *s, const struct group_call *call,
                                     beat_in *q)
{
    const struct group_config *cf = s->groups->config;
    OWNED_BUF names = { 0 };

    if (!q->server_assignor.p)
        return refusal(KF_ERR_NONE, NULL);
    for (unsigned i = 0; i < cf->assignors_n; i++) {
        if (str_is(q->server_assignor, cf->assignors[i]->name))
            return refusal(KF_ERR_NONE, NULL);
        buf_printf(&names, "%s%s", i ? ", " : "", cf->assignors[i]->name);
    }
    return REFUSE(call, KF_ERR_UNSUPPORTED_ASSIGNOR,
                  "ServerAssignor %.*s is not supported. Supported assignors: %s.",
                  STR_ARG(q->server_assignor), buf_text(&names));
}

static struct refusal check(const struct step *s, const struct group_call *call, beat_in *q)
{
    bool may_lack_id = call->version < CLIENT_MAKES_ID_SINCE && q->member_epoch == EPOCH_JOIN;
    struct refusal r;

    if (!q->group_id.n)
        return refusal(KF_ERR_INVALID_REQUEST, "GroupId can't be empty.");
    if (!q->member_id.n && !may_lack_id)
        return refusal(KF_ERR_INVALID_REQUEST, "MemberId can't be empty.");
    if (q->instance_id.p && !q->instance_id.n)
        return refusal(KF_ERR_INVALID_REQUEST, "InstanceId can't be empty.");
    if (q->rack_id.p && !q->rack_id.n)
        return refusal(KF_ERR_INVALID_REQUEST, "RackId can't be empty.");
    if (q->member_epoch == EPOCH_JOIN) {
        r = check_joining(call, q);
        if (r.error)
            return r;
    } else if (q->member_epoch == EPOCH_LEAVE_STATIC && !q->instance_id.p) {
        return refusal(KF_ERR_INVALID_REQUEST, "InstanceId can't be null.");
    } else if (q->member_epoch < EPOCH_LEAVE_STATIC) {
        return refusal(KF_ERR_INVALID_REQUEST, "MemberEpoch is invalid.");
    }
    return check_assignor(s, call, q);
}

/* ---- which member it is ---- */

static struct refusal check_epoch(const struct group_call *call, const struct consumer_member *m,
                                  int32_t epoch, const struct assignment *owned)
{
    const struct consumer_progress *p = &m->now;

    if (epoch == EPOCH_JOIN || epoch == p->epoch)
        return refusal(KF_ERR_NONE, NULL);
    if (epoch > p->epoch)
        return REFUSE(
            call, KF_ERR_FENCED_MEMBER_EPOCH,
            "The consumer group member has a greater member epoch (%d) than the one known by the "
            "group coordinator (%d). The member must abandon all its partitions and rejoin.",
            epoch, p->epoch);
    /* The answer that told the new epoch may have got lost. */
    if (epoch == p->previous_epoch && owned && assignment_within(owned, &p->assigned))
        return refusal(KF_ERR_NONE, NULL);
    return REFUSE(
        call, KF_ERR_FENCED_MEMBER_EPOCH,
        "The consumer group member has a smaller member epoch (%d) than the one known by the "
        "group coordinator (%d). The member must abandon all its partitions and rejoin.",
        epoch, p->epoch);
}

static struct refusal find_static(struct beat *b, const struct group_call *call, beat_in *q)
{
    const struct consumer_member *m = consumer_instance(b->c, q->instance_id);

    if (!m && q->member_epoch != EPOCH_JOIN)
        return REFUSE(call, KF_ERR_UNKNOWN_MEMBER_ID, "Instance id %.*s is unknown.",
                      STR_ARG(q->instance_id));
    if (!m)
        return refusal(KF_ERR_NONE, NULL);
    if (q->member_epoch != EPOCH_JOIN) {
        b->m = m;
        return str_eq(m->id, b->member_id) ? check_epoch(call, m, q->member_epoch, b->owned)
                                           : consumer_fenced(call, b->member_id, q->instance_id, m);
    }
    if (m->now.epoch != EPOCH_LEAVE_STATIC && !m->info.classic)
        return REFUSE(
            call, KF_ERR_UNRELEASED_INSTANCE_ID,
            "Static member %.*s with instance id %.*s cannot join the group because the instance "
            "id is owned by %.*s member.",
            STR_ARG(b->member_id), STR_ARG(q->instance_id), STR_ARG(m->id));
    b->replaced = m;
    return refusal(KF_ERR_NONE, NULL);
}

static struct refusal find_dynamic(struct beat *b, const struct group_call *call, beat_in *q)
{
    b->m = consumer_member(b->c, b->member_id);
    if (!b->m && q->member_epoch != EPOCH_JOIN)
        return REFUSE(call, KF_ERR_UNKNOWN_MEMBER_ID, "Member %.*s is not a member of group %.*s.",
                      STR_ARG(b->member_id), STR_ARG(b->group_id));
    return b->m ? check_epoch(call, b->m, q->member_epoch, b->owned) : refusal(KF_ERR_NONE, NULL);
}

/* ---- what it says ---- */

static void take_info(struct beat *b, const struct group_call *call, beat_in *q)
{
    struct consumer_info *i = &b->info;

    i->client_id = call->client_id;
    i->client_host = call->client_host;
    i->classic = false;
    i->session_timeout_ms = 0;
    i->protocols = (struct classic_protocols){ 0 };
    if (q->instance_id.p)
        i->instance_id = q->instance_id;
    if (q->rack_id.p)
        i->rack_id = q->rack_id;
    if (q->server_assignor.p)
        i->assignor = q->server_assignor;
    if (q->rebalance_timeout_ms != NOT_GIVEN)
        i->rebalance_timeout_ms = q->rebalance_timeout_ms;
    if (q->subscribed_topic_regex.p)
        i->regex = q->subscribed_topic_regex;
    if (q->subscribed_topic_names_n < 0)
        return;
    i->topics = arena_array(call->arena, (size_t)q->subscribed_topic_names_n, sizeof(*i->topics));
    if (q->subscribed_topic_names_n)
        memcpy(i->topics, q->subscribed_topic_names,
               (size_t)q->subscribed_topic_names_n * sizeof(*i->topics));
    i->topics_n = strs_normalize(i->topics, q->subscribed_topic_names_n);
}

static const struct assignment *owned_of(beat_in *q, struct assignment *memory)
{
    for (int32_t i = 0; i < q->topic_partitions_n; i++)
        assignment_put(memory, &q->topic_partitions[i].topic_id, q->topic_partitions[i].partitions,
                       NULL, q->topic_partitions[i].partitions_n);
    return q->topic_partitions_n < 0 ? NULL : memory;
}

/* ---- the answer ---- */

static void put_assignment(struct arena *a, const struct assignment *from, beat_out *r)
{
    r->assignment = arena_new(a, struct kf_consumer_group_heartbeat_response_assignment);
    r->assignment->topic_partitions = arena_array(a, (size_t)from->n, sizeof(topic_out));
    for (int32_t i = 0; i < from->n; i++) {
        topic_out *out = &r->assignment->topic_partitions[r->assignment->topic_partitions_n++];

        out->topic_id = from->topics[i].id;
        out->partitions_n = from->topics[i].n;
        out->partitions = arena_array(a, (size_t)from->topics[i].n, sizeof(int32_t));
        memcpy(out->partitions, from->topics[i].partitions,
               (size_t)from->topics[i].n * sizeof(int32_t));
    }
}

/* A member that said all it knows wants to hear all there is. */
static bool is_full(beat_in *q)
{
    return q->member_epoch == EPOCH_JOIN ||
           (q->rebalance_timeout_ms != NOT_GIVEN && q->topic_partitions_n >= 0 &&
            (q->subscribed_topic_names_n >= 0 || q->subscribed_topic_regex.p));
}

static void answer(struct beat *b, const struct group *group, struct group_call *call)
{
    static const struct assignment nothing;
    const struct assignment *had = b->m ? &b->m->now.assigned : &nothing;
    beat_out *r = group_call_response(call);

    r->member_id = arena_str(call->arena, b->member_id);
    r->member_epoch = b->now.epoch;
    r->heartbeat_interval_ms = consumer_interval_ms(b->s, b);
    if (is_full(call->request) || !assignment_eq(had, &b->now.assigned))
        put_assignment(call->arena, &b->now.assigned, r);
    step_answer(b->s, group, call);
}

/* ---- the whole ---- */

static struct refusal check_size(const struct beat *b, const struct group_call *call)
{
    int32_t most = b->s->groups->config->consumer_size_max;

    if (b->m || b->replaced || b->c->members_n < most)
        return refusal(KF_ERR_NONE, NULL);
    return REFUSE(call, KF_ERR_GROUP_MAX_SIZE_REACHED,
                  "The consumer group has reached its maximum capacity of %d members.", most);
}

static struct refusal find(struct beat *b, const struct group_call *call, beat_in *q)
{
    struct refusal r = q->instance_id.p ? find_static(b, call, q) : find_dynamic(b, call, q);

    return r.error ? r : check_size(b, call);
}

/* A regex that somebody reads by already has been looked at. */
static struct refusal check_regex(struct beat *b, const struct group_call *call, beat_in *q)
{
    struct why why = { "" };

    if (!q->subscribed_topic_regex.n || consumer_regex(b->c, q->subscribed_topic_regex) ||
        !regex_fault(q->subscribed_topic_regex, &why))
        return refusal(KF_ERR_NONE, NULL);
    return REFUSE(call, KF_ERR_INVALID_REGULAR_EXPRESSION,
                  "SubscribedTopicRegex `%.*s` is not a valid regular expression: %s.",
                  STR_ARG(q->subscribed_topic_regex), why.text);
}

static void beat(struct beat *b, struct group *group, struct group_call *call, beat_in *q)
{
    struct refusal r = find(b, call, q);

    if (!r.error)
        r = check_regex(b, call, q);
    if (r.error) {
        refuse(b->s, group, call, r);
        return;
    }
    beat_open(b);
    take_info(b, call, q);
    beat_take_over(b);
    beat_subscribe(b);
    beat_taken_over(b);
    beat_assign(b);
    beat_reconcile(b);
    answer(b, group, call);
    consumer_beat_ends(b);
    beat_close(b);
}

static struct refusal not_found(const struct group_call *call, const struct group *group,
                                beat_in *q)
{
    if (group)
        return REFUSE(call, KF_ERR_GROUP_ID_NOT_FOUND, "Group %.*s is not a consumer group.",
                      STR_ARG(q->group_id));
    return REFUSE(call, KF_ERR_GROUP_ID_NOT_FOUND,
                  q->member_epoch < 0 ? "Group %.*s not found." : "Consumer group %.*s not found.",
                  STR_ARG(q->group_id));
}

void consumer_heartbeat_call(struct step *s, struct group_call *call)
{
    beat_in *q = call->request;
    struct group *group = group_find(s->groups, q->group_id);
    struct assignment owned = { 0 };
    struct refusal r = check(s, call, q);
    enum consumer_takeover takeover = TAKEOVER_NOW;
    struct beat b = {
        .s = s, .group_id = q->group_id, .member_id = q->member_id, .c = &consumer_none
    };

    if (!r.error && !(group && group->consumer) && q->member_epoch != EPOCH_JOIN)
        r = not_found(call, group, q);
    if (!r.error && group && group->classic)
        takeover = consumer_takes_over(s, group, call);
    if (takeover == TAKEOVER_LATER)
        return;
    if (!r.error && takeover == TAKEOVER_REFUSED)
        r = not_found(call, group, q);
    if (r.error) {
        refuse(s, group, call, r);
        return;
    }
    s->out->group = group;
    if (q->member_epoch < 0) {
        r = consumer_leave(s, group, call);
        if (r.error)
            refuse(s, group, call, r);
        return;
    }
    if (!q->member_id.n)
        b.member_id = str_of(arena_printf(call->arena, "%s", uuid_print(&s->c->fresh).text));
    if (group && group->consumer)
        b.c = group->consumer;
    b.owned = owned_of(q, &owned);
    beat(&b, group, call, q);
    assignment_done(&owned);
}
