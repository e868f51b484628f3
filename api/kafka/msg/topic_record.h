/* topic_record - metadata record as field tables (api/kafka/fields.h).
 *
 *   TopicRecord: id 2, version 0, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_TOPIC_RECORD_H
#define KLAMM_API_KAFKA_MSG_TOPIC_RECORD_H

#include "api/kafka/fields.h"

#define KF_TOPIC_RECORD(F, S)    \
    F(string, name, 0, KF_MAX)   \
    F(uuid, topic_id, 0, KF_MAX)
KF_STRUCT(topic_record, KF_TOPIC_RECORD)

#endif
