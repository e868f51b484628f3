#include "api/kafka/msg/streams_group_heartbeat.h"

KF_NESTED(streams_group_heartbeat_request_key_value, KF_STREAMS_GROUP_HEARTBEAT_REQUEST_KEY_VALUE,
          "KeyValue")
KF_NESTED(streams_group_heartbeat_request_topic_info,
          KF_STREAMS_GROUP_HEARTBEAT_REQUEST_TOPIC_INFO, "TopicInfo")
KF_NESTED(streams_group_heartbeat_request_copartition_group,
          KF_STREAMS_GROUP_HEARTBEAT_REQUEST_COPARTITION_GROUP, "CopartitionGroup")
KF_NESTED(streams_group_heartbeat_request_subtopology,
          KF_STREAMS_GROUP_HEARTBEAT_REQUEST_SUBTOPOLOGY, "Subtopology")
KF_NESTED(streams_group_heartbeat_request_topology, KF_STREAMS_GROUP_HEARTBEAT_REQUEST_TOPOLOGY,
          "Topology")
KF_NESTED(streams_group_heartbeat_request_task_ids, KF_STREAMS_GROUP_HEARTBEAT_REQUEST_TASK_IDS,
          "TaskIds")
KF_NESTED(streams_group_heartbeat_request_endpoint, KF_STREAMS_GROUP_HEARTBEAT_REQUEST_ENDPOINT,
          "Endpoint")
KF_NESTED(streams_group_heartbeat_request_task_offset,
          KF_STREAMS_GROUP_HEARTBEAT_REQUEST_TASK_OFFSET, "TaskOffset")
KF_MESSAGE(streams_group_heartbeat_request, KF_STREAMS_GROUP_HEARTBEAT_REQUEST,
           "StreamsGroupHeartbeatRequest", 88, 0, 0, 0)
KF_NESTED(streams_group_heartbeat_response_status, KF_STREAMS_GROUP_HEARTBEAT_RESPONSE_STATUS,
          "Status")
KF_NESTED(streams_group_heartbeat_response_task_ids, KF_STREAMS_GROUP_HEARTBEAT_RESPONSE_TASK_IDS,
          "TaskIds")
KF_NESTED(streams_group_heartbeat_response_endpoint, KF_STREAMS_GROUP_HEARTBEAT_RESPONSE_ENDPOINT,
          "Endpoint")
KF_NESTED(streams_group_heartbeat_response_topic_partition,
          KF_STREAMS_GROUP_HEARTBEAT_RESPONSE_TOPIC_PARTITION, "TopicPartition")
KF_NESTED(streams_group_heartbeat_response_endpoint_to_partitions,
          KF_STREAMS_GROUP_HEARTBEAT_RESPONSE_ENDPOINT_TO_PARTITIONS, "EndpointToPartitions")
KF_MESSAGE(streams_group_heartbeat_response, KF_STREAMS_GROUP_HEARTBEAT_RESPONSE,
           "StreamsGroupHeartbeatResponse", 88, 0, 0, 0)
