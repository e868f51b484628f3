#include "api/kafka/msg/delete_acls.h"

KF_NESTED(delete_acls_request_delete_acls_filter, KF_DELETE_ACLS_REQUEST_DELETE_ACLS_FILTER,
          "DeleteAclsFilter")
KF_MESSAGE(delete_acls_request, KF_DELETE_ACLS_REQUEST, "DeleteAclsRequest", 31, 1, 3, 2)
KF_NESTED(delete_acls_response_delete_acls_matching_acl,
          KF_DELETE_ACLS_RESPONSE_DELETE_ACLS_MATCHING_ACL, "DeleteAclsMatchingAcl")
KF_NESTED(delete_acls_response_delete_acls_filter_result,
          KF_DELETE_ACLS_RESPONSE_DELETE_ACLS_FILTER_RESULT, "DeleteAclsFilterResult")
KF_MESSAGE(delete_acls_response, KF_DELETE_ACLS_RESPONSE, "DeleteAclsResponse", 31, 1, 3, 2)
