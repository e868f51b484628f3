/* spawn - processes that outlive the agent, found again by what they wrote before their first step.
 *
 * A child leads a session of its own, logs into <dir>/log.txt, and writes <dir>/pid (its pid, start time
 * and launch number, by rename) before it becomes the program. So an agent that dies at any instruction
 * leaves either no child or one that the next agent finds. A pid that another process has taken since has
 * another start time.
 *
 *   S1  at most one process per directory: <dir>/lock is locked before the fork, and the lock lives as
 *       long as the child, whoever started it; it ends with the machine, unlike the pid file
 *   S2  a child holds nothing of the agent's but that lock and its log */
#ifndef KLAMM_AGENT_SUPERVISE_SPAWN_H
#define KLAMM_AGENT_SUPERVISE_SPAWN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/err.h"

/* `argv[0]` is the program's path, up to NULL. The child joins the cgroups of `join` (cgroup.h), up to NULL,
 * before it is the program, or ends. `*ret_pidfd` is the caller's to close. ERR_BUSY: a process of it runs;
 * spawn_find finds it, now or in a moment. `launch`, not negative, is kept beside the pid. */
err_t spawn_process(const char *dir, char *const *argv, char *const *join, int64_t launch, pid_t *ret_pid,
                    int *ret_pidfd, struct why *reterr);

/* The process that <dir>/pid names, when it still lives, and its `launch`; false otherwise. */
bool spawn_find(const char *dir, pid_t *ret_pid, int *ret_pidfd, int64_t *ret_launch);

/* Proves that nothing of `dir` runs or starts until the returned descriptor is closed; -1 otherwise
 * (errno EWOULDBLOCK: a process runs). */
int spawn_lock(const char *dir);

/* The exit code of a child that has ended (128 + the signal); 255 for one that was adopted. */
int spawn_exit_code(pid_t pid);

#endif
