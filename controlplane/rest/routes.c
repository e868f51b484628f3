#include "controlplane/rest/routes.h"

/* Every operation of the MSK API (service model 2018-11-14), by name. */
static const struct route routes[] = {
    { "BatchAssociateScramSecret", "POST", "/v1/clusters/{}/scram-secrets", NULL },
    { "BatchDisassociateScramSecret", "PATCH", "/v1/clusters/{}/scram-secrets", NULL },
    { "CreateChannel", "POST", "/v1/clusters/{}/channels", NULL },
    { "CreateCluster", "POST", "/v1/clusters", rest_create_cluster },
    { "CreateClusterV2", "POST", "/api/v2/clusters", rest_create_cluster_v2 },
    { "CreateConfiguration", "POST", "/v1/configurations", rest_create_configuration },
    { "CreateReplicator", "POST", "/replication/v1/replicators", NULL },
    { "CreateTopic", "POST", "/v1/clusters/{}/topics", rest_create_topic },
    { "CreateVpcConnection", "POST", "/v1/vpc-connection", NULL },
    { "DeleteChannel", "DELETE", "/v1/clusters/{}/channels/{}", NULL },
    { "DeleteCluster", "DELETE", "/v1/clusters/{}", rest_delete_cluster },
    { "DeleteClusterPolicy", "DELETE", "/v1/clusters/{}/policy", rest_delete_cluster_policy },
    { "DeleteConfiguration", "DELETE", "/v1/configurations/{}", rest_delete_configuration },
    { "DeleteReplicator", "DELETE", "/replication/v1/replicators/{}", NULL },
    { "DeleteTopic", "DELETE", "/v1/clusters/{}/topics/{}", rest_delete_topic },
    { "DeleteVpcConnection", "DELETE", "/v1/vpc-connection/{}", NULL },
    { "DescribeChannel", "GET", "/v1/clusters/{}/channels/{}", NULL },
    { "DescribeCluster", "GET", "/v1/clusters/{}", rest_describe_cluster },
    { "DescribeClusterOperation", "GET", "/v1/operations/{}", rest_describe_operation },
    { "DescribeClusterOperationV2", "GET", "/api/v2/operations/{}", rest_describe_operation_v2 },
    { "DescribeClusterV2", "GET", "/api/v2/clusters/{}", rest_describe_cluster_v2 },
    { "DescribeConfiguration", "GET", "/v1/configurations/{}", rest_describe_configuration },
    { "DescribeConfigurationRevision", "GET", "/v1/configurations/{}/revisions/{}",
      rest_describe_configuration_revision },
    { "DescribeReplicator", "GET", "/replication/v1/replicators/{}", NULL },
    { "DescribeTopic", "GET", "/v1/clusters/{}/topics/{}", rest_describe_topic },
    { "DescribeTopicPartitions", "GET", "/v1/clusters/{}/topics/{}/partitions",
      rest_describe_topic_partitions },
    { "DescribeVpcConnection", "GET", "/v1/vpc-connection/{}", NULL },
    { "GetBootstrapBrokers", "GET", "/v1/clusters/{}/bootstrap-brokers",
      rest_get_bootstrap_brokers },
    { "GetClusterPolicy", "GET", "/v1/clusters/{}/policy", rest_get_cluster_policy },
    { "GetCompatibleKafkaVersions", "GET", "/v1/compatible-kafka-versions",
      rest_get_compatible_kafka_versions },
    { "ListChannels", "GET", "/v1/clusters/{}/channels", NULL },
    { "ListClientVpcConnections", "GET", "/v1/clusters/{}/client-vpc-connections", NULL },
    { "ListClusterOperations", "GET", "/v1/clusters/{}/operations", rest_list_operations },
    { "ListClusterOperationsV2", "GET", "/api/v2/clusters/{}/operations", rest_list_operations_v2 },
    { "ListClusters", "GET", "/v1/clusters", rest_list_clusters },
    { "ListClustersV2", "GET", "/api/v2/clusters", rest_list_clusters_v2 },
    { "ListConfigurationRevisions", "GET", "/v1/configurations/{}/revisions",
      rest_list_configuration_revisions },
    { "ListConfigurations", "GET", "/v1/configurations", rest_list_configurations },
    { "ListKafkaVersions", "GET", "/v1/kafka-versions", rest_list_kafka_versions },
    { "ListNodes", "GET", "/v1/clusters/{}/nodes", rest_list_nodes },
    { "ListReplicators", "GET", "/replication/v1/replicators", NULL },
    { "ListScramSecrets", "GET", "/v1/clusters/{}/scram-secrets", NULL },
    { "ListTagsForResource", "GET", "/v1/tags/{}", rest_list_tags },
    { "ListTopics", "GET", "/v1/clusters/{}/topics", rest_list_topics },
    { "ListVpcConnections", "GET", "/v1/vpc-connections", NULL },
    { "PutClusterPolicy", "PUT", "/v1/clusters/{}/policy", rest_put_cluster_policy },
    { "RebootBroker", "PUT", "/v1/clusters/{}/reboot-broker", rest_reboot_broker },
    { "RejectClientVpcConnection", "PUT", "/v1/clusters/{}/client-vpc-connection", NULL },
    { "TagResource", "POST", "/v1/tags/{}", rest_tag_resource },
    { "UntagResource", "DELETE", "/v1/tags/{}", rest_untag_resource },
    { "UpdateBrokerCount", "PUT", "/v1/clusters/{}/nodes/count", rest_update_broker_count },
    { "UpdateBrokerStorage", "PUT", "/v1/clusters/{}/nodes/storage", rest_update_broker_storage },
    { "UpdateBrokerType", "PUT", "/v1/clusters/{}/nodes/type", rest_update_broker_type },
    { "UpdateChannel", "PUT", "/v1/clusters/{}/channels/{}", NULL },
    { "UpdateClusterConfiguration", "PUT", "/v1/clusters/{}/configuration",
      rest_update_cluster_configuration },
    { "UpdateClusterKafkaVersion", "PUT", "/v1/clusters/{}/version", rest_update_kafka_version },
    { "UpdateConfiguration", "PUT", "/v1/configurations/{}", rest_update_configuration },
    { "UpdateConnectivity", "PUT", "/v1/clusters/{}/connectivity", NULL },
    { "UpdateMonitoring", "PUT", "/v1/clusters/{}/monitoring", rest_update_monitoring },
    { "UpdateRebalancing", "PUT", "/v1/clusters/{}/rebalancing", rest_update_rebalancing },
    { "UpdateReplicationInfo", "PUT", "/replication/v1/replicators/{}/replication-info", NULL },
    { "UpdateSecurity", "PATCH", "/v1/clusters/{}/security", rest_update_security },
    { "UpdateStorage", "PUT", "/v1/clusters/{}/storage", rest_update_storage },
    { "UpdateTopic", "PUT", "/v1/clusters/{}/topics/{}", rest_update_topic },
    /* klamm's own, for what AWS shows nobody: the nodes that agents run on. docs/nodes.md. */
    { "KlammListNodes", "GET", "/klamm/v1/nodes", rest_klamm_list_nodes },
    { "KlammDescribeStorage", "GET", "/klamm/v1/clusters/{}/storage", rest_klamm_storage },
    { "KlammListEvents", "GET", "/klamm/v1/clusters/{}/events", rest_klamm_list_events },
    { "KlammRemoveNode", "DELETE", "/klamm/v1/nodes/{}", rest_klamm_remove_node },
    /* How a cluster's partitions move. docs/rebalance.md. */
    { "KlammRebalance", "POST", "/klamm/v1/clusters/{}/rebalance", rest_klamm_rebalance },
    { "KlammDescribeRebalance", "GET", "/klamm/v1/clusters/{}/rebalance", rest_klamm_describe_rebalance },
    { "KlammCancelRebalance", "DELETE", "/klamm/v1/clusters/{}/rebalance", rest_klamm_cancel_rebalance },
};

