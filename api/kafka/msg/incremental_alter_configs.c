#include "api/kafka/msg/incremental_alter_configs.h"

KF_NESTED(incremental_alter_configs_request_alterable_config,
          KF_INCREMENTAL_ALTER_CONFIGS_REQUEST_ALTERABLE_CONFIG, "AlterableConfig")
KF_NESTED(incremental_alter_configs_request_alter_configs_resource,
          KF_INCREMENTAL_ALTER_CONFIGS_REQUEST_ALTER_CONFIGS_RESOURCE, "AlterConfigsResource")
KF_MESSAGE(incremental_alter_configs_request, KF_INCREMENTAL_ALTER_CONFIGS_REQUEST,
           "IncrementalAlterConfigsRequest", 44, 0, 1, 1)
KF_NESTED(incremental_alter_configs_response_alter_configs_resource_response,
    KF_INCREMENTAL_ALTER_CONFIGS_RESPONSE_ALTER_CONFIGS_RESOURCE_RESPONSE,
    "AlterConfigsResourceResponse")
KF_MESSAGE(incremental_alter_configs_response, KF_INCREMENTAL_ALTER_CONFIGS_RESPONSE,
           "IncrementalAlterConfigsResponse", 44, 0, 1, 1)
