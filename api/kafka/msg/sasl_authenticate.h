/* sasl_authenticate - request and response as field tables (api/kafka/fields.h).
 *
 *   SaslAuthenticateRequest: key 36, versions 0-2, flexible from 2
 *   SaslAuthenticateResponse: key 36, versions 0-2, flexible from 2 */
#ifndef KLAMM_API_KAFKA_MSG_SASL_AUTHENTICATE_H
#define KLAMM_API_KAFKA_MSG_SASL_AUTHENTICATE_H

#include "api/kafka/fields.h"

#define KF_SASL_AUTHENTICATE_REQUEST(F, S) \
    F(bytes, auth_bytes, 0, KF_MAX)
KF_STRUCT(sasl_authenticate_request, KF_SASL_AUTHENTICATE_REQUEST)

#define KF_SASL_AUTHENTICATE_RESPONSE(F, S)                \
    F(int16, error_code, 0, KF_MAX)                        \
    F(string, error_message, 0, KF_MAX, KF_NULL)           \
    F(bytes, auth_bytes, 0, KF_MAX)                        \
    F(int64, session_lifetime_ms, 1, KF_MAX, KF_IGNORABLE)
KF_STRUCT(sasl_authenticate_response, KF_SASL_AUTHENTICATE_RESPONSE)

#endif
