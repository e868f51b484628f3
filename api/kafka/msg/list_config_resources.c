#include "api/kafka/msg/list_config_resources.h"

KF_MESSAGE(list_config_resources_request, KF_LIST_CONFIG_RESOURCES_REQUEST,
           "ListConfigResourcesRequest", 74, 0, 1, 0)
KF_NESTED(list_config_resources_response_config_resource,
          KF_LIST_CONFIG_RESOURCES_RESPONSE_CONFIG_RESOURCE, "ConfigResource")
KF_MESSAGE(list_config_resources_response, KF_LIST_CONFIG_RESOURCES_RESPONSE,
           "ListConfigResourcesResponse", 74, 0, 1, 0)
