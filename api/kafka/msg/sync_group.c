#include "api/kafka/msg/sync_group.h"

KF_NESTED(sync_group_request_sync_group_request_assignment,
          KF_SYNC_GROUP_REQUEST_SYNC_GROUP_REQUEST_ASSIGNMENT, "SyncGroupRequestAssignment")
KF_MESSAGE(sync_group_request, KF_SYNC_GROUP_REQUEST, "SyncGroupRequest", 14, 0, 5, 4)
KF_MESSAGE(sync_group_response, KF_SYNC_GROUP_RESPONSE, "SyncGroupResponse", 14, 0, 5, 4)
