#include "api/kafka/msg/default_principal_data.h"

KF_MESSAGE(default_principal_data, KF_DEFAULT_PRINCIPAL_DATA, "DefaultPrincipalData", -1, 0, 0, 0)
