#include "api/kafka/msg/alter_share_group_offsets.h"
#include "api/kafka/msg/delete_share_group_offsets.h"
#include "api/kafka/msg/describe_share_group_offsets.h"
#include "api/kafka/msg/join_group.h"
#include "api/kafka/msg/share_group_describe.h"

#include "broker/group/group_internal.h"
#include "broker/group/topics_hash.h"

typedef struct kf_share_group_describe_response_described_group described;
typedef struct kf_share_group_describe_response_member described_member;
typedef struct kf_share_group_describe_response_topic_partitions described_topic;
typedef const struct kf_describe_share_group_offsets_request_describe_share_group_offsets_request_group
    offsets_in;
typedef struct kf_describe_share_group_offsets_response_describe_share_group_offsets_response_group
    offsets_out;
typedef struct kf_describe_share_group_offsets_response_describe_share_group_offsets_response_topic
    offsets_topic_out;
typedef const struct kf_alter_share_group_offsets_request alter_in;
typedef struct kf_alter_share_group_offsets_response alter_out;
typedef const struct kf_alter_share_group_offsets_request_alter_share_group_offsets_request_topic
    alter_topic_in;
typedef struct kf_alter_share_group_offsets_response_alter_share_group_offsets_response_topic
    alter_topic_out;
typedef const struct kf_delete_share_group_offsets_request forget_in;
typedef struct kf_delete_share_group_offsets_response forget_out;

#define OFFSET_SCHEMA                                                                  \
    kf_describe_share_group_offsets_response_describe_share_group_offsets_response_partition_schema

/* ---- requests of other kinds ---- */

static int16_t gate_error(enum group_api api)
{
    switch ((int)api) {
    case GROUP_JOIN:
        return KF_ERR_INCONSISTENT_GROUP_PROTOCOL;
    case GROUP_SYNC:
    case GROUP_HEARTBEAT:
    case GROUP_LEAVE:
        return KF_ERR_UNKNOWN_MEMBER_ID;
    case GROUP_OFFSET_COMMIT:
    case GROUP_TXN_OFFSET_COMMIT:
    case GROUP_OFFSET_DELETE:
    case GROUP_CONSUMER_HEARTBEAT:
        return KF_ERR_GROUP_ID_NOT_FOUND;
    default:
        return KF_ERR_NONE;
    }
}

bool share_gate(struct step *s, struct group_call *call)
{
    const struct group *group = group_find(s->groups, call->group_id);
    int16_t error = group && group->share ? gate_error(call->api) : KF_ERR_NONE;

    if (error)
        step_error(s, group, call, error);
    if (error && call->api == GROUP_JOIN)
        ((struct kf_join_group_response *)call->response)->member_id = str_make("", 0);
    return error != KF_ERR_NONE;
}

/* ---- ShareGroupDescribe ---- */

static void put_member(const struct step *s, const struct share_group *k, struct arena *a,
                       const struct share_member *m, described_member *out)
{
    out->member_id = arena_str(a, m->id);
    out->rack_id = arena_str(a, m->info.rack_id);
    out->member_epoch = m->epoch;
    out->client_id = arena_str(a, m->info.client_id);
    out->client_host = arena_str(a, m->info.client_host);
    out->subscribed_topic_names =
        arena_array(a, (size_t)m->info.topics_n, sizeof(*out->subscribed_topic_names));
    for (int32_t i = 0; i < m->info.topics_n; i++)
        out->subscribed_topic_names[out->subscribed_topic_names_n++] =
            arena_str(a, m->info.topics[i]);
    out->assignment.topic_partitions =
        arena_array(a, (size_t)m->assigned.n, sizeof(described_topic));
    for (int32_t i = 0; i < m->assigned.n; i++) {
        const struct assigned_topic *t = &m->assigned.topics[i];
        const struct topic_state *known = image_topic_by_id(s->c->image, &t->id);
        described_topic *to =
            &out->assignment.topic_partitions[out->assignment.topic_partitions_n++];

        to->topic_id = t->id;
        to->topic_name =
            arena_str(a, known ? str_of(known->name) : share_topic_name(k, &t->id));
        to->partitions_n = t->n;
        to->partitions = arena_array(a, (size_t)t->n, sizeof(int32_t));
        memcpy(to->partitions, t->partitions, (size_t)t->n * sizeof(int32_t));
    }
}

