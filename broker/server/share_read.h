/* share_read - records of one partition for one member of a share group: read, acquired, cut to what
 * was acquired. */
#ifndef KLAMM_BROKER_SERVER_SHARE_READ_H
#define KLAMM_BROKER_SERVER_SHARE_READ_H

#include "broker/server/share_leads.h"

struct share_reading {
    struct share_lead *lead;   /* loaded */
    uint64_t owner;
    int32_t records_max;       /* > 0 */
    int32_t batch_size;
    bool strict;
    size_t bytes_max;          /* the first batch comes whole, however large */
    struct arena *arena;       /* of the answer */
    /* The answer: */
    int16_t error;
    struct slice records;
    const struct share_acquired *acquired;
    int32_t acquired_n;
    int64_t taken;             /* records */
};

/* How many bytes there are to read, up to bytes_max: nothing is acquired. */
size_t share_read_size(struct share_reading *q);
/* Nothing to be had: acquired_n 0, no error. */
void share_read(struct share_reading *q);

#endif
