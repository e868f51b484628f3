/* command - a program of the system run to its end, with a deadline. */
#ifndef KLAMM_AGENT_VOLUME_COMMAND_H
#define KLAMM_AGENT_VOLUME_COMMAND_H

#include "common/buf.h"
#include "common/err.h"

/* `argv[0]` is looked for in $PATH, /usr/sbin and /sbin. `ret`: what it printed on both streams,
 * appended, at most `limit` bytes. It dies with the caller. ERR_NOT_FOUND: no such program; ERR_IO:
 * it ended otherwise than with 0, and the reason has its last line; ERR_TIMEOUT: killed after
 * `timeout_ms`; ERR_TOO_LARGE. */
err_t command_run(const char *const *argv, int timeout_ms, size_t limit, struct buf *ret,
                  struct why *reterr);

#endif
