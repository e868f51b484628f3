/* list_transactions - request and response as field tables (api/kafka/fields.h).
 *
 *   ListTransactionsRequest: key 66, versions 0-2, flexible from 0
 *   ListTransactionsResponse: key 66, versions 0-2, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_LIST_TRANSACTIONS_H
#define KLAMM_API_KAFKA_MSG_LIST_TRANSACTIONS_H

#include "api/kafka/fields.h"

#define KF_LIST_TRANSACTIONS_REQUEST(F, S)                               \
    F(strings, state_filters, 0, KF_MAX)                                 \
    F(int64s, producer_id_filters, 0, KF_MAX)                            \
    F(int64, duration_filter, 1, KF_MAX, KF_DEF(-1))                     \
    F(string, transactional_id_pattern, 2, KF_MAX, KF_NULL, KF_DEF_NULL)
KF_STRUCT(list_transactions_request, KF_LIST_TRANSACTIONS_REQUEST)

#define KF_LIST_TRANSACTIONS_RESPONSE_TRANSACTION_STATE(F, S) \
    F(string, transactional_id, 0, KF_MAX)                    \
    F(int64, producer_id, 0, KF_MAX)                          \
    F(string, transaction_state, 0, KF_MAX)
KF_STRUCT(list_transactions_response_transaction_state,
          KF_LIST_TRANSACTIONS_RESPONSE_TRANSACTION_STATE)

#define KF_LIST_TRANSACTIONS_RESPONSE(F, S)                                               \
    F(int32, throttle_time_ms, 0, KF_MAX)                                                 \
    F(int16, error_code, 0, KF_MAX)                                                       \
    F(strings, unknown_state_filters, 0, KF_MAX)                                          \
    S(array, transaction_states, list_transactions_response_transaction_state, 0, KF_MAX)
KF_STRUCT(list_transactions_response, KF_LIST_TRANSACTIONS_RESPONSE)

#endif
