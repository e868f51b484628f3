#include "api/kafka/msg/describe_client_quotas.h"

KF_NESTED(describe_client_quotas_request_component_data,
          KF_DESCRIBE_CLIENT_QUOTAS_REQUEST_COMPONENT_DATA, "ComponentData")
KF_MESSAGE(describe_client_quotas_request, KF_DESCRIBE_CLIENT_QUOTAS_REQUEST,
           "DescribeClientQuotasRequest", 48, 0, 1, 1)
KF_NESTED(describe_client_quotas_response_entity_data,
          KF_DESCRIBE_CLIENT_QUOTAS_RESPONSE_ENTITY_DATA, "EntityData")
KF_NESTED(describe_client_quotas_response_value_data,
          KF_DESCRIBE_CLIENT_QUOTAS_RESPONSE_VALUE_DATA, "ValueData")
KF_NESTED(describe_client_quotas_response_entry_data,
          KF_DESCRIBE_CLIENT_QUOTAS_RESPONSE_ENTRY_DATA, "EntryData")
KF_MESSAGE(describe_client_quotas_response, KF_DESCRIBE_CLIENT_QUOTAS_RESPONSE,
           "DescribeClientQuotasResponse", 48, 0, 1, 1)
