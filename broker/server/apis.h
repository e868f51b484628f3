/* apis - the APIs of Apache Kafka 4.3: keys, versions, where they are valid.
 *
 * What a listener really serves is its handler's to say (ApiVersions never names an
 * API that has no handler). */
#ifndef KLAMM_BROKER_SERVER_APIS_H
#define KLAMM_BROKER_SERVER_APIS_H

#include <stdbool.h>
#include <stdint.h>

/* X(key, NAME, since, until, first flexible version, broker, controller, forwarded) */
#define API_LIST(X) \
    X(0, PRODUCE, 3, 13, 9, 1, 0, 0) \
    X(1, FETCH, 4, 18, 12, 1, 1, 0) \
    X(2, LIST_OFFSETS, 1, 11, 6, 1, 0, 0) \
    X(3, METADATA, 0, 13, 9, 1, 0, 0) \
    X(8, OFFSET_COMMIT, 2, 10, 8, 1, 0, 0) \
    X(9, OFFSET_FETCH, 1, 10, 6, 1, 0, 0) \
    X(10, FIND_COORDINATOR, 0, 6, 3, 1, 0, 0) \
    X(11, JOIN_GROUP, 0, 9, 6, 1, 0, 0) \
    X(12, HEARTBEAT, 0, 4, 4, 1, 0, 0) \
    X(13, LEAVE_GROUP, 0, 5, 4, 1, 0, 0) \
    X(14, SYNC_GROUP, 0, 5, 4, 1, 0, 0) \
    X(15, DESCRIBE_GROUPS, 0, 6, 5, 1, 0, 0) \
    X(16, LIST_GROUPS, 0, 5, 3, 1, 0, 0) \
    X(17, SASL_HANDSHAKE, 0, 1, KF_MAX, 1, 1, 0) \
    X(18, API_VERSIONS, 0, 4, 3, 1, 1, 0) \
    X(19, CREATE_TOPICS, 2, 7, 5, 1, 1, 1) \
    X(20, DELETE_TOPICS, 1, 6, 4, 1, 1, 1) \
    X(21, DELETE_RECORDS, 0, 2, 2, 1, 0, 0) \
    X(22, INIT_PRODUCER_ID, 0, 5, 2, 1, 0, 0) \
    X(23, OFFSET_FOR_LEADER_EPOCH, 2, 4, 4, 1, 0, 0) \
    X(24, ADD_PARTITIONS_TO_TXN, 0, 5, 3, 1, 0, 0) \
    X(25, ADD_OFFSETS_TO_TXN, 0, 4, 3, 1, 0, 0) \
    X(26, END_TXN, 0, 5, 3, 1, 0, 0) \
    X(27, WRITE_TXN_MARKERS, 1, 2, 1, 1, 0, 0) \
    X(28, TXN_OFFSET_COMMIT, 0, 5, 3, 1, 0, 0) \
    X(29, DESCRIBE_ACLS, 1, 3, 2, 1, 1, 0) \
    X(30, CREATE_ACLS, 1, 3, 2, 1, 1, 1) \
    X(31, DELETE_ACLS, 1, 3, 2, 1, 1, 1) \
    X(32, DESCRIBE_CONFIGS, 1, 4, 4, 1, 1, 0) \
    X(33, ALTER_CONFIGS, 0, 2, 2, 1, 1, 1) \
    X(34, ALTER_REPLICA_LOG_DIRS, 1, 2, 2, 1, 0, 0) \
    X(35, DESCRIBE_LOG_DIRS, 1, 5, 2, 1, 0, 0) \
    X(36, SASL_AUTHENTICATE, 0, 2, 2, 1, 1, 0) \
    X(37, CREATE_PARTITIONS, 0, 3, 2, 1, 1, 1) \
    X(38, CREATE_DELEGATION_TOKEN, 1, 3, 2, 1, 1, 1) \
    X(39, RENEW_DELEGATION_TOKEN, 1, 2, 2, 1, 1, 1) \
    X(40, EXPIRE_DELEGATION_TOKEN, 1, 2, 2, 1, 1, 1) \
    X(41, DESCRIBE_DELEGATION_TOKEN, 1, 3, 2, 1, 1, 0) \
    X(42, DELETE_GROUPS, 0, 2, 2, 1, 0, 0) \
    X(43, ELECT_LEADERS, 0, 2, 2, 1, 1, 1) \
    X(44, INCREMENTAL_ALTER_CONFIGS, 0, 1, 1, 1, 1, 1) \
    X(45, ALTER_PARTITION_REASSIGNMENTS, 0, 1, 0, 1, 1, 1) \
    X(46, LIST_PARTITION_REASSIGNMENTS, 0, 0, 0, 1, 1, 1) \
    X(47, OFFSET_DELETE, 0, 0, KF_MAX, 1, 0, 0) \
    X(48, DESCRIBE_CLIENT_QUOTAS, 0, 1, 1, 1, 0, 0) \
    X(49, ALTER_CLIENT_QUOTAS, 0, 1, 1, 1, 1, 1) \
    X(50, DESCRIBE_USER_SCRAM_CREDENTIALS, 0, 0, 0, 1, 1, 0) \
    X(51, ALTER_USER_SCRAM_CREDENTIALS, 0, 0, 0, 1, 1, 1) \
    X(52, VOTE, 0, 2, 0, 0, 1, 0) \
    X(53, BEGIN_QUORUM_EPOCH, 0, 1, 1, 0, 1, 0) \
    X(54, END_QUORUM_EPOCH, 0, 1, 1, 0, 1, 0) \
    X(55, DESCRIBE_QUORUM, 0, 2, 0, 1, 1, 1) \
    X(56, ALTER_PARTITION, 2, 3, 0, 0, 1, 0) \
    X(57, UPDATE_FEATURES, 0, 2, 0, 1, 1, 1) \
    X(58, ENVELOPE, 0, 0, 0, 0, 1, 0) \
    X(59, FETCH_SNAPSHOT, 0, 1, 0, 0, 1, 0) \
    X(60, DESCRIBE_CLUSTER, 0, 2, 0, 1, 1, 0) \
    X(61, DESCRIBE_PRODUCERS, 0, 0, 0, 1, 0, 0) \
    X(62, BROKER_REGISTRATION, 0, 4, 0, 0, 1, 0) \
    X(63, BROKER_HEARTBEAT, 0, 2, 0, 0, 1, 0) \
    X(64, UNREGISTER_BROKER, 0, 0, 0, 1, 1, 1) \
    X(65, DESCRIBE_TRANSACTIONS, 0, 0, 0, 1, 0, 0) \
    X(66, LIST_TRANSACTIONS, 0, 2, 0, 1, 0, 0) \
    X(67, ALLOCATE_PRODUCER_IDS, 0, 0, 0, 0, 1, 1) \
    X(68, CONSUMER_GROUP_HEARTBEAT, 0, 1, 0, 1, 0, 0) \
    X(69, CONSUMER_GROUP_DESCRIBE, 0, 1, 0, 1, 0, 0) \
    X(70, CONTROLLER_REGISTRATION, 0, 0, 0, 0, 1, 0) \
    X(71, GET_TELEMETRY_SUBSCRIPTIONS, 0, 0, 0, 1, 0, 0) \
    X(72, PUSH_TELEMETRY, 0, 0, 0, 1, 0, 0) \
    X(73, ASSIGN_REPLICAS_TO_DIRS, 0, 0, 0, 0, 1, 0) \
    X(74, LIST_CONFIG_RESOURCES, 0, 1, 0, 1, 0, 0) \
    X(75, DESCRIBE_TOPIC_PARTITIONS, 0, 0, 0, 1, 0, 0) \
    X(76, SHARE_GROUP_HEARTBEAT, 1, 1, 0, 1, 0, 0) \
    X(77, SHARE_GROUP_DESCRIBE, 1, 1, 0, 1, 0, 0) \
    X(78, SHARE_FETCH, 1, 2, 0, 1, 0, 0) \
    X(79, SHARE_ACKNOWLEDGE, 1, 2, 0, 1, 0, 0) \
    X(80, ADD_RAFT_VOTER, 0, 1, 0, 1, 1, 1) \
    X(81, REMOVE_RAFT_VOTER, 0, 0, 0, 1, 1, 1) \
    X(82, UPDATE_RAFT_VOTER, 0, 0, 0, 0, 1, 0) \
    X(83, INITIALIZE_SHARE_GROUP_STATE, 0, 0, 0, 1, 0, 0) \
    X(84, READ_SHARE_GROUP_STATE, 0, 0, 0, 1, 0, 0) \
    X(85, WRITE_SHARE_GROUP_STATE, 0, 1, 0, 1, 0, 0) \
    X(86, DELETE_SHARE_GROUP_STATE, 0, 0, 0, 1, 0, 0) \
    X(87, READ_SHARE_GROUP_STATE_SUMMARY, 0, 1, 0, 1, 0, 0) \
    X(88, STREAMS_GROUP_HEARTBEAT, 0, 0, 0, 1, 0, 0) \
    X(89, STREAMS_GROUP_DESCRIBE, 0, 0, 0, 1, 0, 0) \
    X(90, DESCRIBE_SHARE_GROUP_OFFSETS, 0, 1, 0, 1, 0, 0) \
    X(91, ALTER_SHARE_GROUP_OFFSETS, 0, 0, 0, 1, 0, 0) \
    X(92, DELETE_SHARE_GROUP_OFFSETS, 0, 0, 0, 1, 0, 0)

#define API_ENUM(key, name, min, max, flexible, broker, controller, forwarded) API_##name = key,
enum api_key { API_LIST(API_ENUM) API_KEYS = 93 };
#undef API_ENUM

struct api_info {
    const char *name;
    int16_t min, max, flexible;
    bool known, broker, controller;
    bool forwarded; /* a broker hands it to the controller in an Envelope */
};

/* NULL for keys that 4.3 does not have. */
const struct api_info *api_info(int16_t key);

static inline bool api_version_ok(const struct api_info *a, int16_t version)
{
    return version >= a->min && version <= a->max;
}

#endif
