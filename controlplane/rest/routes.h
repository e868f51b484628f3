/* routes - method and path to operation, for all of the MSK API and what klamm adds to it. */
#ifndef KLAMM_CONTROLPLANE_REST_ROUTES_H
#define KLAMM_CONTROLPLANE_REST_ROUTES_H

#include "controlplane/rest/call.h"

enum { ROUTE_PARAMETERS_MAX = 3 };

struct route {
    const char *name;    /* "CreateCluster" */
    const char *method;
    const char *pattern; /* "/v1/clusters/{}" */
    rest_fn handle;      /* NULL: not available yet */
};

/* The parameters are still escaped, borrowed from `path`. NULL when there is no such operation;
 * `ret_path_known` tells whether another method would do. */
const struct route *route_find(struct str method, struct str path,
                               struct str ret_parameters[ROUTE_PARAMETERS_MAX],
                               bool *ret_path_known);

/* The table itself, for whoever walks it; NULL behind its end. */
const struct route *route_at(unsigned i);

/* The operations, one function each (rest_fn). */
void rest_create_cluster(struct call *c);
void rest_create_cluster_v2(struct call *c);
void rest_describe_cluster(struct call *c);
void rest_describe_cluster_v2(struct call *c);
void rest_list_clusters(struct call *c);
void rest_list_clusters_v2(struct call *c);
void rest_delete_cluster(struct call *c);
void rest_get_bootstrap_brokers(struct call *c);
void rest_list_nodes(struct call *c);
void rest_describe_operation(struct call *c);
void rest_describe_operation_v2(struct call *c);
void rest_list_operations(struct call *c);
void rest_list_operations_v2(struct call *c);
void rest_list_kafka_versions(struct call *c);
void rest_get_compatible_kafka_versions(struct call *c);
void rest_tag_resource(struct call *c);
void rest_untag_resource(struct call *c);
void rest_list_tags(struct call *c);
void rest_reboot_broker(struct call *c);
void rest_create_configuration(struct call *c);
void rest_update_configuration(struct call *c);
void rest_describe_configuration(struct call *c);
void rest_describe_configuration_revision(struct call *c);
void rest_list_configurations(struct call *c);
void rest_list_configuration_revisions(struct call *c);
void rest_delete_configuration(struct call *c);
void rest_update_cluster_configuration(struct call *c);
void rest_update_kafka_version(struct call *c);
void rest_update_broker_count(struct call *c);
void rest_update_broker_storage(struct call *c);
void rest_update_storage(struct call *c);
void rest_update_broker_type(struct call *c);
void rest_create_topic(struct call *c);
void rest_update_topic(struct call *c);
void rest_delete_topic(struct call *c);
void rest_describe_topic(struct call *c);
void rest_describe_topic_partitions(struct call *c);
void rest_list_topics(struct call *c);
void rest_update_monitoring(struct call *c);
void rest_update_security(struct call *c);
void rest_update_rebalancing(struct call *c);
void rest_put_cluster_policy(struct call *c);
void rest_get_cluster_policy(struct call *c);
void rest_delete_cluster_policy(struct call *c);
void rest_klamm_list_nodes(struct call *c);
void rest_klamm_storage(struct call *c);
void rest_klamm_list_events(struct call *c);
void rest_klamm_remove_node(struct call *c);
void rest_klamm_rebalance(struct call *c);
void rest_klamm_describe_rebalance(struct call *c);
void rest_klamm_cancel_rebalance(struct call *c);

#endif
