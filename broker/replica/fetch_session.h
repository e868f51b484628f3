/* fetch_session - what a consumer or follower reads, so that an unchanged partition costs nothing.
 *
 *   session --all--> fetch_partition <--subscribers-- partition
 *           \-dirty-> the ones that may have something new
 *
 * A fetch without a session (id 0) is a session that lives for one request. When a
 * partition changes, its subscribers go on their sessions' dirty lists and each waiting
 * session wakes once a turn; a fetch looks at dirty ones only. Followers read to the end
 * of the log and wake when it grows, consumers to the high watermark when that rises.
 *
 * Invariants:
 *   F1  a fetch_partition with readable records above its offset, with an error or
 *       with an unreported high watermark or log start, is dirty
 *   F2  only sessions with an id are in the cache, at most `max` of them
 *
 * KIP-227; owned by the reactor, pure but for the wake callback. */
#ifndef KLAMM_BROKER_REPLICA_FETCH_SESSION_H
#define KLAMM_BROKER_REPLICA_FETCH_SESSION_H

#include "broker/replica/replicas.h"

struct fetch_session {
    int32_t id, epoch; /* the epoch that the next request must carry */
    bool by_topic_id;  /* v13+: topics go by id; a session does not mix */
    int32_t replica;   /* the follower that fetches; -1: a consumer */
    struct list all, dirty;
    struct map by_key;
    struct list lru;
    int64_t used_ms;
    size_t n;
    /* The fetch that waits, or NULL; `wake` is called when something became dirty. */
    void *waiter;
    void (*wake)(struct fetch_session *s);
};

struct fetch_partition {
    struct fetch_session *session;
    struct partition *partition; /* NULL: not here (any more) */
    struct list node;            /* in session->all, in the request's order */
    struct list dirty;
    struct list by_partition;
    struct str topic;            /* "" with topic ids */
    struct uuid topic_id;
    int32_t index;
    int64_t offset;
    int32_t max_bytes;
    int32_t leader_epoch, last_epoch; /* -1: the client does not know */
    int64_t sent_high_watermark, sent_log_start; /* -1: report again */
    int64_t log_start;           /* the follower's own, -1 unknown */
    bool fresh;                  /* the request names it: its offset says what the follower has */
    bool key_owned;
};

struct fetch_sessions {
    struct map by_id;
    struct list lru; /* least recently used first */
    unsigned max;
    uint64_t seed;
};

enum { FETCH_SESSION_EVICT_MS = 120000 };

void fetch_sessions_init(struct fetch_sessions *c, unsigned max, uint64_t seed);
/* No session has a waiter any more. */
void fetch_sessions_done(struct fetch_sessions *c);

struct fetch_session *fetch_session_new(bool by_topic_id, int32_t replica);
/* Also out of the cache. */
void fetch_session_free(struct fetch_sessions *c, struct fetch_session *s);
/* Gives it an id, evicting an old one when the cache is full; false: no room, it stays
 * without. */
bool fetch_session_keep(struct fetch_sessions *c, struct fetch_session *s, int64_t now_ms);
struct fetch_session *fetch_session_find(const struct fetch_sessions *c, int32_t id);
void fetch_session_used(struct fetch_sessions *c, struct fetch_session *s, int64_t now_ms);

/* What a request says about one partition. `topic` is copied when `s` has an id or
 * will be kept (`copy`), else borrowed. */
struct fetch_wish {
    struct str topic;
    struct uuid topic_id;
    int32_t index;
    int64_t offset;
    int32_t max_bytes, leader_epoch, last_epoch;
    int64_t log_start;
};
/* Adds or changes; the partition is dirty and fresh afterwards. */
void fetch_session_set(struct fetch_session *s, const struct fetch_wish *w, bool copy);
void fetch_session_forget(struct fetch_session *s, struct str topic, const struct uuid *topic_id,
                          int32_t index);

void fetch_partition_bind(struct fetch_partition *f, struct partition *p);
void fetch_partition_mark(struct fetch_partition *f);
void fetch_partition_clean(struct fetch_partition *f);

/* The partition's start or role changed: its subscribers are dirty, who waits wakes. */
void partition_touched(struct partition *p);
/* Its end moved: followers are dirty and wake. */
void partition_grew(struct partition *p);
/* Its high watermark moved: all are dirty, consumers wake. Followers hear of it with their next
 * answer, as in Kafka: a wake for it alone would double their round trips. */
void partition_exposed(struct partition *p);
/* The same, and nobody is bound to it any more. */
void partition_unbind(struct partition *p);

#endif
