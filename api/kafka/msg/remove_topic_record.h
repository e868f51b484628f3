/* remove_topic_record - metadata record as field tables (api/kafka/fields.h).
 *
 *   RemoveTopicRecord: id 9, version 0, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_REMOVE_TOPIC_RECORD_H
#define KLAMM_API_KAFKA_MSG_REMOVE_TOPIC_RECORD_H

#include "api/kafka/fields.h"

#define KF_REMOVE_TOPIC_RECORD(F, S) \
    F(uuid, topic_id, 0, KF_MAX)
KF_STRUCT(remove_topic_record, KF_REMOVE_TOPIC_RECORD)

#endif
