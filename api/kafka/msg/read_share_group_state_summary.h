/* read_share_group_state_summary - request and response as field tables (api/kafka/fields.h).
 *
 *   ReadShareGroupStateSummaryRequest: key 87, versions 0-1, flexible from 0
 *   ReadShareGroupStateSummaryResponse: key 87, versions 0-1, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_READ_SHARE_GROUP_STATE_SUMMARY_H
#define KLAMM_API_KAFKA_MSG_READ_SHARE_GROUP_STATE_SUMMARY_H

#include "api/kafka/fields.h"

#define KF_READ_SHARE_GROUP_STATE_SUMMARY_REQUEST_PARTITION_DATA(F, S) \
    F(int32, partition, 0, KF_MAX)                                     \
    F(int32, leader_epoch, 0, KF_MAX)
KF_STRUCT(read_share_group_state_summary_request_partition_data,
          KF_READ_SHARE_GROUP_STATE_SUMMARY_REQUEST_PARTITION_DATA)

#define KF_READ_SHARE_GROUP_STATE_SUMMARY_REQUEST_READ_STATE_SUMMARY_DATA(F, S)            \
    F(uuid, topic_id, 0, KF_MAX)                                                           \
    S(array, partitions, read_share_group_state_summary_request_partition_data, 0, KF_MAX)
KF_STRUCT(read_share_group_state_summary_request_read_state_summary_data,
          KF_READ_SHARE_GROUP_STATE_SUMMARY_REQUEST_READ_STATE_SUMMARY_DATA)

#define KF_READ_SHARE_GROUP_STATE_SUMMARY_REQUEST(F, S)                                         \
    F(string, group_id, 0, KF_MAX)                                                              \
    S(array, topics, read_share_group_state_summary_request_read_state_summary_data, 0, KF_MAX)
KF_STRUCT(read_share_group_state_summary_request, KF_READ_SHARE_GROUP_STATE_SUMMARY_REQUEST)

#define KF_READ_SHARE_GROUP_STATE_SUMMARY_RESPONSE_PARTITION_RESULT(F, S)  \
    F(int32, partition, 0, KF_MAX)                                         \
    F(int16, error_code, 0, KF_MAX)                                        \
    F(string, error_message, 0, KF_MAX, KF_NULL, KF_DEF_NULL)              \
    F(int32, state_epoch, 0, KF_MAX)                                       \
    F(int32, leader_epoch, 0, KF_MAX)                                      \
    F(int64, start_offset, 0, KF_MAX)                                      \
    F(int32, delivery_complete_count, 1, KF_MAX, KF_DEF(-1), KF_IGNORABLE)
KF_STRUCT(read_share_group_state_summary_response_partition_result,
          KF_READ_SHARE_GROUP_STATE_SUMMARY_RESPONSE_PARTITION_RESULT)

#define KF_READ_SHARE_GROUP_STATE_SUMMARY_RESPONSE_READ_STATE_SUMMARY_RESULT(F, S)            \
    F(uuid, topic_id, 0, KF_MAX)                                                              \
    S(array, partitions, read_share_group_state_summary_response_partition_result, 0, KF_MAX)
KF_STRUCT(read_share_group_state_summary_response_read_state_summary_result,
          KF_READ_SHARE_GROUP_STATE_SUMMARY_RESPONSE_READ_STATE_SUMMARY_RESULT)

#define KF_READ_SHARE_GROUP_STATE_SUMMARY_RESPONSE(F, S)                                    \
    S(array, results, read_share_group_state_summary_response_read_state_summary_result, 0, \
      KF_MAX)
KF_STRUCT(read_share_group_state_summary_response, KF_READ_SHARE_GROUP_STATE_SUMMARY_RESPONSE)

#endif
