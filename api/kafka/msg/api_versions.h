/* api_versions - request and response as field tables (api/kafka/fields.h).
 *
 *   ApiVersionsRequest: key 18, versions 0-4, flexible from 3
 *   ApiVersionsResponse: key 18, versions 0-4, flexible from 3 */
#ifndef KLAMM_API_KAFKA_MSG_API_VERSIONS_H
#define KLAMM_API_KAFKA_MSG_API_VERSIONS_H

#include "api/kafka/fields.h"

#define KF_API_VERSIONS_REQUEST(F, S)                           \
    F(string, client_software_name, 3, KF_MAX, KF_IGNORABLE)    \
    F(string, client_software_version, 3, KF_MAX, KF_IGNORABLE)
KF_STRUCT(api_versions_request, KF_API_VERSIONS_REQUEST)

#define KF_API_VERSIONS_RESPONSE_API_VERSION(F, S) \
    F(int16, api_key, 0, KF_MAX)                   \
    F(int16, min_version, 0, KF_MAX)               \
    F(int16, max_version, 0, KF_MAX)
KF_STRUCT(api_versions_response_api_version, KF_API_VERSIONS_RESPONSE_API_VERSION)

#define KF_API_VERSIONS_RESPONSE_SUPPORTED_FEATURE_KEY(F, S) \
    F(string, name, 3, KF_MAX)                               \
    F(int16, min_version, 3, KF_MAX)                         \
    F(int16, max_version, 3, KF_MAX)
KF_STRUCT(api_versions_response_supported_feature_key,
          KF_API_VERSIONS_RESPONSE_SUPPORTED_FEATURE_KEY)

#define KF_API_VERSIONS_RESPONSE_FINALIZED_FEATURE_KEY(F, S) \
    F(string, name, 3, KF_MAX)                               \
    F(int16, max_version_level, 3, KF_MAX)                   \
    F(int16, min_version_level, 3, KF_MAX)
KF_STRUCT(api_versions_response_finalized_feature_key,
          KF_API_VERSIONS_RESPONSE_FINALIZED_FEATURE_KEY)

#define KF_API_VERSIONS_RESPONSE(F, S)                                                   \
    F(int16, error_code, 0, KF_MAX)                                                      \
    S(array, api_keys, api_versions_response_api_version, 0, KF_MAX)                     \
    F(int32, throttle_time_ms, 1, KF_MAX, KF_IGNORABLE)                                  \
    S(array, supported_features, api_versions_response_supported_feature_key, 3, KF_MAX, \
      KF_TAG(0), KF_IGNORABLE)                                                           \
    F(int64, finalized_features_epoch, 3, KF_MAX, KF_TAG(1), KF_DEF(-1), KF_IGNORABLE)   \
    S(array, finalized_features, api_versions_response_finalized_feature_key, 3, KF_MAX, \
      KF_TAG(2), KF_IGNORABLE)                                                           \
    F(bool, zk_migration_ready, 3, KF_MAX, KF_TAG(3), KF_IGNORABLE)
KF_STRUCT(api_versions_response, KF_API_VERSIONS_RESPONSE)

#endif
