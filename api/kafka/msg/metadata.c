#include "api/kafka/msg/metadata.h"

KF_NESTED(metadata_request_metadata_request_topic, KF_METADATA_REQUEST_METADATA_REQUEST_TOPIC,
          "MetadataRequestTopic")
KF_MESSAGE(metadata_request, KF_METADATA_REQUEST, "MetadataRequest", 3, 0, 13, 9)
KF_NESTED(metadata_response_metadata_response_broker,
          KF_METADATA_RESPONSE_METADATA_RESPONSE_BROKER, "MetadataResponseBroker")
KF_NESTED(metadata_response_metadata_response_partition,
          KF_METADATA_RESPONSE_METADATA_RESPONSE_PARTITION, "MetadataResponsePartition")
KF_NESTED(metadata_response_metadata_response_topic, KF_METADATA_RESPONSE_METADATA_RESPONSE_TOPIC,
          "MetadataResponseTopic")
KF_MESSAGE(metadata_response, KF_METADATA_RESPONSE, "MetadataResponse", 3, 0, 13, 9)
