/* read_share_group_state - request and response as field tables (api/kafka/fields.h).
 *
 *   ReadShareGroupStateRequest: key 84, version 0, flexible from 0
 *   ReadShareGroupStateResponse: key 84, version 0, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_READ_SHARE_GROUP_STATE_H
#define KLAMM_API_KAFKA_MSG_READ_SHARE_GROUP_STATE_H

#include "api/kafka/fields.h"

#define KF_READ_SHARE_GROUP_STATE_REQUEST_PARTITION_DATA(F, S) \
    F(int32, partition, 0, KF_MAX)                             \
    F(int32, leader_epoch, 0, KF_MAX)
KF_STRUCT(read_share_group_state_request_partition_data,
          KF_READ_SHARE_GROUP_STATE_REQUEST_PARTITION_DATA)

#define KF_READ_SHARE_GROUP_STATE_REQUEST_READ_STATE_DATA(F, S)                    \
    F(uuid, topic_id, 0, KF_MAX)                                                   \
    S(array, partitions, read_share_group_state_request_partition_data, 0, KF_MAX)
KF_STRUCT(read_share_group_state_request_read_state_data,
          KF_READ_SHARE_GROUP_STATE_REQUEST_READ_STATE_DATA)

#define KF_READ_SHARE_GROUP_STATE_REQUEST(F, S)                                 \
    F(string, group_id, 0, KF_MAX)                                              \
    S(array, topics, read_share_group_state_request_read_state_data, 0, KF_MAX)
KF_STRUCT(read_share_group_state_request, KF_READ_SHARE_GROUP_STATE_REQUEST)

#define KF_READ_SHARE_GROUP_STATE_RESPONSE_STATE_BATCH(F, S) \
    F(int64, first_offset, 0, KF_MAX)                        \
    F(int64, last_offset, 0, KF_MAX)                         \
    F(int8, delivery_state, 0, KF_MAX)                       \
    F(int16, delivery_count, 0, KF_MAX)
KF_STRUCT(read_share_group_state_response_state_batch,
          KF_READ_SHARE_GROUP_STATE_RESPONSE_STATE_BATCH)

#define KF_READ_SHARE_GROUP_STATE_RESPONSE_PARTITION_RESULT(F, S)                   \
    F(int32, partition, 0, KF_MAX)                                                  \
    F(int16, error_code, 0, KF_MAX)                                                 \
    F(string, error_message, 0, KF_MAX, KF_NULL, KF_DEF_NULL)                       \
    F(int32, state_epoch, 0, KF_MAX)                                                \
    F(int64, start_offset, 0, KF_MAX)                                               \
    S(array, state_batches, read_share_group_state_response_state_batch, 0, KF_MAX)
KF_STRUCT(read_share_group_state_response_partition_result,
          KF_READ_SHARE_GROUP_STATE_RESPONSE_PARTITION_RESULT)

#define KF_READ_SHARE_GROUP_STATE_RESPONSE_READ_STATE_RESULT(F, S)                    \
    F(uuid, topic_id, 0, KF_MAX)                                                      \
    S(array, partitions, read_share_group_state_response_partition_result, 0, KF_MAX)
KF_STRUCT(read_share_group_state_response_read_state_result,
          KF_READ_SHARE_GROUP_STATE_RESPONSE_READ_STATE_RESULT)

#define KF_READ_SHARE_GROUP_STATE_RESPONSE(F, S)                                    \
    S(array, results, read_share_group_state_response_read_state_result, 0, KF_MAX)
KF_STRUCT(read_share_group_state_response, KF_READ_SHARE_GROUP_STATE_RESPONSE)

#endif
