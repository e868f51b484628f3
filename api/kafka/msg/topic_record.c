#include "api/kafka/msg/topic_record.h"

KF_MESSAGE(topic_record, KF_TOPIC_RECORD, "TopicRecord", 2, 0, 0, 0)
