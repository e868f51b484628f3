/* process - the shell around supervise: one wanted process, its directory, pidfd, timer and probe.
 *
 *   <agent's data>/processes/<cluster uuid>/<broker-1>/
 *     wanted.json         what klammd wanted last; written before anything is done about it
 *     server.properties   rendered at every launch
 *     volume.json         whose volume it is (agent/volume/marker.h)
 *     lock, pid           spawn.h
 *     cgroup              cgroup.h
 *     log.txt, log.1.txt  journal.h
 *     data/               log.dirs: formatted when it holds meta.properties
 *   <agent's data>/trash/ what a tombstone has removed, until it is deleted
 *
 * Owned by the agent's loop. */
#ifndef KLAMM_AGENT_SUPERVISE_PROCESS_H
#define KLAMM_AGENT_SUPERVISE_PROCESS_H

#include "agent/supervise/cgroup.h"
#include "agent/volume/volume.h"
#include "api/agent/messages.h"
#include "common/list.h"
#include "common/loop.h"

struct process;

struct process_options {
    struct loop *loop;
    const struct volumes *volumes;
    const struct cgroups *cgroups;
    const char *broker_program;
    void (*changed)(void *ctx); /* what is seen of some process changed */
    void *ctx;
};

/* `w` is moved. Takes up what is there (adopts, formats, launches) on the loop's next turn. `o` is
 * kept. */
err_t process_new(const struct process_options *o, struct wanted_process *w, struct process **ret,
                  struct why *reterr);
/* Forgets it: a running process runs on. NULL is fine. */
struct process *process_free(struct process *p);

/* A newer wish, moved when it is newer than the one held; older or equal ones are dropped. */
void process_want(struct process *p, struct wanted_process *w);
void process_shutdown(struct process *p);

const char *process_id(const struct process *p);
/* Where it listens; the text lives until the next process_want. */
const char *process_address(const struct process *p, uint16_t *ret_port);
bool process_is_controller(const struct process *p);
/* The caller owns `ret` (seen_done). */
void process_seen(const struct process *p, struct seen_process *ret);
bool process_is_gone(const struct process *p);
/* It is gone, and `w`, newer than its tombstone, wants it to be: with a new volume, as a new process. */
bool process_is_wanted_anew(const struct process *p, const struct wanted_process *w);
/* Nothing of it runs: after a shutdown. */
bool process_is_down(const struct process *p);

#endif
