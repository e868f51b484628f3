#include "agent/rebalance/job.h"

#include <pthread.h>
#include <stdio.h>

#include "agent/rebalance/run.h"
#include "agent/rebalance/show.h"
#include "api/agent/rebalance.h"
#include "common/log.h"
#include "common/mem.h"

struct job {
    struct list node;
    struct jobs *jobs;
    struct rebalance_wish wish;
    struct execute x; /* of the thread */
    pthread_t thread;
    atomic_bool stop, cancel;
    char said[400];
    pthread_mutex_t lock; /* guards given, ended */
    json_t *given;        /* the newest, not yet taken by the loop; `take` is posted while there is one */
    bool ended;
    struct loop_task take;
    json_t *seen;         /* of the loop */
    bool wanted;
};

static void job_free(struct job *j)
{
    pthread_join(j->thread, NULL);
    list_remove(&j->node);
    rebalance_wish_done(&j->wish);
    pthread_mutex_destroy(&j->lock);
    json_decref(j->seen);
    mem_free(j);
}

/* On the loop. */
static void take(struct loop_task *t)
{
    struct job *j = container_of(t, struct job, take);
    struct jobs *jobs = j->jobs;
    bool ended;

    pthread_mutex_lock(&j->lock);
    if (j->given) {
        json_decref(j->seen);
        j->seen = j->given;
        j->given = NULL;
    }
    ended = j->ended;
    pthread_mutex_unlock(&j->lock);
    if (ended && !j->wanted)
        job_free(j);
    jobs->changed(jobs->ctx);
}

/* On the thread. */
static void give(struct job *j, json_t *seen, bool ended)
{
    bool first;

    json_object_set_new(seen, "clusterId", json_string(j->wish.cluster_id));
    json_object_set_new(seen, "id", json_integer(j->wish.id));
    pthread_mutex_lock(&j->lock);
    first = !j->given;
    json_decref(j->given);
    j->given = seen;
    j->ended = ended;
    pthread_mutex_unlock(&j->lock);
    if (first)
        loop_post(j->jobs->loop, &j->take);
}

static void on_progress(void *ctx, const struct execute *x, const char *trouble)
{
    const char *line = trouble ? trouble : x->reason;
    struct job *j = ctx;
    json_t *seen;

    if (strncmp(line, j->said, sizeof(j->said) - 1) == 0)
        return; /* the end is told by the thread itself */
    (void)snprintf(j->said, sizeof(j->said), "%s", line);
    seen = rebalance_show(x);
    json_object_set_new(seen, "state", json_string(x->state == EXECUTE_PLANNING ? "planning" : "moving"));
    if (trouble) {
        json_object_set_new(seen, "reason", json_string(trouble));
        log_event(LOG_WARN, "rebalance_waits", "cluster=%s reason=\"%s\"", j->wish.cluster_id, trouble);
    }
    give(j, seen, false);
}

static void *run(void *ctx)
{
    struct job *j = ctx;
    struct run_options o = {
        .bootstrap = j->wish.bootstrap, .drain = j->wish.drain, .drain_n = j->wish.drain_n,
        .retire = j->wish.retire, .unregister = j->wish.unregister,
        .release = j->wish.release,
        .wish = { j->wish.dry_run, j->wish.cancel, j->wish.rate_bytes },
        .stop = &j->stop, .cancel = &j->cancel, .progress = on_progress, .ctx = j,
    };
    struct why reason = { "" };
    json_t *seen;
    err_t e;

    execute_init(&j->x, &o.wish);
    e = rebalance_run(&o, &j->x, &reason);
    if (e) { /* stopped, which nobody asks about any more, or a wish that makes no sense */
        j->x.state = EXECUTE_FAILED;
        (void)snprintf(j->x.reason, sizeof(j->x.reason), "%s", reason.text);
    }
    seen = rebalance_show(&j->x);
    log_event(LOG_INFO, "rebalance_over", "cluster=%s id=%lld state=%s moves=%u reason=\"%s\"",
              j->wish.cluster_id, (long long)j->wish.id, execute_state_name(j->x.state), j->x.done_n,
              j->x.reason);
    execute_done(&j->x);
    give(j, seen, true);
    return NULL;
}

static void begin(struct jobs *jobs, struct rebalance_wish *w)
{
    struct job *j = mem_new(struct job);

    j->jobs = jobs;
    j->wish = *w;
    j->take.run = take;
    j->wanted = true;
    atomic_store(&j->cancel, w->cancel);
    pthread_mutex_init(&j->lock, NULL);
    log_event(LOG_INFO, "rebalance_begins",
              "cluster=%s id=%lld dry_run=%d drain=%u retire=%d unregister=%d release=%s",
              w->cluster_id, (long long)w->id, w->dry_run, w->drain_n, w->retire, w->unregister,
              w->release ? w->release : "-");
    if (pthread_create(&j->thread, NULL, run, j)) {
        log_event(LOG_ERROR, "rebalance_refused", "cluster=%s reason=\"no thread\"", w->cluster_id);
        rebalance_wish_done(&j->wish);
        mem_free(j);
        return;
    }
    list_push(&jobs->all, &j->node);
}

static struct job *find(struct jobs *jobs, const struct rebalance_wish *w, unsigned *ret_n)
{
    *ret_n = 0;
    list_each(node, &jobs->all) {
        struct job *j = list_item(node, struct job, node);

        if (strcmp(j->wish.cluster_id, w->cluster_id) == 0 && j->wish.id == w->id)
            return j;
        ++*ret_n;
    }
    return NULL;
}

static void want(struct jobs *jobs, const json_t *o)
{
    struct rebalance_wish w;
    struct why reason;
    struct job *j;
    unsigned n;

    if (rebalance_wish_decode(o, &w, &reason)) {
        log_event(LOG_ERROR, "wanted_refused", "reason=\"rebalances: %s\"", reason.text);
        return;
    }
    j = find(jobs, &w, &n);
    if (!j && n < JOBS_MAX) {
        begin(jobs, &w);
        return;
    }
    if (j) {
        j->wanted = true;
        if (w.cancel)
            atomic_store(&j->cancel, true);
    }
    rebalance_wish_done(&w);
}

static bool has_ended(struct job *j)
{
    bool ended;

    pthread_mutex_lock(&j->lock);
    ended = j->ended && !j->given; /* else `take` is on its way, and frees it */
    pthread_mutex_unlock(&j->lock);
    return ended;
}

void jobs_want(struct jobs *j, const json_t *rebalances)
{
    list_each(node, &j->all)
        list_item(node, struct job, node)->wanted = false;
    for (size_t i = 0; i < json_array_size(rebalances); i++)
        want(j, json_array_get(rebalances, i));
    list_each(node, &j->all) {
        struct job *job = list_item(node, struct job, node);

        if (job->wanted)
            continue;
        atomic_store(&job->stop, true);
        if (has_ended(job))
            job_free(job);
    }
}

json_t *jobs_seen(const struct jobs *j)
{
    json_t *all = json_array();

    for (const struct list *node = j->all.next; node != &j->all; node = node->next) {
        const struct job *job = (const struct job *)((const char *)node - offsetof(struct job, node));

        if (job->wanted && job->seen)
            json_array_append(all, job->seen);
    }
    return all;
}
