#include "broker/server/handlers.h"

#include "broker/server/broker.h"
#include "common/limits.h"

static const api_handler handlers[KF_API_KEYS_MAX] = {
    [KF_API_PRODUCE] = api_produce,
    [KF_API_FETCH] = api_fetch,
    [KF_API_LIST_OFFSETS] = api_list_offsets,
    [KF_API_METADATA] = api_metadata,
    [KF_API_FIND_COORDINATOR] = api_find_coordinator,
    [KF_API_JOIN_GROUP] = api_join_group,
    [KF_API_SYNC_GROUP] = api_sync_group,
    [KF_API_HEARTBEAT] = api_heartbeat,
    [KF_API_LEAVE_GROUP] = api_leave_group,
    [KF_API_OFFSET_COMMIT] = api_offset_commit,
    [KF_API_OFFSET_FETCH] = api_offset_fetch,
    [KF_API_OFFSET_DELETE] = api_offset_delete,
    [KF_API_LIST_GROUPS] = api_list_groups,
    [KF_API_DESCRIBE_GROUPS] = api_describe_groups,
    [KF_API_DELETE_GROUPS] = api_delete_groups,
    [KF_API_CONSUMER_GROUP_HEARTBEAT] = api_consumer_group_heartbeat,
    [KF_API_CONSUMER_GROUP_DESCRIBE] = api_consumer_group_describe,
    [KF_API_API_VERSIONS] = api_versions,
    [KF_API_DELETE_RECORDS] = api_delete_records,
    [KF_API_INIT_PRODUCER_ID] = api_init_producer_id,
    [KF_API_ADD_PARTITIONS_TO_TXN] = api_add_partitions_to_txn,
    [KF_API_ADD_OFFSETS_TO_TXN] = api_add_offsets_to_txn,
    [KF_API_END_TXN] = api_end_txn,
    [KF_API_TXN_OFFSET_COMMIT] = api_txn_offset_commit,
    [KF_API_WRITE_TXN_MARKERS] = api_write_txn_markers,
    [KF_API_DESCRIBE_TRANSACTIONS] = api_describe_transactions,
    [KF_API_LIST_TRANSACTIONS] = api_list_transactions,
    [KF_API_DESCRIBE_PRODUCERS] = api_describe_producers,
    [KF_API_OFFSET_FOR_LEADER_EPOCH] = api_offset_for_leader_epoch,
    [KF_API_DESCRIBE_CLIENT_QUOTAS] = api_describe_client_quotas,
    [KF_API_DESCRIBE_USER_SCRAM_CREDENTIALS] = api_describe_user_scram_credentials,
    [KF_API_DESCRIBE_ACLS] = api_describe_acls,
    [KF_API_CREATE_DELEGATION_TOKEN] = api_delegation_token,
    [KF_API_RENEW_DELEGATION_TOKEN] = api_delegation_token,
    [KF_API_EXPIRE_DELEGATION_TOKEN] = api_delegation_token,
    [KF_API_DESCRIBE_DELEGATION_TOKEN] = api_delegation_token,
    [KF_API_DESCRIBE_CONFIGS] = api_describe_configs,
    [KF_API_ALTER_REPLICA_LOG_DIRS] = api_alter_replica_log_dirs,
    [KF_API_DESCRIBE_LOG_DIRS] = api_describe_log_dirs,
    [KF_API_DESCRIBE_CLUSTER] = api_describe_cluster,
    [KF_API_LIST_CONFIG_RESOURCES] = api_list_config_resources,
    [KF_API_DESCRIBE_TOPIC_PARTITIONS] = api_describe_topic_partitions,
    [KF_API_ALTER_CONFIGS] = api_alter_configs,
    [KF_API_INCREMENTAL_ALTER_CONFIGS] = api_incremental_alter_configs,
    [KF_API_SHARE_FETCH] = api_share_fetch,
    [KF_API_SHARE_ACKNOWLEDGE] = api_share_acknowledge,
    [KF_API_SHARE_GROUP_HEARTBEAT] = api_share_group_heartbeat,
    [KF_API_SHARE_GROUP_DESCRIBE] = api_share_group_describe,
    [KF_API_DESCRIBE_SHARE_GROUP_OFFSETS] = api_describe_share_group_offsets,
    [KF_API_ALTER_SHARE_GROUP_OFFSETS] = api_alter_share_group_offsets,
    [KF_API_DELETE_SHARE_GROUP_OFFSETS] = api_delete_share_group_offsets,
    [KF_API_INITIALIZE_SHARE_GROUP_STATE] = api_initialize_share_group_state,
    [KF_API_READ_SHARE_GROUP_STATE] = api_read_share_group_state,
    [KF_API_WRITE_SHARE_GROUP_STATE] = api_write_share_group_state,
    [KF_API_DELETE_SHARE_GROUP_STATE] = api_delete_share_group_state,
    [KF_API_READ_SHARE_GROUP_STATE_SUMMARY] = api_read_share_group_state_summary,
};

