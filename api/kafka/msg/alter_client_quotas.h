/* alter_client_quotas - request and response as field tables (api/kafka/fields.h).
 *
 *   AlterClientQuotasRequest: key 49, versions 0-1, flexible from 1
 *   AlterClientQuotasResponse: key 49, versions 0-1, flexible from 1 */
#ifndef KLAMM_API_KAFKA_MSG_ALTER_CLIENT_QUOTAS_H
#define KLAMM_API_KAFKA_MSG_ALTER_CLIENT_QUOTAS_H

#include "api/kafka/fields.h"

#define KF_ALTER_CLIENT_QUOTAS_REQUEST_ENTITY_DATA(F, S) \
    F(string, entity_type, 0, KF_MAX)                    \
    F(string, entity_name, 0, KF_MAX, KF_NULL)
KF_STRUCT(alter_client_quotas_request_entity_data, KF_ALTER_CLIENT_QUOTAS_REQUEST_ENTITY_DATA)

#define KF_ALTER_CLIENT_QUOTAS_REQUEST_OP_DATA(F, S) \
    F(string, key, 0, KF_MAX)                        \
    F(float64, value, 0, KF_MAX)                     \
    F(bool, remove, 0, KF_MAX)
KF_STRUCT(alter_client_quotas_request_op_data, KF_ALTER_CLIENT_QUOTAS_REQUEST_OP_DATA)

#define KF_ALTER_CLIENT_QUOTAS_REQUEST_ENTRY_DATA(F, S)                  \
    S(array, entity, alter_client_quotas_request_entity_data, 0, KF_MAX) \
    S(array, ops, alter_client_quotas_request_op_data, 0, KF_MAX)
KF_STRUCT(alter_client_quotas_request_entry_data, KF_ALTER_CLIENT_QUOTAS_REQUEST_ENTRY_DATA)

#define KF_ALTER_CLIENT_QUOTAS_REQUEST(F, S)                             \
    S(array, entries, alter_client_quotas_request_entry_data, 0, KF_MAX) \
    F(bool, validate_only, 0, KF_MAX)
KF_STRUCT(alter_client_quotas_request, KF_ALTER_CLIENT_QUOTAS_REQUEST)

#define KF_ALTER_CLIENT_QUOTAS_RESPONSE_ENTITY_DATA(F, S) \
    F(string, entity_type, 0, KF_MAX)                     \
    F(string, entity_name, 0, KF_MAX, KF_NULL)
KF_STRUCT(alter_client_quotas_response_entity_data, KF_ALTER_CLIENT_QUOTAS_RESPONSE_ENTITY_DATA)

#define KF_ALTER_CLIENT_QUOTAS_RESPONSE_ENTRY_DATA(F, S)                  \
    F(int16, error_code, 0, KF_MAX)                                       \
    F(string, error_message, 0, KF_MAX, KF_NULL)                          \
    S(array, entity, alter_client_quotas_response_entity_data, 0, KF_MAX)
KF_STRUCT(alter_client_quotas_response_entry_data, KF_ALTER_CLIENT_QUOTAS_RESPONSE_ENTRY_DATA)

#define KF_ALTER_CLIENT_QUOTAS_RESPONSE(F, S)                             \
    F(int32, throttle_time_ms, 0, KF_MAX)                                 \
    S(array, entries, alter_client_quotas_response_entry_data, 0, KF_MAX)
KF_STRUCT(alter_client_quotas_response, KF_ALTER_CLIENT_QUOTAS_RESPONSE)

#endif
