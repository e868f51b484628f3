/* voters_record - message as field tables (api/kafka/fields.h).
 *
 *   VotersRecord: version 0, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_VOTERS_RECORD_H
#define KLAMM_API_KAFKA_MSG_VOTERS_RECORD_H

#include "api/kafka/fields.h"

#define KF_VOTERS_RECORD_ENDPOINT(F, S) \
    F(string, name, 0, KF_MAX)          \
    F(string, host, 0, KF_MAX)          \
    F(uint16, port, 0, KF_MAX)
KF_STRUCT(voters_record_endpoint, KF_VOTERS_RECORD_ENDPOINT)

#define KF_VOTERS_RECORD_K_RAFT_VERSION_FEATURE(F, S) \
    F(int16, min_supported_version, 0, KF_MAX)        \
    F(int16, max_supported_version, 0, KF_MAX)
KF_STRUCT(voters_record_k_raft_version_feature, KF_VOTERS_RECORD_K_RAFT_VERSION_FEATURE)

#define KF_VOTERS_RECORD_VOTER(F, S)                                                \
    F(int32, voter_id, 0, KF_MAX)                                                   \
    F(uuid, voter_directory_id, 0, KF_MAX)                                          \
    S(array, endpoints, voters_record_endpoint, 0, KF_MAX)                          \
    S(one, k_raft_version_feature, voters_record_k_raft_version_feature, 0, KF_MAX)
KF_STRUCT(voters_record_voter, KF_VOTERS_RECORD_VOTER)

#define KF_VOTERS_RECORD(F, S)                       \
    F(int16, version, 0, KF_MAX)                     \
    S(array, voters, voters_record_voter, 0, KF_MAX)
KF_STRUCT(voters_record, KF_VOTERS_RECORD)

#endif
