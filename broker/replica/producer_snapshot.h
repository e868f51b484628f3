/* producer_snapshot - <offset>.snapshot, the state of a partition's producers below an offset.
 *
 *   int16 version = 1, uint32 CRC-32C of what follows, int32 count, then per producer
 *   int64 id, int16 epoch, int32 last sequence, int64 last offset, int32 offset delta,
 *   int64 timestamp, int32 coordinator epoch, int64 first offset of the open transaction
 *
 * Apache Kafka's format; only the last batch of each producer is in it. */
#ifndef KLAMM_BROKER_REPLICA_PRODUCER_SNAPSHOT_H
#define KLAMM_BROKER_REPLICA_PRODUCER_SNAPSHOT_H

#include "broker/replica/producer_state.h"

/* `offset` names the file and is not in it. */
void producer_snapshot_encode(const struct producer_state *s, struct buf *ret);
/* Fills `s`, empty before. ERR_CORRUPT: bad version, length or checksum; `s` stays empty. */
err_t producer_snapshot_decode(struct producer_state *s, struct slice file);

#endif
