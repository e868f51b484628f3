/* default_principal_data - message as field tables (api/kafka/fields.h).
 *
 *   DefaultPrincipalData: version 0, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_DEFAULT_PRINCIPAL_DATA_H
#define KLAMM_API_KAFKA_MSG_DEFAULT_PRINCIPAL_DATA_H

#include "api/kafka/fields.h"

#define KF_DEFAULT_PRINCIPAL_DATA(F, S)     \
    F(string, type, 0, KF_MAX)              \
    F(string, name, 0, KF_MAX)              \
    F(bool, token_authenticated, 0, KF_MAX)
KF_STRUCT(default_principal_data, KF_DEFAULT_PRINCIPAL_DATA)

#endif
