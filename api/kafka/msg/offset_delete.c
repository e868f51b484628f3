#include "api/kafka/msg/offset_delete.h"

KF_NESTED(offset_delete_request_offset_delete_request_partition,
          KF_OFFSET_DELETE_REQUEST_OFFSET_DELETE_REQUEST_PARTITION, "OffsetDeleteRequestPartition")
KF_NESTED(offset_delete_request_offset_delete_request_topic,
          KF_OFFSET_DELETE_REQUEST_OFFSET_DELETE_REQUEST_TOPIC, "OffsetDeleteRequestTopic")
KF_MESSAGE(offset_delete_request, KF_OFFSET_DELETE_REQUEST, "OffsetDeleteRequest", 47, 0, 0, KF_MAX)
KF_NESTED(offset_delete_response_offset_delete_response_partition,
    KF_OFFSET_DELETE_RESPONSE_OFFSET_DELETE_RESPONSE_PARTITION,
    "OffsetDeleteResponsePartition")
KF_NESTED(offset_delete_response_offset_delete_response_topic,
          KF_OFFSET_DELETE_RESPONSE_OFFSET_DELETE_RESPONSE_TOPIC, "OffsetDeleteResponseTopic")
KF_MESSAGE(offset_delete_response, KF_OFFSET_DELETE_RESPONSE, "OffsetDeleteResponse", 47, 0, 0,
           KF_MAX)
