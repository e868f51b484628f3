/* coordinator_record - one record of a coordinator's state into its partition, for the coordinators
 * that write a record at a time (transactions, share groups). */
#ifndef KLAMM_BROKER_SERVER_COORDINATOR_RECORD_H
#define KLAMM_BROKER_SERVER_COORDINATOR_RECORD_H

#include "broker/server/append.h"

/* Appends {key, value} as a batch of its own, uncompressed, refused when this broker does not lead
 * `p` or its in-sync set is too small; a value without bytes is null, a tombstone. `batch` is the
 * caller's scratch. Errors are the log's: coordinator_error tells them to clients. */
struct append_result coordinator_append(struct broker *b, struct partition *p, struct buf *batch,
                                        struct slice key, struct slice value, int64_t wall_ms);

/* What the log answers, as a coordinator says it. */
int16_t coordinator_error(int16_t error);

#endif
