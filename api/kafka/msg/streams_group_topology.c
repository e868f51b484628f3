#include "api/kafka/msg/streams_group_topology.h"

KF_MESSAGE(streams_group_topology_key, KF_STREAMS_GROUP_TOPOLOGY_KEY, "StreamsGroupTopologyKey",
           23, 0, 0, KF_MAX)
KF_NESTED(streams_group_topology_value_topic_config, KF_STREAMS_GROUP_TOPOLOGY_VALUE_TOPIC_CONFIG,
          "TopicConfig")
KF_NESTED(streams_group_topology_value_topic_info, KF_STREAMS_GROUP_TOPOLOGY_VALUE_TOPIC_INFO,
          "TopicInfo")
KF_NESTED(streams_group_topology_value_copartition_group,
          KF_STREAMS_GROUP_TOPOLOGY_VALUE_COPARTITION_GROUP, "CopartitionGroup")
KF_NESTED(streams_group_topology_value_subtopology, KF_STREAMS_GROUP_TOPOLOGY_VALUE_SUBTOPOLOGY,
          "Subtopology")
KF_MESSAGE(streams_group_topology_value, KF_STREAMS_GROUP_TOPOLOGY_VALUE,
           "StreamsGroupTopologyValue", 23, 0, 0, 0)
