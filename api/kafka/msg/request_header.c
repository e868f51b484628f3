#include "api/kafka/msg/request_header.h"

KF_MESSAGE(request_header, KF_REQUEST_HEADER, "RequestHeader", -1, 1, 2, 2)
