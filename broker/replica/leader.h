/* leader - what the leader of a partition knows of its replicas: in-sync set, high watermark.
 *
 *   appends, fetches --> ends of the replicas --> high watermark
 *                                |
 *                                +--> who joins or leaves --proposal--> controller
 *                  committed ISR <-------- its answer, or the image ------+
 *
 * While a proposal is in flight nobody knows whether the controller has taken it; until
 * then the high watermark counts the *maximal* ISR: the committed one and who is to join.
 * A proposal that ended without a clear answer stays in flight until the image speaks.
 *
 * Invariants (leader_check):
 *   D1  the high watermark never falls while this replica leads, and never exceeds `own`
 *       of this replica nor the end of any member of the maximal ISR at the time it rose
 *   D2  the committed ISR is part of the maximal ISR; this replica is in both or (when the
 *       controller has removed it and the image is not here yet) in the maximal one
 *   D3  at most one proposal is in flight
 *   D4  no high watermark moves while the committed ISR is smaller than min.insync.replicas
 *       (KIP-966)
 *
 * A pure core: time and the image come with each call, what is to be done comes out as a
 * set of effects. Rules are those of Apache Kafka 4.3's leader (KIP-497, 704, 841, 903). */
#ifndef KLAMM_BROKER_REPLICA_LEADER_H
#define KLAMM_BROKER_REPLICA_LEADER_H

#include "broker/metadata/image.h"

enum {
    LEADER_END_UNKNOWN = -1, LEADER_EPOCH_UNKNOWN = -1, LEADER_EPOCH_NONE = -2,
    LEADER_REFUSED_PAUSE_MS = 500, /* between proposals after one was refused */
};

struct leader_replica {
    int32_t id;
    int64_t end;              /* offset of its last fetch; LEADER_END_UNKNOWN */
    int64_t log_start;        /* -1 unknown */
    int64_t broker_epoch;     /* of its last fetch: LEADER_EPOCH_UNKNOWN when it did not say,
                               * LEADER_EPOCH_NONE when it has not fetched from this leader */
    int64_t fetched_ms;       /* its last fetch, and */
    int64_t fetched_end;      /* this leader's end at that time */
    int64_t caught_up_ms;     /* it had all that was there at this time; 0: never */
    bool committed, maximal;  /* member of the ISR */
    bool dropped;             /* it was one, and has not fetched since */
};

/* A member with the epoch the controller is to compare (-1: it cannot). */
struct leader_member {
    int32_t id;
    int64_t epoch;
};

struct leader {
    int32_t self;
    int32_t leader_epoch, partition_epoch;
    int8_t recovery;                  /* as committed; 1: elected uncleanly, not told yet */
    int64_t epoch_start;              /* end of the log when it became leader */
    int64_t end, own;                 /* end of the log; what of it counts (durable mode: flushed) */
    int64_t high_watermark;
    int32_t min_isr;                  /* min.insync.replicas as configured */
    struct leader_replica *replicas;  /* the assignment with this one, in its order */
    int32_t replicas_n;
    int32_t committed_n, maximal_n;
    bool in_flight;                   /* a proposal is made; with the controller, or its fate unknown */
    bool unsent;                      /* leader_propose is to hand it out (again) */
    int64_t not_before_ms;            /* after a refusal no new one before */
    struct leader_member *proposal;   /* its members */
    int32_t proposal_n;
};

/* What every call may look at. */
struct leader_context {
    int64_t now_ms;      /* monotonic, > 0 */
    int64_t lag_ms_max;  /* replica.lag.time.max.ms */
    const struct image *image; /* brokers: fenced, shutting down, epochs */
};

enum leader_effect {
    LEADER_HIGH_WATERMARK = 1, /* l->high_watermark has risen */
    LEADER_PROPOSE = 2,        /* leader_propose has something for the controller */
    LEADER_ISR = 4,            /* the committed or the maximal ISR changed */
};

struct leader *leader_new(int32_t self);
struct leader *leader_free(struct leader *l); /* NULL is fine; returns NULL */

/* This replica leads from `s->leader_epoch` on: what was known of the others is forgotten.
 * `high_watermark` is the one it had as follower or from its checkpoint; `end` and `own` its
 * log's. Also when it led before, with a lower epoch. */
unsigned leader_begin(struct leader *l, const struct partition_state *s, int64_t end, int64_t own,
                      int64_t high_watermark, const struct leader_context *c);
/* The image has a state of the same leader epoch. Older than what is known: nothing happens;
 * else it is the committed state and ends the proposal in flight. */
unsigned leader_image(struct leader *l, const struct partition_state *s, const struct leader_context *c);
/* The log or its flushed part has grown, or min_isr was set. */
unsigned leader_moved(struct leader *l, int64_t end, int64_t own, const struct leader_context *c);

struct leader_fetch {
    int32_t replica;
    int64_t broker_epoch; /* LEADER_EPOCH_UNKNOWN when the request has none */
    int64_t offset;       /* inside the log: it has all below */
    int64_t log_start;    /* -1 unknown */
};
/* False: not a replica, or an incarnation older than the one the image knows or that has fetched:
 * nothing was learned (NOT_LEADER_OR_FOLLOWER). */
bool leader_fetched(struct leader *l, const struct leader_fetch *f, const struct leader_context *c,
                    unsigned *ret_effects);
bool leader_has_replica(const struct leader *l, int32_t id);
const struct leader_replica *leader_replica(const struct leader *l, int32_t id); /* NULL: none */

/* Now and then (replica.lag.time.max.ms / 2), and when the image's brokers changed: who fell
 * behind leaves, who has caught up joins. */
unsigned leader_tick(struct leader *l, const struct leader_context *c);
/* Every replica is in sync and has all that is there, nothing is in flight: leader_tick has
 * nothing to find until leader_moved or leader_image. */
bool leader_settled(const struct leader *l);

/* What to ask the controller for. False: nothing (any more). `ret` borrows from `l` until
 * the next call. `self_epoch` is this broker's. */
struct leader_proposal {
    int32_t leader_epoch, partition_epoch;
    int8_t recovery;
    const struct leader_member *isr;
    int32_t isr_n;
};
bool leader_propose(struct leader *l, int64_t self_epoch, struct leader_proposal *ret);

/* The controller's answer for this partition: `error` of the Kafka protocol, with KF_ERR_NONE
 * the state as it is now. An answer to another leader epoch is ignored. LEADER_PROPOSE with
 * an error asks for the same again, after a pause (Kafka waits 50 ms). `failed`: no answer
 * came, or one for the whole request: again. */
struct leader_answer {
    int32_t asked_epoch; /* leader epoch of the proposal */
    int16_t error;
    bool failed;
    int32_t leader_epoch, partition_epoch;
    int8_t recovery;
    const int32_t *isr;
    int32_t isr_n;
};
unsigned leader_altered(struct leader *l, const struct leader_answer *a, const struct leader_context *c);

/* The lowest log start of this replica (`own`) and of those whose brokers are alive; -1: one
 * has not said. */
int64_t leader_low_watermark(const struct leader *l, int64_t own, const struct image *i);
/* min(min.insync.replicas, replication factor). */
int32_t leader_min_isr(const struct leader *l);
void leader_check(const struct leader *l);

#endif
