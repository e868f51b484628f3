#include "common/loop.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/invariant.h"

enum { EVENTS_PER_TURN = 256 };

struct loop {
    int epoll_fd;
    int wake_fd;
    int64_t now_ms;
    atomic_bool stop;
    struct epoll_event events[EVENTS_PER_TURN];
    int events_n;
    struct loop_timer **heap;
    uint32_t heap_n, heap_capacity;
    struct loop_task *deferred, **deferred_tail;
    pthread_mutex_t lock; /* guards posted */
    struct loop_task *posted, **posted_tail;
};

static void wake(struct loop *l)
{
    uint64_t one = 1;

    /* Only EAGAIN can happen: the counter is full, so the loop is awake anyway. */
    if (write(l->wake_fd, &one, sizeof(one)) < 0)
        return;
}

err_t loop_new(struct loop **ret)
{
    OWNED(loop) l = mem_new(struct loop);
    struct epoll_event ev = { .events = EPOLLIN, .data.ptr = NULL };

    l->wake_fd = -1;
    pthread_mutex_init(&l->lock, NULL);
    l->deferred_tail = &l->deferred;
    l->posted_tail = &l->posted;
    l->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (l->epoll_fd < 0)
        return err_from_errno(errno);
    l->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (l->wake_fd < 0 || epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, l->wake_fd, &ev) < 0)
        return err_from_errno(errno);
    l->now_ms = clock_mono_ms();
    *ret = l;
    l = NULL;
    return ERR_OK;
}

struct loop *loop_free(struct loop *l)
{
    if (!l)
        return NULL;
    if (l->wake_fd >= 0)
        close(l->wake_fd);
    if (l->epoll_fd >= 0)
        close(l->epoll_fd);
    pthread_mutex_destroy(&l->lock);
    mem_free(l->heap);
    mem_free(l);
    return NULL;
}

void loop_stop(struct loop *l)
{
    atomic_store(&l->stop, true);
    wake(l);
}

int64_t loop_now_ms(const struct loop *l)
{
    return l->now_ms;
}

static err_t control(struct loop *l, int op, struct loop_watch *w)
{
    struct epoll_event ev = { .events = w->events, .data.ptr = w };

    return epoll_ctl(l->epoll_fd, op, w->fd, &ev) < 0 ? err_from_errno(errno) : ERR_OK;
}

err_t loop_watch(struct loop *l, struct loop_watch *w)
{
    return control(l, EPOLL_CTL_ADD, w);
}

err_t loop_rewatch(struct loop *l, struct loop_watch *w, uint32_t events)
{
    if (w->events == events)
        return ERR_OK;
    w->events = events;
    return control(l, EPOLL_CTL_MOD, w);
}

void loop_unwatch(struct loop *l, struct loop_watch *w)
{
    (void)control(l, EPOLL_CTL_DEL, w);
    /* Its event of this turn may not have been called yet. */
    for (int i = 0; i < l->events_n; i++)
        if (l->events[i].data.ptr == w)
            l->events[i].data.ptr = l;
}

/* The heap: parents are due no later than their children. */
static void place(struct loop *l, uint32_t i, struct loop_timer *t)
{
    l->heap[i] = t;
    t->slot = i + 1;
}

static void sift_up(struct loop *l, uint32_t i, struct loop_timer *t)
{
    for (; i && l->heap[(i - 1) / 2]->at_ms > t->at_ms; i = (i - 1) / 2)
        place(l, i, l->heap[(i - 1) / 2]);
    place(l, i, t);
}

static void sift_down(struct loop *l, uint32_t i, struct loop_timer *t)
{
    for (uint32_t child; (child = 2 * i + 1) < l->heap_n; i = child) {
        if (child + 1 < l->heap_n && l->heap[child + 1]->at_ms < l->heap[child]->at_ms)
            child++;
        if (l->heap[child]->at_ms >= t->at_ms)
            break;
        place(l, i, l->heap[child]);
    }
    place(l, i, t);
}

