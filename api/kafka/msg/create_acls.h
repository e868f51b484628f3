/* create_acls - request and response as field tables (api/kafka/fields.h).
 *
 *   CreateAclsRequest: key 30, versions 1-3, flexible from 2
 *   CreateAclsResponse: key 30, versions 1-3, flexible from 2 */
#ifndef KLAMM_API_KAFKA_MSG_CREATE_ACLS_H
#define KLAMM_API_KAFKA_MSG_CREATE_ACLS_H

#include "api/kafka/fields.h"

#define KF_CREATE_ACLS_REQUEST_ACL_CREATION(F, S)        \
    F(int8, resource_type, 0, KF_MAX)                    \
    F(string, resource_name, 0, KF_MAX)                  \
    F(int8, resource_pattern_type, 1, KF_MAX, KF_DEF(3)) \
    F(string, principal, 0, KF_MAX)                      \
    F(string, host, 0, KF_MAX)                           \
    F(int8, operation, 0, KF_MAX)                        \
    F(int8, permission_type, 0, KF_MAX)
KF_STRUCT(create_acls_request_acl_creation, KF_CREATE_ACLS_REQUEST_ACL_CREATION)

#define KF_CREATE_ACLS_REQUEST(F, S)                                 \
    S(array, creations, create_acls_request_acl_creation, 0, KF_MAX)
KF_STRUCT(create_acls_request, KF_CREATE_ACLS_REQUEST)

#define KF_CREATE_ACLS_RESPONSE_ACL_CREATION_RESULT(F, S) \
    F(int16, error_code, 0, KF_MAX)                       \
    F(string, error_message, 0, KF_MAX, KF_NULL)
KF_STRUCT(create_acls_response_acl_creation_result, KF_CREATE_ACLS_RESPONSE_ACL_CREATION_RESULT)

#define KF_CREATE_ACLS_RESPONSE(F, S)                                      \
    F(int32, throttle_time_ms, 0, KF_MAX)                                  \
    S(array, results, create_acls_response_acl_creation_result, 0, KF_MAX)
KF_STRUCT(create_acls_response, KF_CREATE_ACLS_RESPONSE)

#endif
