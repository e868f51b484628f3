/* api_keys - every API of the Kafka protocol: key, versions served, where, and how.
 *
 * Versions are those of Apache Kafka 4.3 without its unstable ones. A forwardable
 * request is one that a broker hands to the active controller in an Envelope. */
#ifndef KLAMM_API_KAFKA_API_KEYS_H
#define KLAMM_API_KAFKA_API_KEYS_H

#include "api/kafka/codec.h"

enum { KF_ON_BROKER = 1, KF_ON_CONTROLLER = 2, KF_ON_BOTH = 3 };

/* X(constant, key, schemas, name, min, max, listeners, forwardable) */
#define KF_APIS(X) \
    X(PRODUCE, 0, produce, "Produce", 3, 13, KF_ON_BROKER, false) \
    X(FETCH, 1, fetch, "Fetch", 4, 18, KF_ON_BOTH, false) \
    X(LIST_OFFSETS, 2, list_offsets, "ListOffsets", 1, 11, KF_ON_BROKER, false) \
    X(METADATA, 3, metadata, "Metadata", 0, 13, KF_ON_BROKER, false) \
    X(OFFSET_COMMIT, 8, offset_commit, "OffsetCommit", 2, 10, KF_ON_BROKER, false) \
    X(OFFSET_FETCH, 9, offset_fetch, "OffsetFetch", 1, 10, KF_ON_BROKER, false) \
    X(FIND_COORDINATOR, 10, find_coordinator, "FindCoordinator", 0, 6, KF_ON_BROKER, false) \
    X(JOIN_GROUP, 11, join_group, "JoinGroup", 0, 9, KF_ON_BROKER, false) \
    X(HEARTBEAT, 12, heartbeat, "Heartbeat", 0, 4, KF_ON_BROKER, false) \
    X(LEAVE_GROUP, 13, leave_group, "LeaveGroup", 0, 5, KF_ON_BROKER, false) \
    X(SYNC_GROUP, 14, sync_group, "SyncGroup", 0, 5, KF_ON_BROKER, false) \
    X(DESCRIBE_GROUPS, 15, describe_groups, "DescribeGroups", 0, 6, KF_ON_BROKER, false) \
    X(LIST_GROUPS, 16, list_groups, "ListGroups", 0, 5, KF_ON_BROKER, false) \
    X(SASL_HANDSHAKE, 17, sasl_handshake, "SaslHandshake", 0, 1, KF_ON_BOTH, false) \
    X(API_VERSIONS, 18, api_versions, "ApiVersions", 0, 4, KF_ON_BOTH, false) \
    X(CREATE_TOPICS, 19, create_topics, "CreateTopics", 2, 7, KF_ON_BOTH, true) \
    X(DELETE_TOPICS, 20, delete_topics, "DeleteTopics", 1, 6, KF_ON_BOTH, true) \
    X(DELETE_RECORDS, 21, delete_records, "DeleteRecords", 0, 2, KF_ON_BROKER, false) \
    X(INIT_PRODUCER_ID, 22, init_producer_id, "InitProducerId", 0, 5, KF_ON_BROKER, false) \
    X(OFFSET_FOR_LEADER_EPOCH, 23, offset_for_leader_epoch, \
      "OffsetForLeaderEpoch", 2, 4, KF_ON_BROKER, false) \
    X(ADD_PARTITIONS_TO_TXN, 24, add_partitions_to_txn, \
      "AddPartitionsToTxn", 0, 5, KF_ON_BROKER, false) \
    X(ADD_OFFSETS_TO_TXN, 25, add_offsets_to_txn, "AddOffsetsToTxn", 0, 4, KF_ON_BROKER, false) \
    X(END_TXN, 26, end_txn, "EndTxn", 0, 5, KF_ON_BROKER, false) \
    X(WRITE_TXN_MARKERS, 27, write_txn_markers, "WriteTxnMarkers", 1, 2, KF_ON_BROKER, false) \
    X(TXN_OFFSET_COMMIT, 28, txn_offset_commit, "TxnOffsetCommit", 0, 5, KF_ON_BROKER, false) \
    X(DESCRIBE_ACLS, 29, describe_acls, "DescribeAcls", 1, 3, KF_ON_BOTH, false) \
    X(CREATE_ACLS, 30, create_acls, "CreateAcls", 1, 3, KF_ON_BOTH, true) \
    X(DELETE_ACLS, 31, delete_acls, "DeleteAcls", 1, 3, KF_ON_BOTH, true) \
    X(DESCRIBE_CONFIGS, 32, describe_configs, "DescribeConfigs", 1, 4, KF_ON_BOTH, false) \
    X(ALTER_CONFIGS, 33, alter_configs, "AlterConfigs", 0, 2, KF_ON_BOTH, true) \
    X(ALTER_REPLICA_LOG_DIRS, 34, alter_replica_log_dirs, \
      "AlterReplicaLogDirs", 1, 2, KF_ON_BROKER, false) \
    X(DESCRIBE_LOG_DIRS, 35, describe_log_dirs, "DescribeLogDirs", 1, 5, KF_ON_BROKER, false) \
    X(SASL_AUTHENTICATE, 36, sasl_authenticate, "SaslAuthenticate", 0, 2, KF_ON_BOTH, false) \
    X(CREATE_PARTITIONS, 37, create_partitions, "CreatePartitions", 0, 3, KF_ON_BOTH, true) \
    X(CREATE_DELEGATION_TOKEN, 38, create_delegation_token, \
      "CreateDelegationToken", 1, 3, KF_ON_BOTH, true) \
    X(RENEW_DELEGATION_TOKEN, 39, renew_delegation_token, \
      "RenewDelegationToken", 1, 2, KF_ON_BOTH, true) \
    X(EXPIRE_DELEGATION_TOKEN, 40, expire_delegation_token, \
      "ExpireDelegationToken", 1, 2, KF_ON_BOTH, true) \
    X(DESCRIBE_DELEGATION_TOKEN, 41, describe_delegation_token, \
      "DescribeDelegationToken", 1, 3, KF_ON_BOTH, false) \
    X(DELETE_GROUPS, 42, delete_groups, "DeleteGroups", 0, 2, KF_ON_BROKER, false) \
    X(ELECT_LEADERS, 43, elect_leaders, "ElectLeaders", 0, 2, KF_ON_BOTH, true) \
    X(INCREMENTAL_ALTER_CONFIGS, 44, incremental_alter_configs, \
      "IncrementalAlterConfigs", 0, 1, KF_ON_BOTH, true) \
    X(ALTER_PARTITION_REASSIGNMENTS, 45, alter_partition_reassignments, \
      "AlterPartitionReassignments", 0, 1, KF_ON_BOTH, true) \
    X(LIST_PARTITION_REASSIGNMENTS, 46, list_partition_reassignments, \
      "ListPartitionReassignments", 0, 0, KF_ON_BOTH, true) \
    X(OFFSET_DELETE, 47, offset_delete, "OffsetDelete", 0, 0, KF_ON_BROKER, false) \
    X(DESCRIBE_CLIENT_QUOTAS, 48, describe_client_quotas, \
      "DescribeClientQuotas", 0, 1, KF_ON_BROKER, false) \
    X(ALTER_CLIENT_QUOTAS, 49, alter_client_quotas, "AlterClientQuotas", 0, 1, KF_ON_BOTH, true) \
    X(DESCRIBE_USER_SCRAM_CREDENTIALS, 50, describe_user_scram_credentials, \
      "DescribeUserScramCredentials", 0, 0, KF_ON_BOTH, false) \
    X(ALTER_USER_SCRAM_CREDENTIALS, 51, alter_user_scram_credentials, \
      "AlterUserScramCredentials", 0, 0, KF_ON_BOTH, true) \
    X(VOTE, 52, vote, "Vote", 0, 2, KF_ON_CONTROLLER, false) \
    X(BEGIN_QUORUM_EPOCH, 53, begin_quorum_epoch, \
      "BeginQuorumEpoch", 0, 1, KF_ON_CONTROLLER, false) \
    X(END_QUORUM_EPOCH, 54, end_quorum_epoch, "EndQuorumEpoch", 0, 1, KF_ON_CONTROLLER, false) \
    X(DESCRIBE_QUORUM, 55, describe_quorum, "DescribeQuorum", 0, 2, KF_ON_BOTH, true) \
    X(ALTER_PARTITION, 56, alter_partition, "AlterPartition", 2, 3, KF_ON_CONTROLLER, false) \
    X(UPDATE_FEATURES, 57, update_features, "UpdateFeatures", 0, 2, KF_ON_BOTH, true) \
    X(ENVELOPE, 58, envelope, "Envelope", 0, 0, KF_ON_CONTROLLER, false) \
    X(FETCH_SNAPSHOT, 59, fetch_snapshot, "FetchSnapshot", 0, 1, KF_ON_CONTROLLER, false) \
    X(DESCRIBE_CLUSTER, 60, describe_cluster, "DescribeCluster", 0, 2, KF_ON_BOTH, false) \
    X(DESCRIBE_PRODUCERS, 61, describe_producers, "DescribeProducers", 0, 0, KF_ON_BROKER, false) \
    X(BROKER_REGISTRATION, 62, broker_registration, \
      "BrokerRegistration", 0, 4, KF_ON_CONTROLLER, false) \
    X(BROKER_HEARTBEAT, 63, broker_heartbeat, "BrokerHeartbeat", 0, 2, KF_ON_CONTROLLER, false) \
    X(UNREGISTER_BROKER, 64, unregister_broker, "UnregisterBroker", 0, 0, KF_ON_BOTH, true) \
    X(DESCRIBE_TRANSACTIONS, 65, describe_transactions, \
      "DescribeTransactions", 0, 0, KF_ON_BROKER, false) \
    X(LIST_TRANSACTIONS, 66, list_transactions, "ListTransactions", 0, 2, KF_ON_BROKER, false) \
    X(ALLOCATE_PRODUCER_IDS, 67, allocate_producer_ids, \
      "AllocateProducerIds", 0, 0, KF_ON_CONTROLLER, true) \
    X(CONSUMER_GROUP_HEARTBEAT, 68, consumer_group_heartbeat, \
      "ConsumerGroupHeartbeat", 0, 1, KF_ON_BROKER, false) \
    X(CONSUMER_GROUP_DESCRIBE, 69, consumer_group_describe, \
      "ConsumerGroupDescribe", 0, 1, KF_ON_BROKER, false) \
    X(CONTROLLER_REGISTRATION, 70, controller_registration, \
      "ControllerRegistration", 0, 0, KF_ON_CONTROLLER, false) \
    X(GET_TELEMETRY_SUBSCRIPTIONS, 71, get_telemetry_subscriptions, \
      "GetTelemetrySubscriptions", 0, 0, KF_ON_BROKER, false) \
    X(PUSH_TELEMETRY, 72, push_telemetry, "PushTelemetry", 0, 0, KF_ON_BROKER, false) \
    X(ASSIGN_REPLICAS_TO_DIRS, 73, assign_replicas_to_dirs, \
      "AssignReplicasToDirs", 0, 0, KF_ON_CONTROLLER, false) \
    X(LIST_CONFIG_RESOURCES, 74, list_config_resources, \
      "ListConfigResources", 0, 1, KF_ON_BROKER, false) \
    X(DESCRIBE_TOPIC_PARTITIONS, 75, describe_topic_partitions, \
      "DescribeTopicPartitions", 0, 0, KF_ON_BROKER, false) \
    X(SHARE_GROUP_HEARTBEAT, 76, share_group_heartbeat, \
      "ShareGroupHeartbeat", 1, 1, KF_ON_BROKER, false) \
    X(SHARE_GROUP_DESCRIBE, 77, share_group_describe, \
      "ShareGroupDescribe", 1, 1, KF_ON_BROKER, false) \
    X(SHARE_FETCH, 78, share_fetch, "ShareFetch", 1, 2, KF_ON_BROKER, false) \
    X(SHARE_ACKNOWLEDGE, 79, share_acknowledge, "ShareAcknowledge", 1, 2, KF_ON_BROKER, false) \
    X(ADD_RAFT_VOTER, 80, add_raft_voter, \
      "AddRaftVoter", 0, 1, KF_ON_CONTROLLER | KF_ON_BROKER, true) \
    X(REMOVE_RAFT_VOTER, 81, remove_raft_voter, \
      "RemoveRaftVoter", 0, 0, KF_ON_CONTROLLER | KF_ON_BROKER, true) \
    X(UPDATE_RAFT_VOTER, 82, update_raft_voter, "UpdateRaftVoter", 0, 0, KF_ON_CONTROLLER, false) \
    X(INITIALIZE_SHARE_GROUP_STATE, 83, initialize_share_group_state, \
      "InitializeShareGroupState", 0, 0, KF_ON_BROKER, false) \
    X(READ_SHARE_GROUP_STATE, 84, read_share_group_state, \
      "ReadShareGroupState", 0, 0, KF_ON_BROKER, false) \
    X(WRITE_SHARE_GROUP_STATE, 85, write_share_group_state, \
      "WriteShareGroupState", 0, 1, KF_ON_BROKER, false) \
    X(DELETE_SHARE_GROUP_STATE, 86, delete_share_group_state, \
      "DeleteShareGroupState", 0, 0, KF_ON_BROKER, false) \
    X(READ_SHARE_GROUP_STATE_SUMMARY, 87, read_share_group_state_summary, \
      "ReadShareGroupStateSummary", 0, 1, KF_ON_BROKER, false) \
    X(STREAMS_GROUP_HEARTBEAT, 88, streams_group_heartbeat, \
      "StreamsGroupHeartbeat", 0, 0, KF_ON_BROKER, false) \
    X(STREAMS_GROUP_DESCRIBE, 89, streams_group_describe, \
      "StreamsGroupDescribe", 0, 0, KF_ON_BROKER, false) \
    X(DESCRIBE_SHARE_GROUP_OFFSETS, 90, describe_share_group_offsets, \
      "DescribeShareGroupOffsets", 0, 1, KF_ON_BROKER, false) \
    X(ALTER_SHARE_GROUP_OFFSETS, 91, alter_share_group_offsets, \
      "AlterShareGroupOffsets", 0, 0, KF_ON_BROKER, false) \
    X(DELETE_SHARE_GROUP_OFFSETS, 92, delete_share_group_offsets, \
      "DeleteShareGroupOffsets", 0, 0, KF_ON_BROKER, false)

#define KF_API_ENUM(constant, key, ...) KF_API_##constant = key,
enum kf_api_key { KF_APIS(KF_API_ENUM) KF_API_KEYS_MAX };
#undef KF_API_ENUM

struct kf_api {
    int16_t key, min, max;
    uint8_t listeners; /* KF_ON_BROKER, KF_ON_CONTROLLER */
    bool forwardable;
    const char *name;
    const struct kf_schema *request, *response;
};

/* NULL for a key that Apache Kafka 4.3 does not have. */
const struct kf_api *kf_api(int16_t key);
/* In order of key: `at` starts at 0; NULL ends. */
const struct kf_api *kf_api_next(int *at);

/* 1 or 2: client id only, or with tagged fields. */
static inline int16_t kf_request_header_version(const struct kf_api *api, int16_t version)
{
    return version >= kf_schema_flexible(api->request) ? 2 : 1;
}

/* 0 or 1; ApiVersions answers with 0 in every version, so that old clients can read it. */
static inline int16_t kf_response_header_version(const struct kf_api *api, int16_t version)
{
    return api->key != KF_API_API_VERSIONS && version >= kf_schema_flexible(api->response) ? 1 : 0;
}

#endif
