/* wanted_file - <dir>/wanted.json: what klammd wanted of a process last, kept over the agent's restarts.
 *
 * Written before anything is done about it, so that the next agent knows as much as this one, also
 * while klammd is down. */
#ifndef KLAMM_AGENT_SUPERVISE_WANTED_FILE_H
#define KLAMM_AGENT_SUPERVISE_WANTED_FILE_H

#include "api/agent/messages.h"

enum { WANTED_BYTES_MAX = 1 << 20 };

/* Old or new, never a mix; makes `dir`. */
err_t wanted_file_keep(const char *dir, const struct wanted_process *w, struct why *reterr);

/* Every wanted.json below <data_dir>/processes: calls `found` with each, which owns `w`'s content
 * (wanted_done). One that cannot be read is logged and passed over: klammd says it again. */
err_t wanted_file_load_all(const char *data_dir, void (*found)(void *ctx, struct wanted_process *w),
                           void *ctx, struct why *reterr);

#endif
