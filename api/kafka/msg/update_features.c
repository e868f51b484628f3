#include "api/kafka/msg/update_features.h"

KF_NESTED(update_features_request_feature_update_key,
          KF_UPDATE_FEATURES_REQUEST_FEATURE_UPDATE_KEY, "FeatureUpdateKey")
KF_MESSAGE(update_features_request, KF_UPDATE_FEATURES_REQUEST, "UpdateFeaturesRequest", 57, 0, 2,
           0)
KF_NESTED(update_features_response_updatable_feature_result,
          KF_UPDATE_FEATURES_RESPONSE_UPDATABLE_FEATURE_RESULT, "UpdatableFeatureResult")
KF_MESSAGE(update_features_response, KF_UPDATE_FEATURES_RESPONSE, "UpdateFeaturesResponse", 57, 0,
           2, 0)
