/* k_raft_version_record - message as field tables (api/kafka/fields.h).
 *
 *   KRaftVersionRecord: version 0, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_K_RAFT_VERSION_RECORD_H
#define KLAMM_API_KAFKA_MSG_K_RAFT_VERSION_RECORD_H

#include "api/kafka/fields.h"

#define KF_K_RAFT_VERSION_RECORD(F, S)  \
    F(int16, version, 0, KF_MAX)        \
    F(int16, k_raft_version, 0, KF_MAX)
KF_STRUCT(k_raft_version_record, KF_K_RAFT_VERSION_RECORD)

#endif
