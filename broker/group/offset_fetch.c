#include "api/kafka/msg/offset_fetch.h"

#include "broker/group/group_internal.h"

enum { TOPIC_IDS_SINCE = 10 };

typedef const struct kf_offset_fetch_request_offset_fetch_request_group fetch_in;
typedef const struct kf_offset_fetch_request_offset_fetch_request_topics topic_in;
typedef struct kf_offset_fetch_response_offset_fetch_response_group fetch_out;
typedef struct kf_offset_fetch_response_offset_fetch_response_topics topic_out;
typedef struct kf_offset_fetch_response_offset_fetch_response_partitions partition_out;

static void put_none(partition_out *out, int32_t partition)
{
    out->partition_index = partition;
    out->committed_offset = -1;
    out->committed_leader_epoch = -1;
    out->metadata = str_make("", 0);
}

static void put_entry(struct arena *a, const struct offset_entry *e, partition_out *out)
{
    out->partition_index = e->partition;
    out->committed_offset = e->offset;
    out->committed_leader_epoch = e->leader_epoch;
    out->metadata = e->metadata.p ? arena_str(a, e->metadata) : str_make("", 0);
}

/* A topic of the same name that was made anew has no offsets yet. */
static bool is_of_topic(const struct offset_entry *e, const struct uuid *id)
{
    return uuid_is_zero(id) || uuid_is_zero(&e->topic_id) || uuid_eq(id, &e->topic_id);
}

static bool is_unstable(const struct group_call *call, const struct group *group, struct str topic,
                        int32_t partition)
{
    if (!call->stable)
        return false;
    return call->doubtful || (group && topic.p && txn_offset_pending(group, topic, partition));
}

static void fetch_topic(const struct step *s, const struct group *group,
                        const struct group_call *call, topic_in *in, topic_out *out)
{
    bool by_id = call->version >= TOPIC_IDS_SINCE;
    const struct topic_state *t = by_id ? image_topic_by_id(s->c->image, &in->topic_id) : NULL;
    struct str name = !by_id ? in->name : t ? str_of(t->name) : str_make(NULL, 0);

    out->name = in->name;
    out->topic_id = in->topic_id;
    out->partitions_n = in->partition_indexes_n;
    out->partitions =
        arena_array(call->arena, (size_t)in->partition_indexes_n, sizeof(*out->partitions));
    for (int32_t i = 0; i < in->partition_indexes_n; i++) {
        const struct offset_entry *e =
            group && name.p ? offsets_get(&group->offsets, name, in->partition_indexes[i]) : NULL;

        put_none(&out->partitions[i], in->partition_indexes[i]);
        if (by_id && !t)
            out->partitions[i].error_code = KF_ERR_UNKNOWN_TOPIC_ID;
        else if (is_unstable(call, group, name, in->partition_indexes[i]))
            out->partitions[i].error_code = KF_ERR_UNSTABLE_OFFSET_COMMIT;
        else if (e && is_of_topic(e, &in->topic_id))
            put_entry(call->arena, e, &out->partitions[i]);
    }
}

static void fetch_stored(const struct step *s, const struct group *group, const struct topic_offsets *t,
                         const struct group_call *call, fetch_out *r)
{
    const struct topic_state *known = image_topic(s->c->image, t->topic);
    topic_out *out;

    if (call->version >= TOPIC_IDS_SINCE && !known)
        return; /* it has no id to be told by */
    out = &r->topics[r->topics_n++];
    out->name = arena_str(call->arena, t->topic);
    out->topic_id = known ? known->id : (struct uuid){ 0 };
    out->partitions_n = t->n;
    out->partitions = arena_array(call->arena, (size_t)t->n, sizeof(*out->partitions));
    for (int32_t i = 0; i < t->n; i++) {
        if (!is_unstable(call, group, t->topic, t->entries[i].partition)) {
            put_entry(call->arena, &t->entries[i], &out->partitions[i]);
            continue;
        }
        put_none(&out->partitions[i], t->entries[i].partition);
        out->partitions[i].error_code = KF_ERR_UNSTABLE_OFFSET_COMMIT;
    }
}

static void fetch_all(const struct step *s, const struct group *group,
                      const struct group_call *call, fetch_out *r)
{
    const struct topic_offsets *t;

    if (!group)
        return;
    r->topics = arena_array(call->arena, group->offsets.topics.n, sizeof(*r->topics));
    for (size_t at = 0; (t = offsets_next(&group->offsets, &at));)
        fetch_stored(s, group, t, call, r);
}

/* Nobody is asked who says nothing of himself: an admin client, or one of an older version. */
static int16_t validate(const struct group *group, fetch_in *q)
{
    const struct consumer_member *m;

    if (!group || !group->consumer || (!q->member_id.p && q->member_epoch < 0))
        return KF_ERR_NONE;
    m = consumer_member(group->consumer, q->member_id);
    if (!m)
        return KF_ERR_UNKNOWN_MEMBER_ID;
    return m->now.epoch == q->member_epoch ? KF_ERR_NONE : KF_ERR_STALE_MEMBER_EPOCH;
}

/* What it says is in the log for good: the answer waits for the group's last record. */
void offset_fetch_call(struct step *s, struct group_call *call)
{
    fetch_in *q = call->request;
    struct group *group = group_find(s->groups, q->group_id);
    int16_t error = call->doubtful && q->topics_n < 0 ? KF_ERR_NOT_COORDINATOR /* of which, it cannot say */
                                                      : validate(group, q);
    fetch_out *r;

    if (error) {
        step_error(s, group, call, error);
        return;
    }
    r = group_call_response(call);
    r->group_id = q->group_id;
    if (q->topics_n < 0) {
        fetch_all(s, group, call, r);
    } else {
        r->topics = arena_array(call->arena, (size_t)q->topics_n, sizeof(*r->topics));
        r->topics_n = q->topics_n;
        for (int32_t i = 0; i < q->topics_n; i++)
            fetch_topic(s, group, call, &q->topics[i], &r->topics[i]);
    }
    step_answer(s, group, call);
}
