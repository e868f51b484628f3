/* incremental_alter_configs - request and response as field tables (api/kafka/fields.h).
 *
 *   IncrementalAlterConfigsRequest: key 44, versions 0-1, flexible from 1
 *   IncrementalAlterConfigsResponse: key 44, versions 0-1, flexible from 1 */
#ifndef KLAMM_API_KAFKA_MSG_INCREMENTAL_ALTER_CONFIGS_H
#define KLAMM_API_KAFKA_MSG_INCREMENTAL_ALTER_CONFIGS_H

#include "api/kafka/fields.h"

#define KF_INCREMENTAL_ALTER_CONFIGS_REQUEST_ALTERABLE_CONFIG(F, S) \
    F(string, name, 0, KF_MAX)                                      \
    F(int8, config_operation, 0, KF_MAX)                            \
    F(string, value, 0, KF_MAX, KF_NULL)
KF_STRUCT(incremental_alter_configs_request_alterable_config,
          KF_INCREMENTAL_ALTER_CONFIGS_REQUEST_ALTERABLE_CONFIG)

#define KF_INCREMENTAL_ALTER_CONFIGS_REQUEST_ALTER_CONFIGS_RESOURCE(F, S)            \
    F(int8, resource_type, 0, KF_MAX)                                                \
    F(string, resource_name, 0, KF_MAX)                                              \
    S(array, configs, incremental_alter_configs_request_alterable_config, 0, KF_MAX)
KF_STRUCT(incremental_alter_configs_request_alter_configs_resource,
          KF_INCREMENTAL_ALTER_CONFIGS_REQUEST_ALTER_CONFIGS_RESOURCE)

#define KF_INCREMENTAL_ALTER_CONFIGS_REQUEST(F, S)                                           \
    S(array, resources, incremental_alter_configs_request_alter_configs_resource, 0, KF_MAX) \
    F(bool, validate_only, 0, KF_MAX)
KF_STRUCT(incremental_alter_configs_request, KF_INCREMENTAL_ALTER_CONFIGS_REQUEST)

#define KF_INCREMENTAL_ALTER_CONFIGS_RESPONSE_ALTER_CONFIGS_RESOURCE_RESPONSE(F, S) \
    F(int16, error_code, 0, KF_MAX)                                                 \
    F(string, error_message, 0, KF_MAX, KF_NULL)                                    \
    F(int8, resource_type, 0, KF_MAX)                                               \
    F(string, resource_name, 0, KF_MAX)
KF_STRUCT(incremental_alter_configs_response_alter_configs_resource_response,
          KF_INCREMENTAL_ALTER_CONFIGS_RESPONSE_ALTER_CONFIGS_RESOURCE_RESPONSE)

#define KF_INCREMENTAL_ALTER_CONFIGS_RESPONSE(F, S)                                            \
    F(int32, throttle_time_ms, 0, KF_MAX)                                                      \
    S(array, responses, incremental_alter_configs_response_alter_configs_resource_response, 0, \
      KF_MAX)
KF_STRUCT(incremental_alter_configs_response, KF_INCREMENTAL_ALTER_CONFIGS_RESPONSE)

#endif
