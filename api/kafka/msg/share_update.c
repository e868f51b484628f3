#include "api/kafka/msg/share_update.h"

KF_MESSAGE(share_update_key, KF_SHARE_UPDATE_KEY, "ShareUpdateKey", 1, 0, 0, KF_MAX)
KF_NESTED(share_update_value_state_batch, KF_SHARE_UPDATE_VALUE_STATE_BATCH, "StateBatch")
KF_MESSAGE(share_update_value, KF_SHARE_UPDATE_VALUE, "ShareUpdateValue", 1, 0, 0, 0)
