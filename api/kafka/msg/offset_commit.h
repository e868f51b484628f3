/* offset_commit - request and response as field tables (api/kafka/fields.h).
 *
 *   OffsetCommitRequest: key 8, versions 2-10, flexible from 8
 *   OffsetCommitResponse: key 8, versions 2-10, flexible from 8
 *   OffsetCommitKey: id 1, version 0, never flexible
 *   OffsetCommitValue: id 1, versions 0-4, flexible from 4 */
#ifndef KLAMM_API_KAFKA_MSG_OFFSET_COMMIT_H
#define KLAMM_API_KAFKA_MSG_OFFSET_COMMIT_H

#include "api/kafka/fields.h"

#define KF_OFFSET_COMMIT_REQUEST_OFFSET_COMMIT_REQUEST_PARTITION(F, S)    \
    F(int32, partition_index, 0, KF_MAX)                                  \
    F(int64, committed_offset, 0, KF_MAX)                                 \
    F(int32, committed_leader_epoch, 6, KF_MAX, KF_DEF(-1), KF_IGNORABLE) \
    F(string, committed_metadata, 0, KF_MAX, KF_NULL)
KF_STRUCT(offset_commit_request_offset_commit_request_partition,
          KF_OFFSET_COMMIT_REQUEST_OFFSET_COMMIT_REQUEST_PARTITION)

#define KF_OFFSET_COMMIT_REQUEST_OFFSET_COMMIT_REQUEST_TOPIC(F, S)                         \
    F(string, name, 0, 9, KF_IGNORABLE)                                                    \
    F(uuid, topic_id, 10, KF_MAX, KF_IGNORABLE)                                            \
    S(array, partitions, offset_commit_request_offset_commit_request_partition, 0, KF_MAX)
KF_STRUCT(offset_commit_request_offset_commit_request_topic,
          KF_OFFSET_COMMIT_REQUEST_OFFSET_COMMIT_REQUEST_TOPIC)

#define KF_OFFSET_COMMIT_REQUEST(F, S)                                             \
    F(string, group_id, 0, KF_MAX)                                                 \
    F(int32, generation_id_or_member_epoch, 1, KF_MAX, KF_DEF(-1), KF_IGNORABLE)   \
    F(string, member_id, 1, KF_MAX, KF_IGNORABLE)                                  \
    F(string, group_instance_id, 7, KF_MAX, KF_NULL, KF_DEF_NULL)                  \
    F(int64, retention_time_ms, 2, 4, KF_DEF(-1), KF_IGNORABLE)                    \
    S(array, topics, offset_commit_request_offset_commit_request_topic, 0, KF_MAX)
KF_STRUCT(offset_commit_request, KF_OFFSET_COMMIT_REQUEST)

#define KF_OFFSET_COMMIT_RESPONSE_OFFSET_COMMIT_RESPONSE_PARTITION(F, S) \
    F(int32, partition_index, 0, KF_MAX)                                 \
    F(int16, error_code, 0, KF_MAX)
KF_STRUCT(offset_commit_response_offset_commit_response_partition,
          KF_OFFSET_COMMIT_RESPONSE_OFFSET_COMMIT_RESPONSE_PARTITION)

#define KF_OFFSET_COMMIT_RESPONSE_OFFSET_COMMIT_RESPONSE_TOPIC(F, S)                         \
    F(string, name, 0, 9, KF_IGNORABLE)                                                      \
    F(uuid, topic_id, 10, KF_MAX, KF_IGNORABLE)                                              \
    S(array, partitions, offset_commit_response_offset_commit_response_partition, 0, KF_MAX)
KF_STRUCT(offset_commit_response_offset_commit_response_topic,
          KF_OFFSET_COMMIT_RESPONSE_OFFSET_COMMIT_RESPONSE_TOPIC)

#define KF_OFFSET_COMMIT_RESPONSE(F, S)                                              \
    F(int32, throttle_time_ms, 3, KF_MAX, KF_IGNORABLE)                              \
    S(array, topics, offset_commit_response_offset_commit_response_topic, 0, KF_MAX)
KF_STRUCT(offset_commit_response, KF_OFFSET_COMMIT_RESPONSE)

#define KF_OFFSET_COMMIT_KEY(F, S) \
    F(string, group, 0, 0)         \
    F(string, topic, 0, 0)         \
    F(int32, partition, 0, 0)
KF_STRUCT(offset_commit_key, KF_OFFSET_COMMIT_KEY)

#define KF_OFFSET_COMMIT_VALUE(F, S)                            \
    F(int64, offset, 0, KF_MAX)                                 \
    F(int32, leader_epoch, 3, KF_MAX, KF_DEF(-1), KF_IGNORABLE) \
    F(string, metadata, 0, KF_MAX)                              \
    F(int64, commit_timestamp, 0, KF_MAX)                       \
    F(int64, expire_timestamp, 1, 1, KF_DEF(-1), KF_IGNORABLE)  \
    F(uuid, topic_id, 4, KF_MAX, KF_TAG(0), KF_IGNORABLE)
KF_STRUCT(offset_commit_value, KF_OFFSET_COMMIT_VALUE)

#endif
