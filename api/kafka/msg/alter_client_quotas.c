#include "api/kafka/msg/alter_client_quotas.h"

KF_NESTED(alter_client_quotas_request_entity_data, KF_ALTER_CLIENT_QUOTAS_REQUEST_ENTITY_DATA,
          "EntityData")
KF_NESTED(alter_client_quotas_request_op_data, KF_ALTER_CLIENT_QUOTAS_REQUEST_OP_DATA, "OpData")
KF_NESTED(alter_client_quotas_request_entry_data, KF_ALTER_CLIENT_QUOTAS_REQUEST_ENTRY_DATA,
          "EntryData")
KF_MESSAGE(alter_client_quotas_request, KF_ALTER_CLIENT_QUOTAS_REQUEST, "AlterClientQuotasRequest",
           49, 0, 1, 1)
KF_NESTED(alter_client_quotas_response_entity_data, KF_ALTER_CLIENT_QUOTAS_RESPONSE_ENTITY_DATA,
          "EntityData")
KF_NESTED(alter_client_quotas_response_entry_data, KF_ALTER_CLIENT_QUOTAS_RESPONSE_ENTRY_DATA,
          "EntryData")
KF_MESSAGE(alter_client_quotas_response, KF_ALTER_CLIENT_QUOTAS_RESPONSE,
           "AlterClientQuotasResponse", 49, 0, 1, 1)
