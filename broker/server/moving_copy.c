#include "broker/log/head.h"
#include "broker/replica/follower.h"
#include "broker/server/moving_internal.h"
#include "broker/server/producers.h"

/* --- the future replica opens --- */

static err_t open_log(struct move *m, struct why *reterr)
{
    err_t e = log_dir_open_future(m->to->dir, str_of(m->topic), m->index, &m->id, &m->config,
                                  &m->copy.log, reterr);

    if (e)
        return e;
    log_set_owner(m->copy.log, &m->copy);
    producers_opened(&m->copy);
    e = producers_ready(&m->copy);
    if (e) {
        (void)log_dir_close_partition(m->to->dir, m->copy.log, false);
        m->copy.log = NULL;
    }
    return e;
}

/* What is damaged, or another topic's, is copied anew. */
static err_t open_copy(struct move *m)
{
    err_t e = open_log(m, &m->job.why);

    if (e != ERR_CORRUPT && (e != ERR_CONFLICT || m->found))
        return e;
    e = log_dir_set_aside(m->to->dir, str_of(m->topic), m->index, false);
    return e ? e : open_log(m, &m->job.why);
}

/* --- a piece is copied --- */

static err_t cut_copy(struct move *m)
{
    struct log *l = m->copy.log;
    int64_t end = log_end_offset(l);
    err_t e = ERR_OK;

    if (m->job.cut < end)
        e = log_truncate(l, m->job.cut);
    if (!e && log_end_offset(l) < m->job.start)
        e = log_restart_at(l, m->job.start);
    if (log_end_offset(l) != end)
        producers_truncated(&m->copy);
    return e ? e : producers_ready(&m->copy);
}

/* The replica may begin inside its first batch (DeleteRecords), and so does then the copy. */
static err_t append(struct move *m, struct slice bytes)
{
    struct log *l = m->copy.log;
    struct follower_log at = { .start = log_start_offset(l), .end = log_end_offset(l) };
    err_t e = log_append_as_is(l, bytes.p, bytes.n);
    struct head h;

    if (e != ERR_OUT_OF_RANGE || bytes.n < HEAD_BYTES || !head_parse(bytes.p, &h) ||
        !follower_begins_inside(&at, h.base, h.last))
        return e;
    e = log_restart_at(l, h.base);
    return e ? e : log_append_as_is(l, bytes.p, bytes.n);
}

static err_t copy_span(struct move *m)
{
    const struct log_span *s = &m->job.span;
    OWNED_BUF bytes = { 0 };
    err_t e;

    if (!s->n)
        return ERR_OK;
    e = fs_pread(fs_posix(), s->fd, buf_reserve(&bytes, s->n), s->n, s->position);
    m->job.source = e != ERR_OK;
    if (e)
        return e;
    e = append(m, slice_make(bytes.p, s->n));
    if (e)
        return e;
    producers_followed(&m->copy, bytes.p, s->n);
    log_set_high_watermark(m->copy.log, m->job.high_watermark);
    return ERR_OK;
}

/* As good as the replica, over a power cut too. */
static err_t settle(struct move *m)
{
    struct log *l = m->copy.log;
    int64_t end = log_end_offset(l);
    err_t e = log_raise_start(l, m->job.log_start < end ? m->job.log_start : end);

    log_set_high_watermark(l, m->job.high_watermark);
    if (!e)
        e = log_sync(l);
    return e ? e : log_dir_checkpoint(m->to->dir);
}

void move_work(struct move *m)
{
    err_t e = m->copy.log ? ERR_OK : open_copy(m);

    m->job.source = false;
    if (!e)
        e = cut_copy(m);
    if (!e)
        e = copy_span(m);
    if (!e)
        e = producers_ready(&m->copy); /* or its index of aborted transactions has a gap */
    m->job.settled = !e && log_end_offset(m->copy.log) >= m->job.settle_from;
    if (m->job.settled)
        e = settle(m);
    m->job.error = e;
}

/* --- the thread --- */

static struct move *next_job(struct moving *all)
{
    struct move *m = NULL;

    pthread_mutex_lock(&all->lock);
    while (list_empty(&all->queue) && !all->quit)
        pthread_cond_wait(&all->wanted, &all->lock);
    if (!all->quit) {
        m = list_item(all->queue.next, struct move, queued);
        list_remove(&m->queued);
    }
    pthread_mutex_unlock(&all->lock);
    return m;
}

void *moving_thread(void *arg)
{
    struct moving *all = arg;
    struct move *m;

    while ((m = next_job(all))) {
        move_work(m);
        loop_post(all->b->loop, &m->back);
    }
    return NULL;
}
