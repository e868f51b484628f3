#include "api/kafka/msg/describe_cluster.h"

KF_MESSAGE(describe_cluster_request, KF_DESCRIBE_CLUSTER_REQUEST, "DescribeClusterRequest", 60, 0,
           2, 0)
KF_NESTED(describe_cluster_response_describe_cluster_broker,
          KF_DESCRIBE_CLUSTER_RESPONSE_DESCRIBE_CLUSTER_BROKER, "DescribeClusterBroker")
KF_MESSAGE(describe_cluster_response, KF_DESCRIBE_CLUSTER_RESPONSE, "DescribeClusterResponse", 60,
           0, 2, 0)
