/* initialize_share_group_state - request and response as field tables (api/kafka/fields.h).
 *
 *   InitializeShareGroupStateRequest: key 83, version 0, flexible from 0
 *   InitializeShareGroupStateResponse: key 83, version 0, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_INITIALIZE_SHARE_GROUP_STATE_H
#define KLAMM_API_KAFKA_MSG_INITIALIZE_SHARE_GROUP_STATE_H

#include "api/kafka/fields.h"

#define KF_INITIALIZE_SHARE_GROUP_STATE_REQUEST_PARTITION_DATA(F, S) \
    F(int32, partition, 0, KF_MAX)                                   \
    F(int32, state_epoch, 0, KF_MAX)                                 \
    F(int64, start_offset, 0, KF_MAX)
KF_STRUCT(initialize_share_group_state_request_partition_data,
          KF_INITIALIZE_SHARE_GROUP_STATE_REQUEST_PARTITION_DATA)

#define KF_INITIALIZE_SHARE_GROUP_STATE_REQUEST_INITIALIZE_STATE_DATA(F, S)              \
    F(uuid, topic_id, 0, KF_MAX)                                                         \
    S(array, partitions, initialize_share_group_state_request_partition_data, 0, KF_MAX)
KF_STRUCT(initialize_share_group_state_request_initialize_state_data,
          KF_INITIALIZE_SHARE_GROUP_STATE_REQUEST_INITIALIZE_STATE_DATA)

#define KF_INITIALIZE_SHARE_GROUP_STATE_REQUEST(F, S)                                       \
    F(string, group_id, 0, KF_MAX)                                                          \
    S(array, topics, initialize_share_group_state_request_initialize_state_data, 0, KF_MAX)
KF_STRUCT(initialize_share_group_state_request, KF_INITIALIZE_SHARE_GROUP_STATE_REQUEST)

#define KF_INITIALIZE_SHARE_GROUP_STATE_RESPONSE_PARTITION_RESULT(F, S) \
    F(int32, partition, 0, KF_MAX)                                      \
    F(int16, error_code, 0, KF_MAX)                                     \
    F(string, error_message, 0, KF_MAX, KF_NULL, KF_DEF_NULL)
KF_STRUCT(initialize_share_group_state_response_partition_result,
          KF_INITIALIZE_SHARE_GROUP_STATE_RESPONSE_PARTITION_RESULT)

#define KF_INITIALIZE_SHARE_GROUP_STATE_RESPONSE_INITIALIZE_STATE_RESULT(F, S)              \
    F(uuid, topic_id, 0, KF_MAX)                                                            \
    S(array, partitions, initialize_share_group_state_response_partition_result, 0, KF_MAX)
KF_STRUCT(initialize_share_group_state_response_initialize_state_result,
          KF_INITIALIZE_SHARE_GROUP_STATE_RESPONSE_INITIALIZE_STATE_RESULT)

#define KF_INITIALIZE_SHARE_GROUP_STATE_RESPONSE(F, S)                                          \
    S(array, results, initialize_share_group_state_response_initialize_state_result, 0, KF_MAX)
KF_STRUCT(initialize_share_group_state_response, KF_INITIALIZE_SHARE_GROUP_STATE_RESPONSE)

#endif
