/* fetcher - follows the leaders of the partitions that this broker replicates but does not lead.
 *
 *   publish --follow/stop--> partition --> peer (one connection to each leader's broker)
 *                               ^            | Fetch, one incremental session (KIP-227)
 *                               +- append <--+ answer; the next Fetch leaves in the same turn
 *
 * A request names only what changed: partitions that moved, came or went. While one waits at
 * the leader for records, a second goes out only for partitions that came: after a failover
 * they must not wait for the first one's end.
 *
 * What a durable topic's replica tells the leader to have is flushed: it asks for more only
 * after that.
 *
 * Owned by the reactor. */
#ifndef KLAMM_BROKER_SERVER_FETCHER_H
#define KLAMM_BROKER_SERVER_FETCHER_H

struct broker;
struct fetchers;
struct partition;

struct fetchers *fetchers_new(struct broker *b);
/* Nothing is followed any more. NULL is fine; returns NULL. */
struct fetchers *fetchers_free(struct fetchers *f);

/* p->leader_id and p->leader_epoch are set, its log is open; (re)starts. Leader -1: just stops. */
void fetcher_follow(struct broker *b, struct partition *p);
/* A durable topic (klamm.durable.acks): what `p` has is flushed now, or need not be any more. */
void fetcher_flushed(struct partition *p);
/* Idempotent; before a log is closed, deleted or led. */
void fetcher_stop(struct broker *b, struct partition *p);
/* Endpoints in the image may have moved. */
void fetcher_brokers_changed(struct broker *b);
/* This broker has another epoch: its leaders let it into no ISR before they have heard of it, and a
 * session does not name what has not changed. */
void fetcher_registered(struct broker *b);

#endif
