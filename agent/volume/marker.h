/* marker - <data>/processes/<id>/volume.json: whose volume it is, and by which driver it was made.
 *
 *   {"id", "clusterId", "nodeId", "revision", "driver", "made"}
 *
 * `driver` is for the volume's whole life, whatever the agent is told later; one without it is a
 * directory. `made`: its device was made and formatted once, so one that is not there is lost, and
 * not made anew. */
#ifndef KLAMM_AGENT_VOLUME_MARKER_H
#define KLAMM_AGENT_VOLUME_MARKER_H

#include <stdbool.h>

#include "agent/volume/directory.h"

struct volume_marker {
    int64_t revision; /* of the first claim */
    enum volume_driver driver;
    bool made;
};

/* "directory", "loop", "lvm". */
const char *volume_driver_name(enum volume_driver d);
bool volume_driver_find(const char *name, enum volume_driver *ret);

/* Of the volume in `dir`. ERR_NOT_FOUND: no marker, and nothing that one would guard. ERR_INVALID:
 * it is another's than `o`'s, or no marker, or there is data without one. */
err_t marker_read(struct fs *fs, const char *dir, const struct volume_owner *o,
                  struct volume_marker *ret, struct why *reterr);
/* Old or new, never a mix. */
err_t marker_put(struct fs *fs, const char *dir, const struct volume_owner *o,
                 const struct volume_marker *m, struct why *reterr);

#endif
