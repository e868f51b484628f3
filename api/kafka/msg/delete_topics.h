/* delete_topics - request and response as field tables (api/kafka/fields.h).
 *
 *   DeleteTopicsRequest: key 20, versions 1-6, flexible from 4
 *   DeleteTopicsResponse: key 20, versions 1-6, flexible from 4 */
#ifndef KLAMM_API_KAFKA_MSG_DELETE_TOPICS_H
#define KLAMM_API_KAFKA_MSG_DELETE_TOPICS_H

#include "api/kafka/fields.h"

#define KF_DELETE_TOPICS_REQUEST_DELETE_TOPIC_STATE(F, S) \
    F(string, name, 6, KF_MAX, KF_NULL, KF_DEF_NULL)      \
    F(uuid, topic_id, 6, KF_MAX)
KF_STRUCT(delete_topics_request_delete_topic_state, KF_DELETE_TOPICS_REQUEST_DELETE_TOPIC_STATE)

#define KF_DELETE_TOPICS_REQUEST(F, S)                                    \
    S(array, topics, delete_topics_request_delete_topic_state, 6, KF_MAX) \
    F(strings, topic_names, 0, 5, KF_IGNORABLE)                           \
    F(int32, timeout_ms, 0, KF_MAX)
KF_STRUCT(delete_topics_request, KF_DELETE_TOPICS_REQUEST)

#define KF_DELETE_TOPICS_RESPONSE_DELETABLE_TOPIC_RESULT(F, S)              \
    F(string, name, 0, KF_MAX, KF_NULL_SINCE(6))                            \
    F(uuid, topic_id, 6, KF_MAX, KF_IGNORABLE)                              \
    F(int16, error_code, 0, KF_MAX)                                         \
    F(string, error_message, 5, KF_MAX, KF_NULL, KF_DEF_NULL, KF_IGNORABLE)
KF_STRUCT(delete_topics_response_deletable_topic_result,
          KF_DELETE_TOPICS_RESPONSE_DELETABLE_TOPIC_RESULT)

#define KF_DELETE_TOPICS_RESPONSE(F, S)                                           \
    F(int32, throttle_time_ms, 1, KF_MAX, KF_IGNORABLE)                           \
    S(array, responses, delete_topics_response_deletable_topic_result, 0, KF_MAX)
KF_STRUCT(delete_topics_response, KF_DELETE_TOPICS_RESPONSE)

#endif
