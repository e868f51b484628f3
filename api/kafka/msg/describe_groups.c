#include "api/kafka/msg/describe_groups.h"

KF_MESSAGE(describe_groups_request, KF_DESCRIBE_GROUPS_REQUEST, "DescribeGroupsRequest", 15, 0, 6,
           5)
KF_NESTED(describe_groups_response_described_group_member,
          KF_DESCRIBE_GROUPS_RESPONSE_DESCRIBED_GROUP_MEMBER, "DescribedGroupMember")
KF_NESTED(describe_groups_response_described_group, KF_DESCRIBE_GROUPS_RESPONSE_DESCRIBED_GROUP,
          "DescribedGroup")
KF_MESSAGE(describe_groups_response, KF_DESCRIBE_GROUPS_RESPONSE, "DescribeGroupsResponse", 15, 0,
           6, 5)
