/* volume - what a process' files lie on, whatever drives it: the one door to this folder.
 *
 * A volume keeps the driver that it was made with (marker.h). A process that has no size of its own
 * (a controller) gets a directory. For a broker whose volume has its own file system, what its logs
 * may take (volume.limit) is the volume's size, and what the file system has for them is a little
 * less: whichever ends first counts. */
#ifndef KLAMM_AGENT_VOLUME_VOLUME_H
#define KLAMM_AGENT_VOLUME_VOLUME_H

#include "agent/volume/block.h"

struct volumes {
    struct fs *fs;
    struct host *host;
    const char *data_dir;
    enum volume_driver driver; /* of new ones */
    const char *group;         /* of lvm */
    bool reserve;              /* loop: see block.h */
};

/* Tries the driver out, leaving nothing behind: a volume is made, mounted and removed in
 * <data>/volume- probe; for lvm its volume group is asked for. What a try before left, cut by a
 * kill, goes first. */
err_t volume_probe(const struct volumes *v, enum volume_driver driver, struct why *reterr);

/* The volume of `o` is there, mounted, with `bytes` (0: no size of its own): made, grown, or as it
 * was. ERR_INVALID: it is another's. May be called again after any failure. */
err_t volume_up(const struct volumes *v, const struct volume_owner *o, int64_t bytes,
                struct why *reterr);

/* One that was made has `bytes` from here on, while the broker runs, and its broker may take as
 * many; of one that was not made yet nothing but that is noted. */
err_t volume_grow(const struct volumes *v, const struct volume_owner *o, int64_t bytes,
                  struct why *reterr);

/* Nothing of it is mounted or attached; what it holds stays. */
err_t volume_down(const struct volumes *v, const struct volume_owner *o, struct why *reterr);

/* It goes with all that it holds: `o` is its tombstone (directory.h, D2 and D3). */
err_t volume_gone(const struct volumes *v, const struct volume_owner *o, struct why *reterr);

#endif
