/* init_producer_id - request and response as field tables (api/kafka/fields.h).
 *
 *   InitProducerIdRequest: key 22, versions 0-6, flexible from 2
 *   InitProducerIdResponse: key 22, versions 0-6, flexible from 2 */
#ifndef KLAMM_API_KAFKA_MSG_INIT_PRODUCER_ID_H
#define KLAMM_API_KAFKA_MSG_INIT_PRODUCER_ID_H

#include "api/kafka/fields.h"

#define KF_INIT_PRODUCER_ID_REQUEST(F, S)           \
    F(string, transactional_id, 0, KF_MAX, KF_NULL) \
    F(int32, transaction_timeout_ms, 0, KF_MAX)     \
    F(int64, producer_id, 3, KF_MAX, KF_DEF(-1))    \
    F(int16, producer_epoch, 3, KF_MAX, KF_DEF(-1)) \
    F(bool, enable2_pc, 6, KF_MAX)                  \
    F(bool, keep_prepared_txn, 6, KF_MAX)
KF_STRUCT(init_producer_id_request, KF_INIT_PRODUCER_ID_REQUEST)

#define KF_INIT_PRODUCER_ID_RESPONSE(F, S)                      \
    F(int32, throttle_time_ms, 0, KF_MAX, KF_IGNORABLE)         \
    F(int16, error_code, 0, KF_MAX)                             \
    F(int64, producer_id, 0, KF_MAX, KF_DEF(-1))                \
    F(int16, producer_epoch, 0, KF_MAX)                         \
    F(int64, ongoing_txn_producer_id, 6, KF_MAX, KF_DEF(-1))    \
    F(int16, ongoing_txn_producer_epoch, 6, KF_MAX, KF_DEF(-1))
KF_STRUCT(init_producer_id_response, KF_INIT_PRODUCER_ID_RESPONSE)

#endif
