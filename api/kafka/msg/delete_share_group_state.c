#include "api/kafka/msg/delete_share_group_state.h"

KF_NESTED(delete_share_group_state_request_partition_data,
          KF_DELETE_SHARE_GROUP_STATE_REQUEST_PARTITION_DATA, "PartitionData")
KF_NESTED(delete_share_group_state_request_delete_state_data,
          KF_DELETE_SHARE_GROUP_STATE_REQUEST_DELETE_STATE_DATA, "DeleteStateData")
KF_MESSAGE(delete_share_group_state_request, KF_DELETE_SHARE_GROUP_STATE_REQUEST,
           "DeleteShareGroupStateRequest", 86, 0, 0, 0)
KF_NESTED(delete_share_group_state_response_partition_result,
          KF_DELETE_SHARE_GROUP_STATE_RESPONSE_PARTITION_RESULT, "PartitionResult")
KF_NESTED(delete_share_group_state_response_delete_state_result,
          KF_DELETE_SHARE_GROUP_STATE_RESPONSE_DELETE_STATE_RESULT, "DeleteStateResult")
KF_MESSAGE(delete_share_group_state_response, KF_DELETE_SHARE_GROUP_STATE_RESPONSE,
           "DeleteShareGroupStateResponse", 86, 0, 0, 0)
