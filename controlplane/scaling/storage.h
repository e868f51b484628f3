/* storage - target tracking of a cluster's volumes: whether they are to grow, and to what size. Pure.
 *
 * As MSK's automatic storage scaling (Application Auto Scaling, metric KafkaBrokerStorageUtilization), but
 * without its pause of six hours between two steps: what fills fast is followed fast.
 *
 *   S1  volumes grow when the fullest broker of the cluster uses more than the target of its volume
 *   S2  so far that the fullest is at the target again, and by the larger of 10 GiB and 10 % at least
 *   S3  to the maximum at most, and not at all when 10 GiB (the least that MSK grows by) do not fit below it
 *   S4  never to a smaller size; a minimum above the size is reached at once
 *
 * All brokers of a cluster have volumes of one size, so they grow together. */
#ifndef KLAMM_CONTROLPLANE_SCALING_STORAGE_H
#define KLAMM_CONTROLPLANE_SCALING_STORAGE_H

#include <stdbool.h>
#include <stdint.h>

enum {
    STORAGE_STEP_GIB = 10,       /* at least, of every growth */
    STORAGE_STEP_PERCENT = 10,
    STORAGE_GIB_MAX = 16384,     /* of a volume, as at MSK */
    STORAGE_TARGET_MIN = 10,     /* percent, as at MSK */
    STORAGE_TARGET_MAX = 80,
};

struct storage_policy {
    double target;               /* percent of a volume, STORAGE_TARGET_MIN to _MAX */
    int64_t min_gib, max_gib;
};

enum storage_verdict {
    STORAGE_FITS,
    STORAGE_GROW,                /* to *ret_gib */
    STORAGE_AT_MAXIMUM,          /* it should grow and must not */
};

/* `gib`: the size of a volume now; `used_bytes`: of the fullest. */
enum storage_verdict storage_decide(const struct storage_policy *p, int64_t gib, int64_t used_bytes,
                                    int64_t *ret_gib);
/* In percent. */
double storage_utilisation(int64_t gib, int64_t used_bytes);

#endif
