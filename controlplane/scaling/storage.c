#include "controlplane/scaling/storage.h"

#define GIB ((double)(1 << 30))

double storage_utilisation(int64_t gib, int64_t used_bytes)
{
    return gib > 0 ? 100.0 * (double)used_bytes / ((double)gib * GIB) : 0;
}

/* The least size at which `used_bytes` are the target's part of it. */
static int64_t gib_at_target(double target, int64_t used_bytes)
{
    double gib = (double)used_bytes * 100.0 / target / GIB;
    int64_t whole = gib < STORAGE_GIB_MAX ? (int64_t)gib : STORAGE_GIB_MAX;

    return (double)whole < gib ? whole + 1 : whole;
}

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

enum storage_verdict storage_decide(const struct storage_policy *p, int64_t gib, int64_t used_bytes,
                                    int64_t *ret_gib)
{
    int64_t step = larger(STORAGE_STEP_GIB, (gib * STORAGE_STEP_PERCENT + 99) / 100);
    int64_t max = p->max_gib < STORAGE_GIB_MAX ? p->max_gib : STORAGE_GIB_MAX;
    bool full = storage_utilisation(gib, used_bytes) > p->target;
    int64_t wanted = full ? larger(gib + step, gib_at_target(p->target, used_bytes)) : gib;

    if (p->min_gib > gib)
        wanted = larger(wanted, larger(p->min_gib, gib + STORAGE_STEP_GIB));
    *ret_gib = wanted < max ? wanted : max;
    if (wanted == gib)
        return STORAGE_FITS;
    return *ret_gib >= gib + STORAGE_STEP_GIB ? STORAGE_GROW : STORAGE_AT_MAXIMUM;
}
