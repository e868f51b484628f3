#include "api/kafka/msg/api_versions.h"

KF_MESSAGE(api_versions_request, KF_API_VERSIONS_REQUEST, "ApiVersionsRequest", 18, 0, 4, 3)
KF_NESTED(api_versions_response_api_version, KF_API_VERSIONS_RESPONSE_API_VERSION, "ApiVersion")
KF_NESTED(api_versions_response_supported_feature_key,
          KF_API_VERSIONS_RESPONSE_SUPPORTED_FEATURE_KEY, "SupportedFeatureKey")
KF_NESTED(api_versions_response_finalized_feature_key,
          KF_API_VERSIONS_RESPONSE_FINALIZED_FEATURE_KEY, "FinalizedFeatureKey")
KF_MESSAGE(api_versions_response, KF_API_VERSIONS_RESPONSE, "ApiVersionsResponse", 18, 0, 4, 3)
