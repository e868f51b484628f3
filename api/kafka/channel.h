/* channel - one client connection to a Kafka node, on a loop.
 *
 *   connecting -> ApiVersions asked -> up -> down
 *
 * Dials, asks for ApiVersions (newest first, version 0 when the node does not know it),
 * then carries pipelined calls, whose answers come in order. When anything fails all
 * open calls end with the error, `down` is called once, and the channel does nothing
 * any more: the owner frees it and dials anew when it thinks fit. Owned by one loop;
 * no callback runs from within a function called by the owner. */
#ifndef KLAMM_API_KAFKA_CHANNEL_H
#define KLAMM_API_KAFKA_CHANNEL_H

#include "api/kafka/api_keys.h"
#include "common/loop.h"

struct kf_channel;

struct kf_channel_options {
    struct loop *loop;          /* kept */
    const char *host;           /* an address or a name that resolves at once */
    uint16_t port;
    const char *client_id;
    int64_t connect_timeout_ms; /* until up; 0 means 10,000 */
    size_t response_bytes_max;  /* 0 means REQUEST_BYTES_MAX */
    void (*up)(void *ctx);      /* calls may be made; NULL is fine */
    void (*down)(void *ctx, err_t e, const char *reason); /* may free the channel */
    void *ctx;
};

/* ERR_INVALID for a host that does not resolve, ERR_IO. A refused connection comes by `down`. */
err_t kf_channel_new(const struct kf_channel_options *o, struct kf_channel **ret, struct why *reterr);
/* NULL is fine; open calls end without `done`. May be called from any callback. */
struct kf_channel *kf_channel_free(struct kf_channel *c);
DEFINE_OWNED(kf_channel)

bool kf_channel_is_up(const struct kf_channel *c);
/* The newest version of the API that both sides know, at most `max` (-1: no bound); -1 when there is
 * none or the channel is not up. */
int16_t kf_channel_version(const struct kf_channel *c, int16_t api_key, int16_t max);
/* What the node said to ApiVersions (struct kf_api_versions_response), NULL before up. */
const void *kf_channel_node(const struct kf_channel *c);

/* `msg` is the decoded response, NULL when `e`; it and `version` are borrowed for the call.
 * ERR_TIMEOUT closes the channel: answers come in order, so nothing behind it would be believed. */
typedef void (*kf_done_fn)(void *ctx, err_t e, const void *msg, int16_t version);

struct kf_call {
    int16_t api_key;
    int16_t version_max; /* -1: no bound */
    const void *msg;     /* the request, borrowed for the call */
    int64_t timeout_ms;  /* 0: none */
    kf_done_fn done;
    void *ctx;
};

/* Queues the request; it leaves at the end of the turn. ERR_UNREACHABLE when the channel is not up,
 * ERR_UNSUPPORTED when the node has no version in common or the message does not fit that version. */
err_t kf_channel_call(struct kf_channel *c, const struct kf_call *call, struct why *reterr);
/* Calls of `ctx` still open end without `done`. */
void kf_channel_cancel(struct kf_channel *c, const void *ctx);

#endif
