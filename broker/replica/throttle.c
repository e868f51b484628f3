#include "broker/replica/throttle.h"

#include <stdlib.h>
#include <string.h>

static void restart_sample(struct throttle *t, unsigned i, int64_t now_ms)
{
    t->sample[i].begin_ms = now_ms;
    t->sample[i].bytes = 0;
}

void throttle_init(struct throttle *t, unsigned samples, int64_t sample_ms, int64_t now_ms)
{
    *t = (struct throttle){ .bytes_per_s = INT64_MAX, .sample_ms = sample_ms < 1 ? 1 : sample_ms,
                            .samples = samples };
    if (!samples)
        t->samples = 1;
    if (samples > THROTTLE_SAMPLES_MAX)
        t->samples = THROTTLE_SAMPLES_MAX;
    for (unsigned i = 0; i < t->samples; i++)
        restart_sample(t, i, now_ms);
}

static void pace(struct throttle *t, int64_t bytes, int64_t now_ms)
{
    double latest = (double)(now_ms + t->sample_ms);

    if (t->bytes_per_s == INT64_MAX || t->bytes_per_s <= 0)
        return;
    if (t->clear_ms < (double)now_ms)
        t->clear_ms = (double)now_ms;
    t->clear_ms += (double)bytes * 1000 / (double)t->bytes_per_s;
    if (t->clear_ms > latest)
        t->clear_ms = latest;
}

void throttle_record(struct throttle *t, int64_t bytes, int64_t now_ms)
{
    pace(t, bytes, now_ms);
    if (now_ms - t->sample[t->at].begin_ms >= t->sample_ms) {
        t->at = (t->at + 1) % t->samples;
        restart_sample(t, t->at, now_ms);
    }
    t->sample[t->at].bytes += bytes;
}

/* Bytes of the samples that are young enough, and the time that they stand for. */
static int64_t measure(struct throttle *t, int64_t now_ms, int64_t *ret_ms)
{
    int64_t total = 0, oldest = now_ms;

    for (unsigned i = 0; i < t->samples; i++) {
        if (now_ms - t->sample[i].begin_ms >= t->samples * t->sample_ms)
            restart_sample(t, i, now_ms);
        if (t->sample[i].begin_ms < oldest)
            oldest = t->sample[i].begin_ms;
        total += t->sample[i].bytes;
    }
    *ret_ms = now_ms - oldest < t->sample_ms ? t->sample_ms : now_ms - oldest;
    return total;
}

bool throttle_exceeded(struct throttle *t, int64_t now_ms)
{
    int64_t ms, total;

    if (t->bytes_per_s == INT64_MAX)
        return false;
    total = measure(t, now_ms, &ms);
    return t->clear_ms > (double)now_ms || (double)total * 1000 / (double)ms > (double)t->bytes_per_s;
}

int64_t throttle_step_bytes(const struct throttle *t)
{
    int64_t step = t->bytes_per_s == INT64_MAX ? INT64_MAX : t->bytes_per_s / 1000 * THROTTLE_STEP_MS;

    return step < THROTTLE_STEP_BYTES_MIN ? THROTTLE_STEP_BYTES_MIN : step;
}

int64_t throttle_wait_ms(struct throttle *t, int64_t now_ms)
{
    int64_t ms, total;
    double wait;

    if (!throttle_exceeded(t, now_ms))
        return 0;
    total = measure(t, now_ms, &ms);
    wait = t->bytes_per_s ? (double)total * 1000 / (double)t->bytes_per_s - (double)ms : (double)t->sample_ms;
    if (wait < t->clear_ms - (double)now_ms)
        wait = t->clear_ms - (double)now_ms;
    return wait < 1 ? 1 : wait < (double)t->sample_ms ? (int64_t)wait : t->sample_ms;
}

static bool item_names(const char *p, int32_t index, int32_t node)
{
    char *end;
    long partition = strtol(p, &end, 10);

    return end != p && *end == ':' && partition == index && strtol(end + 1, NULL, 10) == node;
}

bool throttle_names(const char *list, int32_t index, int32_t node)
{
    while (list && *list) {
        list += strspn(list, " ,");
        if (*list == '*' || item_names(list, index, node))
            return true;
        list += strcspn(list, ",");
    }
    return false;
}
