#include "broker/log/log_internal.h"

#include <limits.h>

#include "broker/log/names.h"
#include "common/clock.h"
#include "common/invariant.h"
#include "common/rng.h"

struct log_config log_config_default(void)
{
    return (struct log_config){
        .segment_bytes = 1073741824,
        .segment_ms = 604800000,
        .index_interval_bytes = 4096,
        .segment_index_bytes = 10485760,
        .max_message_bytes = 1048588,
        .flush_messages = INT64_MAX,
        .flush_ms = INT64_MAX,
        .retention_bytes = -1,
        .retention_ms = 604800000,
        .file_delete_delay_ms = 60000,
        .delete_ = true,
        .min_cleanable_dirty_ratio = 0.5,
        .max_compaction_lag_ms = INT64_MAX,
        .delete_retention_ms = 86400000,
        .timestamp_before_max_ms = INT64_MAX,
        .timestamp_after_max_ms = 3600000,
    };
}

/* A different deadline per segment, so that the partitions of a topic do not roll together. */
static void draw_jitter(struct log *l)
{
    uint64_t random;

    l->jitter_ms = 0;
    if (l->config.segment_jitter_ms <= 0)
        return;
    rng_system(&random, sizeof(random));
    l->jitter_ms = (int64_t)(random % (uint64_t)l->config.segment_jitter_ms);
}

void log_reconfigure(struct log *l, const struct log_config *c)
{
    l->config = *c;
    draw_jitter(l);
}

void log_push_segment(struct log *l, struct segment *s)
{
    l->segments = mem_resize_array(l->segments, l->segments_n + 1, sizeof(*l->segments));
    l->segments[l->segments_n++] = s;
}

err_t log_drop_segment(struct log *l, uint32_t i, int64_t now_ms)
{
    struct segment *s = l->segments[i];
    err_t e;

    e = segment_remove(s, l->trash, now_ms + l->config.file_delete_delay_ms);
    if (e)
        return e;
    l->names_dirty = true;
    PUBLISH(l->bytes, l->bytes - s->size);
    segment_detach(s);
    memmove(l->segments + i, l->segments + i + 1, (l->segments_n - i - 1) * sizeof(*l->segments));
    l->segments_n--;
    return ERR_OK;
}

uint32_t log_floor(const struct log *l, int64_t offset)
{
    uint32_t low = 0, high = l->segments_n;

    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;

        if (l->segments[middle]->base <= offset)
            low = middle;
        else
            high = middle;
    }
    return low;
}

void log_warm(struct log *l, const struct segment *s)
{
    int64_t out = l->warm[LOG_WARM - 1];
    int at = 0;

    if (s == log_active(l) || l->warm[0] == s->base)
        return;
    while (at < LOG_WARM - 1 && l->warm[at] != s->base)
        at++;
    if (l->warm[at] != s->base && out >= 0) {
        struct segment *old = l->segments[log_floor(l, out)];

        if (old->base == out && old != log_active(l))
            segment_close_files(old);
    }
    memmove(l->warm + 1, l->warm, (size_t)at * sizeof(l->warm[0]));
    l->warm[0] = s->base;
}

int64_t log_first_timestamp(struct segment *s)
{
    bool open = s->fd >= 0;
    uint8_t p[HEAD_BYTES];
    struct head h;

    if (s->first_timestamp >= 0 || segment_empty(s) || segment_open(s))
        return s->first_timestamp;
    if (!fs_pread(s->fs, s->fd, p, sizeof(p), 0) && head_parse(p, &h))
        s->first_timestamp = h.max_timestamp;
    if (!open)
        segment_close_files(s);
    return s->first_timestamp;
}

static bool roll_by_time(struct log *l, struct segment *s, int64_t timestamp, int64_t now_ms)
{
    int64_t limit = l->config.segment_ms - l->jitter_ms;

    if (segment_empty(s) || l->config.segment_ms == INT64_MAX)
        return false;
    (void)log_first_timestamp(s);
    if (s->first_timestamp >= 0 && timestamp >= 0)
        return timestamp - s->first_timestamp > limit;
    return now_ms - s->created_ms > limit;
}

