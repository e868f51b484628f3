/* leader_change_message - message as field tables (api/kafka/fields.h).
 *
 *   LeaderChangeMessage: versions 0-1, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_LEADER_CHANGE_MESSAGE_H
#define KLAMM_API_KAFKA_MSG_LEADER_CHANGE_MESSAGE_H

#include "api/kafka/fields.h"

#define KF_LEADER_CHANGE_MESSAGE_VOTER(F, S) \
    F(int32, voter_id, 0, KF_MAX)            \
    F(uuid, voter_directory_id, 1, KF_MAX)
KF_STRUCT(leader_change_message_voter, KF_LEADER_CHANGE_MESSAGE_VOTER)

#define KF_LEADER_CHANGE_MESSAGE(F, S)                                \
    F(int16, version, 0, KF_MAX)                                      \
    F(int32, leader_id, 0, KF_MAX)                                    \
    S(array, voters, leader_change_message_voter, 0, KF_MAX)          \
    S(array, granting_voters, leader_change_message_voter, 0, KF_MAX)
KF_STRUCT(leader_change_message, KF_LEADER_CHANGE_MESSAGE)

#endif
