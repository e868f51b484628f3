/* replicas - the partitions that live on this node: their logs, and who waits for them.
 *
 *   topic name -+
 *   topic id  --+-> struct topic -> struct partition -> log, producers, subscribers
 *
 * What a partition's role is comes from the metadata (broker/server/publish.c). Its high
 * watermark is log_high_watermark: the leader's core decides it, a follower learns it.
 *
 * Invariants:
 *   R1  a partition that leads has a log and a leader's core; no other has one
 *   R2  a topic is in both maps or in none
 *
 * Owned by the data plane's reactor. */
#ifndef KLAMM_BROKER_REPLICA_REPLICAS_H
#define KLAMM_BROKER_REPLICA_REPLICAS_H

#include "broker/log/log_dir.h"
#include "broker/replica/producer_state.h"
#include "broker/replica/traffic.h"
#include "common/list.h"
#include "common/map.h"
#include "common/uuid.h"

struct leader;
struct fetcher_partition;
struct move;

struct partition {
    struct topic *topic;
    int32_t index;
    struct log *log;      /* NULL: its directory failed, or it is damaged */
    bool damaged;         /* not opened: a batch that was promised is no good (directories.h) */
    int64_t damaged_from; /* the damage was found by a read of this offset, or later */
    bool unreadable;      /* the same, found while it is open: closed at the end of the turn */
    bool unopened;        /* for want of space: tried again when there is some */
    struct log_dir *dir;
    int32_t leader_id, leader_epoch, partition_epoch;
    bool leads;
    struct leader *leader;   /* while it leads (broker/server/leading.h) */
    struct fetcher_partition *fetched; /* while it follows: broker/server/fetcher.h's own */
    struct move *move;       /* while it is on its way to another directory (broker/server/moving.h) */
    struct list unsettled;   /* leading.c's list of leaders with a replica that is behind or out */
    struct list altering;    /* leading.c's list of proposals to send, or sent */
    struct list misplaced;   /* directories.c's list of what the controller does not know */
    bool lost;               /* its directory failed before the controller knew that it was there */
    bool told_lost;          /* what it says there, or said, is that this replica is lost or damaged */
    struct list deletions;   /* deletion_wait.by_partition: until all replicas have let go */
    struct list waits;       /* append_wait.by_partition: until the high watermark, by offset */
    struct list shares;      /* share_lead.node: groups that share it (broker/server/share_leads.h) */
    void (*exposed)(struct partition *p); /* its high watermark has moved; NULL: nobody asks */
    bool throttled_out, throttled_in; /* replication throttles name it (throttling.h) */
    bool producers_ready; /* `producers` says all that the log says */
    struct producer_state producers;
    struct list subscribers; /* fetch_partition.by_partition: who fetches here */
};

struct topic {
    char *name;
    struct uuid id;
    struct partition **partitions; /* by index; NULL where the replica is not here */
    int32_t partitions_n;
    struct log_config config;
    int32_t min_isr;          /* min.insync.replicas */
    bool durable;             /* klamm.durable.acks: only what is flushed counts */
    bool throttled;           /* its properties name throttled replicas */
    struct traffic traffic;
};

struct replicas {
    struct map by_name, by_id;
};

/* All logs are closed before. */
void replicas_done(struct replicas *r);

struct topic *replicas_topic(const struct replicas *r, struct str name);
struct topic *replicas_topic_by_id(const struct replicas *r, const struct uuid *id);
/* NULL when not here. */
struct partition *topic_partition(const struct topic *t, int32_t index);

struct topic *replicas_add_topic(struct replicas *r, struct str name, const struct uuid *id,
                                 const struct log_config *config);
/* With its partitions, whose logs are closed. */
void replicas_remove_topic(struct replicas *r, struct topic *t);
struct partition *topic_add_partition(struct topic *t, int32_t index);

/* Consumers see what is below. */
static inline int64_t partition_high_watermark(const struct partition *p)
{
    return log_high_watermark(p->log);
}

/* Every partition in turn: `at` starts as {0}. NULL ends. */
struct replicas_walk {
    size_t topic;
    struct topic *current;
    int32_t partition;
};
struct partition *replicas_next(const struct replicas *r, struct replicas_walk *at);

#endif
