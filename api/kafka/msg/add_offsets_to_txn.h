/* add_offsets_to_txn - request and response as field tables (api/kafka/fields.h).
 *
 *   AddOffsetsToTxnRequest: key 25, versions 0-4, flexible from 3
 *   AddOffsetsToTxnResponse: key 25, versions 0-4, flexible from 3 */
#ifndef KLAMM_API_KAFKA_MSG_ADD_OFFSETS_TO_TXN_H
#define KLAMM_API_KAFKA_MSG_ADD_OFFSETS_TO_TXN_H

#include "api/kafka/fields.h"

#define KF_ADD_OFFSETS_TO_TXN_REQUEST(F, S) \
    F(string, transactional_id, 0, KF_MAX)  \
    F(int64, producer_id, 0, KF_MAX)        \
    F(int16, producer_epoch, 0, KF_MAX)     \
    F(string, group_id, 0, KF_MAX)
KF_STRUCT(add_offsets_to_txn_request, KF_ADD_OFFSETS_TO_TXN_REQUEST)

#define KF_ADD_OFFSETS_TO_TXN_RESPONSE(F, S) \
    F(int32, throttle_time_ms, 0, KF_MAX)    \
    F(int16, error_code, 0, KF_MAX)
KF_STRUCT(add_offsets_to_txn_response, KF_ADD_OFFSETS_TO_TXN_RESPONSE)

#endif
