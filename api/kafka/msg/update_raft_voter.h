/* update_raft_voter - request and response as field tables (api/kafka/fields.h).
 *
 *   UpdateRaftVoterRequest: key 82, version 0, flexible from 0
 *   UpdateRaftVoterResponse: key 82, version 0, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_UPDATE_RAFT_VOTER_H
#define KLAMM_API_KAFKA_MSG_UPDATE_RAFT_VOTER_H

#include "api/kafka/fields.h"

#define KF_UPDATE_RAFT_VOTER_REQUEST_LISTENER(F, S) \
    F(string, name, 0, KF_MAX)                      \
    F(string, host, 0, KF_MAX)                      \
    F(uint16, port, 0, KF_MAX)
KF_STRUCT(update_raft_voter_request_listener, KF_UPDATE_RAFT_VOTER_REQUEST_LISTENER)

#define KF_UPDATE_RAFT_VOTER_REQUEST_K_RAFT_VERSION_FEATURE(F, S) \
    F(int16, min_supported_version, 0, KF_MAX)                    \
    F(int16, max_supported_version, 0, KF_MAX)
KF_STRUCT(update_raft_voter_request_k_raft_version_feature,
          KF_UPDATE_RAFT_VOTER_REQUEST_K_RAFT_VERSION_FEATURE)

#define KF_UPDATE_RAFT_VOTER_REQUEST(F, S)                                                      \
    F(string, cluster_id, 0, KF_MAX, KF_NULL)                                                   \
    F(int32, current_leader_epoch, 0, KF_MAX)                                                   \
    F(int32, voter_id, 0, KF_MAX)                                                               \
    F(uuid, voter_directory_id, 0, KF_MAX)                                                      \
    S(array, listeners, update_raft_voter_request_listener, 0, KF_MAX)                          \
    S(one, k_raft_version_feature, update_raft_voter_request_k_raft_version_feature, 0, KF_MAX)
KF_STRUCT(update_raft_voter_request, KF_UPDATE_RAFT_VOTER_REQUEST)

#define KF_UPDATE_RAFT_VOTER_RESPONSE_CURRENT_LEADER(F, S) \
    F(int32, leader_id, 0, KF_MAX, KF_DEF(-1))             \
    F(int32, leader_epoch, 0, KF_MAX, KF_DEF(-1))          \
    F(string, host, 0, KF_MAX)                             \
    F(int32, port, 0, KF_MAX)
KF_STRUCT(update_raft_voter_response_current_leader, KF_UPDATE_RAFT_VOTER_RESPONSE_CURRENT_LEADER)

#define KF_UPDATE_RAFT_VOTER_RESPONSE(F, S)                                                 \
    F(int32, throttle_time_ms, 0, KF_MAX)                                                   \
    F(int16, error_code, 0, KF_MAX)                                                         \
    S(one, current_leader, update_raft_voter_response_current_leader, 0, KF_MAX, KF_TAG(0))
KF_STRUCT(update_raft_voter_response, KF_UPDATE_RAFT_VOTER_RESPONSE)

#endif
