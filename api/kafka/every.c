#include "api/kafka/every.h"

#include "api/kafka/msg/abort_transaction_record.h"
#include "api/kafka/msg/access_control_entry_record.h"
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
#include "api/kafka/msg/begin_transaction_record.h"
#include "api/kafka/msg/broker_heartbeat.h"
#include "api/kafka/msg/broker_registration.h"
#include "api/kafka/msg/broker_registration_change_record.h"
#include "api/kafka/msg/clear_elr_record.h"
#include "api/kafka/msg/client_quota_record.h"
#include "api/kafka/msg/config_record.h"
#include "api/kafka/msg/consumer_group_current_member_assignment.h"
#include "api/kafka/msg/consumer_group_describe.h"
#include "api/kafka/msg/consumer_group_heartbeat.h"
#include "api/kafka/msg/consumer_group_member_metadata.h"
#include "api/kafka/msg/consumer_group_metadata.h"
#include "api/kafka/msg/consumer_group_partition_metadata.h"
#include "api/kafka/msg/consumer_group_regular_expression.h"
#include "api/kafka/msg/consumer_group_target_assignment_member.h"
#include "api/kafka/msg/consumer_group_target_assignment_metadata.h"
#include "api/kafka/msg/consumer_protocol_assignment.h"
#include "api/kafka/msg/consumer_protocol_subscription.h"
#include "api/kafka/msg/control_record_type_schema.h"
#include "api/kafka/msg/controller_registration.h"
#include "api/kafka/msg/create_acls.h"
#include "api/kafka/msg/create_delegation_token.h"
#include "api/kafka/msg/create_partitions.h"
#include "api/kafka/msg/create_topics.h"
#include "api/kafka/msg/default_principal_data.h"
#include "api/kafka/msg/delegation_token_record.h"
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
#include "api/kafka/msg/end_transaction_record.h"
#include "api/kafka/msg/end_txn.h"
#include "api/kafka/msg/end_txn_marker.h"
#include "api/kafka/msg/envelope.h"
#include "api/kafka/msg/expire_delegation_token.h"
#include "api/kafka/msg/feature_level_record.h"
#include "api/kafka/msg/fence_broker_record.h"
#include "api/kafka/msg/fetch.h"
#include "api/kafka/msg/fetch_snapshot.h"
#include "api/kafka/msg/find_coordinator.h"
#include "api/kafka/msg/get_telemetry_subscriptions.h"
#include "api/kafka/msg/group_metadata.h"
#include "api/kafka/msg/heartbeat.h"
#include "api/kafka/msg/incremental_alter_configs.h"
#include "api/kafka/msg/init_producer_id.h"
#include "api/kafka/msg/initialize_share_group_state.h"
#include "api/kafka/msg/join_group.h"
#include "api/kafka/msg/k_raft_version_record.h"
#include "api/kafka/msg/leader_change_message.h"
#include "api/kafka/msg/leave_group.h"
#include "api/kafka/msg/legacy_offset_commit.h"
#include "api/kafka/msg/list_config_resources.h"
#include "api/kafka/msg/list_groups.h"
#include "api/kafka/msg/list_offsets.h"
#include "api/kafka/msg/list_partition_reassignments.h"
#include "api/kafka/msg/list_transactions.h"
#include "api/kafka/msg/metadata.h"
#include "api/kafka/msg/no_op_record.h"
#include "api/kafka/msg/offset_commit.h"
#include "api/kafka/msg/offset_delete.h"
#include "api/kafka/msg/offset_fetch.h"
#include "api/kafka/msg/offset_for_leader_epoch.h"
#include "api/kafka/msg/partition_change_record.h"
#include "api/kafka/msg/partition_record.h"
#include "api/kafka/msg/produce.h"
#include "api/kafka/msg/producer_ids_record.h"
#include "api/kafka/msg/producer_snapshot.h"
#include "api/kafka/msg/push_telemetry.h"
#include "api/kafka/msg/quorum_state_data.h"
#include "api/kafka/msg/read_share_group_state.h"
#include "api/kafka/msg/read_share_group_state_summary.h"
#include "api/kafka/msg/register_broker_record.h"
#include "api/kafka/msg/register_controller_record.h"
#include "api/kafka/msg/remove_access_control_entry_record.h"
#include "api/kafka/msg/remove_delegation_token_record.h"
#include "api/kafka/msg/remove_raft_voter.h"
#include "api/kafka/msg/remove_topic_record.h"
#include "api/kafka/msg/remove_user_scram_credential_record.h"
#include "api/kafka/msg/renew_delegation_token.h"
#include "api/kafka/msg/request_header.h"
#include "api/kafka/msg/response_header.h"
#include "api/kafka/msg/sasl_authenticate.h"
#include "api/kafka/msg/sasl_handshake.h"
#include "api/kafka/msg/share_acknowledge.h"
#include "api/kafka/msg/share_fetch.h"
#include "api/kafka/msg/share_group_current_member_assignment.h"
#include "api/kafka/msg/share_group_describe.h"
#include "api/kafka/msg/share_group_heartbeat.h"
#include "api/kafka/msg/share_group_member_metadata.h"
#include "api/kafka/msg/share_group_metadata.h"
#include "api/kafka/msg/share_group_state_partition_metadata.h"
#include "api/kafka/msg/share_group_target_assignment_member.h"
#include "api/kafka/msg/share_group_target_assignment_metadata.h"
#include "api/kafka/msg/share_snapshot.h"
#include "api/kafka/msg/share_update.h"
#include "api/kafka/msg/snapshot_footer_record.h"
#include "api/kafka/msg/snapshot_header_record.h"
#include "api/kafka/msg/streams_group_current_member_assignment.h"
#include "api/kafka/msg/streams_group_describe.h"
#include "api/kafka/msg/streams_group_heartbeat.h"
#include "api/kafka/msg/streams_group_member_metadata.h"
#include "api/kafka/msg/streams_group_metadata.h"
#include "api/kafka/msg/streams_group_target_assignment_member.h"
#include "api/kafka/msg/streams_group_target_assignment_metadata.h"
#include "api/kafka/msg/streams_group_topology.h"
#include "api/kafka/msg/sync_group.h"
#include "api/kafka/msg/topic_record.h"
#include "api/kafka/msg/transaction_log.h"
#include "api/kafka/msg/txn_offset_commit.h"
#include "api/kafka/msg/unfence_broker_record.h"
#include "api/kafka/msg/unregister_broker.h"
#include "api/kafka/msg/unregister_broker_record.h"
#include "api/kafka/msg/update_features.h"
#include "api/kafka/msg/update_raft_voter.h"
#include "api/kafka/msg/user_scram_credential_record.h"
#include "api/kafka/msg/vote.h"
#include "api/kafka/msg/voters_record.h"
#include "api/kafka/msg/write_share_group_state.h"
#include "api/kafka/msg/write_txn_markers.h"
#include "api/kafka/msg/zk_migration_state_record.h"

