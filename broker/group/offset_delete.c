#include "api/kafka/msg/offset_delete.h"

#include "broker/group/group_internal.h"

typedef const struct kf_offset_delete_request_offset_delete_request_topic topic_in;
typedef struct kf_offset_delete_response_offset_delete_response_topic topic_out;

void offset_tombstone(struct step *s, const struct group *group, struct str topic,
                      int32_t partition)
{
    struct kf_offset_commit_key key = { .group = group->id,
                                        .topic = topic,
                                        .partition = partition };

    group_record_put(s->out, GROUP_RECORD_OFFSET, &key, 0, NULL);
}

static bool exists(const struct step *s, struct str topic, int32_t partition)
{
    const struct topic_state *t = image_topic(s->c->image, topic);

    return t && partition >= 0 && partition < t->partitions_n;
}

static void delete_topic(struct step *s, const struct group *group, topic_in *in, struct arena *a,
                         topic_out *out)
{
    bool subscribed = group_subscribes(group, in->name);

    out->name = in->name;
    out->partitions_n = in->partitions_n;
    out->partitions = arena_array(a, (size_t)in->partitions_n, sizeof(*out->partitions));
    for (int32_t i = 0; i < in->partitions_n; i++) {
        int32_t partition = in->partitions[i].partition_index;

        out->partitions[i].partition_index = partition;
        if (!exists(s, in->name, partition))
            out->partitions[i].error_code = KF_ERR_UNKNOWN_TOPIC_OR_PARTITION;
        else if (subscribed)
            out->partitions[i].error_code = KF_ERR_GROUP_SUBSCRIBED_TO_TOPIC;
        else if (offsets_get(&group->offsets, in->name, partition) ||
                 txn_offset_pending(group, in->name, partition))
            offset_tombstone(s, group, in->name, partition);
    }
}

static int16_t validate(const struct group *group)
{
    if (!group)
        return KF_ERR_GROUP_ID_NOT_FOUND;
    if (group->consumer)
        return KF_ERR_NONE;
    return group->classic->state != CLASSIC_EMPTY && !classic_is_consumer(group->classic)
               ? KF_ERR_NON_EMPTY_GROUP
               : KF_ERR_NONE;
}

void offset_delete_call(struct step *s, struct group_call *call)
{
    const struct kf_offset_delete_request *q = call->request;
    struct group *group = group_find(s->groups, q->group_id);
    struct kf_offset_delete_response *r;
    int16_t error = validate(group);

    if (error) {
        step_error(s, group, call, error);
        return;
    }
    s->out->group = group;
    r = group_call_response(call);
    r->topics = arena_array(call->arena, (size_t)q->topics_n, sizeof(*r->topics));
    r->topics_n = q->topics_n;
    for (int32_t i = 0; i < q->topics_n; i++)
        delete_topic(s, group, &q->topics[i], call->arena, &r->topics[i]);
    step_answer(s, group, call);
}