static const char *missing_text(const struct group_call *call, const struct group *group)
{
    return arena_printf(call->arena,
                        group ? "Group %.*s is not a share group." : "Group %.*s not found.",
                        STR_ARG(call->group_id));
}

void share_describe_call(struct step *s, struct group_call *call)
{
    const struct group *group = group_find(s->groups, call->group_id);
    const struct share_group *k = group ? group->share : NULL;
    described *r = group_call_response(call);
    const struct share_member *m;

    r->group_id = call->group_id;
    if (!k) {
        r->error_code = KF_ERR_GROUP_ID_NOT_FOUND;
        r->error_message = str_of(missing_text(call, group));
        step_answer(s, NULL, call);
        return;
    }
    r->group_state = str_of(share_group_state_name(k));
    r->group_epoch = k->epoch;
    r->assignment_epoch = k->assignment_epoch;
    r->assignor_name = str_of("simple");
    if (call->operations)
        r->authorized_operations = GROUP_OPERATIONS;
    r->members = arena_array(call->arena, (size_t)k->members_n, sizeof(*r->members));
    for (size_t at = 0; (m = share_member_next(k, &at));)
        put_member(s, k, call->arena, m, &r->members[r->members_n++]);
    step_answer(s, NULL, call);
}

/* ---- share partitions to be made, read, deleted by the shell ---- */

static struct group_share_part *parts_room(struct arena *a, struct group_share_part *v, int32_t n,
                                           int32_t more)
{
    struct group_share_part *grown = arena_array(a, (size_t)(n + more), sizeof(*grown));

    if (n)
        memcpy(grown, v, (size_t)n * sizeof(*grown));
    return grown;
}

static void out_initialize(struct group_out *out, struct str group_id, int32_t epoch,
                           const struct assignment *a)
{
    out->share_group = arena_str(out->arena, group_id);
    out->share_epoch = epoch;
    out->share_parts = arena_array(out->arena, (size_t)assignment_size(a), sizeof(*out->share_parts));
    for (int32_t t = 0; t < a->n; t++)
        for (int32_t i = 0; i < a->topics[t].n; i++)
            out->share_parts[out->share_parts_n++] = (struct group_share_part){
                .topic = a->topics[t].id, .partition = a->topics[t].partitions[i], .start = -1
            };
}

static void add_part(struct group_call *call, const struct uuid *topic, int32_t partition,
                     int64_t start, void *out)
{
    call->parts[call->parts_n++] = (struct group_share_part){
        .topic = *topic, .partition = partition, .start = start, .out = out
    };
}

/* What is "initializing" in the log, of group epoch `epoch`, is asked for. */
void share_committed(struct step *s, const struct group *group, int32_t epoch)
{
    const struct assignment *all = &group->share->initializing;
    struct assignment ask = { 0 };

    for (int32_t t = 0; t < all->n; t++)
        for (int32_t i = 0; image_topic_by_id(s->c->image, &all->topics[t].id) && i < all->topics[t].n; i++)
            assignment_add(&ask, &all->topics[t].id, all->topics[t].partitions[i], 0);
    if (ask.n)
        out_initialize(s->out, group->id, epoch, &ask);
    assignment_done(&ask);
}

