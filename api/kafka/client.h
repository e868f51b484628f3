/* client - a small blocking Kafka client: health checks, the klamm command, tests.
 *
 * One connection to one node, one call at a time, each within the client's timeout. After a
 * failure the client is of no further use and is freed. Not for a thread that runs a loop. */
#ifndef KLAMM_API_KAFKA_CLIENT_H
#define KLAMM_API_KAFKA_CLIENT_H

#include "api/kafka/api_keys.h"
#include "common/mem.h"

struct kf_client;

/* Dials and asks for ApiVersions within `timeout_ms`, which also bounds every later call.
 * ERR_UNREACHABLE, ERR_TIMEOUT, ERR_CLOSED, ERR_INVALID (host): `reterr` says which node. */
err_t kf_client_new(const char *host, uint16_t port, int64_t timeout_ms, struct kf_client **ret,
                    struct why *reterr);
/* NULL is fine. */
struct kf_client *kf_client_free(struct kf_client *c);
DEFINE_OWNED(kf_client)

/* Sends `msg` in the newest common version (at most `version_max`; -1: no bound); the response lives
 * in `a`. Errors as kf_channel_call, and of the connection. Error codes inside the response are the
 * caller's to read. */
err_t kf_client_call(struct kf_client *c, int16_t api_key, int16_t version_max, const void *msg,
                     struct arena *a, const void **ret, struct why *reterr);

/* One topic with a replication factor, -1: the cluster's default; the broker's refusal is ERR_INVALID with
 * its sentence, an existing topic ERR_EXISTS. */
err_t kf_client_create_topic(struct kf_client *c, const char *topic, int32_t partitions,
                             int16_t replication_factor, struct why *reterr);
/* The leader's address of a partition, copied into `a`. ERR_NOT_FOUND until there is one. */
err_t kf_client_leader(struct kf_client *c, const char *topic, int32_t partition, struct arena *a,
                       const char **ret_host, uint16_t *ret_port, struct why *reterr);
/* One record to this node, which must lead the partition; acks=all. */
err_t kf_client_produce(struct kf_client *c, const char *topic, int32_t partition, struct slice key,
                        struct slice value, int64_t timestamp_ms, int64_t *ret_offset, struct why *reterr);
/* The records from `offset` on: the first batch that holds it, into `a` as raw batches; empty when
 * there is none yet. */
err_t kf_client_fetch(struct kf_client *c, const char *topic, int32_t partition, int64_t offset,
                      struct arena *a, struct slice *ret_batches, struct why *reterr);

#endif
