#include "api/kafka/msg/offset_commit.h"

KF_NESTED(offset_commit_request_offset_commit_request_partition,
          KF_OFFSET_COMMIT_REQUEST_OFFSET_COMMIT_REQUEST_PARTITION, "OffsetCommitRequestPartition")
KF_NESTED(offset_commit_request_offset_commit_request_topic,
          KF_OFFSET_COMMIT_REQUEST_OFFSET_COMMIT_REQUEST_TOPIC, "OffsetCommitRequestTopic")
KF_MESSAGE(offset_commit_request, KF_OFFSET_COMMIT_REQUEST, "OffsetCommitRequest", 8, 2, 10, 8)
KF_NESTED(offset_commit_response_offset_commit_response_partition,
    KF_OFFSET_COMMIT_RESPONSE_OFFSET_COMMIT_RESPONSE_PARTITION,
    "OffsetCommitResponsePartition")
KF_NESTED(offset_commit_response_offset_commit_response_topic,
          KF_OFFSET_COMMIT_RESPONSE_OFFSET_COMMIT_RESPONSE_TOPIC, "OffsetCommitResponseTopic")
KF_MESSAGE(offset_commit_response, KF_OFFSET_COMMIT_RESPONSE, "OffsetCommitResponse", 8, 2, 10, 8)
KF_MESSAGE(offset_commit_key, KF_OFFSET_COMMIT_KEY, "OffsetCommitKey", 1, 0, 0, KF_MAX)
KF_MESSAGE(offset_commit_value, KF_OFFSET_COMMIT_VALUE, "OffsetCommitValue", 1, 0, 4, 4)
