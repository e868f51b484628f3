/* plog - one node's copy of the log of a coordinator's partition: records by pointer, batches whole.
 *
 * A leader that moves takes over the first records of the one before; what was below the high
 * watermark is always among them, of the rest any number of batches. */
#ifndef KLAMM_TESTS_SIM_PLOG_H
#define KLAMM_TESTS_SIM_PLOG_H

#include "common/arena.h"
#include "tests/sim/sim.h"

struct plog_record {
    struct slice key, value; /* value.p NULL: a tombstone */
    bool ends_batch;
};

struct plog {
    struct plog_record **records; /* the array is owned, what it points to is the life's */
    int64_t n, capacity;
};

void plog_done(struct plog *l);
/* One record of a batch; copies into `a`. */
void plog_put(struct plog *l, struct arena *a, struct slice key, struct slice value, bool last);
/* An end of a batch in [low, l->n], any. */
int64_t plog_any_end(const struct plog *l, struct sim *s, int64_t low);
void plog_cut(struct plog *l, int64_t end);
void plog_copy(struct plog *to, const struct plog *from, int64_t n);

/* What compaction of all below `clean` leaves, each record with its offset; with `gone` the
 * tombstones below it have gone too. */
typedef void (*plog_fn)(void *ctx, const struct plog_record *r, int64_t offset);
void plog_each(const struct plog *l, int64_t clean, bool gone, plog_fn fn, void *ctx);

#endif
