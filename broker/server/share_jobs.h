/* share_jobs - what the group coordinator asks share coordinators about the share partitions of one
 * group: one question each (share_persister.h), all at once, an answer when all have theirs.
 *
 * Owned by the reactor. */
#ifndef KLAMM_BROKER_SERVER_SHARE_JOBS_H
#define KLAMM_BROKER_SERVER_SHARE_JOBS_H

#include "broker/group/group.h"
#include "broker/server/share_persister.h"

struct share_job;

struct share_job_part {
    struct share_persist persist; /* with the answer */
    struct share_job *job;
    struct group_share_part part;
    int64_t end;                  /* of the log (share_job.ends); -1: not known */
    struct txn_peer_call end_call;
    struct arena arena;           /* of end_call */
};

struct share_job {
    struct broker *b;
    struct list node;             /* of all jobs */
    enum share_question kind;
    struct str group;             /* owned */
    struct share_job_part *v;
    int32_t n, open;
    bool ends;                    /* also where the partitions' logs end */
    /* Once, never from within share_job_begin; the job is freed afterwards. */
    void (*done)(struct share_job *j);
    void *ctx;
};

/* `n` > 0 questions; group and parts are copied. `state_epoch` is for INITIALIZE. */
struct share_job *share_job_begin(struct broker *b, enum share_question kind, struct str group,
                                  int32_t state_epoch, const struct group_share_part *parts,
                                  int32_t n, void (*done)(struct share_job *j), void *ctx);
/* `done` is not called; what was asked for stays asked. */
void share_job_cancel(struct share_job *j);
/* Initialises what a heartbeat wants, and tells the group. */
void share_jobs_initialize(struct broker *b, const struct group_out *out);
/* All of them, when the broker ends. */
void share_jobs_cancel_all(struct list *jobs);

#endif
