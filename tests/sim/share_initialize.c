/* What a group's coordinator asks of the share coordinator, as broker/server/share_jobs.c does: share
 * partitions are initialised, then the group is told. Copies of a question may come however late. */
#include "api/kafka/errors.h"
#include "tests/sim/share_world.h"

enum { TRIES = 8, PAUSE_US = 50000, TRY_US = 2000000 };

struct share_job {
    struct share_world *w;
    struct coordinator_node *n;
    uint32_t boot;
    struct str group;
    int32_t open, done_n;
    struct group_share_part *done;
};

/* One partition of a job. */
struct job_part {
    struct share_job *job;
    struct group_share_part part;
    int32_t epoch;
    struct share_question *open;
    int tries, node;
};

static void try_it(struct job_part *p);

static void job_over(struct share_job *j)
{
    struct group_event ev = { .kind = GROUP_SHARE_INITIALIZED, .group_id = j->group,
                              .parts = j->done, .parts_n = j->done_n };

    if (j->n->boot == j->boot)
        coordinator_tell(j->n, &ev);
}

static void ended(struct job_part *p, int16_t error)
{
    struct share_job *j = p->job;

    SIM_TRACE(&j->w->g.s, "part %d is initialised, epoch %d, error %d", p->part.partition, p->epoch,
              error);
    if (!error)
        j->done[j->done_n++] = p->part;
    if (!--j->open)
        job_over(j);
}

static void again(void *ctx, const struct sim_event *ev)
{
    (void)ev;
    try_it(ctx);
}

static void tried(struct job_part *p, int16_t error)
{
    struct share_job *j = p->job;
    bool retries = error == KF_ERR_NOT_COORDINATOR || error == KF_ERR_COORDINATOR_NOT_AVAILABLE ||
                   error == KF_ERR_COORDINATOR_LOAD_IN_PROGRESS;

    p->open = NULL;
    if (j->n->boot != j->boot)
        return; /* of a dead process */
    if (retries && p->tries < TRIES)
        sim_after(&j->w->g.s, PAUSE_US, (struct sim_event){ .run = again, .ctx = p });
    else
        ended(p, error);
}

static void heard(struct share_question *q)
{
    struct job_part *p = (struct job_part *)(void *)q->job_part;

    if (p->open == q)
        tried(p, q->error);
}

static void try_over(void *ctx, const struct sim_event *ev)
{
    struct job_part *p = ctx;

    if (p->open == ev->object)
        tried(p, KF_ERR_COORDINATOR_NOT_AVAILABLE);
}

static void arrives(void *ctx, const struct sim_event *ev)
{
    share_node_asked(ctx, ev->object);
}

static void try_it(struct job_part *p)
{
    struct share_world *w = p->job->w;
    struct share_question *q = arena_new(&w->g.arena, struct share_question);
    int64_t us;

    p->tries++;
    if (p->tries == 1 || w->calm || sim_chance(&w->g.s, 600))
        p->node = w->leader;
    *q = (struct share_question){ .kind = SHARE_INITIALIZES, .job_part = p, .heard = heard,
                                  .part = p->part.partition,
                                  .write = { .state_epoch = p->epoch, .leader_epoch = -1,
                                             .start = p->part.start, .complete_n = -1 } };
    list_init(&q->node);
    q->older = w->questions;
    w->questions = q;
    p->open = q;
    if (share_carry(w, &us))
        sim_after(&w->g.s, us,
                  (struct sim_event){ .run = arrives, .ctx = &w->nodes[p->node], .object = q });
    sim_after(&w->g.s, TRY_US, (struct sim_event){ .run = try_over, .ctx = p, .object = q });
}

void share_initialize_parts(struct share_world *w, struct coordinator_node *n, int32_t epoch,
                            const struct group_share_part *parts, int32_t parts_n)
{
    struct arena *a = &w->g.arena;
    struct share_job *j = arena_new(a, struct share_job);

    *j = (struct share_job){ .w = w, .n = n, .boot = n->boot, .open = parts_n,
                             .group = str_of(coordinator_group(0)) };
    j->done = arena_array(a, (size_t)j->open, sizeof(*j->done));
    for (int32_t i = 0; i < parts_n; i++) {
        struct job_part *p = arena_new(a, struct job_part);

        *p = (struct job_part){ .job = j, .part = parts[i], .epoch = epoch };
        try_it(p);
    }
}

void share_initialize(struct coordinator_node *n, const struct group_out *out)
{
    struct share_world *w = (struct share_world *)(void *)n->w; /* its first member */

    share_initialize_parts(w, n, out->share_epoch, out->share_parts, out->share_parts_n);
}
