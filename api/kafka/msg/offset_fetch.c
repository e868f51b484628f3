#include "api/kafka/msg/offset_fetch.h"

KF_NESTED(offset_fetch_request_offset_fetch_request_topic,
          KF_OFFSET_FETCH_REQUEST_OFFSET_FETCH_REQUEST_TOPIC, "OffsetFetchRequestTopic")
KF_NESTED(offset_fetch_request_offset_fetch_request_topics,
          KF_OFFSET_FETCH_REQUEST_OFFSET_FETCH_REQUEST_TOPICS, "OffsetFetchRequestTopics")
KF_NESTED(offset_fetch_request_offset_fetch_request_group,
          KF_OFFSET_FETCH_REQUEST_OFFSET_FETCH_REQUEST_GROUP, "OffsetFetchRequestGroup")
KF_MESSAGE(offset_fetch_request, KF_OFFSET_FETCH_REQUEST, "OffsetFetchRequest", 9, 1, 10, 6)
KF_NESTED(offset_fetch_response_offset_fetch_response_partition,
          KF_OFFSET_FETCH_RESPONSE_OFFSET_FETCH_RESPONSE_PARTITION, "OffsetFetchResponsePartition")
KF_NESTED(offset_fetch_response_offset_fetch_response_topic,
          KF_OFFSET_FETCH_RESPONSE_OFFSET_FETCH_RESPONSE_TOPIC, "OffsetFetchResponseTopic")
KF_NESTED(offset_fetch_response_offset_fetch_response_partitions,
    KF_OFFSET_FETCH_RESPONSE_OFFSET_FETCH_RESPONSE_PARTITIONS,
    "OffsetFetchResponsePartitions")
KF_NESTED(offset_fetch_response_offset_fetch_response_topics,
          KF_OFFSET_FETCH_RESPONSE_OFFSET_FETCH_RESPONSE_TOPICS, "OffsetFetchResponseTopics")
KF_NESTED(offset_fetch_response_offset_fetch_response_group,
          KF_OFFSET_FETCH_RESPONSE_OFFSET_FETCH_RESPONSE_GROUP, "OffsetFetchResponseGroup")
KF_MESSAGE(offset_fetch_response, KF_OFFSET_FETCH_RESPONSE, "OffsetFetchResponse", 9, 1, 10, 6)
