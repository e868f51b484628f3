/* allocate_producer_ids - request and response as field tables (api/kafka/fields.h).
 *
 *   AllocateProducerIdsRequest: key 67, version 0, flexible from 0
 *   AllocateProducerIdsResponse: key 67, version 0, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_ALLOCATE_PRODUCER_IDS_H
#define KLAMM_API_KAFKA_MSG_ALLOCATE_PRODUCER_IDS_H

#include "api/kafka/fields.h"

#define KF_ALLOCATE_PRODUCER_IDS_REQUEST(F, S)    \
    F(int32, broker_id, 0, KF_MAX)                \
    F(int64, broker_epoch, 0, KF_MAX, KF_DEF(-1))
KF_STRUCT(allocate_producer_ids_request, KF_ALLOCATE_PRODUCER_IDS_REQUEST)

#define KF_ALLOCATE_PRODUCER_IDS_RESPONSE(F, S) \
    F(int32, throttle_time_ms, 0, KF_MAX)       \
    F(int16, error_code, 0, KF_MAX)             \
    F(int64, producer_id_start, 0, KF_MAX)      \
    F(int32, producer_id_len, 0, KF_MAX)
KF_STRUCT(allocate_producer_ids_response, KF_ALLOCATE_PRODUCER_IDS_RESPONSE)

#endif
