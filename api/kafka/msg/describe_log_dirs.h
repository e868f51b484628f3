/* describe_log_dirs - request and response as field tables (api/kafka/fields.h).
 *
 *   DescribeLogDirsRequest: key 35, versions 1-5, flexible from 2
 *   DescribeLogDirsResponse: key 35, versions 1-5, flexible from 2 */
#ifndef KLAMM_API_KAFKA_MSG_DESCRIBE_LOG_DIRS_H
#define KLAMM_API_KAFKA_MSG_DESCRIBE_LOG_DIRS_H

#include "api/kafka/fields.h"

#define KF_DESCRIBE_LOG_DIRS_REQUEST_DESCRIBABLE_LOG_DIR_TOPIC(F, S) \
    F(string, topic, 0, KF_MAX)                                      \
    F(int32s, partitions, 0, KF_MAX)
KF_STRUCT(describe_log_dirs_request_describable_log_dir_topic,
          KF_DESCRIBE_LOG_DIRS_REQUEST_DESCRIBABLE_LOG_DIR_TOPIC)

#define KF_DESCRIBE_LOG_DIRS_REQUEST(F, S)                                                    \
    S(array, topics, describe_log_dirs_request_describable_log_dir_topic, 0, KF_MAX, KF_NULL)
KF_STRUCT(describe_log_dirs_request, KF_DESCRIBE_LOG_DIRS_REQUEST)

#define KF_DESCRIBE_LOG_DIRS_RESPONSE_DESCRIBE_LOG_DIRS_PARTITION(F, S) \
    F(int32, partition_index, 0, KF_MAX)                                \
    F(int64, partition_size, 0, KF_MAX)                                 \
    F(int64, offset_lag, 0, KF_MAX)                                     \
    F(bool, is_future_key, 0, KF_MAX)
KF_STRUCT(describe_log_dirs_response_describe_log_dirs_partition,
          KF_DESCRIBE_LOG_DIRS_RESPONSE_DESCRIBE_LOG_DIRS_PARTITION)

#define KF_DESCRIBE_LOG_DIRS_RESPONSE_DESCRIBE_LOG_DIRS_TOPIC(F, S)                         \
    F(string, name, 0, KF_MAX)                                                              \
    S(array, partitions, describe_log_dirs_response_describe_log_dirs_partition, 0, KF_MAX)
KF_STRUCT(describe_log_dirs_response_describe_log_dirs_topic,
          KF_DESCRIBE_LOG_DIRS_RESPONSE_DESCRIBE_LOG_DIRS_TOPIC)

#define KF_DESCRIBE_LOG_DIRS_RESPONSE_DESCRIBE_LOG_DIRS_RESULT(F, S)                \
    F(int16, error_code, 0, KF_MAX)                                                 \
    F(string, log_dir, 0, KF_MAX)                                                   \
    S(array, topics, describe_log_dirs_response_describe_log_dirs_topic, 0, KF_MAX) \
    F(int64, total_bytes, 4, KF_MAX, KF_DEF(-1), KF_IGNORABLE)                      \
    F(int64, usable_bytes, 4, KF_MAX, KF_DEF(-1), KF_IGNORABLE)                     \
    F(bool, is_cordoned, 5, KF_MAX, KF_IGNORABLE)
KF_STRUCT(describe_log_dirs_response_describe_log_dirs_result,
          KF_DESCRIBE_LOG_DIRS_RESPONSE_DESCRIBE_LOG_DIRS_RESULT)

#define KF_DESCRIBE_LOG_DIRS_RESPONSE(F, S)                                           \
    F(int32, throttle_time_ms, 0, KF_MAX)                                             \
    F(int16, error_code, 3, KF_MAX, KF_IGNORABLE)                                     \
    S(array, results, describe_log_dirs_response_describe_log_dirs_result, 0, KF_MAX)
KF_STRUCT(describe_log_dirs_response, KF_DESCRIBE_LOG_DIRS_RESPONSE)

#endif
