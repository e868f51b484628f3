/* timers - deadlines of groups and members: a binary heap that moves late.
 *
 * A heartbeat pushes its member's deadline back; that only notes the new time, and the heap is
 * touched when the old one comes up. So a heartbeat costs nothing in the number of members. */
#ifndef KLAMM_BROKER_GROUP_TIMERS_H
#define KLAMM_BROKER_GROUP_TIMERS_H

#include <stdint.h>

enum group_timer_kind {
    TIMER_SESSION, /* of a classic member */
    TIMER_PENDING, /* of a member id given out, not yet joined with */
    TIMER_JOIN,    /* of a classic group: the rebalance's first phase */
    TIMER_SYNC,    /* of a classic group: its second phase */
    TIMER_MEMBER,  /* the session of a consumer group's member */
    TIMER_REVOKE,  /* the time it has to give partitions up */
    TIMER_MEMBER_JOIN,
    TIMER_MEMBER_SYNC, /* of one that speaks the classic protocol */
    TIMER_ASSIGN,      /* of a consumer group: an assignment that waits */
    TIMER_RESOLVE,     /* of a consumer group: its regexes */
    TIMER_SHARE_MEMBER, /* the session of a share group's member */
    TIMER_EXPIRE,      /* of the shard: the next slice of groups with old offsets */
    TIMER_FORGET,      /* of the shard: the next slice of groups with offsets of deleted topics */
};

struct group;

struct group_timer {
    int64_t due_ms;  /* when it is to fire */
    int64_t heap_ms; /* where the heap has it: due_ms or earlier */
    struct group *group;
    void *member;  /* of the kinds that belong to one */
    uint32_t slot; /* 1 + place in the heap; 0: unarmed */
    enum group_timer_kind kind;
};

struct group_timers {
    struct group_timer **heap;
    uint32_t n, capacity;
};

void group_timers_done(struct group_timers *ts);
/* Arms or moves; `t` stays put until it fires or is cleared. */
void group_timer_set(struct group_timers *ts, struct group_timer *t, int64_t due_ms);
void group_timer_clear(struct group_timers *ts, struct group_timer *t);
/* One that is due, unarmed; NULL: none. */
struct group_timer *group_timer_due(struct group_timers *ts, int64_t now_ms);
/* The earliest a timer may be due; INT64_MAX: none is armed. */
int64_t group_timers_next(const struct group_timers *ts);

#endif
