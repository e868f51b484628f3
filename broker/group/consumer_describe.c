#include "api/kafka/msg/consumer_group_describe.h"

#include "broker/group/consumer.h"
#include "broker/group/group_internal.h"

typedef struct kf_consumer_group_describe_response_described_group described;
typedef struct kf_consumer_group_describe_response_member member_out;
typedef struct kf_consumer_group_describe_response_topic_partitions topic_out;

enum { TYPE_CLASSIC = 0, TYPE_CONSUMER = 1 };

/* Topics that are gone have no name to be told by. */
static topic_out *put_topics(const struct step *s, struct arena *a, const struct assignment *from,
                             int32_t *ret_n)
{
    topic_out *ret = arena_array(a, (size_t)from->n, sizeof(*ret));

    for (int32_t i = 0; i < from->n; i++) {
        const struct topic_state *t = image_topic_by_id(s->c->image, &from->topics[i].id);
        topic_out *out = &ret[*ret_n];

        if (!t)
            continue;
        out->topic_id = t->id;
        out->topic_name = str_of(t->name);
        out->partitions_n = from->topics[i].n;
        out->partitions = arena_array(a, (size_t)from->topics[i].n, sizeof(int32_t));
        memcpy(out->partitions, from->topics[i].partitions,
               (size_t)from->topics[i].n * sizeof(int32_t));
        (*ret_n)++;
    }
    return ret;
}

static void put_member(const struct step *s, struct arena *a, const struct consumer_member *m,
                       member_out *out)
{
    const struct consumer_info *i = &m->info;
    struct assignment has = assignment_or(&m->now.assigned, &m->now.revoking);

    kf_init(&kf_consumer_group_describe_response_member_schema, out);
    out->member_id = arena_str(a, m->id);
    out->instance_id = arena_str(a, i->instance_id);
    out->rack_id = arena_str(a, i->rack_id);
    out->member_epoch = m->now.epoch;
    out->client_id = arena_str(a, i->client_id);
    out->client_host = arena_str(a, i->client_host);
    out->subscribed_topic_names = arena_array(a, (size_t)i->topics_n, sizeof(struct str));
    for (; out->subscribed_topic_names_n < i->topics_n; out->subscribed_topic_names_n++)
        out->subscribed_topic_names[out->subscribed_topic_names_n] =
            arena_str(a, i->topics[out->subscribed_topic_names_n]);
    out->subscribed_topic_regex = arena_str(a, i->regex);
    out->assignment.topic_partitions = put_topics(s, a, &has, &out->assignment.topic_partitions_n);
    assignment_done(&has);
    out->target_assignment.topic_partitions =
        put_topics(s, a, &m->target, &out->target_assignment.topic_partitions_n);
    out->member_type = i->classic ? TYPE_CLASSIC : TYPE_CONSUMER;
}

static const char *assignor_of(const struct step *s, const struct consumer *c)
{
    return consumer_vote(s->groups, c)->name;
}

void consumer_describe_call(struct step *s, struct group_call *call)
{
    const struct group *group = group_find(s->groups, call->group_id);
    const struct consumer *c = group ? group->consumer : NULL;
    described *r = group_call_response(call);
    const struct consumer_member *m;

    r->group_id = call->group_id;
    if (!c) {
        r->error_code = KF_ERR_GROUP_ID_NOT_FOUND;
        r->error_message = str_of(arena_printf(
            call->arena, group ? "Group %.*s is not a consumer group." : "Group %.*s not found.",
            STR_ARG(call->group_id)));
        step_answer(s, NULL, call);
        return;
    }
    r->group_state = str_of(consumer_state_name(c));
    r->group_epoch = c->epoch;
    if (call->operations)
        r->authorized_operations = GROUP_OPERATIONS;
    r->assignment_epoch = c->assignment_epoch;
    r->assignor_name = str_of(assignor_of(s, c));
    r->members = arena_array(call->arena, (size_t)c->members_n, sizeof(*r->members));
    for (size_t at = 0; (m = consumer_member_next(c, &at));)
        put_member(s, call->arena, m, &r->members[r->members_n++]);
    step_answer(s, NULL, call);
}
