#include "api/kafka/msg/produce.h"

KF_NESTED(produce_request_partition_produce_data, KF_PRODUCE_REQUEST_PARTITION_PRODUCE_DATA,
          "PartitionProduceData")
KF_NESTED(produce_request_topic_produce_data, KF_PRODUCE_REQUEST_TOPIC_PRODUCE_DATA,
          "TopicProduceData")
KF_MESSAGE(produce_request, KF_PRODUCE_REQUEST, "ProduceRequest", 0, 3, 13, 9)
KF_NESTED(produce_response_batch_index_and_error_message,
          KF_PRODUCE_RESPONSE_BATCH_INDEX_AND_ERROR_MESSAGE, "BatchIndexAndErrorMessage")
KF_NESTED(produce_response_leader_id_and_epoch, KF_PRODUCE_RESPONSE_LEADER_ID_AND_EPOCH,
          "LeaderIdAndEpoch")
KF_NESTED(produce_response_partition_produce_response,
          KF_PRODUCE_RESPONSE_PARTITION_PRODUCE_RESPONSE, "PartitionProduceResponse")
KF_NESTED(produce_response_topic_produce_response, KF_PRODUCE_RESPONSE_TOPIC_PRODUCE_RESPONSE,
          "TopicProduceResponse")
KF_NESTED(produce_response_node_endpoint, KF_PRODUCE_RESPONSE_NODE_ENDPOINT, "NodeEndpoint")
KF_MESSAGE(produce_response, KF_PRODUCE_RESPONSE, "ProduceResponse", 0, 3, 13, 9)
