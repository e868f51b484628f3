#include "api/kafka/msg/vote.h"

KF_NESTED(vote_request_partition_data, KF_VOTE_REQUEST_PARTITION_DATA, "PartitionData")
KF_NESTED(vote_request_topic_data, KF_VOTE_REQUEST_TOPIC_DATA, "TopicData")
KF_MESSAGE(vote_request, KF_VOTE_REQUEST, "VoteRequest", 52, 0, 2, 0)
KF_NESTED(vote_response_partition_data, KF_VOTE_RESPONSE_PARTITION_DATA, "PartitionData")
KF_NESTED(vote_response_topic_data, KF_VOTE_RESPONSE_TOPIC_DATA, "TopicData")
KF_NESTED(vote_response_node_endpoint, KF_VOTE_RESPONSE_NODE_ENDPOINT, "NodeEndpoint")
KF_MESSAGE(vote_response, KF_VOTE_RESPONSE, "VoteResponse", 52, 0, 2, 0)
