#include "api/kafka/msg/streams_group_describe.h"

KF_MESSAGE(streams_group_describe_request, KF_STREAMS_GROUP_DESCRIBE_REQUEST,
           "StreamsGroupDescribeRequest", 89, 0, 0, 0)
KF_NESTED(streams_group_describe_response_key_value, KF_STREAMS_GROUP_DESCRIBE_RESPONSE_KEY_VALUE,
          "KeyValue")
KF_NESTED(streams_group_describe_response_topic_info,
          KF_STREAMS_GROUP_DESCRIBE_RESPONSE_TOPIC_INFO, "TopicInfo")
KF_NESTED(streams_group_describe_response_subtopology,
          KF_STREAMS_GROUP_DESCRIBE_RESPONSE_SUBTOPOLOGY, "Subtopology")
KF_NESTED(streams_group_describe_response_topology, KF_STREAMS_GROUP_DESCRIBE_RESPONSE_TOPOLOGY,
          "Topology")
KF_NESTED(streams_group_describe_response_endpoint, KF_STREAMS_GROUP_DESCRIBE_RESPONSE_ENDPOINT,
          "Endpoint")
KF_NESTED(streams_group_describe_response_task_offset,
          KF_STREAMS_GROUP_DESCRIBE_RESPONSE_TASK_OFFSET, "TaskOffset")
KF_NESTED(streams_group_describe_response_task_ids, KF_STREAMS_GROUP_DESCRIBE_RESPONSE_TASK_IDS,
          "TaskIds")
KF_NESTED(streams_group_describe_response_assignment,
          KF_STREAMS_GROUP_DESCRIBE_RESPONSE_ASSIGNMENT, "Assignment")
KF_NESTED(streams_group_describe_response_member, KF_STREAMS_GROUP_DESCRIBE_RESPONSE_MEMBER,
          "Member")
KF_NESTED(streams_group_describe_response_described_group,
          KF_STREAMS_GROUP_DESCRIBE_RESPONSE_DESCRIBED_GROUP, "DescribedGroup")
KF_MESSAGE(streams_group_describe_response, KF_STREAMS_GROUP_DESCRIBE_RESPONSE,
           "StreamsGroupDescribeResponse", 89, 0, 0, 0)
