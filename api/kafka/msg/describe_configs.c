#include "api/kafka/msg/describe_configs.h"

KF_NESTED(describe_configs_request_describe_configs_resource,
          KF_DESCRIBE_CONFIGS_REQUEST_DESCRIBE_CONFIGS_RESOURCE, "DescribeConfigsResource")
KF_MESSAGE(describe_configs_request, KF_DESCRIBE_CONFIGS_REQUEST, "DescribeConfigsRequest", 32, 1,
           4, 4)
KF_NESTED(describe_configs_response_describe_configs_synonym,
          KF_DESCRIBE_CONFIGS_RESPONSE_DESCRIBE_CONFIGS_SYNONYM, "DescribeConfigsSynonym")
KF_NESTED(describe_configs_response_describe_configs_resource_result,
    KF_DESCRIBE_CONFIGS_RESPONSE_DESCRIBE_CONFIGS_RESOURCE_RESULT,
    "DescribeConfigsResourceResult")
KF_NESTED(describe_configs_response_describe_configs_result,
          KF_DESCRIBE_CONFIGS_RESPONSE_DESCRIBE_CONFIGS_RESULT, "DescribeConfigsResult")
KF_MESSAGE(describe_configs_response, KF_DESCRIBE_CONFIGS_RESPONSE, "DescribeConfigsResponse", 32,
           1, 4, 4)
