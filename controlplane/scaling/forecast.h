/* forecast - when a volume will be full if it goes on filling as it did. Pure.
 *
 * Keeps a few samples over a span that doubles whenever they are used up, so an hour and a year cost the
 * same. What is not told (a volume whose use does not change) is no sample: the question brings the
 * newest one with it. */
#ifndef KLAMM_CONTROLPLANE_SCALING_FORECAST_H
#define KLAMM_CONTROLPLANE_SCALING_FORECAST_H

#include <stdint.h>

enum {
    FORECAST_SAMPLES = 32,
    FORECAST_STEP_MS = 10000, /* between the first samples at least */
    FORECAST_SPAN_MS = 60000, /* over less nothing is said */
};

/* The zero struct knows nothing. */
struct forecast {
    struct {
        int64_t at_ms, used_bytes;
    } samples[FORECAST_SAMPLES];
    unsigned n;
    int64_t step_ms;
};

/* A sample that is older than the newest one is left out. */
void forecast_note(struct forecast *f, int64_t now_ms, int64_t used_bytes);
/* Days until `total_bytes` are used; negative: not known, or it does not fill. */
double forecast_days(const struct forecast *f, int64_t now_ms, int64_t used_bytes, int64_t total_bytes);

#endif
