/* describe - what an image says of client quotas and SCRAM credentials, as Apache Kafka's brokers
 * and controllers answer. Pure; answers live in the arena and rest on the image. */
#ifndef KLAMM_BROKER_METADATA_DESCRIBE_H
#define KLAMM_BROKER_METADATA_DESCRIBE_H

#include "api/kafka/msg/describe_client_quotas.h"
#include "api/kafka/msg/describe_user_scram_credentials.h"
#include "broker/metadata/image.h"

void describe_client_quotas(const struct image *i, struct arena *a,
                            const struct kf_describe_client_quotas_request *q,
                            struct kf_describe_client_quotas_response *ret);
void describe_scram_credentials(const struct image *i, struct arena *a,
                                const struct kf_describe_user_scram_credentials_request *q,
                                struct kf_describe_user_scram_credentials_response *ret);

#endif
