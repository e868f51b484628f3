#include "broker/log/flusher.h"

#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "broker/log/log_internal.h"
#include "common/invariant.h"

enum { FLUSHER_JOBS_MAX = 64 };

struct flush_job {
    struct log *log;
    struct log_flush *flush;
    err_t result;
};

struct flusher {
    struct loop *loop;
    struct loop_timer timer;
    struct loop_watch done;     /* an eventfd: a posted task could not be taken back */
    struct list logs;           /* struct log, flusher_logs: all that have this flusher */
    struct list dirty;          /* struct log, flusher_node */
    void (*ended)(void *arg, struct log *l, err_t e);
    void *arg;
    int64_t age_ms;

    struct flush_job jobs[FLUSHER_JOBS_MAX]; /* the loop's when idle, else the threads' */
    int jobs_n;

    bool eager;
    struct loop_task start;     /* eager: at the end of the turn */

    pthread_t threads[FLUSHER_EAGER_THREADS];
    int threads_n;
    pthread_mutex_t lock;       /* guards what follows */
    pthread_cond_t changed;
    int queued, taken, left;    /* jobs: the threads', begun, and not ended; idle: all 0 */
    bool stop;
};

static void *flush_thread(void *arg)
{
    struct flusher *f = arg;

    pthread_mutex_lock(&f->lock);
    for (;;) {
        struct flush_job *j;

        while (f->taken == f->queued && !f->stop)
            pthread_cond_wait(&f->changed, &f->lock);
        if (f->taken == f->queued)
            break;
        j = &f->jobs[f->taken++];
        pthread_mutex_unlock(&f->lock);
        j->result = log_flush_run(j->flush);
        pthread_mutex_lock(&f->lock);
        if (--f->left)
            continue;
        f->queued = f->taken = 0;
        pthread_cond_broadcast(&f->changed);
        (void)eventfd_write(f->done.fd, 1);
    }
    pthread_mutex_unlock(&f->lock);
    return NULL;
}

static void wait_idle(struct flusher *f)
{
    pthread_mutex_lock(&f->lock);
    while (f->left)
        pthread_cond_wait(&f->changed, &f->lock);
    pthread_mutex_unlock(&f->lock);
}

static void arm(struct flusher *f)
{
    if (f->jobs_n || list_empty(&f->dirty))
        return;
    if (f->eager)
        loop_defer(f->loop, &f->start);
    else if (!f->timer.slot)
        loop_timer_in(f->loop, &f->timer, FLUSHER_TICK_MS);
}

/* The thread is done with the jobs: their recovery points rise. */
static void finish(struct flusher *f)
{
    int n = f->jobs_n;

    f->jobs_n = 0;
    for (int i = 0; i < n; i++) {
        struct flush_job *j = &f->jobs[i];
        err_t e = log_flush_end(j->log, j->flush, j->result);

        if (!e && j->log->end != j->log->recovery_point)
            log_flusher_note(j->log);
        if (f->ended)
            f->ended(f->arg, j->log, e);
    }
    arm(f);
}

/* It may have been settled meanwhile, and a new one be under way. */
static void done_ready(struct loop_watch *w, uint32_t events)
{
    struct flusher *f = container_of(w, struct flusher, done);
    eventfd_t count;
    bool busy;

    (void)events;
    (void)eventfd_read(w->fd, &count);
    pthread_mutex_lock(&f->lock);
    busy = f->left > 0;
    pthread_mutex_unlock(&f->lock);
    if (!busy)
        finish(f);
}

static bool due(const struct flusher *f, const struct log *l, int64_t now_ms)
{
    return f->eager || l->bytes - l->flushed_bytes >= FLUSHER_BYTES || l->bytes < l->flushed_bytes ||
           now_ms - l->dirty_since_ms >= f->age_ms;
}

static void start_jobs(struct flusher *f)
{
    if (!f->jobs_n)
        return;
    pthread_mutex_lock(&f->lock);
    f->queued = f->left = f->jobs_n;
    pthread_cond_broadcast(&f->changed);
    pthread_mutex_unlock(&f->lock);
}

static void add_job(struct flusher *f, struct log *l)
{
    struct flush_job *j = &f->jobs[f->jobs_n];
    err_t e;

    list_remove(&l->flusher_node);
    *j = (struct flush_job){ .log = l };
    l->flushed_bytes = l->bytes;
    e = log_flush_begin(l, &j->flush);
    if (!e && j->flush)
        f->jobs_n++;
    else if (e && e != ERR_BUSY && f->ended)
        f->ended(f->arg, l, e);
}

