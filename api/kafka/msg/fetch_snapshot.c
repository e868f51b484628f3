#include "api/kafka/msg/fetch_snapshot.h"

KF_NESTED(fetch_snapshot_request_snapshot_id, KF_FETCH_SNAPSHOT_REQUEST_SNAPSHOT_ID, "SnapshotId")
KF_NESTED(fetch_snapshot_request_partition_snapshot, KF_FETCH_SNAPSHOT_REQUEST_PARTITION_SNAPSHOT,
          "PartitionSnapshot")
KF_NESTED(fetch_snapshot_request_topic_snapshot, KF_FETCH_SNAPSHOT_REQUEST_TOPIC_SNAPSHOT,
          "TopicSnapshot")
KF_MESSAGE(fetch_snapshot_request, KF_FETCH_SNAPSHOT_REQUEST, "FetchSnapshotRequest", 59, 0, 1, 0)
KF_NESTED(fetch_snapshot_response_snapshot_id, KF_FETCH_SNAPSHOT_RESPONSE_SNAPSHOT_ID, "SnapshotId")
KF_NESTED(fetch_snapshot_response_leader_id_and_epoch,
          KF_FETCH_SNAPSHOT_RESPONSE_LEADER_ID_AND_EPOCH, "LeaderIdAndEpoch")
KF_NESTED(fetch_snapshot_response_partition_snapshot,
          KF_FETCH_SNAPSHOT_RESPONSE_PARTITION_SNAPSHOT, "PartitionSnapshot")
KF_NESTED(fetch_snapshot_response_topic_snapshot, KF_FETCH_SNAPSHOT_RESPONSE_TOPIC_SNAPSHOT,
          "TopicSnapshot")
KF_NESTED(fetch_snapshot_response_node_endpoint, KF_FETCH_SNAPSHOT_RESPONSE_NODE_ENDPOINT,
          "NodeEndpoint")
KF_MESSAGE(fetch_snapshot_response, KF_FETCH_SNAPSHOT_RESPONSE, "FetchSnapshotResponse", 59, 0, 1,
           0)
