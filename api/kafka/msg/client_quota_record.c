#include "api/kafka/msg/client_quota_record.h"

KF_NESTED(client_quota_record_entity_data, KF_CLIENT_QUOTA_RECORD_ENTITY_DATA, "EntityData")
KF_MESSAGE(client_quota_record, KF_CLIENT_QUOTA_RECORD, "ClientQuotaRecord", 14, 0, 0, 0)
