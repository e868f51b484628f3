#include "broker/replica/follower.h"

#include "api/kafka/errors.h"

enum { PAUSE_MS_MIN = 10 };

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static struct follower_step act(enum follower_act a)
{
    return (struct follower_step){ .act = a };
}

static struct follower_step cut_to(const struct follower_log *l, int64_t offset)
{
    return (struct follower_step){ offset < l->start ? FOLLOWER_RESTART : FOLLOWER_TRUNCATE, offset };
}

/* Without epochs nothing tells where the logs part: only what is committed is kept. */
struct follower_step follower_begin(const struct follower_log *l)
{
    return l->last_epoch < 0 && l->end > l->high_watermark ? cut_to(l, l->high_watermark)
                                                           : act(FOLLOWER_FETCH);
}

/* Where the logs agree up to `offset` and the leader's begins there or later, nothing tells whether they
 * do: what it has deleted may have been something else. So with a log that ends where the leader's
 * begins, whose epochs the leader has forgotten. */
static struct follower_step cut_or_begin(const struct follower_log *l, int64_t offset,
                                         int64_t leader_start)
{
    if (leader_start >= 0 && offset <= leader_start)
        return (struct follower_step){ FOLLOWER_RESTART, leader_start };
    return cut_to(l, offset);
}

/* The leader's log knows `diverging_epoch` up to `diverging_end` and none between it and the
 * last one fetched here. An own epoch below that one is asked about with the next fetch. */
static struct follower_step diverges(const struct follower_log *l, const struct follower_answer *a)
{
    if (a->diverging_end < 0)
        return cut_to(l, l->high_watermark);
    if (a->local_epoch < 0)
        return cut_or_begin(l, least(a->diverging_end, l->end), a->leader_start);
    if (a->local_epoch < a->diverging_epoch)
        return cut_or_begin(l, least(a->local_end, l->end), a->leader_start);
    return cut_or_begin(l, least(least(a->local_end, a->diverging_end), l->end), a->leader_start);
}

struct follower_step follower_answer(const struct follower_log *l, const struct follower_answer *a)
{
    if (a->error == KF_ERR_OFFSET_OUT_OF_RANGE)
        return act(FOLLOWER_ASK_LATEST);
    if (a->error)
        return act(FOLLOWER_BACK_OFF);
    if (a->diverging_epoch < 0 && a->leader_start >= l->end && l->start < l->end)
        return (struct follower_step){ FOLLOWER_RESTART, l->end }; /* nor is any of it wanted */
    return a->diverging_epoch >= 0 ? diverges(l, a) : act(FOLLOWER_TAKE);
}

struct follower_step follower_latest(const struct follower_log *l, int16_t error, int64_t offset)
{
    if (error || offset < 0)
        return act(FOLLOWER_BACK_OFF);
    return offset < l->end ? cut_to(l, offset) : act(FOLLOWER_ASK_EARLIEST);
}

struct follower_step follower_earliest(const struct follower_log *l, int16_t error, int64_t offset)
{
    if (error || offset < 0)
        return act(FOLLOWER_BACK_OFF);
    return offset > l->end ? (struct follower_step){ FOLLOWER_RESTART, offset } : act(FOLLOWER_FETCH);
}

/* Bytes that a network has turned, that do not follow, and a full volume heal; a log that cannot
 * be written does not. */
struct follower_step follower_not_appended(err_t e)
{
    bool heals = e == ERR_CORRUPT || e == ERR_OUT_OF_RANGE || e == ERR_NO_SPACE || e == ERR_NOMEM;

    return act(heals ? FOLLOWER_BACK_OFF : FOLLOWER_GIVE_UP);
}

bool follower_begins_inside(const struct follower_log *l, int64_t first, int64_t last)
{
    return l->start == l->end && first < l->end && last >= l->end;
}

int64_t follower_high_watermark(const struct follower_log *l, int64_t leader)
{
    return leader < 0 ? l->high_watermark : least(leader, l->end);
}

int64_t follower_start(const struct follower_log *l, int64_t leader)
{
    return leader > l->start && leader <= l->high_watermark ? leader : l->start;
}

int64_t follower_pause_ms(int64_t last_ms, int64_t most_ms)
{
    return least(last_ms ? 2 * last_ms : PAUSE_MS_MIN, most_ms);
}
