#include "broker/log/clean.h"

#include <stdlib.h>

#include "broker/log/aborted.h"
#include "broker/log/clean_internal.h"
#include "broker/log/names.h"
#include "common/clock.h"
#include "common/invariant.h"
#include "common/rng.h"

static const enum file_kind kinds[] = { FILE_LOG, FILE_INDEX, FILE_TIMEINDEX, FILE_TXNINDEX };

/* --- what is dirty --- */

/* -1 when nobody knows; then it counts as old. */
static int64_t largest_timestamp(struct segment *s)
{
    bool loaded = s->index_loaded;

    if (segment_load(s))
        return -1;
    if (!loaded) /* its largest timestamp stays known */
        index_close_files(&s->index);
    return s->max_timestamp;
}

/* The active segment is not touched, nor one with a record that is too young. */
static int64_t first_untouchable(struct log *l, int64_t first_dirty, int64_t stable, int64_t now_ms)
{
    int64_t limit = log_active(l)->base < stable ? log_active(l)->base : stable;

    if (l->config.min_compaction_lag_ms <= 0)
        return limit;
    for (uint32_t i = log_floor(l, first_dirty); l->segments[i]->base < limit; i++)
        if (largest_timestamp(l->segments[i]) > now_ms - l->config.min_compaction_lag_ms)
            return l->segments[i]->base;
    return limit;
}

static bool is_overdue(struct log *l, const struct clean_state *s, int64_t now_ms)
{
    if (l->config.max_compaction_lag_ms == INT64_MAX || s->first_dirty >= s->limit)
        return false;
    for (uint32_t i = log_floor(l, s->first_dirty); l->segments[i]->base < s->limit; i++) {
        struct segment *seg = l->segments[i];
        int64_t t = log_first_timestamp(seg);

        if (!segment_empty(seg) && t >= 0 && now_ms - t > l->config.max_compaction_lag_ms)
            return true;
    }
    return false;
}

struct clean_state log_clean_state(struct log *l, int64_t first_dirty, int64_t stable,
                                   int64_t now_ms)
{
    struct clean_state s = { .first_dirty = first_dirty };

    if (first_dirty < l->start || first_dirty > l->end)
        s.first_dirty = l->start;
    s.limit = first_untouchable(l, s.first_dirty, stable, now_ms);
    for (uint32_t i = 0; i + 1 < l->segments_n && l->segments[i]->base < s.limit; i++) {
        if (l->segments[i]->next <= s.first_dirty)
            s.clean_bytes += l->segments[i]->size;
        else
            s.dirty_bytes += l->segments[i]->size;
    }
    s.overdue = is_overdue(l, &s, now_ms);
    return s;
}

bool log_clean_due(const struct log *l, const struct clean_state *s)
{
    double all = (double)(s->clean_bytes + s->dirty_bytes);

    if (s->first_dirty >= s->limit || !s->dirty_bytes)
        return false;
    return s->overdue || (double)s->dirty_bytes / all > l->config.min_cleanable_dirty_ratio;
}

/* --- begin --- */

static int by_id(const void *a, const void *b)
{
    const struct clean_producer *p = a, *q = b;

    return (p->id > q->id) - (p->id < q->id);
}

static void copy_producers(struct clean *c, const struct clean_options *o)
{
    c->producers = mem_zero((o->producers_n + 1) * sizeof(*c->producers));
    if (o->producers_n)
        memcpy(c->producers, o->producers, o->producers_n * sizeof(*c->producers));
    qsort(c->producers, o->producers_n, sizeof(*c->producers), by_id);
    c->o.producers = c->producers;
}

/* Sealed segments below the limit; the one that holds it is read up to there. */
static void take_sources(struct clean *c, struct log *l)
{
    c->sources = mem_zero(l->segments_n * sizeof(*c->sources));
    for (uint32_t i = 0; i + 1 < l->segments_n && l->segments[i]->base < c->limit; i++) {
        struct segment *s = l->segments[i];

        c->sources[c->sources_n++] = (struct clean_source){
            .s = segment_ref(s), .base = s->base, .next = s->next, .size = s->size, .cut = s->cut,
            .index_bytes = s->size / (l->config.index_interval_bytes + 1) * TIME_ENTRY,
        };
    }
}

static void clean_free(struct clean *c)
{
    for (uint32_t i = 0; i < c->sources_n; i++)
        segment_unref(c->sources[i].s);
    clean_map_done(&c->map);
    buf_done(&c->aborted);
    mem_free(c->sources);
    mem_free(c->groups);
    mem_free(c->producers);
    mem_free(c->dir);
    mem_free(c);
}

err_t log_clean_begin(struct log *l, const struct clean_state *s, const struct clean_options *o,
                      struct clean **ret)
{
    struct clean *c = mem_new(struct clean);
    err_t e = ERR_OK;

    c->fs = l->fs;
    c->dir = mem_strdup(l->dir);
    c->config = l->config;
    c->o = *o;
    c->first_dirty = s->first_dirty;
    c->limit = s->limit;
    rng_system(&c->seeds, sizeof(c->seeds));
    copy_producers(c, o);
    take_sources(c, l);
    if (!c->sources_n || c->first_dirty >= c->limit)
        e = ERR_AGAIN;
    if (!e)
        e = log_aborted(l, c->sources[0].base, c->limit, &c->aborted);
    if (e) {
        clean_free(c);
        return e;
    }
    *ret = c;
    return ERR_OK;
}

