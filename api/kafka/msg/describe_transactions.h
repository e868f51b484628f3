/* describe_transactions - request and response as field tables (api/kafka/fields.h).
 *
 *   DescribeTransactionsRequest: key 65, version 0, flexible from 0
 *   DescribeTransactionsResponse: key 65, version 0, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_DESCRIBE_TRANSACTIONS_H
#define KLAMM_API_KAFKA_MSG_DESCRIBE_TRANSACTIONS_H

#include "api/kafka/fields.h"

#define KF_DESCRIBE_TRANSACTIONS_REQUEST(F, S) \
    F(strings, transactional_ids, 0, KF_MAX)
KF_STRUCT(describe_transactions_request, KF_DESCRIBE_TRANSACTIONS_REQUEST)

#define KF_DESCRIBE_TRANSACTIONS_RESPONSE_TOPIC_DATA(F, S) \
    F(string, topic, 0, KF_MAX)                            \
    F(int32s, partitions, 0, KF_MAX)
KF_STRUCT(describe_transactions_response_topic_data, KF_DESCRIBE_TRANSACTIONS_RESPONSE_TOPIC_DATA)

#define KF_DESCRIBE_TRANSACTIONS_RESPONSE_TRANSACTION_STATE(F, S)          \
    F(int16, error_code, 0, KF_MAX)                                        \
    F(string, transactional_id, 0, KF_MAX)                                 \
    F(string, transaction_state, 0, KF_MAX)                                \
    F(int32, transaction_timeout_ms, 0, KF_MAX)                            \
    F(int64, transaction_start_time_ms, 0, KF_MAX)                         \
    F(int64, producer_id, 0, KF_MAX)                                       \
    F(int16, producer_epoch, 0, KF_MAX)                                    \
    S(array, topics, describe_transactions_response_topic_data, 0, KF_MAX)
KF_STRUCT(describe_transactions_response_transaction_state,
          KF_DESCRIBE_TRANSACTIONS_RESPONSE_TRANSACTION_STATE)

#define KF_DESCRIBE_TRANSACTIONS_RESPONSE(F, S)                                               \
    F(int32, throttle_time_ms, 0, KF_MAX)                                                     \
    S(array, transaction_states, describe_transactions_response_transaction_state, 0, KF_MAX)
KF_STRUCT(describe_transactions_response, KF_DESCRIBE_TRANSACTIONS_RESPONSE)

#endif
