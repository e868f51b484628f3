/* add_raft_voter - request and response as field tables (api/kafka/fields.h).
 *
 *   AddRaftVoterRequest: key 80, versions 0-1, flexible from 0
 *   AddRaftVoterResponse: key 80, versions 0-1, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_ADD_RAFT_VOTER_H
#define KLAMM_API_KAFKA_MSG_ADD_RAFT_VOTER_H

#include "api/kafka/fields.h"

#define KF_ADD_RAFT_VOTER_REQUEST_LISTENER(F, S) \
    F(string, name, 0, KF_MAX)                   \
    F(string, host, 0, KF_MAX)                   \
    F(uint16, port, 0, KF_MAX)
KF_STRUCT(add_raft_voter_request_listener, KF_ADD_RAFT_VOTER_REQUEST_LISTENER)

#define KF_ADD_RAFT_VOTER_REQUEST(F, S)                             \
    F(string, cluster_id, 0, KF_MAX, KF_NULL)                       \
    F(int32, timeout_ms, 0, KF_MAX)                                 \
    F(int32, voter_id, 0, KF_MAX)                                   \
    F(uuid, voter_directory_id, 0, KF_MAX)                          \
    S(array, listeners, add_raft_voter_request_listener, 0, KF_MAX) \
    F(bool, ack_when_committed, 1, KF_MAX, KF_DEF(1))
KF_STRUCT(add_raft_voter_request, KF_ADD_RAFT_VOTER_REQUEST)

#define KF_ADD_RAFT_VOTER_RESPONSE(F, S)                       \
    F(int32, throttle_time_ms, 0, KF_MAX)                      \
    F(int16, error_code, 0, KF_MAX)                            \
    F(string, error_message, 0, KF_MAX, KF_NULL, KF_IGNORABLE)
KF_STRUCT(add_raft_voter_response, KF_ADD_RAFT_VOTER_RESPONSE)

#endif
