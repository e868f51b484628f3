/* write_share_group_state - request and response as field tables (api/kafka/fields.h).
 *
 *   WriteShareGroupStateRequest: key 85, versions 0-1, flexible from 0
 *   WriteShareGroupStateResponse: key 85, versions 0-1, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_WRITE_SHARE_GROUP_STATE_H
#define KLAMM_API_KAFKA_MSG_WRITE_SHARE_GROUP_STATE_H

#include "api/kafka/fields.h"

#define KF_WRITE_SHARE_GROUP_STATE_REQUEST_STATE_BATCH(F, S) \
    F(int64, first_offset, 0, KF_MAX)                        \
    F(int64, last_offset, 0, KF_MAX)                         \
    F(int8, delivery_state, 0, KF_MAX)                       \
    F(int16, delivery_count, 0, KF_MAX)
KF_STRUCT(write_share_group_state_request_state_batch,
          KF_WRITE_SHARE_GROUP_STATE_REQUEST_STATE_BATCH)

#define KF_WRITE_SHARE_GROUP_STATE_REQUEST_PARTITION_DATA(F, S)                     \
    F(int32, partition, 0, KF_MAX)                                                  \
    F(int32, state_epoch, 0, KF_MAX)                                                \
    F(int32, leader_epoch, 0, KF_MAX)                                               \
    F(int64, start_offset, 0, KF_MAX)                                               \
    F(int32, delivery_complete_count, 1, KF_MAX, KF_DEF(-1), KF_IGNORABLE)          \
    S(array, state_batches, write_share_group_state_request_state_batch, 0, KF_MAX)
KF_STRUCT(write_share_group_state_request_partition_data,
          KF_WRITE_SHARE_GROUP_STATE_REQUEST_PARTITION_DATA)

#define KF_WRITE_SHARE_GROUP_STATE_REQUEST_WRITE_STATE_DATA(F, S)                   \
    F(uuid, topic_id, 0, KF_MAX)                                                    \
    S(array, partitions, write_share_group_state_request_partition_data, 0, KF_MAX)
KF_STRUCT(write_share_group_state_request_write_state_data,
          KF_WRITE_SHARE_GROUP_STATE_REQUEST_WRITE_STATE_DATA)

#define KF_WRITE_SHARE_GROUP_STATE_REQUEST(F, S)                                  \
    F(string, group_id, 0, KF_MAX)                                                \
    S(array, topics, write_share_group_state_request_write_state_data, 0, KF_MAX)
KF_STRUCT(write_share_group_state_request, KF_WRITE_SHARE_GROUP_STATE_REQUEST)

#define KF_WRITE_SHARE_GROUP_STATE_RESPONSE_PARTITION_RESULT(F, S) \
    F(int32, partition, 0, KF_MAX)                                 \
    F(int16, error_code, 0, KF_MAX)                                \
    F(string, error_message, 0, KF_MAX, KF_NULL, KF_DEF_NULL)
KF_STRUCT(write_share_group_state_response_partition_result,
          KF_WRITE_SHARE_GROUP_STATE_RESPONSE_PARTITION_RESULT)

#define KF_WRITE_SHARE_GROUP_STATE_RESPONSE_WRITE_STATE_RESULT(F, S)                   \
    F(uuid, topic_id, 0, KF_MAX)                                                       \
    S(array, partitions, write_share_group_state_response_partition_result, 0, KF_MAX)
KF_STRUCT(write_share_group_state_response_write_state_result,
          KF_WRITE_SHARE_GROUP_STATE_RESPONSE_WRITE_STATE_RESULT)

#define KF_WRITE_SHARE_GROUP_STATE_RESPONSE(F, S)                                     \
    S(array, results, write_share_group_state_response_write_state_result, 0, KF_MAX)
KF_STRUCT(write_share_group_state_response, KF_WRITE_SHARE_GROUP_STATE_RESPONSE)

#endif
