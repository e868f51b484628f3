/* cgroup - limits of CPU and memory for a broker's process, by the kernel's control groups, version
 * 2 where its controllers are, else version 1, else none.
 *
 *   <the agent's own cgroup>/klamm-<cluster uuid>-broker-1    of each controller (one directory
 * with version 2) <the process' directory>/cgroup                           which directories those
 * are, a line each
 *
 * The directory is made, and its limits are set, before the process is started; the child joins
 * between its fork and its exec, so nothing of it runs outside. The record is written before the
 * directories are made, so an agent that dies anywhere leaves none that the next one does not find.
 * A group stays while its process is restarted.
 *
 * Page cache counts as memory, but the kernel takes it back before it calls memory exhausted: what
 * a broker writes does not get it killed. */
#ifndef KLAMM_AGENT_SUPERVISE_CGROUP_H
#define KLAMM_AGENT_SUPERVISE_CGROUP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/err.h"

enum { CGROUP_PATH_MAX = 512, CGROUP_CONTROLLERS = 2 };

/* Where groups are made. */
struct cgroups {
    int version;               /* 2, 1, or 0: none */
    char cpu[CGROUP_PATH_MAX]; /* of the agent; with version 2 both are the same */
    char memory[CGROUP_PATH_MAX];
    struct why reason; /* why none */
};

struct cgroup_limits {
    int64_t cpus, memory_bytes; /* 0: no limit; both 0: no group */
};

/* From /proc/self/mountinfo and /proc/self/cgroup: where the agent's own groups are. Pure; a
 * version of 0 says why. Whether they may be written is not known yet. */
void cgroups_parse(const char *mountinfo, const char *self, struct cgroups *ret);
/* As above of this process, and a group is made, limited and removed for a try. With version 2 the
 * agent moves into a group of its own, klamm-agent: the kernel lets no group have processes and
 * limited groups in it. */
void cgroups_find(struct cgroups *ret);

/* The group of the process in `dir` is there with these limits. `ret_join`: the files that a
 * process joins it by (it writes "0"), NULL-ended, of the caller (cgroup_join_done); empty when
 * there is no group. On failure there is none either: the process may run without. */
err_t cgroup_make(const struct cgroups *c, const char *dir, const char *id,
                  const struct cgroup_limits *limits, char *ret_join[CGROUP_CONTROLLERS + 1],
                  struct why *reterr);
void cgroup_join_done(char *join[CGROUP_CONTROLLERS + 1]);

/* A process that was adopted gets the group of this agent, wherever it was. */
err_t cgroup_adopt(const struct cgroups *c, const char *dir, const char *id,
                   const struct cgroup_limits *limits, pid_t pid, struct why *reterr);

/* Nothing of it runs any more: its directories go, those of agents before too. */
err_t cgroup_remove(const char *dir, struct why *reterr);

#endif
