/* beat - one heartbeat of a consumer group's member while it is decided: what the member and the
 * group are before, and what they will be once the step's records are applied.
 *
 *   beat_subscribe   record 5; a new group epoch (3) when what the group reads changes
 *   beat_assign      targets (7, 6) when the group epoch is ahead of the assignment
 *   beat_reconcile   the member's way to its target (8)
 *
 * JoinGroup of a classic member goes the same way (consumer_classic.c). */
#ifndef KLAMM_BROKER_GROUP_BEAT_H
#define KLAMM_BROKER_GROUP_BEAT_H

#include "broker/group/assignor.h"
#include "broker/group/consumer.h"

struct step;
struct group_call;

/* A refusal: Kafka's code and a sentence, in the call's arena; error 0: none. */
struct refusal {
    int16_t error;
    const char *text;
};

static inline struct refusal refusal(int16_t error, const char *text)
{
    return (struct refusal){ error, text };
}

#define REFUSE(call, error, ...) refusal((error), arena_printf((call)->arena, __VA_ARGS__))

struct beat {
    struct step *s;
    struct str group_id, member_id;
    const struct consumer *c;               /* before; consumer_none for a new group */
    const struct consumer_member *m;        /* before; NULL: new */
    const struct consumer_member *replaced; /* the static member whose place it takes, or NULL */
    struct consumer_info info;              /* after: borrowed */
    bool topics_changed;                    /* what it reads is not what it read */
    int32_t epoch, assignment_epoch;        /* after */
    int64_t hash;
    struct assignment target;       /* owned */
    struct consumer_progress now;   /* owned: before, then after */
    const struct assignment *owned; /* what the member says it has; NULL: nothing said */
};

/* The member as it is, or one of epoch 0; `info` begins as what was known. */
void beat_open(struct beat *b);
void beat_close(struct beat *b);
/* When it replaces a static member: before beat_subscribe, and behind it. */
void beat_take_over(struct beat *b);
void beat_taken_over(struct beat *b);
/* Reads nothing but b->info and the state before. */
void beat_subscribe(struct beat *b);
void beat_assign(struct beat *b);
void beat_reconcile(struct beat *b);
/* True when b->now differs from what was: also the member's record was put. */
bool beat_moved(const struct beat *b);

/* consumer_target.c: targets of all members, as records; `b` NULL: members as they are. Returns the
 * target of b's member, owned by the caller. */
struct assignment consumer_assign(struct step *s, struct str group_id, const struct consumer *c,
                                  const struct beat *b, int32_t epoch);
/* Whether the work may be done now; false arms the timer for when it may. */
bool consumer_may_assign(struct step *s, const struct consumer *c);
/* The metadata of all that is read: by the members without `gone`, and by `with`; NULL: none such.
 */
int64_t consumer_hash(const struct step *s, const struct consumer *c,
                      const struct consumer_member *gone, const struct consumer_info *with);
/* The ids of the existing topics that a subscription names, ascending, in the arena. */
struct uuid *consumer_topics(const struct step *s, const struct consumer *c,
                             const struct consumer_info *i, int32_t *ret_n);

/* consumer_leave.c: the member of the request goes, for good (epoch -1) or for a while (-2). */
struct refusal consumer_leave(struct step *s, struct group *group, struct group_call *call);
struct refusal consumer_fenced(const struct group_call *call, struct str id, struct str instance_id,
                               const struct consumer_member *owner);

/* consumer_time.c */
/* The member is alive: its timers begin anew once the step's records are applied. */
void consumer_beat_ends(struct beat *b);
void consumer_beat_applied(struct groups *g, const struct group_context *c,
                           const struct group_out *out, bool written);
void consumer_retry(struct groups *g, const struct group_context *c, const struct group_out *out);
int32_t consumer_interval_ms(const struct step *s, const struct beat *b);
int32_t consumer_session_ms(const struct groups *g, const struct group_context *c,
                            struct str group_id);

#endif
