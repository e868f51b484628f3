#include "api/kafka/msg/read_share_group_state_summary.h"

KF_NESTED(read_share_group_state_summary_request_partition_data,
          KF_READ_SHARE_GROUP_STATE_SUMMARY_REQUEST_PARTITION_DATA, "PartitionData")
KF_NESTED(read_share_group_state_summary_request_read_state_summary_data,
          KF_READ_SHARE_GROUP_STATE_SUMMARY_REQUEST_READ_STATE_SUMMARY_DATA, "ReadStateSummaryData")
KF_MESSAGE(read_share_group_state_summary_request, KF_READ_SHARE_GROUP_STATE_SUMMARY_REQUEST,
           "ReadShareGroupStateSummaryRequest", 87, 0, 1, 0)
KF_NESTED(read_share_group_state_summary_response_partition_result,
          KF_READ_SHARE_GROUP_STATE_SUMMARY_RESPONSE_PARTITION_RESULT, "PartitionResult")
KF_NESTED(read_share_group_state_summary_response_read_state_summary_result,
    KF_READ_SHARE_GROUP_STATE_SUMMARY_RESPONSE_READ_STATE_SUMMARY_RESULT,
    "ReadStateSummaryResult")
KF_MESSAGE(read_share_group_state_summary_response, KF_READ_SHARE_GROUP_STATE_SUMMARY_RESPONSE,
           "ReadShareGroupStateSummaryResponse", 87, 0, 1, 0)