/* --- end --- */

static uint32_t place_of(const struct log *l, const struct segment *s)
{
    for (uint32_t i = 0; i < l->segments_n; i++)
        if (l->segments[i] == s)
            return i;
    return UINT32_MAX;
}

/* The group's sources are what they were, side by side. */
static bool still_there(const struct log *l, const struct clean *c, const struct clean_group *g,
                        uint32_t *ret_at)
{
    uint32_t at = place_of(l, c->sources[g->first].s);

    if (at == UINT32_MAX || at + g->n >= l->segments_n) /* the last one is active */
        return false;
    for (uint32_t i = 0; i < g->n; i++)
        if (l->segments[at + i] != c->sources[g->first + i].s ||
            c->sources[g->first + i].s->cut != c->sources[g->first + i].cut)
            return false;
    *ret_at = at;
    return true;
}

static err_t rename_all(const struct clean *c, int64_t base, enum file_state from,
                        enum file_state to)
{
    err_t e = ERR_OK;

    for (size_t i = 0; !e && i < ARRAY_LEN(kinds); i++) {
        struct path a = path_of(c->dir, base, kinds[i], from),
                    b = path_of(c->dir, base, kinds[i], to);

        e = fs_rename(c->fs, a.text, b.text);
        if (e == ERR_NOT_FOUND && kinds[i] == FILE_TXNINDEX)
            e = ERR_OK;
    }
    return e;
}

static void remove_output(const struct clean *c, const struct clean_group *g)
{
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        struct path p = path_of(c->dir, c->sources[g->first].base, kinds[i], FILE_CLEANED);

        (void)fs_unlink(c->fs, p.text);
    }
}

static struct segment *new_segment(const struct log *l, const struct clean *c,
                                   const struct clean_group *g)
{
    struct segment *s = segment_new(l->fs, l->dir, c->sources[g->first].base, clock_wall_ms());

    s->size = g->size;
    s->next = c->sources[g->first + g->n - 1].next;
    s->max_timestamp = g->max_timestamp;
    s->max_timestamp_offset = g->max_timestamp_offset;
    return s;
}

static void replace_in_array(struct log *l, uint32_t at, uint32_t n, struct segment *s)
{
    int64_t bytes = s->size;

    for (uint32_t i = 0; i < n; i++) {
        bytes -= l->segments[at + i]->size;
        segment_detach(l->segments[at + i]);
    }
    l->segments[at] = s;
    memmove(l->segments + at + 1, l->segments + at + n,
            (l->segments_n - at - n) * sizeof(*l->segments));
    l->segments_n -= n - 1;
    PUBLISH(l->bytes, l->bytes + bytes);
}

/* Between the first rename to .swap and the last one away from it the directory is what tidy.c
 * completes at a start; if a step fails in between, only a start can tell what is there. */
static err_t swap(struct log *l, struct clean *c, const struct clean_group *g, uint32_t at)
{
    int64_t due_ms = clock_wall_ms() + l->config.file_delete_delay_ms;
    int64_t base = c->sources[g->first].base;
    struct segment *s = new_segment(l, c, g);
    err_t e;

    e = rename_all(c, base, FILE_CLEANED, FILE_SWAP);
    for (uint32_t i = 0; !e && i < g->n; i++)
        e = segment_remove(l->segments[at + i], l->trash, due_ms);
    if (!e)
        e = rename_all(c, base, FILE_SWAP, FILE_LIVE);
    if (e) {
        segment_unref(s);
        l->broken = true;
        return ERR_IO;
    }
    replace_in_array(l, at, g->n, s);
    l->names_dirty = true;
    log_flusher_note(l);
    return ERR_OK;
}

/* One after the other, oldest first: what is in its place stays there whatever becomes of the rest.
 */
static err_t swap_all(struct log *l, struct clean *c)
{
    err_t e = ERR_OK;
    uint32_t at;

    for (uint32_t i = 0; !e && i < c->groups_n; i++) {
        if (c->groups[i].unchanged)
            continue;
        e = still_there(l, c, &c->groups[i], &at) ? swap(l, c, &c->groups[i], at) : ERR_STALE;
    }
    return e;
}

static err_t put_in_place(struct log *l, struct clean *c, struct clean_result *ret)
{
    int64_t bytes = l->bytes;
    err_t e = l->broken ? ERR_STALE : swap_all(l, c);

    ret->freed_bytes = bytes - l->bytes;
    if (!e)
        ret->first_dirty = c->map.latest + 1;
    return e;
}

err_t log_clean_end(struct log *l, struct clean *c, err_t run, struct clean_result *ret)
{
    err_t e = run;

    *ret = (struct clean_result){ .first_dirty = c->first_dirty, .keys = c->map.n,
                                  .map_bytes = c->map.slots_n * CLEAN_SLOT,
                                  .read_bytes = c->read_bytes, .written_bytes = c->written_bytes };
    if (!e && !l)
        e = ERR_STALE;
    if (!e)
        e = put_in_place(l, c, ret);
    if (e && e != ERR_IO) /* of a broken log nothing is removed: a start looks at it */
        for (uint32_t i = 0; i < c->groups_n; i++)
            remove_output(c, &c->groups[i]);
    clean_free(c);
    return e;
}
