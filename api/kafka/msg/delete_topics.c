#include "api/kafka/msg/delete_topics.h"

KF_NESTED(delete_topics_request_delete_topic_state, KF_DELETE_TOPICS_REQUEST_DELETE_TOPIC_STATE,
          "DeleteTopicState")
KF_MESSAGE(delete_topics_request, KF_DELETE_TOPICS_REQUEST, "DeleteTopicsRequest", 20, 1, 6, 4)
KF_NESTED(delete_topics_response_deletable_topic_result,
          KF_DELETE_TOPICS_RESPONSE_DELETABLE_TOPIC_RESULT, "DeletableTopicResult")
KF_MESSAGE(delete_topics_response, KF_DELETE_TOPICS_RESPONSE, "DeleteTopicsResponse", 20, 1, 6, 4)
