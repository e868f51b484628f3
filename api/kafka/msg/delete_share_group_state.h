/* delete_share_group_state - request and response as field tables (api/kafka/fields.h).
 *
 *   DeleteShareGroupStateRequest: key 86, version 0, flexible from 0
 *   DeleteShareGroupStateResponse: key 86, version 0, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_DELETE_SHARE_GROUP_STATE_H
#define KLAMM_API_KAFKA_MSG_DELETE_SHARE_GROUP_STATE_H

#include "api/kafka/fields.h"

#define KF_DELETE_SHARE_GROUP_STATE_REQUEST_PARTITION_DATA(F, S) \
    F(int32, partition, 0, KF_MAX)
KF_STRUCT(delete_share_group_state_request_partition_data,
          KF_DELETE_SHARE_GROUP_STATE_REQUEST_PARTITION_DATA)

#define KF_DELETE_SHARE_GROUP_STATE_REQUEST_DELETE_STATE_DATA(F, S)                  \
    F(uuid, topic_id, 0, KF_MAX)                                                     \
    S(array, partitions, delete_share_group_state_request_partition_data, 0, KF_MAX)
KF_STRUCT(delete_share_group_state_request_delete_state_data,
          KF_DELETE_SHARE_GROUP_STATE_REQUEST_DELETE_STATE_DATA)

#define KF_DELETE_SHARE_GROUP_STATE_REQUEST(F, S)                                   \
    F(string, group_id, 0, KF_MAX)                                                  \
    S(array, topics, delete_share_group_state_request_delete_state_data, 0, KF_MAX)
KF_STRUCT(delete_share_group_state_request, KF_DELETE_SHARE_GROUP_STATE_REQUEST)

#define KF_DELETE_SHARE_GROUP_STATE_RESPONSE_PARTITION_RESULT(F, S) \
    F(int32, partition, 0, KF_MAX)                                  \
    F(int16, error_code, 0, KF_MAX)                                 \
    F(string, error_message, 0, KF_MAX, KF_NULL, KF_DEF_NULL)
KF_STRUCT(delete_share_group_state_response_partition_result,
          KF_DELETE_SHARE_GROUP_STATE_RESPONSE_PARTITION_RESULT)

#define KF_DELETE_SHARE_GROUP_STATE_RESPONSE_DELETE_STATE_RESULT(F, S)                  \
    F(uuid, topic_id, 0, KF_MAX)                                                        \
    S(array, partitions, delete_share_group_state_response_partition_result, 0, KF_MAX)
KF_STRUCT(delete_share_group_state_response_delete_state_result,
          KF_DELETE_SHARE_GROUP_STATE_RESPONSE_DELETE_STATE_RESULT)

#define KF_DELETE_SHARE_GROUP_STATE_RESPONSE(F, S)                                      \
    S(array, results, delete_share_group_state_response_delete_state_result, 0, KF_MAX)
KF_STRUCT(delete_share_group_state_response, KF_DELETE_SHARE_GROUP_STATE_RESPONSE)

#endif
