/* txn_internal - what the files of this folder share. */
#ifndef KLAMM_BROKER_TXN_TXN_INTERNAL_H
#define KLAMM_BROKER_TXN_TXN_INTERNAL_H

#include "api/kafka/errors.h"
#include "broker/txn/txn.h"

/* The state that a record makes: begun as the one that is, then changed. */
struct txn_next {
    enum txn_state state;
    int64_t producer_id, previous_id, next_id;
    int16_t epoch, last_epoch;
    int32_t timeout_ms;
    int64_t start_ms, update_ms;
    int16_t client_version;
    const struct txn_partition *partitions;
    int32_t partitions_n;
};

/* With the partitions of `t` while it is open. */
struct txn_next txn_next_of(const struct txn *t, enum txn_state state, int64_t now_ms);
/* The answer of a decision whose record makes `n`. */
struct txn_decision txn_decide(struct str id, const struct txn_context *c, const struct txn_next *n);
struct txn_decision txn_refuse(int16_t error);
struct txn_decision txn_wait(void); /* CONCURRENT_TRANSACTIONS: it is being completed */
struct txn_decision txn_answer(int64_t producer_id, int16_t epoch);

/* txn_record.c; version 0 for transaction.version 0, else 1. */
void txn_record_put(struct str id, const struct txn_next *n, int16_t version, struct buf *ret_key,
                    struct buf *ret_value);
void txn_key_put(struct str id, struct buf *ret);

struct txn *txns_find_or_add(struct txns *x, struct str id);
void txns_remove(struct txns *x, struct txn *t);
const char *txns_topic(struct txns *x, struct str name);
/* In its place; false when it was there. */
bool txn_add_partition(struct txn *t, const char *topic, int32_t index);
void txn_set_state(struct txns *x, struct txn *t, enum txn_state s);

#endif
