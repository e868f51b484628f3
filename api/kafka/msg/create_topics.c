#include "api/kafka/msg/create_topics.h"

KF_NESTED(create_topics_request_creatable_replica_assignment,
          KF_CREATE_TOPICS_REQUEST_CREATABLE_REPLICA_ASSIGNMENT, "CreatableReplicaAssignment")
KF_NESTED(create_topics_request_creatable_topic_config,
          KF_CREATE_TOPICS_REQUEST_CREATABLE_TOPIC_CONFIG, "CreatableTopicConfig")
KF_NESTED(create_topics_request_creatable_topic, KF_CREATE_TOPICS_REQUEST_CREATABLE_TOPIC,
          "CreatableTopic")
KF_MESSAGE(create_topics_request, KF_CREATE_TOPICS_REQUEST, "CreateTopicsRequest", 19, 2, 7, 5)
KF_NESTED(create_topics_response_creatable_topic_configs,
          KF_CREATE_TOPICS_RESPONSE_CREATABLE_TOPIC_CONFIGS, "CreatableTopicConfigs")
KF_NESTED(create_topics_response_creatable_topic_result,
          KF_CREATE_TOPICS_RESPONSE_CREATABLE_TOPIC_RESULT, "CreatableTopicResult")
KF_MESSAGE(create_topics_response, KF_CREATE_TOPICS_RESPONSE, "CreateTopicsResponse", 19, 2, 7, 5)
