#include "api/kafka/msg/share_acknowledge.h"

KF_NESTED(share_acknowledge_request_acknowledgement_batch,
          KF_SHARE_ACKNOWLEDGE_REQUEST_ACKNOWLEDGEMENT_BATCH, "AcknowledgementBatch")
KF_NESTED(share_acknowledge_request_acknowledge_partition,
          KF_SHARE_ACKNOWLEDGE_REQUEST_ACKNOWLEDGE_PARTITION, "AcknowledgePartition")
KF_NESTED(share_acknowledge_request_acknowledge_topic,
          KF_SHARE_ACKNOWLEDGE_REQUEST_ACKNOWLEDGE_TOPIC, "AcknowledgeTopic")
KF_MESSAGE(share_acknowledge_request, KF_SHARE_ACKNOWLEDGE_REQUEST, "ShareAcknowledgeRequest", 79,
           1, 2, 0)
KF_NESTED(share_acknowledge_response_leader_id_and_epoch,
          KF_SHARE_ACKNOWLEDGE_RESPONSE_LEADER_ID_AND_EPOCH, "LeaderIdAndEpoch")
KF_NESTED(share_acknowledge_response_partition_data, KF_SHARE_ACKNOWLEDGE_RESPONSE_PARTITION_DATA,
          "PartitionData")
KF_NESTED(share_acknowledge_response_share_acknowledge_topic_response,
    KF_SHARE_ACKNOWLEDGE_RESPONSE_SHARE_ACKNOWLEDGE_TOPIC_RESPONSE,
    "ShareAcknowledgeTopicResponse")
KF_NESTED(share_acknowledge_response_node_endpoint, KF_SHARE_ACKNOWLEDGE_RESPONSE_NODE_ENDPOINT,
          "NodeEndpoint")
KF_MESSAGE(share_acknowledge_response, KF_SHARE_ACKNOWLEDGE_RESPONSE, "ShareAcknowledgeResponse",
           79, 1, 2, 0)
