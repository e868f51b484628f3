/* list_config_resources - request and response as field tables (api/kafka/fields.h).
 *
 *   ListConfigResourcesRequest: key 74, versions 0-1, flexible from 0
 *   ListConfigResourcesResponse: key 74, versions 0-1, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_LIST_CONFIG_RESOURCES_H
#define KLAMM_API_KAFKA_MSG_LIST_CONFIG_RESOURCES_H

#include "api/kafka/fields.h"

#define KF_LIST_CONFIG_RESOURCES_REQUEST(F, S) \
    F(int8s, resource_types, 1, KF_MAX)
KF_STRUCT(list_config_resources_request, KF_LIST_CONFIG_RESOURCES_REQUEST)

#define KF_LIST_CONFIG_RESOURCES_RESPONSE_CONFIG_RESOURCE(F, S) \
    F(string, resource_name, 0, KF_MAX)                         \
    F(int8, resource_type, 1, KF_MAX, KF_DEF(16), KF_IGNORABLE)
KF_STRUCT(list_config_resources_response_config_resource,
          KF_LIST_CONFIG_RESOURCES_RESPONSE_CONFIG_RESOURCE)

#define KF_LIST_CONFIG_RESOURCES_RESPONSE(F, S)                                           \
    F(int32, throttle_time_ms, 0, KF_MAX)                                                 \
    F(int16, error_code, 0, KF_MAX)                                                       \
    S(array, config_resources, list_config_resources_response_config_resource, 0, KF_MAX)
KF_STRUCT(list_config_resources_response, KF_LIST_CONFIG_RESOURCES_RESPONSE)

#endif
