#include "api/kafka/msg/read_share_group_state.h"

KF_NESTED(read_share_group_state_request_partition_data,
          KF_READ_SHARE_GROUP_STATE_REQUEST_PARTITION_DATA, "PartitionData")
KF_NESTED(read_share_group_state_request_read_state_data,
          KF_READ_SHARE_GROUP_STATE_REQUEST_READ_STATE_DATA, "ReadStateData")
KF_MESSAGE(read_share_group_state_request, KF_READ_SHARE_GROUP_STATE_REQUEST,
           "ReadShareGroupStateRequest", 84, 0, 0, 0)
KF_NESTED(read_share_group_state_response_state_batch,
          KF_READ_SHARE_GROUP_STATE_RESPONSE_STATE_BATCH, "StateBatch")
KF_NESTED(read_share_group_state_response_partition_result,
          KF_READ_SHARE_GROUP_STATE_RESPONSE_PARTITION_RESULT, "PartitionResult")
KF_NESTED(read_share_group_state_response_read_state_result,
          KF_READ_SHARE_GROUP_STATE_RESPONSE_READ_STATE_RESULT, "ReadStateResult")
KF_MESSAGE(read_share_group_state_response, KF_READ_SHARE_GROUP_STATE_RESPONSE,
           "ReadShareGroupStateResponse", 84, 0, 0, 0)
