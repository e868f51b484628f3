/* voters - the voter set of the metadata quorum, and the control records that carry it. */
#ifndef KLAMM_BROKER_RAFT_VOTERS_H
#define KLAMM_BROKER_RAFT_VOTERS_H

#include "common/buf.h"
#include "common/err.h"
#include "common/uuid.h"

enum { VOTERS_MAX = 32 };

struct voter {
    int32_t id;
    struct uuid directory_id; /* zero: unknown (kraft.version 0) */
    char *listener, *host;    /* of the default controller listener */
    uint16_t port;
};

/* The zero struct is the empty set. Ordered by id. */
struct voters {
    struct voter v[VOTERS_MAX];
    unsigned n;
};

void voters_done(struct voters *s);
/* The set has room and the id is new. */
void voters_add(struct voters *s, int32_t id, const struct uuid *directory_id, const char *listener,
                const char *host, uint16_t port);
/* Nothing when it is not there. */
void voters_remove(struct voters *s, int32_t id);
void voters_copy(const struct voters *from, struct voters *ret); /* `ret` was empty */
const struct voter *voters_find(const struct voters *s, int32_t id);

/* The value of a KRAFT_VOTERS control record; replaces `ret`. ERR_CORRUPT leaves it as it was. */
err_t voters_decode(struct slice value, struct voters *ret, struct why *reterr);

/* Control batches, appended. The first has offset 0: SnapshotHeader, and for kraft_version >= 1
 * KRaftVersion and Voters too; returns how many records that are. */
int voters_put_snapshot_header(const struct voters *s, int16_t kraft_version, int64_t now_ms,
                               int64_t last_contained_ms, int32_t epoch, struct buf *ret);
void voters_put_snapshot_footer(int64_t offset, int64_t now_ms, int32_t epoch, struct buf *ret);
/* What a new leader writes first: LeaderChange (version 0, all of 4.x read it), and with
 * `kraft_version` >= 1 KRaftVersion and Voters behind it. `granted`: bit n is s->v[n]; the leader
 * counts as one that granted. Returns the count of records. */
int voters_put_leader_change(const struct voters *s, int16_t kraft_version, int32_t leader,
                             uint32_t granted, int32_t epoch, int64_t offset, int64_t now_ms,
                             struct buf *ret);
/* A change of the set (KIP-853): KRaftVersion when it is new (`kraft_version` >= 1, else 0) and
 * Voters. Returns the count of records. */
int voters_put_set(const struct voters *s, int16_t kraft_version, int32_t epoch, int64_t offset,
                   int64_t now_ms, struct buf *ret);

#endif
