/* directory - the volume driver for plain directories: where a process' files are, and how they go. The other
 * drivers put a file system of its own at data/ (block.h); all else is the same for them.
 *
 *   <data>/processes/<id>/volume.json   whose it is (marker.h)
 *   <data>/processes/<id>/data/         what it holds
 *   <data>/processes/<id>/volume.limit  how many bytes its logs may take: the broker reads it again and again
 *   <data>/trash/                       what a tombstone has removed
 *
 *   D1  volume.json is on disk before data/ exists: data without it is nobody's that we know
 *   D2  a volume is given to its owner only: same id, cluster and node
 *   D3  it goes only by a tombstone of the same owner with a newer revision than the marker's
 *
 * It goes in two steps: a rename into the trash, which is one instant, then deletion, which may be cut
 * anywhere and goes on at the next start. */
#ifndef KLAMM_AGENT_VOLUME_DIRECTORY_H
#define KLAMM_AGENT_VOLUME_DIRECTORY_H

#include <stdint.h>

#include "common/err.h"
#include "common/fs.h"

enum volume_driver { VOLUME_DIRECTORY, VOLUME_LOOP, VOLUME_LVM, VOLUME_DRIVERS };

struct volume_marker;

struct volume_owner {
    const char *id;         /* "<cluster uuid>/broker-1" */
    const char *cluster_id; /* Kafka's */
    int32_t node_id;
    int64_t revision;       /* of the wish, or of the tombstone */
};

/* <data>/processes/<id>; the caller frees. */
char *volume_path(const char *data_dir, const char *id);
/* "klamm-<cluster uuid>-broker-1": what is the process' on the machine, outside of its directory; the caller
 * frees. */
char *volume_name(const char *id);

/* Makes the volume's directory, or checks that the one there is `o`'s: ERR_INVALID says whose it is
 * instead. May be called again after any failure. The marker keeps the revision of the first claim, and
 * the `driver` of it: `ret` (may be NULL) is what it says. */
err_t volume_claim(struct fs *fs, const char *data_dir, const struct volume_owner *o,
                   enum volume_driver driver, struct volume_marker *ret, struct why *reterr);

/* <dir>/volume.limit holds `bytes` from here on. It may grow while the broker runs. */
err_t volume_limit(struct fs *fs, const char *dir, int64_t bytes, struct why *reterr);

/* Whether the tombstone of `o` may remove what is there (D2, D3): ERR_INVALID otherwise. `ret` is what
 * its marker says; a directory when it has none. */
err_t volume_may_go(struct fs *fs, const char *data_dir, const struct volume_owner *o,
                    struct volume_marker *ret, struct why *reterr);

/* Removes the directory of `o`, whose revision is its tombstone's; nothing is mounted in it. One that
 * is not there is gone already: fine. ERR_INVALID: it is another's (D2, D3), and stays. */
err_t volume_remove(struct fs *fs, const char *data_dir, const struct volume_owner *o, struct why *reterr);

/* Deletes what earlier removals left in the trash. */
err_t volume_empty_trash(struct fs *fs, const char *data_dir, struct why *reterr);

#endif