const struct route *route_at(unsigned i)
{
    return i < sizeof(routes) / sizeof(routes[0]) ? &routes[i] : NULL;
}

/* One segment of the path, up to the next '/'. */
static struct str segment(struct str *path)
{
    const char *slash = path->n ? memchr(path->p, '/', path->n) : NULL;
    struct str s = str_make(path->p, slash ? (size_t)(slash - path->p) : path->n);

    *path = slash ? str_make(slash + 1, path->n - s.n - 1) : str_make(path->p + path->n, 0);
    return s;
}

/* The path is cut before it is unescaped: an ARN's own slashes are %2F. */
static bool matches(const char *pattern, struct str path, struct str *ret_parameters)
{
    struct str p = str_of(pattern + 1);
    unsigned n = 0;

    path = str_make(path.p + 1, path.n - 1);
    while (p.n && path.n) {
        struct str want = segment(&p), got = segment(&path);

        if (!str_is(want, "{}")) {
            if (!str_eq(want, got))
                return false;
        } else if (!got.n) {
            return false;
        } else {
            ret_parameters[n++] = got;
        }
    }
    return !p.n && !path.n;
}

const struct route *route_find(struct str method, struct str path,
                               struct str ret_parameters[ROUTE_PARAMETERS_MAX],
                               bool *ret_path_known)
{
    *ret_path_known = false;
    if (!path.n || path.p[0] != '/')
        return NULL;
    if (path.n > 1 && path.p[path.n - 1] == '/')
        path.n--;
    for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
        if (!matches(routes[i].pattern, path, ret_parameters))
            continue;
        *ret_path_known = true;
        if (str_is(method, routes[i].method))
            return &routes[i];
    }
    return NULL;
}
