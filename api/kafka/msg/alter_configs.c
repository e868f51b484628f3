#include "api/kafka/msg/alter_configs.h"

KF_NESTED(alter_configs_request_alterable_config, KF_ALTER_CONFIGS_REQUEST_ALTERABLE_CONFIG,
          "AlterableConfig")
KF_NESTED(alter_configs_request_alter_configs_resource,
          KF_ALTER_CONFIGS_REQUEST_ALTER_CONFIGS_RESOURCE, "AlterConfigsResource")
KF_MESSAGE(alter_configs_request, KF_ALTER_CONFIGS_REQUEST, "AlterConfigsRequest", 33, 0, 2, 2)
KF_NESTED(alter_configs_response_alter_configs_resource_response,
          KF_ALTER_CONFIGS_RESPONSE_ALTER_CONFIGS_RESOURCE_RESPONSE, "AlterConfigsResourceResponse")
KF_MESSAGE(alter_configs_response, KF_ALTER_CONFIGS_RESPONSE, "AlterConfigsResponse", 33, 0, 2, 2)