/* What only the controller decides is passed on to it. */
api_handler api_handler_of(int16_t api_key)
{
    const struct kf_api *api = kf_api(api_key);

    if (api_key >= 0 && api_key < KF_API_KEYS_MAX && handlers[api_key])
        return handlers[api_key];
    return api && api->forwardable && (api->listeners & KF_ON_BROKER) ? api_forward : NULL;
}

void broker_handle(struct request *r)
{
    struct broker *b = r->ctx;
    api_handler handler = api_handler_of(r->api_key);

    if (handler)
        handler(b, r);
    else
        request_close(r, "this api is not served yet");
}

void *request_decode(struct request *r, const struct kf_schema *s, size_t bytes)
{
    void *m = arena_alloc(r->arena, bytes);

    if (!kf_decode(s, r->api_version, &r->body, r->arena, m))
        return m;
    request_close(r, "malformed request body");
    return NULL;
}

void *message_new(struct arena *a, const struct kf_schema *s, size_t bytes)
{
    void *m = arena_alloc(a, bytes);

    kf_init(s, m);
    return m;
}

const struct endpoint *broker_endpoint(const struct broker_registration *reg, const char *listener)
{
    for (int32_t i = 0; reg && i < reg->endpoints_n; i++)
        if (strcmp(reg->endpoints[i].name, listener) == 0)
            return &reg->endpoints[i];
    return NULL;
}

const char *topic_name_fault(struct str name)
{
    if (!name.n)
        return "Topic name is invalid: the empty string is not allowed";
    if (str_is(name, ".") || str_is(name, ".."))
        return "Topic name is invalid: '.' or '..' is not allowed";
    if (name.n > TOPIC_NAME_MAX)
        return "Topic name is invalid: the length is longer than the max allowed length 249";
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];

        if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
            c != '.' && c != '_' && c != '-')
            return "Topic name is invalid: it contains one or more characters other than ASCII "
                   "alphanumerics, '.', '_' and '-'";
    }
    return NULL;
}

bool topic_is_internal(struct str name)
{
    return str_is(name, "__consumer_offsets") || str_is(name, "__transaction_state") ||
           str_is(name, "__share_group_state");
}

int16_t partition_error(const struct broker *b, const struct partition *p)
{
    (void)b;
    if (!p->leads)
        return KF_ERR_NOT_LEADER_OR_FOLLOWER;
    return !p->log || log_broken(p->log) ? KF_ERR_KAFKA_STORAGE_ERROR : KF_ERR_NONE;
}

int16_t missing_partition_error(const struct broker *b, struct str topic, const struct uuid *id,
                                int32_t index)
{
    const struct topic_state *t =
        id ? image_topic_by_id(b->image, id) : image_topic(b->image, topic);

    if (!t)
        return id ? KF_ERR_UNKNOWN_TOPIC_ID : KF_ERR_UNKNOWN_TOPIC_OR_PARTITION;
    if (index < 0 || index >= t->partitions_n)
        return KF_ERR_UNKNOWN_TOPIC_OR_PARTITION;
    return KF_ERR_NOT_LEADER_OR_FOLLOWER;
}
