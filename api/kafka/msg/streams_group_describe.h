/* streams_group_describe - request and response as field tables (api/kafka/fields.h).
 *
 *   StreamsGroupDescribeRequest: key 89, version 0, flexible from 0
 *   StreamsGroupDescribeResponse: key 89, version 0, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_STREAMS_GROUP_DESCRIBE_H
#define KLAMM_API_KAFKA_MSG_STREAMS_GROUP_DESCRIBE_H

#include "api/kafka/fields.h"

#define KF_STREAMS_GROUP_DESCRIBE_REQUEST(F, S)       \
    F(strings, group_ids, 0, KF_MAX)                  \
    F(bool, include_authorized_operations, 0, KF_MAX)
KF_STRUCT(streams_group_describe_request, KF_STREAMS_GROUP_DESCRIBE_REQUEST)

#define KF_STREAMS_GROUP_DESCRIBE_RESPONSE_KEY_VALUE(F, S) \
    F(string, key, 0, KF_MAX)                              \
    F(string, value, 0, KF_MAX)
KF_STRUCT(streams_group_describe_response_key_value, KF_STREAMS_GROUP_DESCRIBE_RESPONSE_KEY_VALUE)

#define KF_STREAMS_GROUP_DESCRIBE_RESPONSE_TOPIC_INFO(F, S)                       \
    F(string, name, 0, KF_MAX)                                                    \
    F(int32, partitions, 0, KF_MAX)                                               \
    F(int16, replication_factor, 0, KF_MAX)                                       \
    S(array, topic_configs, streams_group_describe_response_key_value, 0, KF_MAX)
KF_STRUCT(streams_group_describe_response_topic_info, KF_STREAMS_GROUP_DESCRIBE_RESPONSE_TOPIC_INFO)

#define KF_STREAMS_GROUP_DESCRIBE_RESPONSE_SUBTOPOLOGY(F, S)                                   \
    F(string, subtopology_id, 0, KF_MAX)                                                       \
    F(strings, source_topics, 0, KF_MAX)                                                       \
    F(strings, repartition_sink_topics, 0, KF_MAX)                                             \
    S(array, state_changelog_topics, streams_group_describe_response_topic_info, 0, KF_MAX)    \
    S(array, repartition_source_topics, streams_group_describe_response_topic_info, 0, KF_MAX)
KF_STRUCT(streams_group_describe_response_subtopology,
          KF_STREAMS_GROUP_DESCRIBE_RESPONSE_SUBTOPOLOGY)

#define KF_STREAMS_GROUP_DESCRIBE_RESPONSE_TOPOLOGY(F, S)                                    \
    F(int32, epoch, 0, KF_MAX)                                                               \
    S(array, subtopologies, streams_group_describe_response_subtopology, 0, KF_MAX, KF_NULL, \
      KF_DEF_NULL)
KF_STRUCT(streams_group_describe_response_topology, KF_STREAMS_GROUP_DESCRIBE_RESPONSE_TOPOLOGY)

#define KF_STREAMS_GROUP_DESCRIBE_RESPONSE_ENDPOINT(F, S) \
    F(string, host, 0, KF_MAX)                            \
    F(uint16, port, 0, KF_MAX)
KF_STRUCT(streams_group_describe_response_endpoint, KF_STREAMS_GROUP_DESCRIBE_RESPONSE_ENDPOINT)

#define KF_STREAMS_GROUP_DESCRIBE_RESPONSE_TASK_OFFSET(F, S) \
    F(string, subtopology_id, 0, KF_MAX)                     \
    F(int32, partition, 0, KF_MAX)                           \
    F(int64, offset, 0, KF_MAX)
KF_STRUCT(streams_group_describe_response_task_offset,
          KF_STREAMS_GROUP_DESCRIBE_RESPONSE_TASK_OFFSET)

#define KF_STREAMS_GROUP_DESCRIBE_RESPONSE_TASK_IDS(F, S) \
    F(string, subtopology_id, 0, KF_MAX)                  \
    F(int32s, partitions, 0, KF_MAX)
KF_STRUCT(streams_group_describe_response_task_ids, KF_STREAMS_GROUP_DESCRIBE_RESPONSE_TASK_IDS)

#define KF_STREAMS_GROUP_DESCRIBE_RESPONSE_ASSIGNMENT(F, S)                      \
    S(array, active_tasks, streams_group_describe_response_task_ids, 0, KF_MAX)  \
    S(array, standby_tasks, streams_group_describe_response_task_ids, 0, KF_MAX) \
    S(array, warmup_tasks, streams_group_describe_response_task_ids, 0, KF_MAX)
KF_STRUCT(streams_group_describe_response_assignment, KF_STREAMS_GROUP_DESCRIBE_RESPONSE_ASSIGNMENT)

#define KF_STREAMS_GROUP_DESCRIBE_RESPONSE_MEMBER(F, S)                                   \
    F(string, member_id, 0, KF_MAX)                                                       \
    F(int32, member_epoch, 0, KF_MAX)                                                     \
    F(string, instance_id, 0, KF_MAX, KF_NULL, KF_DEF_NULL)                               \
    F(string, rack_id, 0, KF_MAX, KF_NULL, KF_DEF_NULL)                                   \
    F(string, client_id, 0, KF_MAX)                                                       \
    F(string, client_host, 0, KF_MAX)                                                     \
    F(int32, topology_epoch, 0, KF_MAX)                                                   \
    F(string, process_id, 0, KF_MAX)                                                      \
    S(maybe, user_endpoint, streams_group_describe_response_endpoint, 0, KF_MAX, KF_NULL, \
      KF_DEF_NULL)                                                                        \
    S(array, client_tags, streams_group_describe_response_key_value, 0, KF_MAX)           \
    S(array, task_offsets, streams_group_describe_response_task_offset, 0, KF_MAX)        \
    S(array, task_end_offsets, streams_group_describe_response_task_offset, 0, KF_MAX)    \
    S(one, assignment, streams_group_describe_response_assignment, 0, KF_MAX)             \
    S(one, target_assignment, streams_group_describe_response_assignment, 0, KF_MAX)      \
    F(bool, is_classic, 0, KF_MAX)
KF_STRUCT(streams_group_describe_response_member, KF_STREAMS_GROUP_DESCRIBE_RESPONSE_MEMBER)

#define KF_STREAMS_GROUP_DESCRIBE_RESPONSE_DESCRIBED_GROUP(F, S)                     \
    F(int16, error_code, 0, KF_MAX)                                                  \
    F(string, error_message, 0, KF_MAX, KF_NULL, KF_DEF_NULL)                        \
    F(string, group_id, 0, KF_MAX)                                                   \
    F(string, group_state, 0, KF_MAX)                                                \
    F(int32, group_epoch, 0, KF_MAX)                                                 \
    F(int32, assignment_epoch, 0, KF_MAX)                                            \
    S(maybe, topology, streams_group_describe_response_topology, 0, KF_MAX, KF_NULL, \
      KF_DEF_NULL)                                                                   \
    S(array, members, streams_group_describe_response_member, 0, KF_MAX)             \
    F(int32, authorized_operations, 0, KF_MAX, KF_DEF(INT32_MIN))
KF_STRUCT(streams_group_describe_response_described_group,
          KF_STREAMS_GROUP_DESCRIBE_RESPONSE_DESCRIBED_GROUP)

#define KF_STREAMS_GROUP_DESCRIBE_RESPONSE(F, S)                                 \
    F(int32, throttle_time_ms, 0, KF_MAX)                                        \
    S(array, groups, streams_group_describe_response_described_group, 0, KF_MAX)
KF_STRUCT(streams_group_describe_response, KF_STREAMS_GROUP_DESCRIBE_RESPONSE)

#endif
