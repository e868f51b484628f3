#include "api/kafka/msg/leader_change_message.h"

KF_NESTED(leader_change_message_voter, KF_LEADER_CHANGE_MESSAGE_VOTER, "Voter")
KF_MESSAGE(leader_change_message, KF_LEADER_CHANGE_MESSAGE, "LeaderChangeMessage", -1, 0, 1, 0)
