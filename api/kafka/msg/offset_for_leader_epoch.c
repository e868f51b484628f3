#include "api/kafka/msg/offset_for_leader_epoch.h"

KF_NESTED(offset_for_leader_epoch_request_offset_for_leader_partition,
    KF_OFFSET_FOR_LEADER_EPOCH_REQUEST_OFFSET_FOR_LEADER_PARTITION,
    "OffsetForLeaderPartition")
KF_NESTED(offset_for_leader_epoch_request_offset_for_leader_topic,
          KF_OFFSET_FOR_LEADER_EPOCH_REQUEST_OFFSET_FOR_LEADER_TOPIC, "OffsetForLeaderTopic")
KF_MESSAGE(offset_for_leader_epoch_request, KF_OFFSET_FOR_LEADER_EPOCH_REQUEST,
           "OffsetForLeaderEpochRequest", 23, 2, 4, 4)
KF_NESTED(offset_for_leader_epoch_response_epoch_end_offset,
          KF_OFFSET_FOR_LEADER_EPOCH_RESPONSE_EPOCH_END_OFFSET, "EpochEndOffset")
KF_NESTED(offset_for_leader_epoch_response_offset_for_leader_topic_result,
    KF_OFFSET_FOR_LEADER_EPOCH_RESPONSE_OFFSET_FOR_LEADER_TOPIC_RESULT,
    "OffsetForLeaderTopicResult")
KF_MESSAGE(offset_for_leader_epoch_response, KF_OFFSET_FOR_LEADER_EPOCH_RESPONSE,
           "OffsetForLeaderEpochResponse", 23, 2, 4, 4)
