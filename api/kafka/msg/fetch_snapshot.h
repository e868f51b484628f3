/* fetch_snapshot - request and response as field tables (api/kafka/fields.h).
 *
 *   FetchSnapshotRequest: key 59, versions 0-1, flexible from 0
 *   FetchSnapshotResponse: key 59, versions 0-1, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_FETCH_SNAPSHOT_H
#define KLAMM_API_KAFKA_MSG_FETCH_SNAPSHOT_H

#include "api/kafka/fields.h"

#define KF_FETCH_SNAPSHOT_REQUEST_SNAPSHOT_ID(F, S) \
    F(int64, end_offset, 0, KF_MAX)                 \
    F(int32, epoch, 0, KF_MAX)
KF_STRUCT(fetch_snapshot_request_snapshot_id, KF_FETCH_SNAPSHOT_REQUEST_SNAPSHOT_ID)

#define KF_FETCH_SNAPSHOT_REQUEST_PARTITION_SNAPSHOT(F, S)             \
    F(int32, partition, 0, KF_MAX)                                     \
    F(int32, current_leader_epoch, 0, KF_MAX)                          \
    S(one, snapshot_id, fetch_snapshot_request_snapshot_id, 0, KF_MAX) \
    F(int64, position, 0, KF_MAX)                                      \
    F(uuid, replica_directory_id, 1, KF_MAX, KF_TAG(0), KF_IGNORABLE)
KF_STRUCT(fetch_snapshot_request_partition_snapshot, KF_FETCH_SNAPSHOT_REQUEST_PARTITION_SNAPSHOT)

#define KF_FETCH_SNAPSHOT_REQUEST_TOPIC_SNAPSHOT(F, S)                         \
    F(string, name, 0, KF_MAX)                                                 \
    S(array, partitions, fetch_snapshot_request_partition_snapshot, 0, KF_MAX)
KF_STRUCT(fetch_snapshot_request_topic_snapshot, KF_FETCH_SNAPSHOT_REQUEST_TOPIC_SNAPSHOT)

#define KF_FETCH_SNAPSHOT_REQUEST(F, S)                                \
    F(string, cluster_id, 0, KF_MAX, KF_NULL, KF_TAG(0), KF_DEF_NULL)  \
    F(int32, replica_id, 0, KF_MAX, KF_DEF(-1))                        \
    F(int32, max_bytes, 0, KF_MAX, KF_DEF(INT32_MAX))                  \
    S(array, topics, fetch_snapshot_request_topic_snapshot, 0, KF_MAX)
KF_STRUCT(fetch_snapshot_request, KF_FETCH_SNAPSHOT_REQUEST)

#define KF_FETCH_SNAPSHOT_RESPONSE_SNAPSHOT_ID(F, S) \
    F(int64, end_offset, 0, KF_MAX)                  \
    F(int32, epoch, 0, KF_MAX)
KF_STRUCT(fetch_snapshot_response_snapshot_id, KF_FETCH_SNAPSHOT_RESPONSE_SNAPSHOT_ID)

#define KF_FETCH_SNAPSHOT_RESPONSE_LEADER_ID_AND_EPOCH(F, S) \
    F(int32, leader_id, 0, KF_MAX)                           \
    F(int32, leader_epoch, 0, KF_MAX)
KF_STRUCT(fetch_snapshot_response_leader_id_and_epoch,
          KF_FETCH_SNAPSHOT_RESPONSE_LEADER_ID_AND_EPOCH)

#define KF_FETCH_SNAPSHOT_RESPONSE_PARTITION_SNAPSHOT(F, S)                                   \
    F(int32, index, 0, KF_MAX)                                                                \
    F(int16, error_code, 0, KF_MAX)                                                           \
    S(one, snapshot_id, fetch_snapshot_response_snapshot_id, 0, KF_MAX)                       \
    S(one, current_leader, fetch_snapshot_response_leader_id_and_epoch, 0, KF_MAX, KF_TAG(0)) \
    F(int64, size, 0, KF_MAX)                                                                 \
    F(int64, position, 0, KF_MAX)                                                             \
    F(records, unaligned_records, 0, KF_MAX)
KF_STRUCT(fetch_snapshot_response_partition_snapshot, KF_FETCH_SNAPSHOT_RESPONSE_PARTITION_SNAPSHOT)

#define KF_FETCH_SNAPSHOT_RESPONSE_TOPIC_SNAPSHOT(F, S)                         \
    F(string, name, 0, KF_MAX)                                                  \
    S(array, partitions, fetch_snapshot_response_partition_snapshot, 0, KF_MAX)
KF_STRUCT(fetch_snapshot_response_topic_snapshot, KF_FETCH_SNAPSHOT_RESPONSE_TOPIC_SNAPSHOT)

#define KF_FETCH_SNAPSHOT_RESPONSE_NODE_ENDPOINT(F, S) \
    F(int32, node_id, 1, KF_MAX)                       \
    F(string, host, 1, KF_MAX)                         \
    F(uint16, port, 1, KF_MAX)
KF_STRUCT(fetch_snapshot_response_node_endpoint, KF_FETCH_SNAPSHOT_RESPONSE_NODE_ENDPOINT)

#define KF_FETCH_SNAPSHOT_RESPONSE(F, S)                                                  \
    F(int32, throttle_time_ms, 0, KF_MAX, KF_IGNORABLE)                                   \
    F(int16, error_code, 0, KF_MAX)                                                       \
    S(array, topics, fetch_snapshot_response_topic_snapshot, 0, KF_MAX)                   \
    S(array, node_endpoints, fetch_snapshot_response_node_endpoint, 1, KF_MAX, KF_TAG(0))
KF_STRUCT(fetch_snapshot_response, KF_FETCH_SNAPSHOT_RESPONSE)

#endif
