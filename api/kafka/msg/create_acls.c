#include "api/kafka/msg/create_acls.h"

KF_NESTED(create_acls_request_acl_creation, KF_CREATE_ACLS_REQUEST_ACL_CREATION, "AclCreation")
KF_MESSAGE(create_acls_request, KF_CREATE_ACLS_REQUEST, "CreateAclsRequest", 30, 1, 3, 2)
KF_NESTED(create_acls_response_acl_creation_result, KF_CREATE_ACLS_RESPONSE_ACL_CREATION_RESULT,
          "AclCreationResult")
KF_MESSAGE(create_acls_response, KF_CREATE_ACLS_RESPONSE, "CreateAclsResponse", 30, 1, 3, 2)
