/* directory - the volume driver for plain directories: where a process' files are, and how they go.
 *
 * A volume is removed in two steps: a rename into <data>/trash, which is one instant, then deletion,
 * which may be cut anywhere and goes on at the next start. */
#ifndef KLAMM_AGENT_VOLUME_DIRECTORY_H
#define KLAMM_AGENT_VOLUME_DIRECTORY_H

#include <stdint.h>

#include "common/err.h"

/* <data>/processes/<id>; the caller frees. */
char *volume_path(const char *data_dir, const char *id);
/* Removes the volume of a process that a tombstone of `revision` names. One that is not there is gone
 * already: fine. */
err_t volume_remove(const char *data_dir, const char *id, int64_t revision, struct why *reterr);
/* Deletes what earlier removals left in the trash. */
err_t volume_empty_trash(const char *data_dir, struct why *reterr);

#endif
