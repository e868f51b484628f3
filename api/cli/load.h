/* load - a producer that measures: one record after the other to each partition, acks=all, one thread
 * a partition, tried again until each is acknowledged.
 *
 * A gap is the time between two acknowledgements of one partition: what somebody who writes to it has
 * waited. */
#ifndef KLAMM_API_CLI_LOAD_H
#define KLAMM_API_CLI_LOAD_H

#include <stdint.h>

#include "common/err.h"

enum { LOAD_PARTITIONS = 6 };

struct load;

/* Starts writing to `topic`, which has LOAD_PARTITIONS partitions; both texts are kept. `bootstrap` is
 * host:port,host:port. */
struct load *load_start(const char *bootstrap, const char *topic);

/* Acknowledged by all partitions together, and by the one that has the fewest. */
int64_t load_acknowledged(struct load *l, int64_t *ret_least);
/* The longest gap of any partition, one that is still open included; and the partition. */
int64_t load_gap_ms(struct load *l, int *ret_partition);
/* The gaps so far no longer count: before a next kill. */
void load_forget_gaps(struct load *l);

/* Stops writing, reads everything back: ERR_CORRUPT when an acknowledged record is missing, changed or out
 * of order, or what kept it from reading. Frees. `*ret_acknowledged`: records that are there. */
err_t load_finish(struct load *l, int64_t *ret_acknowledged, struct why *reterr);

#endif
