/* leading - the shell of the leaders' cores (broker/replica/leader.h).
 *
 *   publish ---role--> core --high watermark--> log, who waits (append.h), who fetches
 *   append, flush -----> | \--proposal--> AlterPartition, one request at a time, all
 *   follower's fetch --> /                partitions of a turn in it --answer--> core
 *
 * Only partitions with a replica that is behind or out of the ISR are looked at now and
 * then; a partition whose replicas all have everything costs nothing.
 *
 * Owned by the reactor. */
#ifndef KLAMM_BROKER_SERVER_LEADING_H
#define KLAMM_BROKER_SERVER_LEADING_H

#include "broker/replica/leader.h"
#include "broker/replica/replicas.h"

struct broker;
struct leading;

struct leading *leading_new(struct broker *b);
/* No partition leads any more. NULL is fine; returns NULL. */
struct leading *leading_free(struct leading *g);

/* This node leads `p`, whose log is open, by `s`: begins with a new leader epoch, else takes
 * over what changed. */
void leading_role(struct broker *b, struct partition *p, const struct partition_state *s);
/* It leads no more: who waits is answered with `error`. Idempotent. */
void leading_stop(struct broker *b, struct partition *p, int16_t error);
/* The log has grown, or min.insync.replicas changed. */
void leading_grew(struct broker *b, struct partition *p);
/* Its flushed part has grown, or klamm.durable.acks changed: the end of the log is as it was. */
void leading_flushed(struct broker *b, struct partition *p);
/* A follower says what it has. False: NOT_LEADER_OR_FOLLOWER. Does not wake the follower. */
bool leading_fetched(struct broker *b, struct partition *p, const struct leader_fetch *f);
/* Brokers were registered, fenced, unfenced: others may join. */
void leading_brokers_changed(struct broker *b);

#endif