bool log_roll_due(struct log *l, int64_t more, int64_t last, int64_t timestamp, int64_t now_ms)
{
    struct segment *s = log_active(l);

    if (last - s->base > INT32_MAX)
        return true;
    if (segment_empty(s))
        return false;
    return s->size + more > l->config.segment_bytes || s->size + more > INT32_MAX ||
           index_full(&s->index, l->config.segment_index_bytes) ||
           roll_by_time(l, s, timestamp, now_ms);
}

err_t log_roll(struct log *l, int64_t base, int64_t now_ms)
{
    struct segment *old = log_active(l), *s;
    err_t e;

    INVARIANT(base >= old->next);
    if (segment_empty(old) && base == old->base)
        return ERR_OK;
    e = segment_load(old);
    if (!e)
        e = segment_seal(old);
    if (e)
        return e;
    s = segment_new(l->fs, l->dir, base, now_ms ? now_ms : clock_wall_ms());
    e = segment_create(s);
    if (e) {
        segment_unref(s);
        return e;
    }
    log_push_segment(l, s);
    l->names_dirty = true;
    if (l->tail)
        l->tail->n = 0;
    draw_jitter(l);
    if (l->rolled)
        l->rolled(l, base);
    return segment_empty(old) ? log_drop_segment(l, l->segments_n - 2, now_ms) : ERR_OK;
}

err_t log_store_epochs(struct log *l)
{
    OWNED_BUF out = { 0 };
    struct path p = path_in(l->dir, CHECKPOINT_EPOCHS);
    err_t e;

    if (!l->epochs.changed)
        return ERR_OK;
    epoch_checkpoint_print(l->epochs.entries, l->epochs.n, &out);
    e = checkpoint_replace_soft(l->fs, p.text, buf_slice(&out));
    if (e)
        return e;
    l->epochs.changed = l->epochs_wait = false;
    l->names_dirty = true;
    return ERR_OK;
}

static void log_free(struct log *l)
{
    for (uint32_t i = 0; i < l->segments_n; i++)
        segment_detach(l->segments[i]);
    epochs_done(&l->epochs);
    mem_free(l->segments);
    mem_free(l->tail);
    mem_free(l->dir);
    mem_free(l);
}

err_t log_new(const struct log_open *o, struct log **ret, struct why *reterr)
{
    struct log *l;
    err_t e;

    if (strlen(o->dir) > DIR_PATH_MAX)
        return why(reterr, ERR_TOO_LARGE, "directory %.60s...: a path has at most %d bytes here",
                   o->dir, DIR_PATH_MAX);
    l = mem_new(struct log);
    memset(l->warm, 0xff, sizeof(l->warm)); /* -1: none */
    list_init(&l->flusher_node);
    list_init(&l->flusher_logs);
    l->fs = o->fs;
    l->dir = mem_strdup(o->dir);
    l->no_space = o->no_space;
    l->trash = o->trash;
    l->lowered = o->lowered;
    l->arg = o->arg;
    l->metadata_log = o->metadata_log;
    log_reconfigure(l, &o->config);
    e = log_recover(l, o, reterr);
    if (e) {
        log_free(l);
        return e;
    }
    log_check(l);
    *ret = l;
    return ERR_OK;
}

/* What a clean start relies on: complete indexes on the device. */
static err_t close_indexes(struct log *l)
{
    for (uint32_t i = 0; i < l->segments_n; i++) {
        struct segment *s = l->segments[i];
        err_t e = ERR_OK;

        if (!s->index_loaded)
            continue;
        if (i + 1 == l->segments_n && s->max_timestamp > s->index.last_timestamp)
            e = segment_seal(s);
        if (!e && (s->index.dirty || s->index.pending))
            e = index_sync(&s->index);
        if (e)
            return e;
    }
    return ERR_OK;
}

