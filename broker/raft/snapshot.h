/* snapshot - an image's records as a snapshot file of the metadata log.
 *
 *   header batch (SnapshotHeader [, KRaftVersion, Voters]) | data batches | footer batch */
#ifndef KLAMM_BROKER_RAFT_SNAPSHOT_H
#define KLAMM_BROKER_RAFT_SNAPSHOT_H

#include "broker/raft/metadata_log.h"
#include "broker/raft/voters.h"

struct snapshot_of {
    struct snapshot_id id;
    const struct voters *voters;
    int16_t kraft_version;
    int64_t now_ms;            /* of the batches */
    int64_t last_contained_ms; /* append time of the last record it holds */
    /* The records, in order, through `emit` (image_snapshot). */
    err_t (*records)(void *ctx, err_t (*emit)(void *emit_ctx, struct slice record), void *emit_ctx);
    void *ctx;
};

/* The file's bytes, appended. Errors are those of `records`. */
err_t snapshot_build(const struct snapshot_of *s, struct buf *ret);
/* Built, durable, listed. */
err_t snapshot_write(struct metadata_log *m, const struct snapshot_of *s);

#endif