static void collect(struct flusher *f)
{
    int64_t now_ms = loop_now_ms(f->loop);

    if (f->jobs_n) /* the threads' still */
        return;
    list_each(node, &f->dirty) {
        struct log *l = list_item(node, struct log, flusher_node);

        if (f->jobs_n == FLUSHER_JOBS_MAX)
            break;
        if (due(f, l, now_ms))
            add_job(f, l);
    }
    start_jobs(f);
    arm(f);
}

static void tick(struct loop_timer *t)
{
    collect(container_of(t, struct flusher, timer));
}

static void end_of_turn(struct loop_task *t)
{
    collect(container_of(t, struct flusher, start));
}

void log_flusher_note(struct log *l)
{
    struct flusher *f = l->flusher;

    if (!f || !list_empty(&l->flusher_node) || l->broken)
        return;
    l->dirty_since_ms = loop_now_ms(f->loop);
    list_push(&f->dirty, &l->flusher_node);
    arm(f);
}

/* A flush of `l` that is under way ends here and now. */
static void settle(struct flusher *f, const struct log *l)
{
    for (int i = 0; i < f->jobs_n; i++)
        if (f->jobs[i].log == l) {
            wait_idle(f);
            finish(f);
            return;
        }
}

void log_set_flusher(struct log *l, struct flusher *f)
{
    if (l->flusher) {
        settle(l->flusher, l);
        list_remove(&l->flusher_node);
        list_remove(&l->flusher_logs);
    }
    l->flusher = f;
    l->flushed_bytes = l->bytes;
    if (f)
        list_push(&f->logs, &l->flusher_logs);
    if (f && l->end != l->recovery_point)
        log_flusher_note(l);
}

void flusher_set_age(struct flusher *f, int64_t age_ms)
{
    f->age_ms = age_ms;
}

static void release(struct flusher *f)
{
    if (f->done.fd >= 0) {
        loop_unwatch(f->loop, &f->done);
        close(f->done.fd);
    }
    loop_timer_clear(f->loop, &f->timer);
    loop_undefer(f->loop, &f->start);
    pthread_cond_destroy(&f->changed);
    pthread_mutex_destroy(&f->lock);
    mem_free(f);
}

static void stop_threads(struct flusher *f)
{
    pthread_mutex_lock(&f->lock);
    f->stop = true;
    pthread_cond_broadcast(&f->changed);
    pthread_mutex_unlock(&f->lock);
    for (int i = 0; i < f->threads_n; i++)
        pthread_join(f->threads[i], NULL);
}

static err_t start_threads(struct flusher *f, int n)
{
    while (f->threads_n < n) {
        if (pthread_create(&f->threads[f->threads_n], NULL, flush_thread, f)) {
            stop_threads(f);
            return ERR_BUSY;
        }
        f->threads_n++;
    }
    return ERR_OK;
}

static err_t make(struct loop *loop, bool eager, void (*ended)(void *arg, struct log *l, err_t e), void *arg,
                  struct flusher **ret)
{
    struct flusher *f = mem_new(struct flusher);
    err_t e = ERR_BUSY;

    f->loop = loop;
    f->ended = ended;
    f->arg = arg;
    f->age_ms = FLUSHER_AGE_MS;
    f->eager = eager;
    f->timer.fire = tick;
    f->start.run = end_of_turn;
    f->done = (struct loop_watch){ eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), EPOLLIN, done_ready };
    list_init(&f->dirty);
    list_init(&f->logs);
    pthread_mutex_init(&f->lock, NULL);
    pthread_cond_init(&f->changed, NULL);
    if (f->done.fd >= 0)
        e = loop_watch(loop, &f->done);
    if (!e)
        e = start_threads(f, eager ? FLUSHER_EAGER_THREADS : 1);
    if (e) {
        release(f);
        return e;
    }
    *ret = f;
    return ERR_OK;
}

err_t flusher_new(struct loop *loop, void (*ended)(void *arg, struct log *l, err_t e), void *arg,
                  struct flusher **ret)
{
    return make(loop, false, ended, arg, ret);
}

err_t flusher_new_eager(struct loop *loop, void (*ended)(void *arg, struct log *l, err_t e), void *arg,
                        struct flusher **ret)
{
    return make(loop, true, ended, arg, ret);
}

struct flusher *flusher_free(struct flusher *f)
{
    if (!f)
        return NULL;
    wait_idle(f);
    finish(f);
    while (!list_empty(&f->logs))
        log_set_flusher(list_item(f->logs.next, struct log, flusher_logs), NULL);
    stop_threads(f);
    release(f);
    return NULL;
}
