#include "api/kafka/msg/delete_groups.h"

KF_MESSAGE(delete_groups_request, KF_DELETE_GROUPS_REQUEST, "DeleteGroupsRequest", 42, 0, 2, 2)
KF_NESTED(delete_groups_response_deletable_group_result,
          KF_DELETE_GROUPS_RESPONSE_DELETABLE_GROUP_RESULT, "DeletableGroupResult")
KF_MESSAGE(delete_groups_response, KF_DELETE_GROUPS_RESPONSE, "DeleteGroupsResponse", 42, 0, 2, 2)