static const struct kf_schema *const every[] = {
    &kf_abort_transaction_record_schema,
    &kf_access_control_entry_record_schema,
    &kf_add_offsets_to_txn_request_schema,
    &kf_add_offsets_to_txn_response_schema,
    &kf_add_partitions_to_txn_request_schema,
    &kf_add_partitions_to_txn_response_schema,
    &kf_add_raft_voter_request_schema,
    &kf_add_raft_voter_response_schema,
    &kf_allocate_producer_ids_request_schema,
    &kf_allocate_producer_ids_response_schema,
    &kf_alter_client_quotas_request_schema,
    &kf_alter_client_quotas_response_schema,
    &kf_alter_configs_request_schema,
    &kf_alter_configs_response_schema,
    &kf_alter_partition_reassignments_request_schema,
    &kf_alter_partition_reassignments_response_schema,
    &kf_alter_partition_request_schema,
    &kf_alter_partition_response_schema,
    &kf_alter_replica_log_dirs_request_schema,
    &kf_alter_replica_log_dirs_response_schema,
    &kf_alter_share_group_offsets_request_schema,
    &kf_alter_share_group_offsets_response_schema,
    &kf_alter_user_scram_credentials_request_schema,
    &kf_alter_user_scram_credentials_response_schema,
    &kf_api_versions_request_schema,
    &kf_api_versions_response_schema,
    &kf_assign_replicas_to_dirs_request_schema,
    &kf_assign_replicas_to_dirs_response_schema,
    &kf_begin_quorum_epoch_request_schema,
    &kf_begin_quorum_epoch_response_schema,
    &kf_begin_transaction_record_schema,
    &kf_broker_heartbeat_request_schema,
    &kf_broker_heartbeat_response_schema,
    &kf_broker_registration_change_record_schema,
    &kf_broker_registration_request_schema,
    &kf_broker_registration_response_schema,
    &kf_clear_elr_record_schema,
    &kf_client_quota_record_schema,
    &kf_config_record_schema,
    &kf_consumer_group_current_member_assignment_key_schema,
    &kf_consumer_group_current_member_assignment_value_schema,
    &kf_consumer_group_describe_request_schema,
    &kf_consumer_group_describe_response_schema,
    &kf_consumer_group_heartbeat_request_schema,
    &kf_consumer_group_heartbeat_response_schema,
    &kf_consumer_group_member_metadata_key_schema,
    &kf_consumer_group_member_metadata_value_schema,
    &kf_consumer_group_metadata_key_schema,
    &kf_consumer_group_metadata_value_schema,
    &kf_consumer_group_partition_metadata_key_schema,
    &kf_consumer_group_partition_metadata_value_schema,
    &kf_consumer_group_regular_expression_key_schema,
    &kf_consumer_group_regular_expression_value_schema,
    &kf_consumer_group_target_assignment_member_key_schema,
    &kf_consumer_group_target_assignment_member_value_schema,
    &kf_consumer_group_target_assignment_metadata_key_schema,
    &kf_consumer_group_target_assignment_metadata_value_schema,
    &kf_consumer_protocol_assignment_schema,
    &kf_consumer_protocol_subscription_schema,
    &kf_control_record_type_schema_schema,
    &kf_controller_registration_request_schema,
    &kf_controller_registration_response_schema,
    &kf_create_acls_request_schema,
    &kf_create_acls_response_schema,
    &kf_create_delegation_token_request_schema,
    &kf_create_delegation_token_response_schema,
    &kf_create_partitions_request_schema,
    &kf_create_partitions_response_schema,
    &kf_create_topics_request_schema,
    &kf_create_topics_response_schema,
    &kf_default_principal_data_schema,
    &kf_delegation_token_record_schema,
    &kf_delete_acls_request_schema,
    &kf_delete_acls_response_schema,
    &kf_delete_groups_request_schema,
    &kf_delete_groups_response_schema,
    &kf_delete_records_request_schema,
    &kf_delete_records_response_schema,
    &kf_delete_share_group_offsets_request_schema,
    &kf_delete_share_group_offsets_response_schema,
    &kf_delete_share_group_state_request_schema,
    &kf_delete_share_group_state_response_schema,
    &kf_delete_topics_request_schema,
    &kf_delete_topics_response_schema,
    &kf_describe_acls_request_schema,
    &kf_describe_acls_response_schema,
    &kf_describe_client_quotas_request_schema,
    &kf_describe_client_quotas_response_schema,
    &kf_describe_cluster_request_schema,
    &kf_describe_cluster_response_schema,
    &kf_describe_configs_request_schema,
    &kf_describe_configs_response_schema,
    &kf_describe_delegation_token_request_schema,
    &kf_describe_delegation_token_response_schema,
    &kf_describe_groups_request_schema,
    &kf_describe_groups_response_schema,
    &kf_describe_log_dirs_request_schema,
    &kf_describe_log_dirs_response_schema,
    &kf_describe_producers_request_schema,
    &kf_describe_producers_response_schema,
    &kf_describe_quorum_request_schema,
    &kf_describe_quorum_response_schema,
    &kf_describe_share_group_offsets_request_schema,
    &kf_describe_share_group_offsets_response_schema,
    &kf_describe_topic_partitions_request_schema,
    &kf_describe_topic_partitions_response_schema,
    &kf_describe_transactions_request_schema,
    &kf_describe_transactions_response_schema,
    &kf_describe_user_scram_credentials_request_schema,
    &kf_describe_user_scram_credentials_response_schema,
    &kf_elect_leaders_request_schema,
    &kf_elect_leaders_response_schema,
    &kf_end_quorum_epoch_request_schema,
    &kf_end_quorum_epoch_response_schema,
    &kf_end_transaction_record_schema,
    &kf_end_txn_marker_schema,
    &kf_end_txn_request_schema,
    &kf_end_txn_response_schema,
    &kf_envelope_request_schema,
    &kf_envelope_response_schema,
    &kf_expire_delegation_token_request_schema,
    &kf_expire_delegation_token_response_schema,
    &kf_feature_level_record_schema,
    &kf_fence_broker_record_schema,
    &kf_fetch_request_schema,
    &kf_fetch_response_schema,
    &kf_fetch_snapshot_request_schema,
    &kf_fetch_snapshot_response_schema,
    &kf_find_coordinator_request_schema,
    &kf_find_coordinator_response_schema,
    &kf_get_telemetry_subscriptions_request_schema,
    &kf_get_telemetry_subscriptions_response_schema,
    &kf_group_metadata_key_schema,
    &kf_group_metadata_value_schema,
    &kf_heartbeat_request_schema,
    &kf_heartbeat_response_schema,
    &kf_incremental_alter_configs_request_schema,
    &kf_incremental_alter_configs_response_schema,
    &kf_init_producer_id_request_schema,
    &kf_init_producer_id_response_schema,
    &kf_initialize_share_group_state_request_schema,
    &kf_initialize_share_group_state_response_schema,
    &kf_join_group_request_schema,
    &kf_join_group_response_schema,
    &kf_k_raft_version_record_schema,
    &kf_leader_change_message_schema,
    &kf_leave_group_request_schema,
    &kf_leave_group_response_schema,
    &kf_legacy_offset_commit_key_schema,
    &kf_legacy_offset_commit_value_schema,
    &kf_list_config_resources_request_schema,
    &kf_list_config_resources_response_schema,
    &kf_list_groups_request_schema,
    &kf_list_groups_response_schema,
    &kf_list_offsets_request_schema,
    &kf_list_offsets_response_schema,
    &kf_list_partition_reassignments_request_schema,
    &kf_list_partition_reassignments_response_schema,
    &kf_list_transactions_request_schema,
    &kf_list_transactions_response_schema,
    &kf_metadata_request_schema,
    &kf_metadata_response_schema,
    &kf_no_op_record_schema,
    &kf_offset_commit_key_schema,
    &kf_offset_commit_request_schema,
    &kf_offset_commit_response_schema,
    &kf_offset_commit_value_schema,
    &kf_offset_delete_request_schema,
    &kf_offset_delete_response_schema,
    &kf_offset_fetch_request_schema,
    &kf_offset_fetch_response_schema,
    &kf_offset_for_leader_epoch_request_schema,
    &kf_offset_for_leader_epoch_response_schema,
    &kf_partition_change_record_schema,
    &kf_partition_record_schema,
    &kf_produce_request_schema,
    &kf_produce_response_schema,
    &kf_producer_ids_record_schema,
    &kf_producer_snapshot_schema,
    &kf_push_telemetry_request_schema,
    &kf_push_telemetry_response_schema,
    &kf_quorum_state_data_schema,
    &kf_read_share_group_state_request_schema,
    &kf_read_share_group_state_response_schema,
    &kf_read_share_group_state_summary_request_schema,
    &kf_read_share_group_state_summary_response_schema,
    &kf_register_broker_record_schema,
    &kf_register_controller_record_schema,
    &kf_remove_access_control_entry_record_schema,
    &kf_remove_delegation_token_record_schema,
    &kf_remove_raft_voter_request_schema,
    &kf_remove_raft_voter_response_schema,
    &kf_remove_topic_record_schema,
    &kf_remove_user_scram_credential_record_schema,
    &kf_renew_delegation_token_request_schema,
    &kf_renew_delegation_token_response_schema,
    &kf_request_header_schema,
    &kf_response_header_schema,
    &kf_sasl_authenticate_request_schema,
    &kf_sasl_authenticate_response_schema,
    &kf_sasl_handshake_request_schema,
    &kf_sasl_handshake_response_schema,
    &kf_share_acknowledge_request_schema,
    &kf_share_acknowledge_response_schema,
    &kf_share_fetch_request_schema,
    &kf_share_fetch_response_schema,
    &kf_share_group_current_member_assignment_key_schema,
    &kf_share_group_current_member_assignment_value_schema,
    &kf_share_group_describe_request_schema,
    &kf_share_group_describe_response_schema,
    &kf_share_group_heartbeat_request_schema,
    &kf_share_group_heartbeat_response_schema,
    &kf_share_group_member_metadata_key_schema,
    &kf_share_group_member_metadata_value_schema,
    &kf_share_group_metadata_key_schema,
    &kf_share_group_metadata_value_schema,
    &kf_share_group_state_partition_metadata_key_schema,
    &kf_share_group_state_partition_metadata_value_schema,
    &kf_share_group_target_assignment_member_key_schema,
    &kf_share_group_target_assignment_member_value_schema,
    &kf_share_group_target_assignment_metadata_key_schema,
    &kf_share_group_target_assignment_metadata_value_schema,
    &kf_share_snapshot_key_schema,
    &kf_share_snapshot_value_schema,
    &kf_share_update_key_schema,
    &kf_share_update_value_schema,
    &kf_snapshot_footer_record_schema,
    &kf_snapshot_header_record_schema,
    &kf_streams_group_current_member_assignment_key_schema,
    &kf_streams_group_current_member_assignment_value_schema,
    &kf_streams_group_describe_request_schema,
    &kf_streams_group_describe_response_schema,
    &kf_streams_group_heartbeat_request_schema,
    &kf_streams_group_heartbeat_response_schema,
    &kf_streams_group_member_metadata_key_schema,
    &kf_streams_group_member_metadata_value_schema,
    &kf_streams_group_metadata_key_schema,
    &kf_streams_group_metadata_value_schema,
    &kf_streams_group_target_assignment_member_key_schema,
    &kf_streams_group_target_assignment_member_value_schema,
    &kf_streams_group_target_assignment_metadata_key_schema,
    &kf_streams_group_target_assignment_metadata_value_schema,
    &kf_streams_group_topology_key_schema,
    &kf_streams_group_topology_value_schema,
    &kf_sync_group_request_schema,
    &kf_sync_group_response_schema,
    &kf_topic_record_schema,
    &kf_transaction_log_key_schema,
    &kf_transaction_log_value_schema,
    &kf_txn_offset_commit_request_schema,
    &kf_txn_offset_commit_response_schema,
    &kf_unfence_broker_record_schema,
    &kf_unregister_broker_record_schema,
    &kf_unregister_broker_request_schema,
    &kf_unregister_broker_response_schema,
    &kf_update_features_request_schema,
    &kf_update_features_response_schema,
    &kf_update_raft_voter_request_schema,
    &kf_update_raft_voter_response_schema,
    &kf_user_scram_credential_record_schema,
    &kf_vote_request_schema,
    &kf_vote_response_schema,
    &kf_voters_record_schema,
    &kf_write_share_group_state_request_schema,
    &kf_write_share_group_state_response_schema,
    &kf_write_txn_markers_request_schema,
    &kf_write_txn_markers_response_schema,
    &kf_zk_migration_state_record_schema,
};

const struct kf_schema *kf_every_next(size_t *at)
{
    return *at < sizeof(every) / sizeof(every[0]) ? every[(*at)++] : NULL;
}
