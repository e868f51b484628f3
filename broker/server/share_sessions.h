/* share_sessions - what members of share groups fetch from this broker (KIP-932).
 *
 * A session is one member's of one group; it has the partitions that it named, in the order in which
 * they are served, and ends with the member's last request (epoch -1) or with its connection: then
 * what it has acquired is released. A member that begins anew (epoch 0) keeps what it had acquired.
 *
 * Owned by the reactor. */
#ifndef KLAMM_BROKER_SERVER_SHARE_SESSIONS_H
#define KLAMM_BROKER_SERVER_SHARE_SESSIONS_H

#include "broker/server/listener.h"
#include "broker/server/share_leads.h"
#include "common/map.h"

enum { SHARE_EPOCH_FIRST = 0, SHARE_EPOCH_LAST = -1, SHARE_MEMBER_MAX = 36 };

struct share_fetch;
struct share_session;

struct share_session_part {
    struct list node;          /* of the session, next to be served first */
    struct share_session *session;
    struct uuid topic;
    int32_t index;
    struct share_watch watch;
    int32_t result;            /* of the fetch under way: its place in the answer, -1 none */
};

struct share_session {
    struct broker *b;
    struct str group, member;  /* owned */
    uint64_t owner;            /* of what it acquires */
    int32_t epoch;             /* that the next request must have */
    struct list parts;
    struct map by_place;       /* (topic id, index) -> share_session_part */
    struct conn_end conn;
    struct share_fetch *waiting;
    void (*wake)(struct share_fetch *f);  /* of `waiting` */
    void (*end)(struct share_fetch *f);   /* the same: it is answered, the session goes */
};

struct share_sessions {
    struct broker *b;
    struct map by_member;      /* group, 0, member */
    uint64_t owners;           /* given so far */
    size_t most;               /* group.share.max.share.sessions */
};

struct share_sessions *share_sessions_new(struct broker *b);
/* NULL is fine; returns NULL. */
struct share_sessions *share_sessions_free(struct share_sessions *x);

struct share_session *share_session_find(const struct share_sessions *x, struct str group,
                                         struct str member);
/* For a request of epoch 0: a new one, or the old one without its partitions. NULL: too many. */
struct share_session *share_session_open(struct share_sessions *x, struct request *r,
                                         struct str group, struct str member);
void share_session_end(struct share_session *s);
/* The next epoch after a request has used the present one. */
void share_session_used(struct share_session *s);

void share_session_add(struct share_session *s, const struct uuid *topic, int32_t index);
void share_session_forget(struct share_session *s, const struct uuid *topic, int32_t index);
struct share_session_part *share_session_part(const struct share_session *s,
                                              const struct uuid *topic, int32_t index);

#endif
