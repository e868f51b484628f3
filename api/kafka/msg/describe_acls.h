/* describe_acls - request and response as field tables (api/kafka/fields.h).
 *
 *   DescribeAclsRequest: key 29, versions 1-3, flexible from 2
 *   DescribeAclsResponse: key 29, versions 1-3, flexible from 2 */
#ifndef KLAMM_API_KAFKA_MSG_DESCRIBE_ACLS_H
#define KLAMM_API_KAFKA_MSG_DESCRIBE_ACLS_H

#include "api/kafka/fields.h"

#define KF_DESCRIBE_ACLS_REQUEST(F, S)                  \
    F(int8, resource_type_filter, 0, KF_MAX)            \
    F(string, resource_name_filter, 0, KF_MAX, KF_NULL) \
    F(int8, pattern_type_filter, 1, KF_MAX, KF_DEF(3))  \
    F(string, principal_filter, 0, KF_MAX, KF_NULL)     \
    F(string, host_filter, 0, KF_MAX, KF_NULL)          \
    F(int8, operation, 0, KF_MAX)                       \
    F(int8, permission_type, 0, KF_MAX)
KF_STRUCT(describe_acls_request, KF_DESCRIBE_ACLS_REQUEST)

#define KF_DESCRIBE_ACLS_RESPONSE_ACL_DESCRIPTION(F, S) \
    F(string, principal, 0, KF_MAX)                     \
    F(string, host, 0, KF_MAX)                          \
    F(int8, operation, 0, KF_MAX)                       \
    F(int8, permission_type, 0, KF_MAX)
KF_STRUCT(describe_acls_response_acl_description, KF_DESCRIBE_ACLS_RESPONSE_ACL_DESCRIPTION)

#define KF_DESCRIBE_ACLS_RESPONSE_DESCRIBE_ACLS_RESOURCE(F, S)        \
    F(int8, resource_type, 0, KF_MAX)                                 \
    F(string, resource_name, 0, KF_MAX)                               \
    F(int8, pattern_type, 1, KF_MAX, KF_DEF(3))                       \
    S(array, acls, describe_acls_response_acl_description, 0, KF_MAX)
KF_STRUCT(describe_acls_response_describe_acls_resource,
          KF_DESCRIBE_ACLS_RESPONSE_DESCRIBE_ACLS_RESOURCE)

#define KF_DESCRIBE_ACLS_RESPONSE(F, S)                                           \
    F(int32, throttle_time_ms, 0, KF_MAX)                                         \
    F(int16, error_code, 0, KF_MAX)                                               \
    F(string, error_message, 0, KF_MAX, KF_NULL)                                  \
    S(array, resources, describe_acls_response_describe_acls_resource, 0, KF_MAX)
KF_STRUCT(describe_acls_response, KF_DESCRIBE_ACLS_RESPONSE)

#endif
