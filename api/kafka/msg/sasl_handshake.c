#include "api/kafka/msg/sasl_handshake.h"

KF_MESSAGE(sasl_handshake_request, KF_SASL_HANDSHAKE_REQUEST, "SaslHandshakeRequest", 17, 0, 1,
           KF_MAX)
KF_MESSAGE(sasl_handshake_response, KF_SASL_HANDSHAKE_RESPONSE, "SaslHandshakeResponse", 17, 0, 1,
           KF_MAX)
