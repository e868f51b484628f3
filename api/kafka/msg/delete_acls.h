/* delete_acls - request and response as field tables (api/kafka/fields.h).
 *
 *   DeleteAclsRequest: key 31, versions 1-3, flexible from 2
 *   DeleteAclsResponse: key 31, versions 1-3, flexible from 2 */
#ifndef KLAMM_API_KAFKA_MSG_DELETE_ACLS_H
#define KLAMM_API_KAFKA_MSG_DELETE_ACLS_H

#include "api/kafka/fields.h"

#define KF_DELETE_ACLS_REQUEST_DELETE_ACLS_FILTER(F, S) \
    F(int8, resource_type_filter, 0, KF_MAX)            \
    F(string, resource_name_filter, 0, KF_MAX, KF_NULL) \
    F(int8, pattern_type_filter, 1, KF_MAX, KF_DEF(3))  \
    F(string, principal_filter, 0, KF_MAX, KF_NULL)     \
    F(string, host_filter, 0, KF_MAX, KF_NULL)          \
    F(int8, operation, 0, KF_MAX)                       \
    F(int8, permission_type, 0, KF_MAX)
KF_STRUCT(delete_acls_request_delete_acls_filter, KF_DELETE_ACLS_REQUEST_DELETE_ACLS_FILTER)

#define KF_DELETE_ACLS_REQUEST(F, S)                                     \
    S(array, filters, delete_acls_request_delete_acls_filter, 0, KF_MAX)
KF_STRUCT(delete_acls_request, KF_DELETE_ACLS_REQUEST)

#define KF_DELETE_ACLS_RESPONSE_DELETE_ACLS_MATCHING_ACL(F, S) \
    F(int16, error_code, 0, KF_MAX)                            \
    F(string, error_message, 0, KF_MAX, KF_NULL)               \
    F(int8, resource_type, 0, KF_MAX)                          \
    F(string, resource_name, 0, KF_MAX)                        \
    F(int8, pattern_type, 1, KF_MAX, KF_DEF(3))                \
    F(string, principal, 0, KF_MAX)                            \
    F(string, host, 0, KF_MAX)                                 \
    F(int8, operation, 0, KF_MAX)                              \
    F(int8, permission_type, 0, KF_MAX)
KF_STRUCT(delete_acls_response_delete_acls_matching_acl,
          KF_DELETE_ACLS_RESPONSE_DELETE_ACLS_MATCHING_ACL)

#define KF_DELETE_ACLS_RESPONSE_DELETE_ACLS_FILTER_RESULT(F, S)                       \
    F(int16, error_code, 0, KF_MAX)                                                   \
    F(string, error_message, 0, KF_MAX, KF_NULL)                                      \
    S(array, matching_acls, delete_acls_response_delete_acls_matching_acl, 0, KF_MAX)
KF_STRUCT(delete_acls_response_delete_acls_filter_result,
          KF_DELETE_ACLS_RESPONSE_DELETE_ACLS_FILTER_RESULT)

#define KF_DELETE_ACLS_RESPONSE(F, S)                                                   \
    F(int32, throttle_time_ms, 0, KF_MAX)                                               \
    S(array, filter_results, delete_acls_response_delete_acls_filter_result, 0, KF_MAX)
KF_STRUCT(delete_acls_response, KF_DELETE_ACLS_RESPONSE)

#endif
