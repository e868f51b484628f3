#include "api/kafka/msg/update_raft_voter.h"

KF_NESTED(update_raft_voter_request_listener, KF_UPDATE_RAFT_VOTER_REQUEST_LISTENER, "Listener")
KF_NESTED(update_raft_voter_request_k_raft_version_feature,
          KF_UPDATE_RAFT_VOTER_REQUEST_K_RAFT_VERSION_FEATURE, "KRaftVersionFeature")
KF_MESSAGE(update_raft_voter_request, KF_UPDATE_RAFT_VOTER_REQUEST, "UpdateRaftVoterRequest", 82,
           0, 0, 0)
KF_NESTED(update_raft_voter_response_current_leader, KF_UPDATE_RAFT_VOTER_RESPONSE_CURRENT_LEADER,
          "CurrentLeader")
KF_MESSAGE(update_raft_voter_response, KF_UPDATE_RAFT_VOTER_RESPONSE, "UpdateRaftVoterResponse",
           82, 0, 0, 0)
