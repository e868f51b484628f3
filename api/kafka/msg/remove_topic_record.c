#include "api/kafka/msg/remove_topic_record.h"

KF_MESSAGE(remove_topic_record, KF_REMOVE_TOPIC_RECORD, "RemoveTopicRecord", 9, 0, 0, 0)
