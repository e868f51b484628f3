/* sasl_handshake - request and response as field tables (api/kafka/fields.h).
 *
 *   SaslHandshakeRequest: key 17, versions 0-1, never flexible
 *   SaslHandshakeResponse: key 17, versions 0-1, never flexible */
#ifndef KLAMM_API_KAFKA_MSG_SASL_HANDSHAKE_H
#define KLAMM_API_KAFKA_MSG_SASL_HANDSHAKE_H

#include "api/kafka/fields.h"

#define KF_SASL_HANDSHAKE_REQUEST(F, S) \
    F(string, mechanism, 0, KF_MAX)
KF_STRUCT(sasl_handshake_request, KF_SASL_HANDSHAKE_REQUEST)

#define KF_SASL_HANDSHAKE_RESPONSE(F, S) \
    F(int16, error_code, 0, KF_MAX)      \
    F(strings, mechanisms, 0, KF_MAX)
KF_STRUCT(sasl_handshake_response, KF_SASL_HANDSHAKE_RESPONSE)

#endif
