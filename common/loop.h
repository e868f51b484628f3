/* loop - one epoll loop per thread; callbacks run to completion and never block.
 *
 * A turn: collect ready descriptors, call each, fire due timers, run what other
 * threads posted, then run the deferred tasks. Work that should see everything
 * one turn brought (append once per partition, wake each waiter once, one
 * write per connection) is a deferred task.
 *
 * Watches, timers and tasks are embedded in the caller's objects and belong to
 * one loop. Every function but loop_post and loop_stop is for the loop's own thread. */
#ifndef KLAMM_COMMON_LOOP_H
#define KLAMM_COMMON_LOOP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>

#include "common/err.h"
#include "common/list.h"
#include "common/mem.h"

struct loop;

struct loop_watch {
    int fd;
    uint32_t events; /* EPOLLIN, EPOLLOUT, ...: level-triggered */
    void (*ready)(struct loop_watch *w, uint32_t events);
};

struct loop_timer {
    int64_t at_ms; /* monotonic */
    void (*fire)(struct loop_timer *t);
    uint32_t slot; /* heap position + 1; 0 is unarmed */
};

struct loop_task {
    void (*run)(struct loop_task *t);
    struct loop_task *next;
    bool queued;
};

err_t loop_new(struct loop **ret);
/* NULL is fine. Watches are the caller's to remove before. */
struct loop *loop_free(struct loop *l);
DEFINE_OWNED(loop)

/* Runs turns until loop_stop. ERR_IO when epoll itself fails. */
err_t loop_run(struct loop *l);
/* One turn; waits at most `wait_ms` (-1: until something happens). */
err_t loop_turn(struct loop *l, int wait_ms);
/* From any thread or signal handler: loop_run returns after its turn. */
void loop_stop(struct loop *l);
/* The monotonic time at which this turn began. */
int64_t loop_now_ms(const struct loop *l);

/* `w` is kept until loop_unwatch. A callback may unwatch (and free) any watch, also
 * one that is ready in the same turn. */
err_t loop_watch(struct loop *l, struct loop_watch *w);
err_t loop_rewatch(struct loop *l, struct loop_watch *w, uint32_t events);
void loop_unwatch(struct loop *l, struct loop_watch *w);

/* Arms or re-arms; `t` is kept until it fires or is disarmed. */
void loop_timer_set(struct loop *l, struct loop_timer *t, int64_t at_ms);
static inline void loop_timer_in(struct loop *l, struct loop_timer *t, int64_t ms)
{
    loop_timer_set(l, t, loop_now_ms(l) + ms);
}
void loop_timer_clear(struct loop *l, struct loop_timer *t); /* unarmed is fine */

/* At the end of this turn, once however often it is asked for. */
void loop_defer(struct loop *l, struct loop_task *t);
void loop_undefer(struct loop *l, struct loop_task *t);

/* From any thread: `t` is kept until it runs on the loop's thread. */
void loop_post(struct loop *l, struct loop_task *t);

#endif
