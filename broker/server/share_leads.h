/* share_leads - the shell of share partitions' cores (broker/share/share_partition.h): what this
 * broker delivers to share groups of the partitions that it leads.
 *
 *   first fetch of a group --ReadShareGroupState--> core --acquire--> members
 *   acknowledgements, released locks --core--> one WriteShareGroupState at a time --> who waits
 *
 * A lead lives while sessions have its partition or records are acquired; what has changed by itself
 * is written before it goes. When leadership is lost, or the coordinator says that somebody else
 * knows better (a newer state or leader epoch), it is thrown away: who fetches looks again, and what
 * waits for its write is told why. Then the next fetch loads anew.
 *
 * Waiting fetches hang on the lead and are woken when there may be something for them: the high
 * watermark has risen, records were released, it is loaded, it is gone. Nothing is polled.
 *
 * Owned by the reactor. */
#ifndef KLAMM_BROKER_SERVER_SHARE_LEADS_H
#define KLAMM_BROKER_SERVER_SHARE_LEADS_H

#include "broker/replica/replicas.h"
#include "broker/server/share_persister.h"
#include "broker/share/share_partition.h"

struct share_lead {
    struct broker *b;
    struct partition *p;
    struct list node;            /* p->shares */
    struct str group;            /* owned */
    struct share_partition *core; /* NULL: being loaded */
    struct share_persist persist; /* the read, then one write at a time */
    bool asking;                 /* persist is under way */
    struct share_batches outgoing; /* of the write */
    struct list subscribers;     /* share_watch.node */
    struct list waits;           /* share_wait.node, by write */
    struct loop_timer locks;     /* the end of the first lock */
    struct loop_timer retry;     /* of a write that failed, with nobody waiting */
    struct loop_task work;       /* at the end of the turn: write, or end */
};

/* Who wants to hear of a lead; alone: of none. */
struct share_watch {
    struct list node;
    struct share_lead *lead;     /* NULL: gone, or none yet */
    int16_t error;               /* why it went, KF_ERR_NONE otherwise; the watcher clears it */
    void (*touched)(struct share_watch *w); /* only to defer: never changes a lead in here */
};

/* Who waits for a write. */
struct share_wait {
    struct list node;
    uint64_t write;
    void (*done)(struct share_wait *w, int16_t error); /* once */
};

/* Watches the group's lead of `p`, which this broker leads; made and loaded when it is not there. */
void share_watch_begin(struct broker *b, struct partition *p, struct str group,
                       struct share_watch *w);
void share_watch_end(struct share_watch *w);
/* The lead when it is there; NULL. */
struct share_lead *share_lead_find(const struct partition *p, struct str group);

struct share_limits share_lead_limits(const struct broker *b, struct str group);
/* share.isolation.level of the group is read_committed. */
bool share_reads_committed(const struct broker *b, struct str group);

/* share.renew.acknowledge.enable of the group: locks may be renewed. */
bool share_renews(const struct broker *b, struct str group);

/* After any change of the core: timers, writes, who waits. */
void share_lead_changed(struct share_lead *l);
/* Waits for write `number` (share_partition_ack). */
void share_wait_begin(struct share_lead *l, struct share_wait *w, uint64_t number);
void share_wait_end(struct share_wait *w);

/* This broker does not lead `p` any more. Idempotent. */
void share_leads_stop(struct partition *p, int16_t error);

#endif
