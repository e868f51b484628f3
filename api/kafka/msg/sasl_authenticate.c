#include "api/kafka/msg/sasl_authenticate.h"

KF_MESSAGE(sasl_authenticate_request, KF_SASL_AUTHENTICATE_REQUEST, "SaslAuthenticateRequest", 36,
           0, 2, 2)
KF_MESSAGE(sasl_authenticate_response, KF_SASL_AUTHENTICATE_RESPONSE, "SaslAuthenticateResponse",
           36, 0, 2, 2)
