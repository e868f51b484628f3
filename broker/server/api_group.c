#include "api/kafka/msg/consumer_group_heartbeat.h"
#include "api/kafka/msg/heartbeat.h"
#include "api/kafka/msg/join_group.h"
#include "api/kafka/msg/leave_group.h"
#include "api/kafka/msg/sync_group.h"

#include "broker/server/group_ask.h"
#include "broker/server/handlers.h"

void api_join_group(struct broker *b, struct request *r)
{
    struct kf_join_group_request *q = REQUEST_DECODE(r, kf_join_group_request);

    if (q)
        group_ask_simple(b, r, GROUP_JOIN, q->group_id, q, &kf_join_group_response_schema);
}

void api_consumer_group_heartbeat(struct broker *b, struct request *r)
{
    struct kf_consumer_group_heartbeat_request *q =
        REQUEST_DECODE(r, kf_consumer_group_heartbeat_request);

    if (q)
        group_ask_simple(b, r, GROUP_CONSUMER_HEARTBEAT, q->group_id, q,
                         &kf_consumer_group_heartbeat_response_schema);
}

void api_sync_group(struct broker *b, struct request *r)
{
    struct kf_sync_group_request *q = REQUEST_DECODE(r, kf_sync_group_request);

    if (q)
        group_ask_simple(b, r, GROUP_SYNC, q->group_id, q, &kf_sync_group_response_schema);
}

void api_heartbeat(struct broker *b, struct request *r)
{
    struct kf_heartbeat_request *q = REQUEST_DECODE(r, kf_heartbeat_request);

    if (q)
        group_ask_simple(b, r, GROUP_HEARTBEAT, q->group_id, q, &kf_heartbeat_response_schema);
}

void api_leave_group(struct broker *b, struct request *r)
{
    struct kf_leave_group_request *q = REQUEST_DECODE(r, kf_leave_group_request);

    if (q)
        group_ask_simple(b, r, GROUP_LEAVE, q->group_id, q, &kf_leave_group_response_schema);
}
