/* observer - follows the metadata log without a vote: what a broker does.
 *
 *   leader --Fetch / FetchSnapshot--> observer --record by record--> the node's image
 *                                        |
 *                              <metadata.log.dir>/__cluster_metadata-0
 *
 * Fetches (KRaft form of Fetch, v12-18) from whichever bootstrap server answers until
 * the leader is known, then from the leader; stores batches as they came, cuts back
 * on divergence, takes a snapshot when the leader has dropped what it would need.
 * Hands over committed data records, in order, each once; control records stay inside.
 * The markers of metadata transactions are handed over too: image_apply holds back the
 * records between them.
 *
 *   O1  a record handed over is below the high watermark the leader reported
 *   O2  after snapshot_begin everything handed over before is void
 *
 * A full disk ends nothing: records are handed over as they come, and stored, fetched once more,
 * when there is room.
 *
 * Works against klamm and Apache Kafka controllers alike. Owned by one loop; the
 * callbacks run on it and may call observer_offset and its kin, never observer_free. */
#ifndef KLAMM_BROKER_RAFT_OBSERVER_H
#define KLAMM_BROKER_RAFT_OBSERVER_H

#include "common/err.h"
#include "common/fs.h"
#include "common/loop.h"
#include "common/uuid.h"

struct observer;

struct observer_server {
    const char *host;
    uint16_t port;
};

/* All are needed but snapshot_end, snapshot and damaged, which may be NULL. */
struct observer_callbacks {
    /* A snapshot that holds everything below `end_offset` begins; its records follow through
     * `record`, each with offset `end_offset` - 1; then snapshot_end. */
    void (*snapshot_begin)(void *ctx, int64_t end_offset, int32_t epoch);
    void (*snapshot_end)(void *ctx);
    /* One framed metadata record value, borrowed for the call; image_apply takes it as it is. An
     * error is a metadata fault: the observer stops fetching and calls `failed`. */
    err_t (*record)(void *ctx, int64_t offset, struct slice record, struct why *reterr);
    /* After a run of records: all below `high_watermark` have been handed over. Also called when
     * only control records or NoOps advanced it. */
    void (*advanced)(void *ctx, int64_t high_watermark);
    /* The leader is known, or no longer (leader_id -1, host NULL). `host` is borrowed for the call.
     */
    void (*leader)(void *ctx, int32_t leader_id, int32_t epoch, const char *host, uint16_t port);
    /* The image's records through `emit` (image_snapshot); ERR_AGAIN while a metadata transaction
     * is open (image_in_transaction). NULL: this node writes no snapshots. */
    err_t (*snapshot)(void *ctx, err_t (*emit)(void *emit_ctx, struct slice record),
                      void *emit_ctx);
    /* The local copy cannot be believed or stored any more; nothing is fetched afterwards. */
    void (*failed)(void *ctx, err_t e, const char *reason);
    /* The local copy was damaged when it was opened: it lies under `path` now, and all is fetched anew, as
     * after the loss of a disk. NULL is fine. */
    void (*damaged)(void *ctx, const char *reason, const char *path);
};

struct observer_options {
    struct loop *loop;            /* kept */
    struct fs *fs;                /* kept */
    const char *metadata_log_dir; /* below it __cluster_metadata-0 is made; NULL: nothing is stored
                                   * (a process that is controller too has the log already) */
    const char *cluster_id;
    int32_t node_id;
    struct uuid directory_id; /* of the metadata log directory */
    /* controller.quorum.bootstrap.servers, or the endpoints of controller.quorum.voters; copied. */
    const struct observer_server *servers;
    unsigned servers_n;
    int64_t fetch_timeout_ms;     /* controller.quorum.fetch.timeout.ms; 0 means 2000 */
    int64_t snapshot_bytes;       /* metadata.log.max.record.bytes.between.snapshots; 0: 20 MiB */
    int64_t snapshot_interval_ms; /* metadata.log.max.snapshot.interval.ms; 0: off */
    struct observer_callbacks callbacks;
    void *ctx;
};

/* Opens the local copy and begins to fetch on the next turn. What the local copy holds is handed
 * over only after the leader has confirmed it (its high watermark covers it). One that is damaged
 * is set aside (`damaged`): an observer has promised nothing to anybody. ERR_IO, ERR_INVALID:
 * `reterr` says why. */
err_t observer_new(const struct observer_options *o, struct observer **ret, struct why *reterr);
/* NULL is fine. Always returns NULL. */
struct observer *observer_free(struct observer *o);
DEFINE_OWNED(observer)

int64_t observer_offset(const struct observer *o);         /* next offset to hand over */
int64_t observer_high_watermark(const struct observer *o); /* -1 unknown */
/* When (loop_now_ms) the last fetch was sent whose answer left out nothing that its leader knew to be
 * committed: of what it had committed before nothing is missing here. INT64_MIN: never yet. */
int64_t observer_current_ms(const struct observer *o);
int32_t observer_leader(const struct observer *o);         /* -1 unknown */
int32_t observer_epoch(const struct observer *o);
/* The finalized kraft.version, which no metadata record tells; 0 until a control record says more. */
int16_t observer_kraft_version(const struct observer *o);

#endif
