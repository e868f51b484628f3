/* end_txn - request and response as field tables (api/kafka/fields.h).
 *
 *   EndTxnRequest: key 26, versions 0-5, flexible from 3
 *   EndTxnResponse: key 26, versions 0-5, flexible from 3 */
#ifndef KLAMM_API_KAFKA_MSG_END_TXN_H
#define KLAMM_API_KAFKA_MSG_END_TXN_H

#include "api/kafka/fields.h"

#define KF_END_TXN_REQUEST(F, S)           \
    F(string, transactional_id, 0, KF_MAX) \
    F(int64, producer_id, 0, KF_MAX)       \
    F(int16, producer_epoch, 0, KF_MAX)    \
    F(bool, committed, 0, KF_MAX)
KF_STRUCT(end_txn_request, KF_END_TXN_REQUEST)

#define KF_END_TXN_RESPONSE(F, S)                                 \
    F(int32, throttle_time_ms, 0, KF_MAX)                         \
    F(int16, error_code, 0, KF_MAX)                               \
    F(int64, producer_id, 5, KF_MAX, KF_DEF(-1), KF_IGNORABLE)    \
    F(int16, producer_epoch, 5, KF_MAX, KF_DEF(-1), KF_IGNORABLE)
KF_STRUCT(end_txn_response, KF_END_TXN_RESPONSE)

#endif
