/* describe_cluster - request and response as field tables (api/kafka/fields.h).
 *
 *   DescribeClusterRequest: key 60, versions 0-2, flexible from 0
 *   DescribeClusterResponse: key 60, versions 0-2, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_DESCRIBE_CLUSTER_H
#define KLAMM_API_KAFKA_MSG_DESCRIBE_CLUSTER_H

#include "api/kafka/fields.h"

#define KF_DESCRIBE_CLUSTER_REQUEST(F, S)                     \
    F(bool, include_cluster_authorized_operations, 0, KF_MAX) \
    F(int8, endpoint_type, 1, KF_MAX, KF_DEF(1))              \
    F(bool, include_fenced_brokers, 2, KF_MAX)
KF_STRUCT(describe_cluster_request, KF_DESCRIBE_CLUSTER_REQUEST)

#define KF_DESCRIBE_CLUSTER_RESPONSE_DESCRIBE_CLUSTER_BROKER(F, S) \
    F(int32, broker_id, 0, KF_MAX)                                 \
    F(string, host, 0, KF_MAX)                                     \
    F(int32, port, 0, KF_MAX)                                      \
    F(string, rack, 0, KF_MAX, KF_NULL, KF_DEF_NULL)               \
    F(bool, is_fenced, 2, KF_MAX)
KF_STRUCT(describe_cluster_response_describe_cluster_broker,
          KF_DESCRIBE_CLUSTER_RESPONSE_DESCRIBE_CLUSTER_BROKER)

#define KF_DESCRIBE_CLUSTER_RESPONSE(F, S)                                          \
    F(int32, throttle_time_ms, 0, KF_MAX)                                           \
    F(int16, error_code, 0, KF_MAX)                                                 \
    F(string, error_message, 0, KF_MAX, KF_NULL, KF_DEF_NULL)                       \
    F(int8, endpoint_type, 1, KF_MAX, KF_DEF(1))                                    \
    F(string, cluster_id, 0, KF_MAX)                                                \
    F(int32, controller_id, 0, KF_MAX, KF_DEF(-1))                                  \
    S(array, brokers, describe_cluster_response_describe_cluster_broker, 0, KF_MAX) \
    F(int32, cluster_authorized_operations, 0, KF_MAX, KF_DEF(INT32_MIN))
KF_STRUCT(describe_cluster_response, KF_DESCRIBE_CLUSTER_RESPONSE)

#endif
