#include "api/kafka/msg/txn_offset_commit.h"

#include "broker/group/group_internal.h"

typedef const struct kf_txn_offset_commit_request txn_in;
typedef const struct kf_txn_offset_commit_request_txn_offset_commit_request_topic txn_topic_in;
typedef struct kf_txn_offset_commit_response_txn_offset_commit_response_topic txn_topic_out;
typedef struct kf_offset_commit_request_offset_commit_request_topic topic_in;

static void copy_topic(struct arena *a, txn_topic_in *in, topic_in *out)
{
    kf_init(&kf_offset_commit_request_offset_commit_request_topic_schema, out);
    out->name = in->name;
    out->partitions_n = in->partitions_n;
    out->partitions = arena_array(a, (size_t)in->partitions_n, sizeof(*out->partitions));
    for (int32_t i = 0; i < in->partitions_n; i++) {
        kf_init(&kf_offset_commit_request_offset_commit_request_partition_schema, &out->partitions[i]);
        out->partitions[i].partition_index = in->partitions[i].partition_index;
        out->partitions[i].committed_offset = in->partitions[i].committed_offset;
        out->partitions[i].committed_leader_epoch = in->partitions[i].committed_leader_epoch;
        out->partitions[i].committed_metadata = in->partitions[i].committed_metadata;
    }
}

/* The same commit, as if it were of no transaction. */
static struct kf_offset_commit_request *plain(struct arena *a, txn_in *q)
{
    struct kf_offset_commit_request *ret = arena_new(a, struct kf_offset_commit_request);

    kf_init(&kf_offset_commit_request_schema, ret);
    ret->group_id = q->group_id;
    ret->generation_id_or_member_epoch = q->generation_id;
    ret->member_id = q->member_id;
    ret->group_instance_id = q->group_instance_id;
    ret->topics_n = q->topics_n;
    ret->topics = arena_array(a, (size_t)q->topics_n, sizeof(*ret->topics));
    for (int32_t i = 0; i < q->topics_n; i++)
        copy_topic(a, &q->topics[i], &ret->topics[i]);
    return ret;
}

static void copy_results(struct arena *a, const struct kf_offset_commit_response *from,
                         struct kf_txn_offset_commit_response *to)
{
    to->topics_n = from->topics_n;
    to->topics = arena_array(a, (size_t)from->topics_n, sizeof(*to->topics));
    for (int32_t i = 0; i < from->topics_n; i++) {
        txn_topic_out *t = &to->topics[i];

        t->name = from->topics[i].name;
        t->partitions_n = from->topics[i].partitions_n;
        t->partitions = arena_array(a, (size_t)t->partitions_n, sizeof(*t->partitions));
        for (int32_t k = 0; k < t->partitions_n; k++) {
            t->partitions[k].partition_index = from->topics[i].partitions[k].partition_index;
            t->partitions[k].error_code = from->topics[i].partitions[k].error_code;
        }
    }
}

void txn_offset_commit_call(struct step *s, struct group_call *call)
{
    txn_in *q = call->request;
    struct kf_offset_commit_request *commit = plain(call->arena, q);
    struct group *group = group_find(s->groups, q->group_id);
    struct kf_txn_offset_commit_response *r = group_call_response(call);
    struct kf_offset_commit_response told;
    int16_t refused = offset_commit_validate(s, group, call, commit, true);

    s->out->group = group;
    s->out->producer_id = q->producer_id;
    s->out->producer_epoch = q->producer_epoch;
    s->out->ticket = call->ticket;
    kf_init(&kf_offset_commit_response_schema, &told);
    /* No version of this API says it by its name. */
    if (refused == KF_ERR_STALE_MEMBER_EPOCH)
        refused = KF_ERR_ILLEGAL_GENERATION;
    offset_commit_topics(s, call, commit, refused, &told);
    copy_results(call->arena, &told, r);
    step_answer(s, group, call);
}