/* What the share coordinator has answered for. */
void share_initialized(struct step *s, const struct group_event *ev)
{
    struct group *group = group_find(s->groups, ev->group_id);
    struct assignment done = { 0 }, news, initialized, initializing;
    struct share_group *k = group ? group->share : NULL;

    if (!k)
        return;
    k->asked_ms = INT64_MIN; /* what is left is asked for again with the next heartbeat */
    for (int32_t i = 0; i < ev->parts_n; i++)
        assignment_add(&done, &ev->parts[i].topic, ev->parts[i].partition, 0);
    news = assignment_and(&done, &k->initializing);
    if (news.n) {
        initialized = assignment_or(&k->initialized, &news);
        initializing = assignment_minus(&k->initializing, &news);
        share_put_partitions(s->out, group->id, k, s->c->image, &initializing, &initialized,
                             &k->deleting);
        s->out->group = group;
        assignment_done(&initialized);
        assignment_done(&initializing);
    }
    assignment_done(&news);
    assignment_done(&done);
}

void share_deleted(struct step *s, const struct group_event *ev)
{
    struct group *group = group_find(s->groups, ev->group_id);
    const struct share_group *k = group ? group->share : NULL;
    struct assignment gone = { 0 }, left;

    if (!k)
        return;
    for (int32_t i = 0; i < ev->parts_n; i++)
        assignment_add(&gone, &ev->parts[i].topic, 0, 0);
    left = assignment_minus(&k->deleting, &gone);
    if (left.n != k->deleting.n) {
        share_put_partitions(s->out, group->id, k, s->c->image, &k->initializing, &k->initialized,
                             &left);
        s->out->group = group;
    }
    assignment_done(&left);
    assignment_done(&gone);
}

/* ---- DescribeShareGroupOffsets ---- */

static void offsets_of_topic(struct group_call *call, const struct share_group *k,
                             const struct uuid *id, const int32_t *partitions, int32_t n,
                             offsets_topic_out *to)
{
    call->parts = parts_room(call->arena, call->parts, call->parts_n, n);
    to->partitions = arena_array(call->arena, (size_t)n, sizeof(*to->partitions));
    for (int32_t i = 0; i < n; i++) {
        kf_init(&OFFSET_SCHEMA, &to->partitions[i]);
        to->partitions[i].partition_index = partitions[i];
        to->partitions[i].start_offset = -1;
        to->partitions_n++;
        if (id && assignment_has(&k->initialized, id, partitions[i]))
            add_part(call, id, partitions[i], -1, &to->partitions[i]);
    }
}

static void offsets_of_all(const struct step *s, struct group_call *call,
                           const struct share_group *k, offsets_out *r)
{
    r->topics = arena_array(call->arena, (size_t)k->initialized.n, sizeof(*r->topics));
    for (int32_t t = 0; t < k->initialized.n; t++) {
        const struct assigned_topic *in = &k->initialized.topics[t];
        const struct topic_state *known = image_topic_by_id(s->c->image, &in->id);
        offsets_topic_out *to = &r->topics[r->topics_n];

        if (!known)
            continue;
        r->topics_n++;
        to->topic_name = arena_str(call->arena, str_of(known->name));
        to->topic_id = in->id;
        offsets_of_topic(call, k, &in->id, in->partitions, in->n, to);
    }
}

static void offsets_of_named(const struct step *s, struct group_call *call,
                             const struct share_group *k, offsets_in *q, offsets_out *r)
{
    r->topics = arena_array(call->arena, (size_t)q->topics_n, sizeof(*r->topics));
    for (int32_t t = 0; t < q->topics_n; t++) {
        const struct topic_state *known = image_topic(s->c->image, q->topics[t].topic_name);
        offsets_topic_out *to = &r->topics[r->topics_n++];

        to->topic_name = q->topics[t].topic_name;
        if (known)
            to->topic_id = known->id;
        offsets_of_topic(call, k, known ? &known->id : NULL, q->topics[t].partitions,
                         q->topics[t].partitions_n, to);
        for (int32_t i = 0; i < to->partitions_n; i++)
            if (!known)
                to->partitions[i].error_code = KF_ERR_UNKNOWN_TOPIC_OR_PARTITION;
    }
}

