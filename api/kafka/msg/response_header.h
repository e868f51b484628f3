/* response_header - header as field tables (api/kafka/fields.h).
 *
 *   ResponseHeader: versions 0-1, flexible from 1 */
#ifndef KLAMM_API_KAFKA_MSG_RESPONSE_HEADER_H
#define KLAMM_API_KAFKA_MSG_RESPONSE_HEADER_H

#include "api/kafka/fields.h"

#define KF_RESPONSE_HEADER(F, S)        \
    F(int32, correlation_id, 0, KF_MAX)
KF_STRUCT(response_header, KF_RESPONSE_HEADER)

#endif
