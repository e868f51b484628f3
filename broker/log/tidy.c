/* Kafka renames its way through deletion and compaction; a crash leaves the steps:
 *
 *   .deleted   to be removed: remove it
 *   .cleaned   half built: remove it, and every .swap at or above the lowest of them
 *              (they belong to a split that did not finish)
 *   .swap      complete: its batches replace all segments in [lowest base, highest next) */
#include "broker/log/log_internal.h"

#include <fcntl.h>

#include "broker/log/names.h"

struct tidy {
    struct log *l;
    char *names;
    int64_t cleaned_min;           /* INT64_MAX: none */
    int64_t swap_min, swap_end;    /* [min, end); empty: none */
    struct why *reterr;
};

typedef err_t (*tidy_fn)(struct tidy *t, const char *name, int64_t base, enum file_kind kind,
                         enum file_state state);

static err_t each_file(struct tidy *t, tidy_fn fn)
{
    enum file_kind kind;
    enum file_state state;
    int64_t base;
    err_t e = ERR_OK;

    for (const char *s = t->names; !e && *s; s += strlen(s) + 1) {
        if (file_name_parse(s, &base, &kind, &state))
            e = fn(t, s, base, kind, state);
        if (e)
            return why(t->reterr, e, "%s/%s: cannot be tidied up: %s", t->l->dir, s, err_text(e));
    }
    return e;
}

static err_t remove_name(struct tidy *t, const char *name)
{
    struct path p = path_in(t->l->dir, name);
    err_t e;

    e = fs_unlink(t->l->fs, p.text);
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static err_t find_cleaned(struct tidy *t, const char *name, int64_t base, enum file_kind kind,
                          enum file_state state)
{
    (void)name, (void)kind;
    if (state == FILE_CLEANED && base < t->cleaned_min)
        t->cleaned_min = base;
    return ERR_OK;
}

static bool goes(const struct tidy *t, int64_t base, enum file_state state)
{
    return state == FILE_DELETED || state == FILE_CLEANED || (state == FILE_SWAP && base >= t->cleaned_min);
}

static err_t drop_unfinished(struct tidy *t, const char *name, int64_t base, enum file_kind kind,
                             enum file_state state)
{
    (void)kind;
    return goes(t, base, state) ? remove_name(t, name) : ERR_OK;
}

/* One past the last offset of a .log.swap, by its heads. */
static err_t swap_next(struct tidy *t, const char *name, int64_t base, int64_t *ret)
{
    struct path p = path_in(t->l->dir, name);
    uint8_t buf[SCAN_STACK_BYTES];
    int64_t size = fs_size(p.text);
    struct scan scan;
    struct head h;
    int fd = -1;
    err_t e;

    *ret = base;
    e = fs_open(t->l->fs, p.text, O_RDONLY, 0, &fd);
    if (e)
        return e;
    scan_init(&scan, t->l->fs, fd, 0, size, buf, sizeof(buf));
    while (!(e = scan_next(&scan, &h))) {
        *ret = h.last + 1;
        scan_skip(&scan, &h);
    }
    (void)fs_close(t->l->fs, fd);
    return e == ERR_AGAIN ? ERR_OK : e;
}

static err_t find_swapped(struct tidy *t, const char *name, int64_t base, enum file_kind kind,
                          enum file_state state)
{
    int64_t next;
    err_t e;

    if (state != FILE_SWAP || kind != FILE_LOG || goes(t, base, state))
        return ERR_OK;
    e = swap_next(t, name, base, &next);
    if (base < t->swap_min)
        t->swap_min = base;
    if (next > t->swap_end)
        t->swap_end = next;
    return e;
}

static err_t drop_replaced(struct tidy *t, const char *name, int64_t base, enum file_kind kind,
                           enum file_state state)
{
    if (state != FILE_LIVE || kind == FILE_SNAPSHOT || base < t->swap_min || base >= t->swap_end)
        return ERR_OK;
    return remove_name(t, name);
}

static err_t swap_in(struct tidy *t, const char *name, int64_t base, enum file_kind kind,
                     enum file_state state)
{
    struct path from, to;

    if (state != FILE_SWAP || goes(t, base, state))
        return ERR_OK;
    from = path_in(t->l->dir, name);
    to = path_of(t->l->dir, base, kind, FILE_LIVE);
    return fs_rename(t->l->fs, from.text, to.text);
}

/* The index of a log that is not there. Names come sorted: x.index, x.log, x.timeindex. */
static err_t drop_orphan(struct tidy *t, const char *name, int64_t base, enum file_kind kind,
                         enum file_state state)
{
    struct path p;

    if (state != FILE_LIVE || kind == FILE_LOG || kind == FILE_SNAPSHOT)
        return ERR_OK;
    p = path_of(t->l->dir, base, FILE_LOG, FILE_LIVE);
    return fs_exists(p.text) ? ERR_OK : remove_name(t, name);
}

/* Most directories have nothing to tidy, and a start opens thousands of them. */
static bool untidy(const char *names)
{
    enum file_kind kind;
    enum file_state state;
    int64_t base, logs = 0, indexes = 0;

    for (const char *s = names; *s; s += strlen(s) + 1) {
        if (!file_name_parse(s, &base, &kind, &state))
            continue;
        if (state != FILE_LIVE)
            return true;
        logs += kind == FILE_LOG;
        indexes += kind == FILE_INDEX || kind == FILE_TIMEINDEX || kind == FILE_TXNINDEX;
    }
    return indexes > 2 * logs;
}

err_t log_tidy(struct log *l, char **names, struct why *reterr)
{
    static const tidy_fn steps[] = { find_cleaned, drop_unfinished, find_swapped,
                                     drop_replaced, swap_in,         drop_orphan };
    struct tidy t = { .l = l, .cleaned_min = INT64_MAX, .swap_min = INT64_MAX, .reterr = reterr };
    char *after = NULL;
    err_t e = ERR_OK;

    if (!untidy(*names))
        return ERR_OK;
    t.names = *names;
    l->names_dirty = true;
    for (size_t i = 0; !e && i < ARRAY_LEN(steps); i++)
        e = each_file(&t, steps[i]);
    if (!e)
        e = fs_list(l->dir, &after);
    if (e)
        return e;
    mem_free(*names);
    *names = after;
    return ERR_OK;
}

static bool is_segment_base(const struct log *l, int64_t offset)
{
    return l->segments[log_floor(l, offset)]->base == offset;
}

err_t log_prune_snapshots(struct log *l)
{
    OWNED_MEM char *names = NULL;
    err_t e = fs_list(l->dir, &names);

    return e ? e : log_prune_listed(l, names);
}

err_t log_prune_listed(struct log *l, const char *names)
{
    struct tidy t = { .l = l };
    const char *newest = NULL;
    enum file_kind kind;
    enum file_state state;
    int64_t base;
    err_t e = ERR_OK;

    for (const char *s = names; *s; s += strlen(s) + 1) /* sorted: the last one fits best */
        if (file_name_parse(s, &base, &kind, &state) && kind == FILE_SNAPSHOT && base <= l->end)
            newest = s;
    for (const char *s = names; !e && *s; s += strlen(s) + 1)
        if (file_name_parse(s, &base, &kind, &state) && kind == FILE_SNAPSHOT && state == FILE_LIVE &&
            s != newest && (base > l->end || !is_segment_base(l, base)))
            e = remove_name(&t, s);
    return e;
}
