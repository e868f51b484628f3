#include "api/kafka/msg/list_offsets.h"

KF_NESTED(list_offsets_request_list_offsets_partition,
          KF_LIST_OFFSETS_REQUEST_LIST_OFFSETS_PARTITION, "ListOffsetsPartition")
KF_NESTED(list_offsets_request_list_offsets_topic, KF_LIST_OFFSETS_REQUEST_LIST_OFFSETS_TOPIC,
          "ListOffsetsTopic")
KF_MESSAGE(list_offsets_request, KF_LIST_OFFSETS_REQUEST, "ListOffsetsRequest", 2, 1, 11, 6)
KF_NESTED(list_offsets_response_list_offsets_partition_response,
          KF_LIST_OFFSETS_RESPONSE_LIST_OFFSETS_PARTITION_RESPONSE, "ListOffsetsPartitionResponse")
KF_NESTED(list_offsets_response_list_offsets_topic_response,
          KF_LIST_OFFSETS_RESPONSE_LIST_OFFSETS_TOPIC_RESPONSE, "ListOffsetsTopicResponse")
KF_MESSAGE(list_offsets_response, KF_LIST_OFFSETS_RESPONSE, "ListOffsetsResponse", 2, 1, 11, 6)
