/* An error as each API says it: responses whose errors stand at every item repeat it there. */
#include "broker/group/group_internal.h"

#include "api/kafka/msg/consumer_group_describe.h"
#include "api/kafka/msg/consumer_group_heartbeat.h"
#include "api/kafka/msg/delete_groups.h"
#include "api/kafka/msg/describe_groups.h"
#include "api/kafka/msg/heartbeat.h"
#include "api/kafka/msg/join_group.h"
#include "api/kafka/msg/leave_group.h"
#include "api/kafka/msg/offset_delete.h"
#include "api/kafka/msg/offset_fetch.h"
#include "api/kafka/msg/alter_share_group_offsets.h"
#include "api/kafka/msg/delete_share_group_offsets.h"
#include "api/kafka/msg/describe_share_group_offsets.h"
#include "api/kafka/msg/share_group_describe.h"
#include "api/kafka/msg/share_group_heartbeat.h"
#include "api/kafka/msg/sync_group.h"
#include "api/kafka/msg/txn_offset_commit.h"

enum { PROTOCOL_NULL_SINCE = 7 };

static void join_error(struct group_call *call, int16_t error)
{
    const struct kf_join_group_request *q = call->request;
    struct kf_join_group_response *r = group_call_response(call);

    r->error_code = error;
    r->protocol_name = str_make(call->version >= PROTOCOL_NULL_SINCE ? NULL : "", 0);
    r->leader = str_make("", 0);
    r->member_id = arena_str(call->arena, q->member_id);
}

static void commit_error(struct group_call *call, int16_t error)
{
    const struct kf_offset_commit_request *q = call->request;
    struct kf_offset_commit_response *r = group_call_response(call);

    r->topics = arena_array(call->arena, (size_t)q->topics_n, sizeof(*r->topics));
    r->topics_n = q->topics_n;
    for (int32_t i = 0; i < q->topics_n; i++) {
        const struct kf_offset_commit_request_offset_commit_request_topic *in = &q->topics[i];

        r->topics[i].name = in->name;
        r->topics[i].topic_id = in->topic_id;
        r->topics[i].partitions =
            arena_array(call->arena, (size_t)in->partitions_n, sizeof(*r->topics[i].partitions));
        r->topics[i].partitions_n = in->partitions_n;
        for (int32_t k = 0; k < in->partitions_n; k++) {
            r->topics[i].partitions[k].partition_index = in->partitions[k].partition_index;
            r->topics[i].partitions[k].error_code = error;
        }
    }
}

static void txn_commit_error(struct group_call *call, int16_t error)
{
    const struct kf_txn_offset_commit_request *q = call->request;
    struct kf_txn_offset_commit_response *r = group_call_response(call);

    r->topics = arena_array(call->arena, (size_t)q->topics_n, sizeof(*r->topics));
    r->topics_n = q->topics_n;
    for (int32_t i = 0; i < q->topics_n; i++) {
        const struct kf_txn_offset_commit_request_txn_offset_commit_request_topic *in = &q->topics[i];

        r->topics[i].name = in->name;
        r->topics[i].partitions = arena_array(call->arena, (size_t)in->partitions_n,
                                              sizeof(*r->topics[i].partitions));
        r->topics[i].partitions_n = in->partitions_n;
        for (int32_t k = 0; k < in->partitions_n; k++) {
            r->topics[i].partitions[k].partition_index = in->partitions[k].partition_index;
            r->topics[i].partitions[k].error_code = error;
        }
    }
}

static void describe_error(struct group_call *call, int16_t error)
{
    struct kf_describe_groups_response_described_group *r = group_call_response(call);

    r->error_code = error;
    r->group_id = call->group_id;
    r->group_state = r->protocol_type = r->protocol_data = str_make("", 0);
}

static void fetch_error(struct group_call *call, int16_t error)
{
    struct kf_offset_fetch_response_offset_fetch_response_group *r = group_call_response(call);

    r->group_id = call->group_id;
    r->error_code = error;
}

static void delete_error(struct group_call *call, int16_t error)
{
    struct kf_delete_groups_response_deletable_group_result *r = group_call_response(call);

    r->group_id = call->group_id;
    r->error_code = error;
}

static void consumer_describe_error(struct group_call *call, int16_t error)
{
    struct kf_consumer_group_describe_response_described_group *r = group_call_response(call);

    r->error_code = error;
    r->group_id = call->group_id;
}

static void share_describe_error(struct group_call *call, int16_t error)
{
    struct kf_share_group_describe_response_described_group *r = group_call_response(call);

    r->error_code = error;
    r->group_id = call->group_id;
}

static void share_offsets_error(struct group_call *call, int16_t error)
{
    struct kf_describe_share_group_offsets_response_describe_share_group_offsets_response_group *r =
        group_call_response(call);

    r->error_code = error;
    r->group_id = call->group_id;
}

void group_call_error(struct group_call *call, int16_t error)
{
    call->failed = true;
    call->parts_n = 0;
    switch (call->api) {
    case GROUP_JOIN:
        join_error(call, error);
        return;
    case GROUP_SYNC:
        ((struct kf_sync_group_response *)group_call_response(call))->error_code = error;
        return;
    case GROUP_HEARTBEAT:
        ((struct kf_heartbeat_response *)group_call_response(call))->error_code = error;
        return;
    case GROUP_LEAVE:
        ((struct kf_leave_group_response *)group_call_response(call))->error_code = error;
        return;
    case GROUP_OFFSET_COMMIT:
        commit_error(call, error);
        return;
    case GROUP_TXN_OFFSET_COMMIT:
        txn_commit_error(call, error);
        return;
    case GROUP_OFFSET_FETCH:
        fetch_error(call, error);
        return;
    case GROUP_OFFSET_DELETE:
        ((struct kf_offset_delete_response *)group_call_response(call))->error_code = error;
        return;
    case GROUP_DESCRIBE:
        describe_error(call, error);
        return;
    case GROUP_DELETE:
        delete_error(call, error);
        return;
    case GROUP_CONSUMER_HEARTBEAT:
        ((struct kf_consumer_group_heartbeat_response *)group_call_response(call))->error_code =
            error;
        return;
    case GROUP_CONSUMER_DESCRIBE:
        consumer_describe_error(call, error);
        return;
    case GROUP_SHARE_HEARTBEAT:
        ((struct kf_share_group_heartbeat_response *)group_call_response(call))->error_code = error;
        return;
    case GROUP_SHARE_DESCRIBE:
        share_describe_error(call, error);
        return;
    case GROUP_SHARE_OFFSETS:
        share_offsets_error(call, error);
        return;
    case GROUP_SHARE_ALTER:
        ((struct kf_alter_share_group_offsets_response *)group_call_response(call))->error_code =
            error;
        return;
    case GROUP_SHARE_FORGET:
        ((struct kf_delete_share_group_offsets_response *)group_call_response(call))->error_code =
            error;
        return;
    case GROUP_APIS:
        return;
    }
}
