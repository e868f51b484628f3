/* update_features - request and response as field tables (api/kafka/fields.h).
 *
 *   UpdateFeaturesRequest: key 57, versions 0-2, flexible from 0
 *   UpdateFeaturesResponse: key 57, versions 0-2, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_UPDATE_FEATURES_H
#define KLAMM_API_KAFKA_MSG_UPDATE_FEATURES_H

#include "api/kafka/fields.h"

#define KF_UPDATE_FEATURES_REQUEST_FEATURE_UPDATE_KEY(F, S) \
    F(string, feature, 0, KF_MAX)                           \
    F(int16, max_version_level, 0, KF_MAX)                  \
    F(bool, allow_downgrade, 0, 0)                          \
    F(int8, upgrade_type, 1, KF_MAX, KF_DEF(1))
KF_STRUCT(update_features_request_feature_update_key, KF_UPDATE_FEATURES_REQUEST_FEATURE_UPDATE_KEY)

#define KF_UPDATE_FEATURES_REQUEST(F, S)                                             \
    F(int32, timeout_ms, 0, KF_MAX, KF_DEF(60000))                                   \
    S(array, feature_updates, update_features_request_feature_update_key, 0, KF_MAX) \
    F(bool, validate_only, 1, KF_MAX)
KF_STRUCT(update_features_request, KF_UPDATE_FEATURES_REQUEST)

#define KF_UPDATE_FEATURES_RESPONSE_UPDATABLE_FEATURE_RESULT(F, S) \
    F(string, feature, 0, KF_MAX)                                  \
    F(int16, error_code, 0, KF_MAX)                                \
    F(string, error_message, 0, KF_MAX, KF_NULL)
KF_STRUCT(update_features_response_updatable_feature_result,
          KF_UPDATE_FEATURES_RESPONSE_UPDATABLE_FEATURE_RESULT)

#define KF_UPDATE_FEATURES_RESPONSE(F, S)                                                    \
    F(int32, throttle_time_ms, 0, KF_MAX)                                                    \
    F(int16, error_code, 0, KF_MAX)                                                          \
    F(string, error_message, 0, KF_MAX, KF_NULL)                                             \
    S(array, results, update_features_response_updatable_feature_result, 0, 1, KF_IGNORABLE)
KF_STRUCT(update_features_response, KF_UPDATE_FEATURES_RESPONSE)

#endif
