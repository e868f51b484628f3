#include "api/kafka/msg/leave_group.h"

KF_NESTED(leave_group_request_member_identity, KF_LEAVE_GROUP_REQUEST_MEMBER_IDENTITY,
          "MemberIdentity")
KF_MESSAGE(leave_group_request, KF_LEAVE_GROUP_REQUEST, "LeaveGroupRequest", 13, 0, 5, 4)
KF_NESTED(leave_group_response_member_response, KF_LEAVE_GROUP_RESPONSE_MEMBER_RESPONSE,
          "MemberResponse")
KF_MESSAGE(leave_group_response, KF_LEAVE_GROUP_RESPONSE, "LeaveGroupResponse", 13, 0, 5, 4)