void loop_timer_set(struct loop *l, struct loop_timer *t, int64_t at_ms)
{
    loop_timer_clear(l, t);
    if (l->heap_n == l->heap_capacity) {
        l->heap_capacity = l->heap_capacity ? 2 * l->heap_capacity : 16;
        l->heap = mem_resize_array(l->heap, l->heap_capacity, sizeof(struct loop_timer *));
    }
    t->at_ms = at_ms;
    sift_up(l, l->heap_n++, t);
}

void loop_timer_clear(struct loop *l, struct loop_timer *t)
{
    struct loop_timer *last;
    uint32_t i;

    if (!t->slot)
        return;
    i = t->slot - 1;
    INVARIANT(i < l->heap_n && l->heap[i] == t);
    t->slot = 0;
    last = l->heap[--l->heap_n];
    if (last == t)
        return;
    sift_down(l, i, last);
    sift_up(l, last->slot - 1, last);
}

void loop_defer(struct loop *l, struct loop_task *t)
{
    if (t->queued)
        return;
    t->queued = true;
    t->next = NULL;
    *l->deferred_tail = t;
    l->deferred_tail = &t->next;
}

void loop_undefer(struct loop *l, struct loop_task *t)
{
    struct loop_task **at = &l->deferred;

    if (!t->queued)
        return;
    while (*at && *at != t)
        at = &(*at)->next;
    if (!*at)
        return;
    *at = t->next;
    if (!*at)
        l->deferred_tail = at;
    t->queued = false;
}

void loop_post(struct loop *l, struct loop_task *t)
{
    bool first;

    t->next = NULL;
    pthread_mutex_lock(&l->lock);
    first = !l->posted;
    *l->posted_tail = t;
    l->posted_tail = &t->next;
    pthread_mutex_unlock(&l->lock);
    if (first)
        wake(l);
}

static void run_posted(struct loop *l)
{
    struct loop_task *t, *next;
    uint64_t count;

    if (read(l->wake_fd, &count, sizeof(count)) < 0)
        return; /* woken by another event; nothing was posted */
    pthread_mutex_lock(&l->lock);
    t = l->posted;
    l->posted = NULL;
    l->posted_tail = &l->posted;
    pthread_mutex_unlock(&l->lock);
    for (; t; t = next) {
        next = t->next;
        t->run(t);
    }
}

static void fire_timers(struct loop *l)
{
    while (l->heap_n && l->heap[0]->at_ms <= l->now_ms) {
        struct loop_timer *t = l->heap[0];

        loop_timer_clear(l, t);
        t->fire(t);
    }
}

/* Tasks deferred by tasks run in this turn too. */
static void run_deferred(struct loop *l)
{
    while (l->deferred) {
        struct loop_task *t = l->deferred;

        l->deferred = t->next;
        if (!l->deferred)
            l->deferred_tail = &l->deferred;
        t->queued = false;
        t->run(t);
    }
}

static int wait_of(const struct loop *l, int wait_ms)
{
    int64_t due;

    if (l->deferred)
        return 0;
    if (!l->heap_n)
        return wait_ms;
    due = l->heap[0]->at_ms - clock_mono_ms();
    if (due < 0)
        due = 0;
    if (due > INT32_MAX)
        due = INT32_MAX;
    return wait_ms >= 0 && wait_ms < due ? wait_ms : (int)due;
}

err_t loop_turn(struct loop *l, int wait_ms)
{
    bool woken = false;

    l->events_n = 0;
    int n = epoll_wait(l->epoll_fd, l->events, EVENTS_PER_TURN, wait_of(l, wait_ms));

    if (n < 0 && errno != EINTR)
        return err_from_errno(errno);
    l->events_n = n < 0 ? 0 : n;
    l->now_ms = clock_mono_ms();
    for (int i = 0; i < l->events_n; i++) {
        void *p = l->events[i].data.ptr;
        struct loop_watch *w = p;

        if (!p)
            woken = true;
        else if (p != l) /* l marks a watch that was removed in this turn */
            w->ready(w, l->events[i].events);
    }
    l->events_n = 0;
    fire_timers(l);
    if (woken)
        run_posted(l);
    run_deferred(l);
    return ERR_OK;
}

err_t loop_run(struct loop *l)
{
    while (!atomic_load(&l->stop)) {
        err_t e = loop_turn(l, -1);

        if (e)
            return e;
    }
    return ERR_OK;
}
