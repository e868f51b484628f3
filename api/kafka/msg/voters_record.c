#include "api/kafka/msg/voters_record.h"

KF_NESTED(voters_record_endpoint, KF_VOTERS_RECORD_ENDPOINT, "Endpoint")
KF_NESTED(voters_record_k_raft_version_feature, KF_VOTERS_RECORD_K_RAFT_VERSION_FEATURE,
          "KRaftVersionFeature")
KF_NESTED(voters_record_voter, KF_VOTERS_RECORD_VOTER, "Voter")
KF_MESSAGE(voters_record, KF_VOTERS_RECORD, "VotersRecord", -1, 0, 0, 0)