void share_offsets_call(struct step *s, struct group_call *call)
{
    const struct group *group = group_find(s->groups, call->group_id);
    offsets_in *q = call->request;
    offsets_out *r = group_call_response(call);

    call->parts = NULL;
    call->parts_n = 0;
    r->group_id = call->group_id;
    if (group && !group->share) {
        r->error_code = KF_ERR_GROUP_ID_NOT_FOUND;
        r->error_message = str_of(missing_text(call, group));
    } else if (q->topics_n < 0) {
        offsets_of_all(s, call, group ? group->share : &share_nobody, r);
    } else {
        offsets_of_named(s, call, group ? group->share : &share_nobody, q, r);
    }
    step_answer(s, NULL, call);
}

/* ---- AlterShareGroupOffsets ---- */

static int16_t may_change(const struct group *group)
{
    if (!group || !group->share)
        return KF_ERR_GROUP_ID_NOT_FOUND;
    return group->share->members_n ? KF_ERR_NON_EMPTY_GROUP : KF_ERR_NONE;
}

static const char *refusal_text(const struct group_call *call, const struct group *group)
{
    return group && group->share ? "The group is not empty." : missing_text(call, group);
}

static void alter_topic(struct step *s, struct group_call *call, alter_topic_in *in,
                        alter_topic_out *to, struct assignment *changed)
{
    const struct topic_state *t = image_topic(s->c->image, in->topic_name);

    to->topic_name = in->topic_name;
    if (t)
        to->topic_id = t->id;
    to->partitions_n = in->partitions_n;
    to->partitions = arena_array(call->arena, (size_t)in->partitions_n, sizeof(*to->partitions));
    call->parts = parts_room(call->arena, call->parts, call->parts_n, in->partitions_n);
    for (int32_t i = 0; i < in->partitions_n; i++) {
        int32_t index = in->partitions[i].partition_index;

        to->partitions[i].partition_index = index;
        if (!t || index < 0 || index >= t->partitions_n) {
            to->partitions[i].error_code = KF_ERR_UNKNOWN_TOPIC_OR_PARTITION;
            to->partitions[i].error_message =
                str_of("This server does not host this topic-partition.");
            continue;
        }
        add_part(call, &t->id, index, in->partitions[i].start_offset, &to->partitions[i]);
        assignment_add(changed, &t->id, index, 0);
    }
}

void share_alter_call(struct step *s, struct group_call *call)
{
    struct group *group = group_find(s->groups, call->group_id);
    const struct share_group *k = group ? group->share : &share_nobody; /* one may be made so */
    int16_t error = group ? may_change(group) : KF_ERR_NONE;
    alter_in *q = call->request;
    alter_out *r;
    struct assignment changed = { 0 }, initializing, initialized;

    call->parts = NULL;
    call->parts_n = 0;
    if (error) {
        group_call_error(call, error);
        ((alter_out *)call->response)->error_message = str_of(refusal_text(call, group));
        step_answer(s, group, call);
        return;
    }
    r = group_call_response(call);
    r->responses_n = q->topics_n;
    r->responses = arena_array(call->arena, (size_t)q->topics_n, sizeof(*r->responses));
    for (int32_t t = 0; t < q->topics_n; t++)
        alter_topic(s, call, &q->topics[t], &r->responses[t], &changed);
    if (changed.n) {
        call->state_epoch = share_epoch_after(k->epoch);
        initializing = assignment_or(&k->initializing, &changed);
        initialized = assignment_minus(&k->initialized, &changed);
        share_put_epoch(s->out, call->group_id, call->state_epoch, k->hash);
        share_put_partitions(s->out, call->group_id, k, s->c->image, &initializing, &initialized,
                             &k->deleting);
        if (group)
            group->share->asked_ms = s->c->now_ms;
        assignment_done(&initializing);
        assignment_done(&initialized);
    }
    assignment_done(&changed);
    step_answer(s, group, call);
}

