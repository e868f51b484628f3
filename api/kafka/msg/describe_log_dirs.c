#include "api/kafka/msg/describe_log_dirs.h"

KF_NESTED(describe_log_dirs_request_describable_log_dir_topic,
          KF_DESCRIBE_LOG_DIRS_REQUEST_DESCRIBABLE_LOG_DIR_TOPIC, "DescribableLogDirTopic")
KF_MESSAGE(describe_log_dirs_request, KF_DESCRIBE_LOG_DIRS_REQUEST, "DescribeLogDirsRequest", 35,
           1, 5, 2)
KF_NESTED(describe_log_dirs_response_describe_log_dirs_partition,
          KF_DESCRIBE_LOG_DIRS_RESPONSE_DESCRIBE_LOG_DIRS_PARTITION, "DescribeLogDirsPartition")
KF_NESTED(describe_log_dirs_response_describe_log_dirs_topic,
          KF_DESCRIBE_LOG_DIRS_RESPONSE_DESCRIBE_LOG_DIRS_TOPIC, "DescribeLogDirsTopic")
KF_NESTED(describe_log_dirs_response_describe_log_dirs_result,
          KF_DESCRIBE_LOG_DIRS_RESPONSE_DESCRIBE_LOG_DIRS_RESULT, "DescribeLogDirsResult")
KF_MESSAGE(describe_log_dirs_response, KF_DESCRIBE_LOG_DIRS_RESPONSE, "DescribeLogDirsResponse",
           35, 1, 5, 2)
