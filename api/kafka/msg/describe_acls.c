#include "api/kafka/msg/describe_acls.h"

KF_MESSAGE(describe_acls_request, KF_DESCRIBE_ACLS_REQUEST, "DescribeAclsRequest", 29, 1, 3, 2)
KF_NESTED(describe_acls_response_acl_description, KF_DESCRIBE_ACLS_RESPONSE_ACL_DESCRIPTION,
          "AclDescription")
KF_NESTED(describe_acls_response_describe_acls_resource,
          KF_DESCRIBE_ACLS_RESPONSE_DESCRIBE_ACLS_RESOURCE, "DescribeAclsResource")
KF_MESSAGE(describe_acls_response, KF_DESCRIBE_ACLS_RESPONSE, "DescribeAclsResponse", 29, 1, 3, 2)
