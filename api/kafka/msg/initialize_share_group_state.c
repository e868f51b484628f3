#include "api/kafka/msg/initialize_share_group_state.h"

KF_NESTED(initialize_share_group_state_request_partition_data,
          KF_INITIALIZE_SHARE_GROUP_STATE_REQUEST_PARTITION_DATA, "PartitionData")
KF_NESTED(initialize_share_group_state_request_initialize_state_data,
          KF_INITIALIZE_SHARE_GROUP_STATE_REQUEST_INITIALIZE_STATE_DATA, "InitializeStateData")
KF_MESSAGE(initialize_share_group_state_request, KF_INITIALIZE_SHARE_GROUP_STATE_REQUEST,
           "InitializeShareGroupStateRequest", 83, 0, 0, 0)
KF_NESTED(initialize_share_group_state_response_partition_result,
          KF_INITIALIZE_SHARE_GROUP_STATE_RESPONSE_PARTITION_RESULT, "PartitionResult")
KF_NESTED(initialize_share_group_state_response_initialize_state_result,
          KF_INITIALIZE_SHARE_GROUP_STATE_RESPONSE_INITIALIZE_STATE_RESULT, "InitializeStateResult")
KF_MESSAGE(initialize_share_group_state_response, KF_INITIALIZE_SHARE_GROUP_STATE_RESPONSE,
           "InitializeShareGroupStateResponse", 83, 0, 0, 0)
