/* txn_marker_write - a marker into a partition that this broker leads, and its replication.
 *
 * Owned by the reactor. */
#ifndef KLAMM_BROKER_SERVER_TXN_MARKER_WRITE_H
#define KLAMM_BROKER_SERVER_TXN_MARKER_WRITE_H

#include "broker/replica/producer_state.h"
#include "broker/server/append.h"

struct txn_marker_write {
    struct append_wait wait;
    /* Once, maybe from within; from within a follower's fetch too: nothing is appended in it. */
    void (*done)(struct txn_marker_write *w, int16_t error);
};

/* `w->done` set. The error is one that coordinators know: 0, 3, 6, 19, 20, 47, 52, 56. */
void txn_marker_write(struct broker *b, struct str topic, int32_t index,
                      const struct producer_marker *m, struct txn_marker_write *w);
void txn_marker_write_cancel(struct txn_marker_write *w);

#endif
