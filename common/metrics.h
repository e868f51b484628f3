/* metrics - numbers as Prometheus' text format 0.0.4 has them; pure.
 *
 *   # HELP name what it is
 *   # TYPE name gauge
 *   name{label="value",...} 12
 *
 *   M1  all samples of a family stand together, below its two lines
 *   M2  a label's value is escaped (\\, \", \n) and is UTF-8: bytes that are none become U+FFFD
 *   M3  past the bound nothing is put any more and `full` is set: half a page is no page
 *
 * Names of families and labels are the caller's literals, [a-zA-Z_][a-zA-Z0-9_]* (asserted). */
#ifndef KLAMM_COMMON_METRICS_H
#define KLAMM_COMMON_METRICS_H

#include "common/buf.h"

enum { METRICS_BYTES_MAX = 64 * 1024 * 1024, METRICS_LABELS_MAX = 8 };

struct metrics {
    struct buf *out;    /* kept */
    size_t bytes_max;   /* of out->n; 0: METRICS_BYTES_MAX */
    const char *family; /* literal */
    bool full;
};

struct metric_label {
    const char *name;
    struct str value;
};

/* `type`: "counter", "gauge" or "untyped". */
void metrics_family(struct metrics *m, const char *name, const char *type, const char *help);
/* One sample of the family begun last. Whole numbers below 2^53 are written as such. */
void metrics_sample(struct metrics *m, const struct metric_label *labels, unsigned n, double value);
/* A family of one sample without labels. */
void metrics_single(struct metrics *m, const char *name, const char *type, const char *help,
                    double value);

#endif
