/* handlers - one function per API that a broker serves; each answers its request once. */
#ifndef KLAMM_BROKER_SERVER_HANDLERS_H
#define KLAMM_BROKER_SERVER_HANDLERS_H

#include <stdint.h>

struct broker;
struct request;

struct feature_support {
    const char *name;
    int16_t min, max;
};
/* What this release can do, as BrokerRegistration and ApiVersions say it. */
extern const struct feature_support broker_features[];
extern const unsigned broker_features_n;

void api_produce(struct broker *b, struct request *r);
void api_fetch(struct broker *b, struct request *r);
void api_list_offsets(struct broker *b, struct request *r);
void api_metadata(struct broker *b, struct request *r);
void api_find_coordinator(struct broker *b, struct request *r);
void api_join_group(struct broker *b, struct request *r);
void api_sync_group(struct broker *b, struct request *r);
void api_heartbeat(struct broker *b, struct request *r);
void api_leave_group(struct broker *b, struct request *r);
void api_offset_commit(struct broker *b, struct request *r);
void api_offset_fetch(struct broker *b, struct request *r);
void api_offset_delete(struct broker *b, struct request *r);
void api_consumer_group_heartbeat(struct broker *b, struct request *r);
void api_consumer_group_describe(struct broker *b, struct request *r);
void api_list_groups(struct broker *b, struct request *r);
void api_describe_groups(struct broker *b, struct request *r);
void api_delete_groups(struct broker *b, struct request *r);
void api_versions(struct broker *b, struct request *r);
void api_delete_records(struct broker *b, struct request *r);
void api_init_producer_id(struct broker *b, struct request *r);
void api_add_partitions_to_txn(struct broker *b, struct request *r);
void api_add_offsets_to_txn(struct broker *b, struct request *r);
void api_end_txn(struct broker *b, struct request *r);
void api_txn_offset_commit(struct broker *b, struct request *r);
void api_write_txn_markers(struct broker *b, struct request *r);
void api_describe_transactions(struct broker *b, struct request *r);
void api_list_transactions(struct broker *b, struct request *r);
void api_describe_producers(struct broker *b, struct request *r);
void api_offset_for_leader_epoch(struct broker *b, struct request *r);
void api_describe_configs(struct broker *b, struct request *r);
void api_alter_configs(struct broker *b, struct request *r);
void api_incremental_alter_configs(struct broker *b, struct request *r);
void api_describe_client_quotas(struct broker *b, struct request *r);
void api_describe_user_scram_credentials(struct broker *b, struct request *r);
void api_describe_acls(struct broker *b, struct request *r);
void api_delegation_token(struct broker *b, struct request *r);
void api_describe_log_dirs(struct broker *b, struct request *r);
void api_alter_replica_log_dirs(struct broker *b, struct request *r);
void api_describe_cluster(struct broker *b, struct request *r);
void api_list_config_resources(struct broker *b, struct request *r);
void api_describe_topic_partitions(struct broker *b, struct request *r);
void api_initialize_share_group_state(struct broker *b, struct request *r);
void api_read_share_group_state(struct broker *b, struct request *r);
void api_write_share_group_state(struct broker *b, struct request *r);
void api_delete_share_group_state(struct broker *b, struct request *r);
void api_read_share_group_state_summary(struct broker *b, struct request *r);
void api_share_group_heartbeat(struct broker *b, struct request *r);
void api_share_group_describe(struct broker *b, struct request *r);
void api_describe_share_group_offsets(struct broker *b, struct request *r);
void api_alter_share_group_offsets(struct broker *b, struct request *r);
void api_delete_share_group_offsets(struct broker *b, struct request *r);
void api_share_fetch(struct broker *b, struct request *r);
void api_share_acknowledge(struct broker *b, struct request *r);
/* To the active controller in an Envelope, its answer back to the client. */
void api_forward(struct broker *b, struct request *r);

#endif
