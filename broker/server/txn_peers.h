/* txn_peers - this broker's connections to other brokers for transactions: markers to the leaders
 * of partitions, questions to coordinators.
 *
 * One connection a broker, dialled when there is something to say and kept. A call that cannot be
 * made or whose answer does not come ends with an error: who asks tries again, perhaps elsewhere.
 *
 * Owned by the reactor. */
#ifndef KLAMM_BROKER_SERVER_TXN_PEERS_H
#define KLAMM_BROKER_SERVER_TXN_PEERS_H

#include <stdint.h>

#include "common/err.h"
#include "common/list.h"

struct broker;
struct txn_peers;

struct txn_peer_call {
    int16_t api_key;
    const void *message;  /* kept until `done` */
    int64_t timeout_ms;   /* once it is sent */
    int16_t version_min;  /* a node that knows only older ones: ERR_UNSUPPORTED */
    /* Once, never from within txn_peers_send. `answer` is borrowed for the call, NULL with an
     * error. */
    void (*done)(struct txn_peer_call *c, err_t e, const void *answer);
    /* The peer's own: */
    struct list node;
    struct txn_peer *peer;
};

struct txn_peers *txn_peers_new(struct broker *b);
/* Open calls end without `done`. NULL is fine; returns NULL. */
struct txn_peers *txn_peers_free(struct txn_peers *p);

/* `broker` must not be this one. */
void txn_peers_send(struct txn_peers *p, int32_t broker, struct txn_peer_call *c);
/* `done` is not called any more. */
void txn_peers_cancel(struct txn_peer_call *c);

#endif
