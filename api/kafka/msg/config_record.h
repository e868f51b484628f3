/* config_record - metadata record as field tables (api/kafka/fields.h).
 *
 *   ConfigRecord: id 4, version 0, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_CONFIG_RECORD_H
#define KLAMM_API_KAFKA_MSG_CONFIG_RECORD_H

#include "api/kafka/fields.h"

#define KF_CONFIG_RECORD(F, S)           \
    F(int8, resource_type, 0, KF_MAX)    \
    F(string, resource_name, 0, KF_MAX)  \
    F(string, name, 0, KF_MAX)           \
    F(string, value, 0, KF_MAX, KF_NULL)
KF_STRUCT(config_record, KF_CONFIG_RECORD)

#endif
