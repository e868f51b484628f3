#include "api/kafka/msg/response_header.h"

KF_MESSAGE(response_header, KF_RESPONSE_HEADER, "ResponseHeader", -1, 0, 1, 1)
