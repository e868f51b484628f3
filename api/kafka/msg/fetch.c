#include "api/kafka/msg/fetch.h"

KF_NESTED(fetch_request_replica_state, KF_FETCH_REQUEST_REPLICA_STATE, "ReplicaState")
KF_NESTED(fetch_request_fetch_partition, KF_FETCH_REQUEST_FETCH_PARTITION, "FetchPartition")
KF_NESTED(fetch_request_fetch_topic, KF_FETCH_REQUEST_FETCH_TOPIC, "FetchTopic")
KF_NESTED(fetch_request_forgotten_topic, KF_FETCH_REQUEST_FORGOTTEN_TOPIC, "ForgottenTopic")
KF_MESSAGE(fetch_request, KF_FETCH_REQUEST, "FetchRequest", 1, 4, 18, 12)
KF_NESTED(fetch_response_epoch_end_offset, KF_FETCH_RESPONSE_EPOCH_END_OFFSET, "EpochEndOffset")
KF_NESTED(fetch_response_leader_id_and_epoch, KF_FETCH_RESPONSE_LEADER_ID_AND_EPOCH,
          "LeaderIdAndEpoch")
KF_NESTED(fetch_response_snapshot_id, KF_FETCH_RESPONSE_SNAPSHOT_ID, "SnapshotId")
KF_NESTED(fetch_response_aborted_transaction, KF_FETCH_RESPONSE_ABORTED_TRANSACTION,
          "AbortedTransaction")
KF_NESTED(fetch_response_partition_data, KF_FETCH_RESPONSE_PARTITION_DATA, "PartitionData")
KF_NESTED(fetch_response_fetchable_topic_response, KF_FETCH_RESPONSE_FETCHABLE_TOPIC_RESPONSE,
          "FetchableTopicResponse")
KF_NESTED(fetch_response_node_endpoint, KF_FETCH_RESPONSE_NODE_ENDPOINT, "NodeEndpoint")
KF_MESSAGE(fetch_response, KF_FETCH_RESPONSE, "FetchResponse", 1, 4, 18, 12)
