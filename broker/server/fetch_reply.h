/* fetch_reply - a Fetch response, written by hand because file ranges go into it.
 *
 * The twin of kf_fetch_response_schema; a test proves them equal in every version. */
#ifndef KLAMM_BROKER_SERVER_FETCH_REPLY_H
#define KLAMM_BROKER_SERVER_FETCH_REPLY_H

#include "broker/log/log.h"
#include "common/buf.h"
#include "common/uuid.h"

struct fetch_result {
    struct str topic;
    struct uuid topic_id;
    int32_t index;
    int16_t error;
    int64_t high_watermark, last_stable, log_start; /* -1 with an error */
    int32_t diverging_epoch;                        /* -1: none */
    int64_t diverging_end;
    int32_t leader_id, leader_epoch;                /* leader_id -1: not said */
    int32_t preferred;                              /* replica to read from instead; -1: none */
    bool aborted_list;                              /* READ_COMMITTED: a list, else null */
    struct slice aborted;                           /* its entries, as in a .txnindex */
    struct log_span span;                           /* n == 0: no records */
    int64_t readable;                               /* not sent: where this reader's log ends */
};

struct fetch_node {
    int32_t id;
    const char *host, *rack;
    uint16_t port;
};

struct fetch_reply {
    int16_t version, error;
    int32_t session_id;
    const struct fetch_result *results; /* neighbours of one topic share its entry */
    unsigned results_n;
    const struct fetch_node *nodes;
    unsigned nodes_n;
};

/* Appends the body, which begins with the throttle time, 0; ret_at[i] is where the i-th non-empty
 * span goes. */
void fetch_reply_encode(const struct fetch_reply *f, struct buf *ret, size_t *ret_at);

#endif
