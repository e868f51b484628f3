#include "api/kafka/msg/k_raft_version_record.h"

KF_MESSAGE(k_raft_version_record, KF_K_RAFT_VERSION_RECORD, "KRaftVersionRecord", -1, 0, 0, 0)
