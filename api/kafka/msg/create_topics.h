/* create_topics - request and response as field tables (api/kafka/fields.h).
 *
 *   CreateTopicsRequest: key 19, versions 2-7, flexible from 5
 *   CreateTopicsResponse: key 19, versions 2-7, flexible from 5 */
#ifndef KLAMM_API_KAFKA_MSG_CREATE_TOPICS_H
#define KLAMM_API_KAFKA_MSG_CREATE_TOPICS_H

#include "api/kafka/fields.h"

#define KF_CREATE_TOPICS_REQUEST_CREATABLE_REPLICA_ASSIGNMENT(F, S) \
    F(int32, partition_index, 0, KF_MAX)                            \
    F(int32s, broker_ids, 0, KF_MAX)
KF_STRUCT(create_topics_request_creatable_replica_assignment,
          KF_CREATE_TOPICS_REQUEST_CREATABLE_REPLICA_ASSIGNMENT)

#define KF_CREATE_TOPICS_REQUEST_CREATABLE_TOPIC_CONFIG(F, S) \
    F(string, name, 0, KF_MAX)                                \
    F(string, value, 0, KF_MAX, KF_NULL)
KF_STRUCT(create_topics_request_creatable_topic_config,
          KF_CREATE_TOPICS_REQUEST_CREATABLE_TOPIC_CONFIG)

#define KF_CREATE_TOPICS_REQUEST_CREATABLE_TOPIC(F, S)                                   \
    F(string, name, 0, KF_MAX)                                                           \
    F(int32, num_partitions, 0, KF_MAX)                                                  \
    F(int16, replication_factor, 0, KF_MAX)                                              \
    S(array, assignments, create_topics_request_creatable_replica_assignment, 0, KF_MAX) \
    S(array, configs, create_topics_request_creatable_topic_config, 0, KF_MAX)
KF_STRUCT(create_topics_request_creatable_topic, KF_CREATE_TOPICS_REQUEST_CREATABLE_TOPIC)

#define KF_CREATE_TOPICS_REQUEST(F, S)                                 \
    S(array, topics, create_topics_request_creatable_topic, 0, KF_MAX) \
    F(int32, timeout_ms, 0, KF_MAX, KF_DEF(60000))                     \
    F(bool, validate_only, 1, KF_MAX)
KF_STRUCT(create_topics_request, KF_CREATE_TOPICS_REQUEST)

#define KF_CREATE_TOPICS_RESPONSE_CREATABLE_TOPIC_CONFIGS(F, S) \
    F(string, name, 5, KF_MAX)                                  \
    F(string, value, 5, KF_MAX, KF_NULL)                        \
    F(bool, read_only, 5, KF_MAX)                               \
    F(int8, config_source, 5, KF_MAX, KF_DEF(-1), KF_IGNORABLE) \
    F(bool, is_sensitive, 5, KF_MAX)
KF_STRUCT(create_topics_response_creatable_topic_configs,
          KF_CREATE_TOPICS_RESPONSE_CREATABLE_TOPIC_CONFIGS)

#define KF_CREATE_TOPICS_RESPONSE_CREATABLE_TOPIC_RESULT(F, S)                            \
    F(string, name, 0, KF_MAX)                                                            \
    F(uuid, topic_id, 7, KF_MAX, KF_IGNORABLE)                                            \
    F(int16, error_code, 0, KF_MAX)                                                       \
    F(string, error_message, 1, KF_MAX, KF_NULL, KF_IGNORABLE)                            \
    F(int16, topic_config_error_code, 5, KF_MAX, KF_TAG(0), KF_IGNORABLE)                 \
    F(int32, num_partitions, 5, KF_MAX, KF_DEF(-1), KF_IGNORABLE)                         \
    F(int16, replication_factor, 5, KF_MAX, KF_DEF(-1), KF_IGNORABLE)                     \
    S(array, configs, create_topics_response_creatable_topic_configs, 5, KF_MAX, KF_NULL, \
      KF_IGNORABLE)
KF_STRUCT(create_topics_response_creatable_topic_result,
          KF_CREATE_TOPICS_RESPONSE_CREATABLE_TOPIC_RESULT)

#define KF_CREATE_TOPICS_RESPONSE(F, S)                                        \
    F(int32, throttle_time_ms, 2, KF_MAX, KF_IGNORABLE)                        \
    S(array, topics, create_topics_response_creatable_topic_result, 0, KF_MAX)
KF_STRUCT(create_topics_response, KF_CREATE_TOPICS_RESPONSE)

#endif
