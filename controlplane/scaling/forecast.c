#include "controlplane/scaling/forecast.h"

#define DAY_MS 86400000.0

/* Every second one goes; the next ones come at half the pace. */
static void thin_out(struct forecast *f)
{
    for (unsigned i = 0; i < FORECAST_SAMPLES / 2; i++)
        f->samples[i] = f->samples[2 * i];
    f->n = FORECAST_SAMPLES / 2;
    f->step_ms *= 2;
}

void forecast_note(struct forecast *f, int64_t now_ms, int64_t used_bytes)
{
    if (!f->step_ms)
        f->step_ms = FORECAST_STEP_MS;
    if (f->n && now_ms - f->samples[f->n - 1].at_ms < f->step_ms)
        return;
    if (f->n == FORECAST_SAMPLES)
        thin_out(f);
    f->samples[f->n].at_ms = now_ms;
    f->samples[f->n++].used_bytes = used_bytes;
}

double forecast_days(const struct forecast *f, int64_t now_ms, int64_t used_bytes,
                     int64_t total_bytes)
{
    double span_ms = f->n ? (double)(now_ms - f->samples[0].at_ms) : 0, grown;

    if (span_ms < FORECAST_SPAN_MS)
        return -1;
    grown = (double)(used_bytes - f->samples[0].used_bytes);
    if (grown <= 0)
        return -1;
    if (used_bytes >= total_bytes)
        return 0;
    return (double)(total_bytes - used_bytes) / grown * span_ms / DAY_MS;
}