err_t log_close(struct log *l, bool clean)
{
    err_t e = ERR_OK;

    if (!l)
        return ERR_OK;
    log_set_flusher(l, NULL);
    INVARIANT(!l->flushing);
    if (clean && l->broken)
        e = ERR_IO;
    if (clean && !e && !l->epochs_wait)
        e = log_store_epochs(l);
    if (clean)
        segment_give_room_back(log_active(l));
    if (clean && !e)
        e = close_indexes(l);
    if (clean && !e)
        e = log_sync_aborted(l);
    if (clean && !e)
        e = log_sync(l);
    log_free(l);
    return e;
}

int64_t log_start_offset(const struct log *l)
{
    return OBSERVE(l->start);
}

int64_t log_end_offset(const struct log *l)
{
    return OBSERVE(l->end);
}

int64_t log_recovery_point(const struct log *l)
{
    return OBSERVE(l->recovery_point);
}

int64_t log_high_watermark(const struct log *l)
{
    return OBSERVE(l->high_watermark);
}

int64_t log_size_bytes(const struct log *l)
{
    return OBSERVE(l->bytes);
}

void log_set_high_watermark(struct log *l, int64_t offset)
{
    if (offset < l->start)
        offset = l->start;
    PUBLISH(l->high_watermark, offset > l->end ? l->end : offset);
}

const struct log_recovered *log_recovered(const struct log *l)
{
    return &l->recovered;
}

int32_t log_last_epoch(const struct log *l)
{
    return epochs_last(&l->epochs);
}

int64_t log_largest_timestamp(const struct log *l)
{
    int64_t largest = -1;

    for (uint32_t i = 0; i < l->segments_n; i++) {
        struct segment *s = l->segments[i];
        bool loaded = s->index_loaded;

        if (!segment_load(s) && s->max_timestamp > largest)
            largest = s->max_timestamp;
        if (!loaded) /* its largest timestamp stays known */
            index_close_files(&s->index);
    }
    return largest;
}

const char *log_path(const struct log *l)
{
    return l->dir;
}

void log_renamed(struct log *l, const char *dir)
{
    char *old = l->dir;

    INVARIANT(!l->flushing);
    l->dir = mem_strdup(dir);
    for (uint32_t i = 0; i < l->segments_n; i++)
        l->segments[i]->dir = l->segments[i]->index.dir = l->dir;
    mem_free(old);
}

const struct log_config *log_config(const struct log *l)
{
    return &l->config;
}

void log_end_offset_for_epoch(const struct log *l, int32_t epoch, int32_t *ret_epoch,
                              int64_t *ret_offset)
{
    epochs_end_offset(&l->epochs, epoch, l->end, ret_epoch, ret_offset);
}

int32_t log_epoch_of(const struct log *l, int64_t offset)
{
    return epochs_of(&l->epochs, offset);
}

err_t log_assign_epoch(struct log *l, int32_t epoch)
{
    bool wait;

    if (l->broken)
        return ERR_IO;
    if (epoch < epochs_last(&l->epochs))
        return ERR_STALE;
    wait = !l->epochs.changed || l->epochs_wait;
    epochs_assign(&l->epochs, epoch, l->end);
    l->epochs_wait = wait && l->epochs.changed;
    return l->epochs_wait ? ERR_OK : log_store_epochs(l);
}

void log_set_owner(struct log *l, void *owner)
{
    l->owner = owner;
}

void *log_owner(const struct log *l)
{
    return l->owner;
}

void log_set_rolled(struct log *l, void (*rolled)(struct log *l, int64_t base))
{
    l->rolled = rolled;
}

bool log_broken(const struct log *l)
{
    return l->broken;
}

void log_check(const struct log *l)
{
    int64_t bytes = 0;

    INVARIANT(l->segments_n > 0);
    INVARIANT(l->start <= l->end && l->recovery_point <= l->end && l->high_watermark <= l->end);
    INVARIANT(l->segments[0]->base <= l->start);
    INVARIANT(l->broken || log_active(l)->next == l->end);
    for (uint32_t i = 0; i < l->segments_n; i++) {
        segment_check(l->segments[i]);
        INVARIANT(!i || l->segments[i - 1]->next <= l->segments[i]->base);
        bytes += l->segments[i]->size;
    }
    INVARIANT(bytes == l->bytes);
    epochs_check(&l->epochs);
}
