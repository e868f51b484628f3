/* quorum_state_data - message as field tables (api/kafka/fields.h).
 *
 *   QuorumStateData: versions 0-1, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_QUORUM_STATE_DATA_H
#define KLAMM_API_KAFKA_MSG_QUORUM_STATE_DATA_H

#include "api/kafka/fields.h"

#define KF_QUORUM_STATE_DATA_VOTER(F, S) \
    F(int32, voter_id, 0, 0)
KF_STRUCT(quorum_state_data_voter, KF_QUORUM_STATE_DATA_VOTER)

#define KF_QUORUM_STATE_DATA(F, S)                                   \
    F(string, cluster_id, 0, 0)                                      \
    F(int32, leader_id, 0, KF_MAX, KF_DEF(-1))                       \
    F(int32, leader_epoch, 0, KF_MAX, KF_DEF(-1))                    \
    F(int32, voted_id, 0, KF_MAX, KF_DEF(-1))                        \
    F(uuid, voted_directory_id, 1, KF_MAX)                           \
    F(int64, applied_offset, 0, 0)                                   \
    S(array, current_voters, quorum_state_data_voter, 0, 0, KF_NULL)
KF_STRUCT(quorum_state_data, KF_QUORUM_STATE_DATA)

#endif
