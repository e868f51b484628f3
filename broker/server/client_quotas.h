/* client_quotas - the shell around broker/replica/client_quota.h: limits come from the metadata image, and
 * who is over its limit is told so (throttle_time_ms) and not read from until then (KIP-219).
 *
 * producer_byte_rate and consumer_byte_rate; the other keys are kept, told and warned of once. Beside
 * them klamm.network.ingress. and egress.bytes.per.second bound what all clients together produce to this
 * broker and fetch from it; replication, groups and all else do not count. Without any limit a request
 * costs a comparison or three. Owned by the reactor. */
#ifndef KLAMM_BROKER_SERVER_CLIENT_QUOTAS_H
#define KLAMM_BROKER_SERVER_CLIENT_QUOTAS_H

#include "broker/replica/client_quota.h"
#include "broker/server/listener.h"

struct broker;

void broker_quotas_init(struct broker *b);
/* The image's quotas changed. */
void broker_quotas_renew(struct broker *b);
/* Properties of brokers in the image changed: the whole broker's limits may have. */
void broker_quotas_network(struct broker *b);

/* `bytes` of the client that sent `r`, whose id is `client` (r->client_id is gone once the next request
 * is let in): what the answer says in throttle_time_ms. The connection is not read from until then. */
int32_t broker_quotas_record(struct broker *b, enum quota_kind kind, struct request *r, struct str client,
                             int64_t bytes);

#endif
