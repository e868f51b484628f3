/* share_acks - acknowledgements of one request (ShareFetch, ShareAcknowledge): to the cores of their
 * partitions at once, answered when the share coordinators have them.
 *
 * Owned by the reactor. */
#ifndef KLAMM_BROKER_SERVER_SHARE_ACKS_H
#define KLAMM_BROKER_SERVER_SHARE_ACKS_H

#include "broker/server/share_leads.h"

struct share_acks;

/* Of one partition. */
struct share_acks_entry {
    struct uuid topic;
    int32_t index;
    struct share_ack *acks;
    int32_t n;
    int16_t error;           /* the answer */
    struct share_acks *all;  /* own */
    struct share_wait wait;
};

struct share_acks {
    struct str group;
    uint64_t owner;
    bool renew;              /* the type is allowed */
    struct share_acks_entry *v; /* zeroed but for topic, index and acks */
    int32_t n, open;
    /* Once, maybe from within share_acks_begin. */
    void (*done)(struct share_acks *a);
    bool asking;
};

void share_acks_begin(struct broker *b, struct share_acks *a);
/* `done` is not called any more. What was acknowledged stays so. */
void share_acks_cancel(struct share_acks *a);

/* The partition when it is led here, else its error. */
struct partition *share_partition_of(struct broker *b, const struct uuid *topic, int32_t index,
                                     int16_t *ret_error);

#endif
