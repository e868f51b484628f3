#include "api/kafka/msg/delete_records.h"

KF_NESTED(delete_records_request_delete_records_partition,
          KF_DELETE_RECORDS_REQUEST_DELETE_RECORDS_PARTITION, "DeleteRecordsPartition")
KF_NESTED(delete_records_request_delete_records_topic,
          KF_DELETE_RECORDS_REQUEST_DELETE_RECORDS_TOPIC, "DeleteRecordsTopic")
KF_MESSAGE(delete_records_request, KF_DELETE_RECORDS_REQUEST, "DeleteRecordsRequest", 21, 0, 2, 2)
KF_NESTED(delete_records_response_delete_records_partition_result,
    KF_DELETE_RECORDS_RESPONSE_DELETE_RECORDS_PARTITION_RESULT,
    "DeleteRecordsPartitionResult")
KF_NESTED(delete_records_response_delete_records_topic_result,
          KF_DELETE_RECORDS_RESPONSE_DELETE_RECORDS_TOPIC_RESULT, "DeleteRecordsTopicResult")
KF_MESSAGE(delete_records_response, KF_DELETE_RECORDS_RESPONSE, "DeleteRecordsResponse", 21, 0, 2,
           2)
