/* remove_raft_voter - request and response as field tables (api/kafka/fields.h).
 *
 *   RemoveRaftVoterRequest: key 81, version 0, flexible from 0
 *   RemoveRaftVoterResponse: key 81, version 0, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_REMOVE_RAFT_VOTER_H
#define KLAMM_API_KAFKA_MSG_REMOVE_RAFT_VOTER_H

#include "api/kafka/fields.h"

#define KF_REMOVE_RAFT_VOTER_REQUEST(F, S)    \
    F(string, cluster_id, 0, KF_MAX, KF_NULL) \
    F(int32, voter_id, 0, KF_MAX)             \
    F(uuid, voter_directory_id, 0, KF_MAX)
KF_STRUCT(remove_raft_voter_request, KF_REMOVE_RAFT_VOTER_REQUEST)

#define KF_REMOVE_RAFT_VOTER_RESPONSE(F, S)                    \
    F(int32, throttle_time_ms, 0, KF_MAX)                      \
    F(int16, error_code, 0, KF_MAX)                            \
    F(string, error_message, 0, KF_MAX, KF_NULL, KF_IGNORABLE)
KF_STRUCT(remove_raft_voter_response, KF_REMOVE_RAFT_VOTER_RESPONSE)

#endif
