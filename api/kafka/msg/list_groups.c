#include "api/kafka/msg/list_groups.h"

KF_MESSAGE(list_groups_request, KF_LIST_GROUPS_REQUEST, "ListGroupsRequest", 16, 0, 5, 3)
KF_NESTED(list_groups_response_listed_group, KF_LIST_GROUPS_RESPONSE_LISTED_GROUP, "ListedGroup")
KF_MESSAGE(list_groups_response, KF_LIST_GROUPS_RESPONSE, "ListGroupsResponse", 16, 0, 5, 3)
