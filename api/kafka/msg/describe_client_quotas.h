/* describe_client_quotas - request and response as field tables (api/kafka/fields.h).
 *
 *   DescribeClientQuotasRequest: key 48, versions 0-1, flexible from 1
 *   DescribeClientQuotasResponse: key 48, versions 0-1, flexible from 1 */
#ifndef KLAMM_API_KAFKA_MSG_DESCRIBE_CLIENT_QUOTAS_H
#define KLAMM_API_KAFKA_MSG_DESCRIBE_CLIENT_QUOTAS_H

#include "api/kafka/fields.h"

#define KF_DESCRIBE_CLIENT_QUOTAS_REQUEST_COMPONENT_DATA(F, S) \
    F(string, entity_type, 0, KF_MAX)                          \
    F(int8, match_type, 0, KF_MAX)                             \
    F(string, match, 0, KF_MAX, KF_NULL)
KF_STRUCT(describe_client_quotas_request_component_data,
          KF_DESCRIBE_CLIENT_QUOTAS_REQUEST_COMPONENT_DATA)

#define KF_DESCRIBE_CLIENT_QUOTAS_REQUEST(F, S)                                    \
    S(array, components, describe_client_quotas_request_component_data, 0, KF_MAX) \
    F(bool, strict, 0, KF_MAX)
KF_STRUCT(describe_client_quotas_request, KF_DESCRIBE_CLIENT_QUOTAS_REQUEST)

#define KF_DESCRIBE_CLIENT_QUOTAS_RESPONSE_ENTITY_DATA(F, S) \
    F(string, entity_type, 0, KF_MAX)                        \
    F(string, entity_name, 0, KF_MAX, KF_NULL)
KF_STRUCT(describe_client_quotas_response_entity_data,
          KF_DESCRIBE_CLIENT_QUOTAS_RESPONSE_ENTITY_DATA)

#define KF_DESCRIBE_CLIENT_QUOTAS_RESPONSE_VALUE_DATA(F, S) \
    F(string, key, 0, KF_MAX)                               \
    F(float64, value, 0, KF_MAX)
KF_STRUCT(describe_client_quotas_response_value_data, KF_DESCRIBE_CLIENT_QUOTAS_RESPONSE_VALUE_DATA)

#define KF_DESCRIBE_CLIENT_QUOTAS_RESPONSE_ENTRY_DATA(F, S)                  \
    S(array, entity, describe_client_quotas_response_entity_data, 0, KF_MAX) \
    S(array, values, describe_client_quotas_response_value_data, 0, KF_MAX)
KF_STRUCT(describe_client_quotas_response_entry_data, KF_DESCRIBE_CLIENT_QUOTAS_RESPONSE_ENTRY_DATA)

#define KF_DESCRIBE_CLIENT_QUOTAS_RESPONSE(F, S)                                      \
    F(int32, throttle_time_ms, 0, KF_MAX)                                             \
    F(int16, error_code, 0, KF_MAX)                                                   \
    F(string, error_message, 0, KF_MAX, KF_NULL)                                      \
    S(array, entries, describe_client_quotas_response_entry_data, 0, KF_MAX, KF_NULL)
KF_STRUCT(describe_client_quotas_response, KF_DESCRIBE_CLIENT_QUOTAS_RESPONSE)

#endif
