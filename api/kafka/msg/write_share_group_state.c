#include "api/kafka/msg/write_share_group_state.h"

KF_NESTED(write_share_group_state_request_state_batch,
          KF_WRITE_SHARE_GROUP_STATE_REQUEST_STATE_BATCH, "StateBatch")
KF_NESTED(write_share_group_state_request_partition_data,
          KF_WRITE_SHARE_GROUP_STATE_REQUEST_PARTITION_DATA, "PartitionData")
KF_NESTED(write_share_group_state_request_write_state_data,
          KF_WRITE_SHARE_GROUP_STATE_REQUEST_WRITE_STATE_DATA, "WriteStateData")
KF_MESSAGE(write_share_group_state_request, KF_WRITE_SHARE_GROUP_STATE_REQUEST,
           "WriteShareGroupStateRequest", 85, 0, 1, 0)
KF_NESTED(write_share_group_state_response_partition_result,
          KF_WRITE_SHARE_GROUP_STATE_RESPONSE_PARTITION_RESULT, "PartitionResult")
KF_NESTED(write_share_group_state_response_write_state_result,
          KF_WRITE_SHARE_GROUP_STATE_RESPONSE_WRITE_STATE_RESULT, "WriteStateResult")
KF_MESSAGE(write_share_group_state_response, KF_WRITE_SHARE_GROUP_STATE_RESPONSE,
           "WriteShareGroupStateResponse", 85, 0, 1, 0)
