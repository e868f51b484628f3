#include "broker/group/timers.h"

#include <stddef.h>

#include "common/invariant.h"
#include "common/mem.h"

void group_timers_done(struct group_timers *ts)
{
    mem_free(ts->heap);
    *ts = (struct group_timers){ 0 };
}

static void put(struct group_timers *ts, uint32_t i, struct group_timer *t)
{
    ts->heap[i] = t;
    t->slot = i + 1;
}

static void sift_up(struct group_timers *ts, uint32_t i, struct group_timer *t)
{
    while (i && ts->heap[(i - 1) / 2]->heap_ms > t->heap_ms) {
        put(ts, i, ts->heap[(i - 1) / 2]);
        i = (i - 1) / 2;
    }
    put(ts, i, t);
}

static void sift_down(struct group_timers *ts, uint32_t i, struct group_timer *t)
{
    for (uint32_t child; (child = 2 * i + 1) < ts->n; i = child) {
        if (child + 1 < ts->n && ts->heap[child + 1]->heap_ms < ts->heap[child]->heap_ms)
            child++;
        if (ts->heap[child]->heap_ms >= t->heap_ms)
            break;
        put(ts, i, ts->heap[child]);
    }
    put(ts, i, t);
}

static void insert(struct group_timers *ts, struct group_timer *t)
{
    if (ts->n == ts->capacity) {
        ts->capacity = ts->capacity ? 2 * ts->capacity : 16;
        ts->heap = mem_resize_array(ts->heap, ts->capacity, sizeof(struct group_timer *));
    }
    t->heap_ms = t->due_ms;
    sift_up(ts, ts->n++, t);
}

void group_timer_set(struct group_timers *ts, struct group_timer *t, int64_t due_ms)
{
    t->due_ms = due_ms;
    if (t->slot && t->heap_ms <= due_ms)
        return;
    if (t->slot) {
        t->heap_ms = due_ms;
        sift_up(ts, t->slot - 1, t);
    } else {
        insert(ts, t);
    }
}

void group_timer_clear(struct group_timers *ts, struct group_timer *t)
{
    uint32_t i = t->slot - 1;
    struct group_timer *last;

    if (!t->slot)
        return;
    INVARIANT(i < ts->n && ts->heap[i] == t);
    t->slot = 0;
    last = ts->heap[--ts->n];
    if (last == t)
        return;
    sift_down(ts, i, last);
    sift_up(ts, last->slot - 1, last);
}

struct group_timer *group_timer_due(struct group_timers *ts, int64_t now_ms)
{
    while (ts->n && ts->heap[0]->heap_ms <= now_ms) {
        struct group_timer *t = ts->heap[0];

        group_timer_clear(ts, t);
        if (t->due_ms <= now_ms)
            return t;
        insert(ts, t);
    }
    return NULL;
}

int64_t group_timers_next(const struct group_timers *ts)
{
    return ts->n ? ts->heap[0]->heap_ms : INT64_MAX;
}
