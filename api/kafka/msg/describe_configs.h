/* describe_configs - request and response as field tables (api/kafka/fields.h).
 *
 *   DescribeConfigsRequest: key 32, versions 1-4, flexible from 4
 *   DescribeConfigsResponse: key 32, versions 1-4, flexible from 4 */
#ifndef KLAMM_API_KAFKA_MSG_DESCRIBE_CONFIGS_H
#define KLAMM_API_KAFKA_MSG_DESCRIBE_CONFIGS_H

#include "api/kafka/fields.h"

#define KF_DESCRIBE_CONFIGS_REQUEST_DESCRIBE_CONFIGS_RESOURCE(F, S) \
    F(int8, resource_type, 0, KF_MAX)                               \
    F(string, resource_name, 0, KF_MAX)                             \
    F(strings, configuration_keys, 0, KF_MAX, KF_NULL)
KF_STRUCT(describe_configs_request_describe_configs_resource,
          KF_DESCRIBE_CONFIGS_REQUEST_DESCRIBE_CONFIGS_RESOURCE)

#define KF_DESCRIBE_CONFIGS_REQUEST(F, S)                                              \
    S(array, resources, describe_configs_request_describe_configs_resource, 0, KF_MAX) \
    F(bool, include_synonyms, 1, KF_MAX)                                               \
    F(bool, include_documentation, 3, KF_MAX)
KF_STRUCT(describe_configs_request, KF_DESCRIBE_CONFIGS_REQUEST)

#define KF_DESCRIBE_CONFIGS_RESPONSE_DESCRIBE_CONFIGS_SYNONYM(F, S) \
    F(string, name, 1, KF_MAX)                                      \
    F(string, value, 1, KF_MAX, KF_NULL)                            \
    F(int8, source, 1, KF_MAX)
KF_STRUCT(describe_configs_response_describe_configs_synonym,
          KF_DESCRIBE_CONFIGS_RESPONSE_DESCRIBE_CONFIGS_SYNONYM)

#define KF_DESCRIBE_CONFIGS_RESPONSE_DESCRIBE_CONFIGS_RESOURCE_RESULT(F, S)           \
    F(string, name, 0, KF_MAX)                                                        \
    F(string, value, 0, KF_MAX, KF_NULL)                                              \
    F(bool, read_only, 0, KF_MAX)                                                     \
    F(int8, config_source, 1, KF_MAX, KF_DEF(-1), KF_IGNORABLE)                       \
    F(bool, is_sensitive, 0, KF_MAX)                                                  \
    S(array, synonyms, describe_configs_response_describe_configs_synonym, 1, KF_MAX, \
      KF_IGNORABLE)                                                                   \
    F(int8, config_type, 3, KF_MAX, KF_IGNORABLE)                                     \
    F(string, documentation, 3, KF_MAX, KF_NULL, KF_IGNORABLE)
KF_STRUCT(describe_configs_response_describe_configs_resource_result,
          KF_DESCRIBE_CONFIGS_RESPONSE_DESCRIBE_CONFIGS_RESOURCE_RESULT)

#define KF_DESCRIBE_CONFIGS_RESPONSE_DESCRIBE_CONFIGS_RESULT(F, S)                           \
    F(int16, error_code, 0, KF_MAX)                                                          \
    F(string, error_message, 0, KF_MAX, KF_NULL)                                             \
    F(int8, resource_type, 0, KF_MAX)                                                        \
    F(string, resource_name, 0, KF_MAX)                                                      \
    S(array, configs, describe_configs_response_describe_configs_resource_result, 0, KF_MAX)
KF_STRUCT(describe_configs_response_describe_configs_result,
          KF_DESCRIBE_CONFIGS_RESPONSE_DESCRIBE_CONFIGS_RESULT)

#define KF_DESCRIBE_CONFIGS_RESPONSE(F, S)                                          \
    F(int32, throttle_time_ms, 0, KF_MAX)                                           \
    S(array, results, describe_configs_response_describe_configs_result, 0, KF_MAX)
KF_STRUCT(describe_configs_response, KF_DESCRIBE_CONFIGS_RESPONSE)

#endif
