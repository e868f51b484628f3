#include "broker/metadata/record.h"

#include "api/kafka/msg/abort_transaction_record.h"
#include "api/kafka/msg/access_control_entry_record.h"
#include "api/kafka/msg/begin_transaction_record.h"
#include "api/kafka/msg/broker_registration_change_record.h"
#include "api/kafka/msg/clear_elr_record.h"
#include "api/kafka/msg/client_quota_record.h"
#include "api/kafka/msg/config_record.h"
#include "api/kafka/msg/delegation_token_record.h"
#include "api/kafka/msg/end_transaction_record.h"
#include "api/kafka/msg/feature_level_record.h"
#include "api/kafka/msg/fence_broker_record.h"
#include "api/kafka/msg/no_op_record.h"
#include "api/kafka/msg/partition_change_record.h"
#include "api/kafka/msg/partition_record.h"
#include "api/kafka/msg/producer_ids_record.h"
#include "api/kafka/msg/register_broker_record.h"
#include "api/kafka/msg/register_controller_record.h"
#include "api/kafka/msg/remove_access_control_entry_record.h"
#include "api/kafka/msg/remove_delegation_token_record.h"
#include "api/kafka/msg/remove_topic_record.h"
#include "api/kafka/msg/remove_user_scram_credential_record.h"
#include "api/kafka/msg/topic_record.h"
#include "api/kafka/msg/unfence_broker_record.h"
#include "api/kafka/msg/unregister_broker_record.h"
#include "api/kafka/msg/user_scram_credential_record.h"
#include "api/kafka/msg/zk_migration_state_record.h"
#include "common/invariant.h"

enum { FRAME_VERSION = 1 };

static const struct kf_schema *const schemas[RECORD_TYPES] = {
    [RECORD_REGISTER_BROKER] = &kf_register_broker_record_schema,
    [RECORD_UNREGISTER_BROKER] = &kf_unregister_broker_record_schema,
    [RECORD_TOPIC] = &kf_topic_record_schema,
    [RECORD_PARTITION] = &kf_partition_record_schema,
    [RECORD_CONFIG] = &kf_config_record_schema,
    [RECORD_PARTITION_CHANGE] = &kf_partition_change_record_schema,
    [RECORD_FENCE_BROKER] = &kf_fence_broker_record_schema,
    [RECORD_UNFENCE_BROKER] = &kf_unfence_broker_record_schema,
    [RECORD_REMOVE_TOPIC] = &kf_remove_topic_record_schema,
    [RECORD_DELEGATION_TOKEN] = &kf_delegation_token_record_schema,
    [RECORD_USER_SCRAM_CREDENTIAL] = &kf_user_scram_credential_record_schema,
    [RECORD_FEATURE_LEVEL] = &kf_feature_level_record_schema,
    [RECORD_CLIENT_QUOTA] = &kf_client_quota_record_schema,
    [RECORD_PRODUCER_IDS] = &kf_producer_ids_record_schema,
    [RECORD_BROKER_REGISTRATION_CHANGE] = &kf_broker_registration_change_record_schema,
    [RECORD_ACCESS_CONTROL_ENTRY] = &kf_access_control_entry_record_schema,
    [RECORD_REMOVE_ACCESS_CONTROL_ENTRY] = &kf_remove_access_control_entry_record_schema,
    [RECORD_NO_OP] = &kf_no_op_record_schema,
    [RECORD_ZK_MIGRATION_STATE] = &kf_zk_migration_state_record_schema,
    [RECORD_REMOVE_USER_SCRAM_CREDENTIAL] = &kf_remove_user_scram_credential_record_schema,
    [RECORD_BEGIN_TRANSACTION] = &kf_begin_transaction_record_schema,
    [RECORD_END_TRANSACTION] = &kf_end_transaction_record_schema,
    [RECORD_ABORT_TRANSACTION] = &kf_abort_transaction_record_schema,
    [RECORD_REMOVE_DELEGATION_TOKEN] = &kf_remove_delegation_token_record_schema,
    [RECORD_REGISTER_CONTROLLER] = &kf_register_controller_record_schema,
    [RECORD_CLEAR_ELR] = &kf_clear_elr_record_schema,
};

const struct kf_schema *record_schema(int type)
{
    return type >= 0 && type < RECORD_TYPES ? schemas[type] : NULL;
}

void record_put(struct buf *b, enum metadata_record type, int16_t version, const void *msg)
{
    struct why why = { "" };

    buf_put_uvarint(b, FRAME_VERSION);
    buf_put_uvarint(b, (uint32_t)type);
    buf_put_uvarint(b, (uint32_t)version);
    INVARIANT(kf_encode(record_schema(type), version, msg, b, &why) == ERR_OK);
}

err_t record_open(struct cursor *c, enum metadata_record *ret_type, int16_t *ret_version,
                  struct why *reterr)
{
    uint32_t frame = cursor_uvarint(c), type = cursor_uvarint(c), version = cursor_uvarint(c);
    const struct kf_schema *s;

    if (cursor_bad(c) || frame != FRAME_VERSION)
        return why(reterr, ERR_CORRUPT, "metadata record has frame version %u, want %d", frame,
                   FRAME_VERSION);
    s = type < RECORD_TYPES ? record_schema((int)type) : NULL;
    if (!s)
        return why(reterr, ERR_CORRUPT, "metadata record type %u is not known", type);
    if (version > (uint32_t)kf_schema_max(s))
        return why(reterr, ERR_CORRUPT, "%s version %u is above the highest known, %d",
                   kf_schema_name(s), version, kf_schema_max(s));
    *ret_type = (enum metadata_record)type;
    *ret_version = (int16_t)version;
    return ERR_OK;
}

void record_read(struct slice record, struct arena *a, void *ret_msg)
{
    struct cursor c = cursor_over(record);
    enum metadata_record type = 0;
    int16_t version = 0;
    struct why why = { "" };

    INVARIANT(record_open(&c, &type, &version, &why) == ERR_OK);
    INVARIANT(kf_decode(record_schema((int)type), version, &c, a, ret_msg) == ERR_OK);
}

int16_t record_version_register_broker(int16_t level)
{
    if (level >= METADATA_VERSION_CORDONED)
        return 4;
    return level >= METADATA_VERSION_DIRECTORIES ? 3 : level >= 8 ? 2 : 1;
}

int16_t record_version_registration_change(int16_t level)
{
    if (level >= METADATA_VERSION_CORDONED)
        return 3;
    return level >= METADATA_VERSION_DIRECTORIES ? 2 : level >= 7 ? 1 : 0;
}

int16_t record_version_partition(int16_t level)
{
    return level >= METADATA_VERSION_ELR ? 2 : level >= METADATA_VERSION_DIRECTORIES ? 1 : 0;
}
