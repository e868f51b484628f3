/* spawn - processes that outlive the agent, found again by what they wrote before their first step.
 *
 * A child leads a session of its own, logs into <dir>/log.txt, and writes <dir>/pid (its pid and start
 * time, by rename) before it becomes the program. So an agent that dies at any instruction leaves either
 * no child or one that the next agent finds. A pid that another process has taken since has another
 * start time. */
#ifndef KLAMM_AGENT_SUPERVISE_SPAWN_H
#define KLAMM_AGENT_SUPERVISE_SPAWN_H

#include <stdbool.h>
#include <sys/types.h>

#include "common/err.h"

/* `argv[0]` is the program's path, up to NULL. `*ret_pidfd` is the caller's to close. */
err_t spawn_process(const char *dir, char *const *argv, pid_t *ret_pid, int *ret_pidfd, struct why *reterr);

/* The process that <dir>/pid names, when it still lives; false otherwise. */
bool spawn_find(const char *dir, pid_t *ret_pid, int *ret_pidfd);

/* The exit code of a child that has ended (128 + the signal); 255 for one that was adopted. */
int spawn_exit_code(pid_t pid);

#endif
