/* unregister_broker - request and response as field tables (api/kafka/fields.h).
 *
 *   UnregisterBrokerRequest: key 64, version 0, flexible from 0
 *   UnregisterBrokerResponse: key 64, version 0, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_UNREGISTER_BROKER_H
#define KLAMM_API_KAFKA_MSG_UNREGISTER_BROKER_H

#include "api/kafka/fields.h"

#define KF_UNREGISTER_BROKER_REQUEST(F, S) \
    F(int32, broker_id, 0, KF_MAX)
KF_STRUCT(unregister_broker_request, KF_UNREGISTER_BROKER_REQUEST)

#define KF_UNREGISTER_BROKER_RESPONSE(F, S)      \
    F(int32, throttle_time_ms, 0, KF_MAX)        \
    F(int16, error_code, 0, KF_MAX)              \
    F(string, error_message, 0, KF_MAX, KF_NULL)
KF_STRUCT(unregister_broker_response, KF_UNREGISTER_BROKER_RESPONSE)

#endif
