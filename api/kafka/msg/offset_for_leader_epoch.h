/* offset_for_leader_epoch - request and response as field tables (api/kafka/fields.h).
 *
 *   OffsetForLeaderEpochRequest: key 23, versions 2-4, flexible from 4
 *   OffsetForLeaderEpochResponse: key 23, versions 2-4, flexible from 4 */
#ifndef KLAMM_API_KAFKA_MSG_OFFSET_FOR_LEADER_EPOCH_H
#define KLAMM_API_KAFKA_MSG_OFFSET_FOR_LEADER_EPOCH_H

#include "api/kafka/fields.h"

#define KF_OFFSET_FOR_LEADER_EPOCH_REQUEST_OFFSET_FOR_LEADER_PARTITION(F, S) \
    F(int32, partition, 0, KF_MAX)                                           \
    F(int32, current_leader_epoch, 2, KF_MAX, KF_DEF(-1), KF_IGNORABLE)      \
    F(int32, leader_epoch, 0, KF_MAX)
KF_STRUCT(offset_for_leader_epoch_request_offset_for_leader_partition,
          KF_OFFSET_FOR_LEADER_EPOCH_REQUEST_OFFSET_FOR_LEADER_PARTITION)

#define KF_OFFSET_FOR_LEADER_EPOCH_REQUEST_OFFSET_FOR_LEADER_TOPIC(F, S)                         \
    F(string, topic, 0, KF_MAX)                                                                  \
    S(array, partitions, offset_for_leader_epoch_request_offset_for_leader_partition, 0, KF_MAX)
KF_STRUCT(offset_for_leader_epoch_request_offset_for_leader_topic,
          KF_OFFSET_FOR_LEADER_EPOCH_REQUEST_OFFSET_FOR_LEADER_TOPIC)

#define KF_OFFSET_FOR_LEADER_EPOCH_REQUEST(F, S)                                         \
    F(int32, replica_id, 3, KF_MAX, KF_DEF(-2), KF_IGNORABLE)                            \
    S(array, topics, offset_for_leader_epoch_request_offset_for_leader_topic, 0, KF_MAX)
KF_STRUCT(offset_for_leader_epoch_request, KF_OFFSET_FOR_LEADER_EPOCH_REQUEST)

#define KF_OFFSET_FOR_LEADER_EPOCH_RESPONSE_EPOCH_END_OFFSET(F, S) \
    F(int16, error_code, 0, KF_MAX)                                \
    F(int32, partition, 0, KF_MAX)                                 \
    F(int32, leader_epoch, 1, KF_MAX, KF_DEF(-1), KF_IGNORABLE)    \
    F(int64, end_offset, 0, KF_MAX, KF_DEF(-1))
KF_STRUCT(offset_for_leader_epoch_response_epoch_end_offset,
          KF_OFFSET_FOR_LEADER_EPOCH_RESPONSE_EPOCH_END_OFFSET)

#define KF_OFFSET_FOR_LEADER_EPOCH_RESPONSE_OFFSET_FOR_LEADER_TOPIC_RESULT(F, S)       \
    F(string, topic, 0, KF_MAX)                                                        \
    S(array, partitions, offset_for_leader_epoch_response_epoch_end_offset, 0, KF_MAX)
KF_STRUCT(offset_for_leader_epoch_response_offset_for_leader_topic_result,
          KF_OFFSET_FOR_LEADER_EPOCH_RESPONSE_OFFSET_FOR_LEADER_TOPIC_RESULT)

#define KF_OFFSET_FOR_LEADER_EPOCH_RESPONSE(F, S)                                                \
    F(int32, throttle_time_ms, 2, KF_MAX, KF_IGNORABLE)                                          \
    S(array, topics, offset_for_leader_epoch_response_offset_for_leader_topic_result, 0, KF_MAX)
KF_STRUCT(offset_for_leader_epoch_response, KF_OFFSET_FOR_LEADER_EPOCH_RESPONSE)

#endif
