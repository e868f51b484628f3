#include "api/kafka/msg/envelope.h"

KF_MESSAGE(envelope_request, KF_ENVELOPE_REQUEST, "EnvelopeRequest", 58, 0, 0, 0)
KF_MESSAGE(envelope_response, KF_ENVELOPE_RESPONSE, "EnvelopeResponse", 58, 0, 0, 0)
