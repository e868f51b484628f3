#include "api/kafka/msg/join_group.h"

KF_NESTED(join_group_request_join_group_request_protocol,
          KF_JOIN_GROUP_REQUEST_JOIN_GROUP_REQUEST_PROTOCOL, "JoinGroupRequestProtocol")
KF_MESSAGE(join_group_request, KF_JOIN_GROUP_REQUEST, "JoinGroupRequest", 11, 0, 9, 6)
KF_NESTED(join_group_response_join_group_response_member,
          KF_JOIN_GROUP_RESPONSE_JOIN_GROUP_RESPONSE_MEMBER, "JoinGroupResponseMember")
KF_MESSAGE(join_group_response, KF_JOIN_GROUP_RESPONSE, "JoinGroupResponse", 11, 0, 9, 6)
