#include "api/kafka/msg/add_raft_voter.h"

KF_NESTED(add_raft_voter_request_listener, KF_ADD_RAFT_VOTER_REQUEST_LISTENER, "Listener")
KF_MESSAGE(add_raft_voter_request, KF_ADD_RAFT_VOTER_REQUEST, "AddRaftVoterRequest", 80, 0, 1, 0)
KF_MESSAGE(add_raft_voter_response, KF_ADD_RAFT_VOTER_RESPONSE, "AddRaftVoterResponse", 80, 0, 1, 0)
