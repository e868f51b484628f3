/* client_quota_record - metadata record as field tables (api/kafka/fields.h).
 *
 *   ClientQuotaRecord: id 14, version 0, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_CLIENT_QUOTA_RECORD_H
#define KLAMM_API_KAFKA_MSG_CLIENT_QUOTA_RECORD_H

#include "api/kafka/fields.h"

#define KF_CLIENT_QUOTA_RECORD_ENTITY_DATA(F, S) \
    F(string, entity_type, 0, KF_MAX)            \
    F(string, entity_name, 0, KF_MAX, KF_NULL)
KF_STRUCT(client_quota_record_entity_data, KF_CLIENT_QUOTA_RECORD_ENTITY_DATA)

#define KF_CLIENT_QUOTA_RECORD(F, S)                             \
    S(array, entity, client_quota_record_entity_data, 0, KF_MAX) \
    F(string, key, 0, KF_MAX)                                    \
    F(float64, value, 0, KF_MAX)                                 \
    F(bool, remove, 0, KF_MAX)
KF_STRUCT(client_quota_record, KF_CLIENT_QUOTA_RECORD)

#endif
