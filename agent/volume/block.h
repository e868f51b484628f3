/* block - a volume on a block device of its own: XFS, mounted at <dir>/data, grown online. The
 * drivers loop and lvm say what a device is; the steps are the same.
 *
 *   nothing -> draft -> formatted -> whole -> noted -> attached -> mounted
 *                                      |  extend -> refresh -> grow the file system, while it is in
 * use mounted -> unmounted -> detached -> (erased)
 *
 * block_next looks at what is there and names the one next step, so a run may be cut between any
 * two and the next one goes on. Invariants (block_test sweeps every cut and every failure): B1 only
 * a draft is formatted: a whole device never is, whatever is on it B2  a draft of a run before is
 * dropped, for nobody knows how far its formatting came B3  a device that was noted as made and is
 * not there is lost: no empty one takes its place B4  what is mounted at data/ and is not this
 * volume's device is left alone, and nothing is done B5  nothing is erased while it is mounted or
 * attached
 *
 * Belongs to the agent's loop, and blocks it for as long as the machine takes. */
#ifndef KLAMM_AGENT_VOLUME_BLOCK_H
#define KLAMM_AGENT_VOLUME_BLOCK_H

#include "agent/volume/host.h"
#include "agent/volume/marker.h"

enum {
    BLOCK_BYTES_MIN = 300 << 20,  /* mkfs.xfs makes no smaller ones */
    BLOCK_SLACK_BYTES = 16 << 20, /* XFS leaves so much unused when it makes no allocation group */
    BLOCK_STEPS_MAX = 32,
};

enum block_step {
    BLOCK_DONE,
    BLOCK_LOST,    /* B3 */
    BLOCK_FOREIGN, /* B4 */
    BLOCK_STUCK,   /* it was grown, and did not */
    BLOCK_DROP_DRAFT,
    BLOCK_DRAFT,
    BLOCK_FORMAT,
    BLOCK_PUBLISH, /* the draft is whole from here on, at once */
    BLOCK_NOTE,    /* the marker says that it was made */
    BLOCK_EXTEND,
    BLOCK_ATTACH,
    BLOCK_REFRESH, /* the device takes its new size */
    BLOCK_MOUNT,
    BLOCK_GROW,
    BLOCK_UNMOUNT,
    BLOCK_DETACH,
    BLOCK_ERASE,
    BLOCK_STEPS,
};

/* What is there. */
struct block_seen {
    bool made; /* by the marker */
    bool draft, whole, attached, mounted, foreign;
    int64_t bytes;        /* of what is whole */
    int64_t device_bytes; /* when it is attached */
    int64_t xfs_bytes;    /* when it is mounted */
};

enum block_wish {
    BLOCK_UP,   /* mounted, with so many bytes */
    BLOCK_DOWN, /* neither mounted nor attached; what it holds stays */
    BLOCK_GONE, /* nor there; of a driver whose devices lie in <dir> that is BLOCK_DOWN, and <dir>
                   goes */
};

/* What this run has done: it is not to be seen. */
struct block_done {
    bool drafted, formatted, grown;
};

/* Pure. */
enum block_step block_next(const struct block_seen *s, enum block_wish wish, int64_t bytes,
                           const struct block_done *done);

struct block;

/* The steps that differ; a NULL is nothing to do. */
struct block_driver {
    enum volume_driver id;
    bool in_directory;   /* its devices go with <dir> */
    const char *options; /* of the mount, unless its blocks are reserved */
    /* All of `ret` but made, mounted and foreign; b->device when it is attached. */
    err_t (*look)(struct block *b, struct block_seen *ret, struct why *reterr);
    err_t (*drop_draft)(struct block *b, struct why *reterr);
    err_t (*draft)(struct block *b, int64_t bytes, struct why *reterr);
    err_t (*publish)(struct block *b, struct why *reterr);
    err_t (*extend)(struct block *b, int64_t bytes, struct why *reterr);
    err_t (*attach)(struct block *b, struct why *reterr);
    err_t (*refresh)(struct block *b, struct why *reterr);
    err_t (*detach)(struct block *b, struct why *reterr);
    err_t (*erase)(struct block *b, struct why *reterr);
    /* Where the draft is to be formatted; the caller frees. */
    char *(*draft_path)(const struct block *b);
};

extern const struct block_driver block_loop, block_lvm;

/* All borrowed for a run. */
struct block {
    const struct block_driver *driver;
    struct fs *fs;
    struct host *host;
    const char *dir;   /* of the volume: data/ in it is the mount point, and is there */
    const char *group; /* lvm: the volume group */
    bool reserve;      /* loop: all blocks of the file at once */
    const struct volume_owner *owner;
    struct volume_marker marker;
    /* private */
    struct host_device device;
    int fd;
};

/* Until `wish` is so. A failure leaves what is there for the next run; ERR_INVALID: B3, B4, or not
 * the owner's. */
err_t block_run(struct block *b, enum block_wish wish, int64_t bytes, struct why *reterr);

#endif
