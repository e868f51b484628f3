#include "api/kafka/msg/alter_partition.h"

KF_NESTED(alter_partition_request_broker_state, KF_ALTER_PARTITION_REQUEST_BROKER_STATE,
          "BrokerState")
KF_NESTED(alter_partition_request_partition_data, KF_ALTER_PARTITION_REQUEST_PARTITION_DATA,
          "PartitionData")
KF_NESTED(alter_partition_request_topic_data, KF_ALTER_PARTITION_REQUEST_TOPIC_DATA, "TopicData")
KF_MESSAGE(alter_partition_request, KF_ALTER_PARTITION_REQUEST, "AlterPartitionRequest", 56, 2, 3,
           0)
KF_NESTED(alter_partition_response_partition_data, KF_ALTER_PARTITION_RESPONSE_PARTITION_DATA,
          "PartitionData")
KF_NESTED(alter_partition_response_topic_data, KF_ALTER_PARTITION_RESPONSE_TOPIC_DATA, "TopicData")
KF_MESSAGE(alter_partition_response, KF_ALTER_PARTITION_RESPONSE, "AlterPartitionResponse", 56, 2,
           3, 0)
