/* envelope - request and response as field tables (api/kafka/fields.h).
 *
 *   EnvelopeRequest: key 58, version 0, flexible from 0
 *   EnvelopeResponse: key 58, version 0, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_ENVELOPE_H
#define KLAMM_API_KAFKA_MSG_ENVELOPE_H

#include "api/kafka/fields.h"

#define KF_ENVELOPE_REQUEST(F, S)                   \
    F(bytes, request_data, 0, KF_MAX)               \
    F(bytes, request_principal, 0, KF_MAX, KF_NULL) \
    F(bytes, client_host_address, 0, KF_MAX)
KF_STRUCT(envelope_request, KF_ENVELOPE_REQUEST)

#define KF_ENVELOPE_RESPONSE(F, S)                           \
    F(bytes, response_data, 0, KF_MAX, KF_NULL, KF_DEF_NULL) \
    F(int16, error_code, 0, KF_MAX)
KF_STRUCT(envelope_response, KF_ENVELOPE_RESPONSE)

#endif
