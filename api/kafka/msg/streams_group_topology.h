/* streams_group_topology - coordinator record as field tables (api/kafka/fields.h).
 *
 *   StreamsGroupTopologyKey: id 23, version 0, never flexible
 *   StreamsGroupTopologyValue: id 23, version 0, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_STREAMS_GROUP_TOPOLOGY_H
#define KLAMM_API_KAFKA_MSG_STREAMS_GROUP_TOPOLOGY_H

#include "api/kafka/fields.h"

#define KF_STREAMS_GROUP_TOPOLOGY_KEY(F, S) \
    F(string, group_id, 0, 0)
KF_STRUCT(streams_group_topology_key, KF_STREAMS_GROUP_TOPOLOGY_KEY)

#define KF_STREAMS_GROUP_TOPOLOGY_VALUE_TOPIC_CONFIG(F, S) \
    F(string, key, 0, KF_MAX)                              \
    F(string, value, 0, KF_MAX)
KF_STRUCT(streams_group_topology_value_topic_config, KF_STREAMS_GROUP_TOPOLOGY_VALUE_TOPIC_CONFIG)

#define KF_STREAMS_GROUP_TOPOLOGY_VALUE_TOPIC_INFO(F, S)                          \
    F(string, name, 0, KF_MAX)                                                    \
    F(int32, partitions, 0, KF_MAX)                                               \
    F(int16, replication_factor, 0, KF_MAX)                                       \
    S(array, topic_configs, streams_group_topology_value_topic_config, 0, KF_MAX)
KF_STRUCT(streams_group_topology_value_topic_info, KF_STREAMS_GROUP_TOPOLOGY_VALUE_TOPIC_INFO)

#define KF_STREAMS_GROUP_TOPOLOGY_VALUE_COPARTITION_GROUP(F, S) \
    F(int16s, source_topics, 0, KF_MAX)                         \
    F(int16s, source_topic_regex, 0, KF_MAX)                    \
    F(int16s, repartition_source_topics, 0, KF_MAX)
KF_STRUCT(streams_group_topology_value_copartition_group,
          KF_STREAMS_GROUP_TOPOLOGY_VALUE_COPARTITION_GROUP)

#define KF_STREAMS_GROUP_TOPOLOGY_VALUE_SUBTOPOLOGY(F, S)                                   \
    F(string, subtopology_id, 0, KF_MAX)                                                    \
    F(strings, source_topics, 0, KF_MAX)                                                    \
    F(strings, source_topic_regex, 0, KF_MAX)                                               \
    S(array, state_changelog_topics, streams_group_topology_value_topic_info, 0, KF_MAX)    \
    F(strings, repartition_sink_topics, 0, KF_MAX)                                          \
    S(array, repartition_source_topics, streams_group_topology_value_topic_info, 0, KF_MAX) \
    S(array, copartition_groups, streams_group_topology_value_copartition_group, 0, KF_MAX)
KF_STRUCT(streams_group_topology_value_subtopology, KF_STREAMS_GROUP_TOPOLOGY_VALUE_SUBTOPOLOGY)

#define KF_STREAMS_GROUP_TOPOLOGY_VALUE(F, S)                                    \
    F(int32, epoch, 0, KF_MAX)                                                   \
    S(array, subtopologies, streams_group_topology_value_subtopology, 0, KF_MAX)
KF_STRUCT(streams_group_topology_value, KF_STREAMS_GROUP_TOPOLOGY_VALUE)

#endif
