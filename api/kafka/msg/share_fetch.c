#include "api/kafka/msg/share_fetch.h"

KF_NESTED(share_fetch_request_acknowledgement_batch, KF_SHARE_FETCH_REQUEST_ACKNOWLEDGEMENT_BATCH,
          "AcknowledgementBatch")
KF_NESTED(share_fetch_request_fetch_partition, KF_SHARE_FETCH_REQUEST_FETCH_PARTITION,
          "FetchPartition")
KF_NESTED(share_fetch_request_fetch_topic, KF_SHARE_FETCH_REQUEST_FETCH_TOPIC, "FetchTopic")
KF_NESTED(share_fetch_request_forgotten_topic, KF_SHARE_FETCH_REQUEST_FORGOTTEN_TOPIC,
          "ForgottenTopic")
KF_MESSAGE(share_fetch_request, KF_SHARE_FETCH_REQUEST, "ShareFetchRequest", 78, 1, 2, 0)
KF_NESTED(share_fetch_response_leader_id_and_epoch, KF_SHARE_FETCH_RESPONSE_LEADER_ID_AND_EPOCH,
          "LeaderIdAndEpoch")
KF_NESTED(share_fetch_response_acquired_records, KF_SHARE_FETCH_RESPONSE_ACQUIRED_RECORDS,
          "AcquiredRecords")
KF_NESTED(share_fetch_response_partition_data, KF_SHARE_FETCH_RESPONSE_PARTITION_DATA,
          "PartitionData")
KF_NESTED(share_fetch_response_share_fetchable_topic_response,
          KF_SHARE_FETCH_RESPONSE_SHARE_FETCHABLE_TOPIC_RESPONSE, "ShareFetchableTopicResponse")
KF_NESTED(share_fetch_response_node_endpoint, KF_SHARE_FETCH_RESPONSE_NODE_ENDPOINT, "NodeEndpoint")
KF_MESSAGE(share_fetch_response, KF_SHARE_FETCH_RESPONSE, "ShareFetchResponse", 78, 1, 2, 0)
