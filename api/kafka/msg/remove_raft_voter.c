#include "api/kafka/msg/remove_raft_voter.h"

KF_MESSAGE(remove_raft_voter_request, KF_REMOVE_RAFT_VOTER_REQUEST, "RemoveRaftVoterRequest", 81,
           0, 0, 0)
KF_MESSAGE(remove_raft_voter_response, KF_REMOVE_RAFT_VOTER_RESPONSE, "RemoveRaftVoterResponse",
           81, 0, 0, 0)
