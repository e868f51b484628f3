#include "api/kafka/msg/quorum_state_data.h"

KF_NESTED(quorum_state_data_voter, KF_QUORUM_STATE_DATA_VOTER, "Voter")
KF_MESSAGE(quorum_state_data, KF_QUORUM_STATE_DATA, "QuorumStateData", -1, 0, 1, 0)
