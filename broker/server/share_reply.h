/* share_reply - what answers of ShareFetch and ShareAcknowledge say about leaders elsewhere. */
#ifndef KLAMM_BROKER_SERVER_SHARE_REPLY_H
#define KLAMM_BROKER_SERVER_SHARE_REPLY_H

#include "broker/metadata/image.h"
#include "common/uuid.h"

struct broker;
struct request;

enum { SHARE_REPLY_NODES_MAX = 64 };

struct share_reply_node {
    int32_t id;
    const struct endpoint *endpoint;
    const char *rack; /* or NULL */
};

/* With NOT_LEADER_OR_FOLLOWER or FENCED_LEADER_EPOCH who leads instead, -1 unknown; else nothing. */
void share_reply_leader(const struct broker *b, const struct uuid *topic, int32_t index,
                        int16_t error, int32_t *ret_id, int32_t *ret_epoch);
/* Adds the node once, when it has an address for this client. */
void share_reply_node(const struct broker *b, const struct request *r, int32_t id,
                      struct share_reply_node *nodes, int32_t *n);

#endif
