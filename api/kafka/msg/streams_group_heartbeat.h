/* streams_group_heartbeat - request and response as field tables (api/kafka/fields.h).
 *
 *   StreamsGroupHeartbeatRequest: key 88, version 0, flexible from 0
 *   StreamsGroupHeartbeatResponse: key 88, version 0, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_STREAMS_GROUP_HEARTBEAT_H
#define KLAMM_API_KAFKA_MSG_STREAMS_GROUP_HEARTBEAT_H

#include "api/kafka/fields.h"

#define KF_STREAMS_GROUP_HEARTBEAT_REQUEST_KEY_VALUE(F, S) \
    F(string, key, 0, KF_MAX)                              \
    F(string, value, 0, KF_MAX)
KF_STRUCT(streams_group_heartbeat_request_key_value, KF_STREAMS_GROUP_HEARTBEAT_REQUEST_KEY_VALUE)

#define KF_STREAMS_GROUP_HEARTBEAT_REQUEST_TOPIC_INFO(F, S)                       \
    F(string, name, 0, KF_MAX)                                                    \
    F(int32, partitions, 0, KF_MAX)                                               \
    F(int16, replication_factor, 0, KF_MAX)                                       \
    S(array, topic_configs, streams_group_heartbeat_request_key_value, 0, KF_MAX)
KF_STRUCT(streams_group_heartbeat_request_topic_info, KF_STREAMS_GROUP_HEARTBEAT_REQUEST_TOPIC_INFO)

#define KF_STREAMS_GROUP_HEARTBEAT_REQUEST_COPARTITION_GROUP(F, S) \
    F(int16s, source_topics, 0, KF_MAX)                            \
    F(int16s, source_topic_regex, 0, KF_MAX)                       \
    F(int16s, repartition_source_topics, 0, KF_MAX)
KF_STRUCT(streams_group_heartbeat_request_copartition_group,
          KF_STREAMS_GROUP_HEARTBEAT_REQUEST_COPARTITION_GROUP)

#define KF_STREAMS_GROUP_HEARTBEAT_REQUEST_SUBTOPOLOGY(F, S)                                   \
    F(string, subtopology_id, 0, KF_MAX)                                                       \
    F(strings, source_topics, 0, KF_MAX)                                                       \
    F(strings, source_topic_regex, 0, KF_MAX)                                                  \
    S(array, state_changelog_topics, streams_group_heartbeat_request_topic_info, 0, KF_MAX)    \
    F(strings, repartition_sink_topics, 0, KF_MAX)                                             \
    S(array, repartition_source_topics, streams_group_heartbeat_request_topic_info, 0, KF_MAX) \
    S(array, copartition_groups, streams_group_heartbeat_request_copartition_group, 0, KF_MAX)
KF_STRUCT(streams_group_heartbeat_request_subtopology,
          KF_STREAMS_GROUP_HEARTBEAT_REQUEST_SUBTOPOLOGY)

#define KF_STREAMS_GROUP_HEARTBEAT_REQUEST_TOPOLOGY(F, S)                           \
    F(int32, epoch, 0, KF_MAX)                                                      \
    S(array, subtopologies, streams_group_heartbeat_request_subtopology, 0, KF_MAX)
KF_STRUCT(streams_group_heartbeat_request_topology, KF_STREAMS_GROUP_HEARTBEAT_REQUEST_TOPOLOGY)

#define KF_STREAMS_GROUP_HEARTBEAT_REQUEST_TASK_IDS(F, S) \
    F(string, subtopology_id, 0, KF_MAX)                  \
    F(int32s, partitions, 0, KF_MAX)
KF_STRUCT(streams_group_heartbeat_request_task_ids, KF_STREAMS_GROUP_HEARTBEAT_REQUEST_TASK_IDS)

#define KF_STREAMS_GROUP_HEARTBEAT_REQUEST_ENDPOINT(F, S) \
    F(string, host, 0, KF_MAX)                            \
    F(uint16, port, 0, KF_MAX)
KF_STRUCT(streams_group_heartbeat_request_endpoint, KF_STREAMS_GROUP_HEARTBEAT_REQUEST_ENDPOINT)

#define KF_STREAMS_GROUP_HEARTBEAT_REQUEST_TASK_OFFSET(F, S) \
    F(string, subtopology_id, 0, KF_MAX)                     \
    F(int32, partition, 0, KF_MAX)                           \
    F(int64, offset, 0, KF_MAX)
KF_STRUCT(streams_group_heartbeat_request_task_offset,
          KF_STREAMS_GROUP_HEARTBEAT_REQUEST_TASK_OFFSET)

#define KF_STREAMS_GROUP_HEARTBEAT_REQUEST(F, S)                                                \
    F(string, group_id, 0, KF_MAX)                                                              \
    F(string, member_id, 0, KF_MAX)                                                             \
    F(int32, member_epoch, 0, KF_MAX)                                                           \
    F(int32, endpoint_information_epoch, 0, KF_MAX)                                             \
    F(string, instance_id, 0, KF_MAX, KF_NULL, KF_DEF_NULL)                                     \
    F(string, rack_id, 0, KF_MAX, KF_NULL, KF_DEF_NULL)                                         \
    F(int32, rebalance_timeout_ms, 0, KF_MAX, KF_DEF(-1))                                       \
    S(maybe, topology, streams_group_heartbeat_request_topology, 0, KF_MAX, KF_NULL,            \
      KF_DEF_NULL)                                                                              \
    S(array, active_tasks, streams_group_heartbeat_request_task_ids, 0, KF_MAX, KF_NULL,        \
      KF_DEF_NULL)                                                                              \
    S(array, standby_tasks, streams_group_heartbeat_request_task_ids, 0, KF_MAX, KF_NULL,       \
      KF_DEF_NULL)                                                                              \
    S(array, warmup_tasks, streams_group_heartbeat_request_task_ids, 0, KF_MAX, KF_NULL,        \
      KF_DEF_NULL)                                                                              \
    F(string, process_id, 0, KF_MAX, KF_NULL, KF_DEF_NULL)                                      \
    S(maybe, user_endpoint, streams_group_heartbeat_request_endpoint, 0, KF_MAX, KF_NULL,       \
      KF_DEF_NULL)                                                                              \
    S(array, client_tags, streams_group_heartbeat_request_key_value, 0, KF_MAX, KF_NULL,        \
      KF_DEF_NULL)                                                                              \
    S(array, task_offsets, streams_group_heartbeat_request_task_offset, 0, KF_MAX, KF_NULL,     \
      KF_DEF_NULL)                                                                              \
    S(array, task_end_offsets, streams_group_heartbeat_request_task_offset, 0, KF_MAX, KF_NULL, \
      KF_DEF_NULL)                                                                              \
    F(bool, shutdown_application, 0, KF_MAX)
KF_STRUCT(streams_group_heartbeat_request, KF_STREAMS_GROUP_HEARTBEAT_REQUEST)

#define KF_STREAMS_GROUP_HEARTBEAT_RESPONSE_STATUS(F, S) \
    F(int8, status_code, 0, KF_MAX)                      \
    F(string, status_detail, 0, KF_MAX)
KF_STRUCT(streams_group_heartbeat_response_status, KF_STREAMS_GROUP_HEARTBEAT_RESPONSE_STATUS)

#define KF_STREAMS_GROUP_HEARTBEAT_RESPONSE_TASK_IDS(F, S) \
    F(string, subtopology_id, 0, KF_MAX)                   \
    F(int32s, partitions, 0, KF_MAX)
KF_STRUCT(streams_group_heartbeat_response_task_ids, KF_STREAMS_GROUP_HEARTBEAT_RESPONSE_TASK_IDS)

#define KF_STREAMS_GROUP_HEARTBEAT_RESPONSE_ENDPOINT(F, S) \
    F(string, host, 0, KF_MAX)                             \
    F(uint16, port, 0, KF_MAX)
KF_STRUCT(streams_group_heartbeat_response_endpoint, KF_STREAMS_GROUP_HEARTBEAT_RESPONSE_ENDPOINT)

#define KF_STREAMS_GROUP_HEARTBEAT_RESPONSE_TOPIC_PARTITION(F, S) \
    F(string, topic, 0, KF_MAX)                                   \
    F(int32s, partitions, 0, KF_MAX)
KF_STRUCT(streams_group_heartbeat_response_topic_partition,
          KF_STREAMS_GROUP_HEARTBEAT_RESPONSE_TOPIC_PARTITION)

#define KF_STREAMS_GROUP_HEARTBEAT_RESPONSE_ENDPOINT_TO_PARTITIONS(F, S)                      \
    S(one, user_endpoint, streams_group_heartbeat_response_endpoint, 0, KF_MAX)               \
    S(array, active_partitions, streams_group_heartbeat_response_topic_partition, 0, KF_MAX)  \
    S(array, standby_partitions, streams_group_heartbeat_response_topic_partition, 0, KF_MAX)
KF_STRUCT(streams_group_heartbeat_response_endpoint_to_partitions,
          KF_STREAMS_GROUP_HEARTBEAT_RESPONSE_ENDPOINT_TO_PARTITIONS)

#define KF_STREAMS_GROUP_HEARTBEAT_RESPONSE(F, S)                                               \
    F(int32, throttle_time_ms, 0, KF_MAX)                                                       \
    F(int16, error_code, 0, KF_MAX)                                                             \
    F(string, error_message, 0, KF_MAX, KF_NULL, KF_DEF_NULL)                                   \
    F(string, member_id, 0, KF_MAX)                                                             \
    F(int32, member_epoch, 0, KF_MAX)                                                           \
    F(int32, heartbeat_interval_ms, 0, KF_MAX)                                                  \
    F(int32, acceptable_recovery_lag, 0, KF_MAX)                                                \
    F(int32, task_offset_interval_ms, 0, KF_MAX)                                                \
    S(array, status, streams_group_heartbeat_response_status, 0, KF_MAX, KF_NULL)               \
    S(array, active_tasks, streams_group_heartbeat_response_task_ids, 0, KF_MAX, KF_NULL,       \
      KF_DEF_NULL)                                                                              \
    S(array, standby_tasks, streams_group_heartbeat_response_task_ids, 0, KF_MAX, KF_NULL,      \
      KF_DEF_NULL)                                                                              \
    S(array, warmup_tasks, streams_group_heartbeat_response_task_ids, 0, KF_MAX, KF_NULL,       \
      KF_DEF_NULL)                                                                              \
    F(int32, endpoint_information_epoch, 0, KF_MAX)                                             \
    S(array, partitions_by_user_endpoint,                                                       \
      streams_group_heartbeat_response_endpoint_to_partitions, 0, KF_MAX, KF_NULL, KF_DEF_NULL)
KF_STRUCT(streams_group_heartbeat_response, KF_STREAMS_GROUP_HEARTBEAT_RESPONSE)

#endif
