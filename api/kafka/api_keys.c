#include "api/kafka/api_keys.h"

#include "api/kafka/msg/add_offsets_to_txn.h"
#include "api/kafka/msg/add_partitions_to_txn.h"
#include "api/kafka/msg/add_raft_voter.h"
#include "api/kafka/msg/allocate_producer_ids.h"
#include "api/kafka/msg/alter_client_quotas.h"
#include "api/kafka/msg/alter_configs.h"
#include "api/kafka/msg/alter_partition.h"
#include "api/kafka/msg/alter_partition_reassignments.h"
#include "api/kafka/msg/alter_replica_log_dirs.h"
#include "api/kafka/msg/alter_share_group_offsets.h"
#include "api/kafka/msg/alter_user_scram_credentials.h"
#include "api/kafka/msg/api_versions.h"
#include "api/kafka/msg/assign_replicas_to_dirs.h"
#include "api/kafka/msg/begin_quorum_epoch.h"
#include "api/kafka/msg/broker_heartbeat.h"
#include "api/kafka/msg/broker_registration.h"
#include "api/kafka/msg/consumer_group_describe.h"
#include "api/kafka/msg/consumer_group_heartbeat.h"
#include "api/kafka/msg/controller_registration.h"
#include "api/kafka/msg/create_acls.h"
#include "api/kafka/msg/create_delegation_token.h"
#include "api/kafka/msg/create_partitions.h"
#include "api/kafka/msg/create_topics.h"
#include "api/kafka/msg/delete_acls.h"
#include "api/kafka/msg/delete_groups.h"
#include "api/kafka/msg/delete_records.h"
#include "api/kafka/msg/delete_share_group_offsets.h"
#include "api/kafka/msg/delete_share_group_state.h"
#include "api/kafka/msg/delete_topics.h"
#include "api/kafka/msg/describe_acls.h"
#include "api/kafka/msg/describe_client_quotas.h"
#include "api/kafka/msg/describe_cluster.h"
#include "api/kafka/msg/describe_configs.h"
#include "api/kafka/msg/describe_delegation_token.h"
#include "api/kafka/msg/describe_groups.h"
#include "api/kafka/msg/describe_log_dirs.h"
#include "api/kafka/msg/describe_producers.h"
#include "api/kafka/msg/describe_quorum.h"
#include "api/kafka/msg/describe_share_group_offsets.h"
#include "api/kafka/msg/describe_topic_partitions.h"
#include "api/kafka/msg/describe_transactions.h"
#include "api/kafka/msg/describe_user_scram_credentials.h"
#include "api/kafka/msg/elect_leaders.h"
#include "api/kafka/msg/end_quorum_epoch.h"
#include "api/kafka/msg/end_txn.h"
#include "api/kafka/msg/envelope.h"
#include "api/kafka/msg/expire_delegation_token.h"
#include "api/kafka/msg/fetch.h"
#include "api/kafka/msg/fetch_snapshot.h"
#include "api/kafka/msg/find_coordinator.h"
#include "api/kafka/msg/get_telemetry_subscriptions.h"
#include "api/kafka/msg/heartbeat.h"
#include "api/kafka/msg/incremental_alter_configs.h"
#include "api/kafka/msg/init_producer_id.h"
#include "api/kafka/msg/initialize_share_group_state.h"
#include "api/kafka/msg/join_group.h"
#include "api/kafka/msg/leave_group.h"
#include "api/kafka/msg/list_config_resources.h"
#include "api/kafka/msg/list_groups.h"
#include "api/kafka/msg/list_offsets.h"
#include "api/kafka/msg/list_partition_reassignments.h"
#include "api/kafka/msg/list_transactions.h"
#include "api/kafka/msg/metadata.h"
#include "api/kafka/msg/offset_commit.h"
#include "api/kafka/msg/offset_delete.h"
#include "api/kafka/msg/offset_fetch.h"
#include "api/kafka/msg/offset_for_leader_epoch.h"
#include "api/kafka/msg/produce.h"
#include "api/kafka/msg/push_telemetry.h"
#include "api/kafka/msg/read_share_group_state.h"
#include "api/kafka/msg/read_share_group_state_summary.h"
#include "api/kafka/msg/remove_raft_voter.h"
#include "api/kafka/msg/renew_delegation_token.h"
#include "api/kafka/msg/sasl_authenticate.h"
#include "api/kafka/msg/sasl_handshake.h"
#include "api/kafka/msg/share_acknowledge.h"
#include "api/kafka/msg/share_fetch.h"
#include "api/kafka/msg/share_group_describe.h"
#include "api/kafka/msg/share_group_heartbeat.h"
#include "api/kafka/msg/streams_group_describe.h"
#include "api/kafka/msg/streams_group_heartbeat.h"
#include "api/kafka/msg/sync_group.h"
#include "api/kafka/msg/txn_offset_commit.h"
#include "api/kafka/msg/unregister_broker.h"
#include "api/kafka/msg/update_features.h"
#include "api/kafka/msg/update_raft_voter.h"
#include "api/kafka/msg/vote.h"
#include "api/kafka/msg/write_share_group_state.h"
#include "api/kafka/msg/write_txn_markers.h"

#define KF_API_ROW(constant, key_, schemas, name_, min_, max_, listeners_, forwardable_)       \
    [key_] = { key_, min_, max_, listeners_, forwardable_, name_, &kf_##schemas##_request_schema, \
               &kf_##schemas##_response_schema },

static const struct kf_api apis[] = { KF_APIS(KF_API_ROW) };

const struct kf_api *kf_api(int16_t key)
{
    if (key < 0 || key >= KF_API_KEYS_MAX || !apis[key].name)
        return NULL;
    return &apis[key];
}

const struct kf_api *kf_api_next(int *at)
{
    while (*at < KF_API_KEYS_MAX) {
        const struct kf_api *api = &apis[(*at)++];

        if (api->name)
            return api;
    }
    return NULL;
}
