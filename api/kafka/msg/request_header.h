/* request_header - header as field tables (api/kafka/fields.h).
 *
 *   RequestHeader: versions 1-2, flexible from 2 */
#ifndef KLAMM_API_KAFKA_MSG_REQUEST_HEADER_H
#define KLAMM_API_KAFKA_MSG_REQUEST_HEADER_H

#include "api/kafka/fields.h"

#define KF_REQUEST_HEADER(F, S)                          \
    F(int16, request_api_key, 0, KF_MAX)                 \
    F(int16, request_api_version, 0, KF_MAX)             \
    F(int32, correlation_id, 0, KF_MAX)                  \
    F(string, client_id, 1, KF_MAX, KF_NULL, KF_CLASSIC)
KF_STRUCT(request_header, KF_REQUEST_HEADER)

#endif
