#include "broker/log/log_internal.h"

enum { HOLLOW_BATCHES_MAX = 16 };

/* Where a read begins. */
struct place {
    struct segment *s;
    int64_t position;
    int64_t base;    /* of the batch there */
    int64_t size;    /* of the batch there; 0 when the tail knew the place: not read */
};

/* The batch that holds `offset`, or the first one after it. ERR_AGAIN: there is none. */
static err_t place_find(struct log *l, int64_t offset, struct place *ret)
{
    struct head h;
    err_t e;

    for (uint32_t i = log_floor(l, offset); i < l->segments_n; i++) {
        ret->s = l->segments[i];
        if (ret->s == log_active(l) && tail_find(l->tail, offset, &ret->base, &ret->position)) {
            ret->size = 0;
            return segment_open(ret->s);
        }
        if (segment_empty(ret->s))
            continue;
        log_warm(l, ret->s);
        e = segment_find(ret->s, offset, &ret->position, &h);
        ret->base = h.base;
        ret->size = h.size;
        if (e != ERR_AGAIN)
            return e;
    }
    return ERR_AGAIN;
}

/* Where the batches at and above `limit` begin in the place's segment. */
static err_t limit_position(struct log *l, const struct place *at, int64_t limit, int64_t *ret)
{
    struct segment *s = at->s;

    *ret = s->size;
    if (limit >= s->next)
        return ERR_OK;
    if (s == log_active(l) && tail_find_from(l->tail, limit, s->size, ret))
        return ERR_OK;
    return segment_find_from(s, limit, ret);
}

static err_t fit_position(struct log *l, const struct place *at, int64_t wanted, int64_t *ret)
{
    if (at->s == log_active(l) && wanted < at->s->size && tail_fit(l->tail, wanted, ret))
        return ERR_OK;
    return segment_fit(at->s, at->position, wanted, ret);
}

static err_t first_batch_size(struct place *at)
{
    uint8_t p[HEAD_BYTES];
    struct head h;
    err_t e;

    if (at->size)
        return ERR_OK;
    e = fs_pread(at->s->fs, at->s->fd, p, sizeof(p), at->position);
    if (e)
        return e;
    if (!head_parse(p, &h) || h.size > at->s->size - at->position)
        return ERR_CORRUPT;
    at->size = h.size;
    return ERR_OK;
}

/* Where the read ends: at->position when nothing may be given. */
static err_t place_end(struct log *l, struct place *at, size_t max_bytes, int64_t limit, bool at_least_one,
                       int64_t *ret)
{
    int64_t stop, wanted;
    err_t e;

    *ret = at->position;
    if (at->base >= limit)
        return ERR_OK;
    e = limit_position(l, at, limit, &stop);
    if (e)
        return e;
    if (stop <= at->position) /* damage that a clean start did not look at */
        return ERR_CORRUPT;
    *ret = stop;
    if (stop - at->position <= (int64_t)max_bytes)
        return ERR_OK;
    wanted = at->position + (int64_t)max_bytes;
    e = fit_position(l, at, wanted, ret);
    if (e || *ret > at->position || !at_least_one)
        return e;
    e = first_batch_size(at);
    *ret = at->position + at->size;
    return e;
}

err_t log_read(struct log *l, int64_t offset, size_t max_bytes, int64_t limit_offset, bool at_least_one,
               struct log_span *ret)
{
    struct place at = { 0 };
    int64_t end;
    err_t e;

    *ret = (struct log_span){ .fd = -1 };
    if (offset < l->start || offset > l->end)
        return ERR_OUT_OF_RANGE;
    if (limit_offset > l->end)
        limit_offset = l->end;
    if (offset >= limit_offset)
        return ERR_OK;
    if (max_bytes > INT32_MAX)
        max_bytes = INT32_MAX;
    l->used = true;
    e = place_find(l, offset, &at);
    if (!e && at.s->unreadable)
        e = ERR_IO;
    if (!e)
        e = place_end(l, &at, max_bytes, limit_offset, at_least_one, &end);
    if (e == ERR_OUT_OF_RANGE) /* the file is shorter than it was */
        e = ERR_CORRUPT;
    if (e)
        return e == ERR_AGAIN ? ERR_OK : e;
    if (end == at.position)
        return ERR_OK;
    *ret = (struct log_span){ segment_ref(at.s), at.s->fd, at.position, (size_t)(end - at.position),
                              at.s->cut };
    return ERR_OK;
}

int64_t log_span_hollow_end(const struct log_span *s)
{
    uint8_t p[HOLLOW_BATCHES_MAX * HEAD_BYTES];
    struct head h = { .last = -2 };

    if (!s->n || s->n > sizeof(p) || s->n % HEAD_BYTES)
        return -1;
    if (fs_pread(s->ref->fs, s->fd, p, s->n, s->position))
        return -1;
    for (size_t at = 0; at < s->n; at += HEAD_BYTES)
        if (!head_parse(p + at, &h) || h.size != HEAD_BYTES || h.count)
            return -1;
    return h.last + 1;
}

bool log_span_valid(const struct log_span *s)
{
    return !s->ref || s->ref->cut == s->cut;
}

void log_span_failed(const struct log_span *s)
{
    if (s->ref)
        s->ref->unreadable = true;
}

void log_span_done(struct log_span *s)
{
    segment_unref(s->ref);
    *s = (struct log_span){ .fd = -1 };
}
