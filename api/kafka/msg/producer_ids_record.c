#include "api/kafka/msg/producer_ids_record.h"

KF_MESSAGE(producer_ids_record, KF_PRODUCER_IDS_RECORD, "ProducerIdsRecord", 15, 0, 0, 0)