/* ---- DeleteShareGroupOffsets ---- */

static void forget_topic(struct group_call *call, const struct share_group *k,
                         const struct uuid *id, void *out, struct assignment *deleting)
{
    const struct assigned_topic *a = assignment_topic(&k->initialized, id);
    const struct assigned_topic *b = assignment_topic(&k->initializing, id);

    call->parts = parts_room(call->arena, call->parts, call->parts_n,
                             (a ? a->n : 0) + (b ? b->n : 0));
    for (int32_t i = 0; a && i < a->n; i++)
        add_part(call, id, a->partitions[i], -1, out);
    for (int32_t i = 0; b && i < b->n; i++)
        add_part(call, id, b->partitions[i], -1, out);
    assignment_add(deleting, id, 0, 0);
}

static void drop_topics(struct assignment *from, const struct assignment *topics)
{
    struct assignment left = { 0 };

    for (int32_t i = 0; i < from->n; i++)
        if (!assignment_topic(topics, &from->topics[i].id))
            assignment_add_topic(&left, &from->topics[i].id, from->topics[i].partitions, NULL,
                                 from->topics[i].n);
    assignment_done(from);
    *from = left;
}

static void put_forgotten(struct step *s, struct group *group, const struct assignment *topics)
{
    const struct share_group *k = group->share;
    struct assignment initializing = assignment_copy(&k->initializing);
    struct assignment initialized = assignment_copy(&k->initialized);
    struct assignment deleting = assignment_or(&k->deleting, topics);

    drop_topics(&initializing, topics);
    drop_topics(&initialized, topics);
    share_put_partitions(s->out, group->id, k, s->c->image, &initializing, &initialized, &deleting);
    s->out->group = group;
    assignment_done(&initializing);
    assignment_done(&initialized);
    assignment_done(&deleting);
}

static void forget_named(struct step *s, struct group_call *call, const struct share_group *k,
                         forget_in *q, forget_out *r, struct assignment *topics)
{
    r->responses = arena_array(call->arena, (size_t)q->topics_n, sizeof(*r->responses));
    r->responses_n = q->topics_n;
    for (int32_t i = 0; i < q->topics_n; i++) {
        const struct topic_state *t = image_topic(s->c->image, q->topics[i].topic_name);

        r->responses[i].topic_name = q->topics[i].topic_name;
        if (t)
            r->responses[i].topic_id = t->id;
        if (!t) {
            r->responses[i].error_code = KF_ERR_UNKNOWN_TOPIC_OR_PARTITION;
            r->responses[i].error_message =
                str_of("This server does not host this topic-partition.");
        } else if (!assignment_topic(topics, &t->id)) {
            forget_topic(call, k, &t->id, &r->responses[i], topics);
        }
    }
}

void share_forget_call(struct step *s, struct group_call *call)
{
    struct group *group = group_find(s->groups, call->group_id);
    int16_t error = may_change(group);
    struct assignment topics = { 0 };
    forget_in *q = call->request;
    forget_out *r;

    call->parts = NULL;
    call->parts_n = 0;
    if (error) {
        group_call_error(call, error);
        ((forget_out *)call->response)->error_message = str_of(refusal_text(call, group));
        step_answer(s, group, call);
        return;
    }
    r = group_call_response(call);
    if (q)
        forget_named(s, call, group->share, q, r, &topics);
    for (int32_t i = 0; !q && i < group->share->initialized.n; i++)
        forget_topic(call, group->share, &group->share->initialized.topics[i].id, NULL, &topics);
    for (int32_t i = 0; !q && i < group->share->initializing.n; i++)
        if (!assignment_topic(&topics, &group->share->initializing.topics[i].id))
            forget_topic(call, group->share, &group->share->initializing.topics[i].id, NULL,
                         &topics);
    if (call->parts_n)
        put_forgotten(s, group, &topics);
    assignment_done(&topics);
    step_answer(s, group, call);
}
