/* What happens when a log is opened: list, tidy, scan, judge, cut.
 *
 *   clean      the heads of the last segment from its last index entry on; when they do not lead to
 *              its end, its batches from there on
 *   unclean    every batch from the recovery point on
 *   metadata   every batch
 * A batch that does not check ends the scan. It is a torn tail, and cut, only if nothing
 * good lies behind it and nothing was promised there; all else is damage and stays. After a
 * new start of the machine only the promise counts (boot.h). */
#include "broker/log/log_internal.h"

#include <sys/stat.h>

#include "broker/log/names.h"
#include "common/clock.h"
#include "common/invariant.h"

struct recovery {
    struct log *l;
    const struct log_open *o;
    struct why *reterr;
    uint8_t *buf;       /* SCAN_HEAP_BYTES */
    int64_t promised;   /* below this offset a missing batch is damage */
    bool epochs_known;  /* leader-epoch-checkpoint was read */
};

/* One segment's scan: `bad` when it ended before the end of the file. */
struct scanned {
    int64_t file_size;
    bool bad;
    bool misplaced;     /* the bad one is whole and good, but its offset is wrong */
};

static err_t damage(struct recovery *r, const struct segment *s, const char *rule)
{
    return why(r->reterr, ERR_CORRUPT, "%s/%020lld.log at byte %lld (offset %lld): %s", r->l->dir,
               (long long)s->base, (long long)s->size, (long long)s->next, rule);
}

static err_t file_size(struct segment *s, int64_t *ret)
{
    struct stat st;
    err_t e;

    e = segment_open(s);
    if (!e && fstat(s->fd, &st) < 0)
        e = ERR_IO;
    if (!e)
        *ret = st.st_size;
    return e;
}

/* --- the files of the directory --- */

static void add_segment(struct recovery *r, int64_t base, int64_t now_ms)
{
    log_push_segment(r->l, segment_new(r->l->fs, r->l->dir, base, now_ms));
    log_active(r->l)->index_missing = true;
}

/* Names come sorted: x.index, x.log, x.timeindex. */
static void list_segments(struct recovery *r, const char *names)
{
    int64_t base, indexed = -1, now_ms = clock_wall_ms();
    enum file_kind kind;
    enum file_state state;

    for (const char *s = names; *s; s += strlen(s) + 1) {
        if (!file_name_parse(s, &base, &kind, &state) || state != FILE_LIVE)
            continue;
        if (kind == FILE_INDEX)
            indexed = base;
        if (kind == FILE_LOG) {
            add_segment(r, base, now_ms);
            log_active(r->l)->index_missing = indexed != base;
        }
    }
}

static err_t size_segments(struct recovery *r)
{
    struct log *l = r->l;

    for (uint32_t i = 0; i < l->segments_n; i++) {
        struct segment *s = l->segments[i];
        struct path p = path_of(l->dir, s->base, FILE_LOG, FILE_LIVE);
        int64_t size = fs_size(p.text);

        if (size < 0)
            return why(r->reterr, ERR_IO, "%s: its size cannot be read", p.text);
        if (size > INT32_MAX)
            return why(r->reterr, ERR_UNSUPPORTED, "%s: %lld bytes, a segment has at most %d", p.text,
                       (long long)size, INT32_MAX);
        s->size = size;
        if (i + 1 < l->segments_n)
            s->next = l->segments[i + 1]->base;
    }
    return ERR_OK;
}

/* --- scanning --- */

/* The entry to scan from: below `trusted`, and after a crash not above what the time index
 * vouches for (its newest entries may be lost while the offset index kept its own). */
static err_t scan_entry(struct recovery *r, struct segment *s, int64_t trusted, struct offset_entry *ret)
{
    struct scan scan;
    struct head h;
    int64_t upto = trusted - 1;
    err_t e;

    if (!r->o->clean && upto > s->index.last_time_offset)
        upto = s->index.last_time_offset;
    e = index_find_offset(&s->index, upto, ret);
    if (e || !ret->position)
        return e;
    scan_init(&scan, s->fs, s->fd, ret->position < s->size ? ret->position : s->size, s->size, r->buf,
              SCAN_HEAP_BYTES);
    e = scan_next(&scan, &h);
    if (!e)
        e = scan_check_crc(&scan, &h);
    if (!e && h.last == ret->offset)
        return ERR_OK;
    /* An index that lies is not used at all; and a scan that begins at a bad batch would not
     * know which offset it has come to. */
    *ret = (struct offset_entry){ s->base, 0 };
    return e == ERR_CORRUPT || e == ERR_AGAIN ? ERR_OK : e;
}

/* Sets `s` to what it is before the batch at `from`, indexes included. */
static err_t scan_begin(struct recovery *r, struct segment *s, int64_t trusted, struct scan *scan)
{
    struct offset_entry from = { s->base, 0 };
    err_t e;

    e = index_load(&s->index, s->size, INT64_MAX, !r->o->clean);
    s->index.dirty = !r->o->clean; /* whoever wrote it may not have synced it */
    if (!e && trusted > s->base)
        e = scan_entry(r, s, trusted, &from);
    if (!e && !from.position && s->index.offset.n + s->index.time.n)
        e = index_truncate(&s->index, s->base);
    else if (!e && from.position && (s->index.ragged || s->index.last_offset > from.offset))
        e = index_truncate(&s->index, from.offset + 1);
    if (e)
        return e;
    s->index_loaded = true;
    s->max_timestamp = s->index.last_timestamp;
    s->max_timestamp_offset = s->index.last_time_offset;
    scan_init(scan, s->fs, s->fd, from.position, s->size, r->buf, SCAN_HEAP_BYTES);
    s->size = from.position;
    s->next = s->base;
    return ERR_OK;
}

/* Compaction leaves gaps between batches; the metadata log has none. */
static bool in_order(const struct recovery *r, const struct segment *s, const struct head *h)
{
    return h->base >= s->next && h->last - s->base <= INT32_MAX &&
           (!r->o->metadata_log || h->base == s->next);
}

/* Epochs begin anew where the scan begins: what is stored behind it may be wrong. */
static void note_epoch(struct recovery *r, const struct segment *s, const struct head *h)
{
    if (r->epochs_known && r->o->clean)
        return;
    if (s->next == s->base)
        epochs_truncate_end(&r->l->epochs, h->base);
    epochs_assign(&r->l->epochs, h->epoch, h->base);
}

static err_t scan_segment(struct recovery *r, struct segment *s, int64_t trusted, struct scanned *ret)
{
    struct scan scan;
    struct head h;
    err_t e;

    *ret = (struct scanned){ 0 };
    e = file_size(s, &s->size);
    ret->file_size = s->size;
    if (!e)
        e = scan_begin(r, s, trusted, &scan);
    while (!e && !(e = scan_next(&scan, &h))) {
        e = scan_check_crc(&scan, &h);
        if (!e && !in_order(r, s, &h)) {
            ret->misplaced = true;
            e = ERR_CORRUPT;
        }
        if (!e)
            e = index_make_room(&s->index, 1);
        if (e)
            break;
        note_epoch(r, s, &h);
        segment_note(s, &h, r->l->config.index_interval_bytes);
        r->l->recovered.scanned_bytes += h.size;
        scan_skip(&scan, &h);
    }
    ret->bad = e == ERR_CORRUPT;
    return e == ERR_AGAIN || e == ERR_CORRUPT ? ERR_OK : e;
}

/* --- judging --- */

/* A head of zeros was never written: the page is one that a power cut kept from the
 * device while it grew the file. */
static err_t never_written(struct segment *s, int64_t file_bytes, bool *ret)
{
    uint8_t p[HEAD_BYTES] = { 0 };
    int64_t n = file_bytes - s->size < HEAD_BYTES ? file_bytes - s->size : HEAD_BYTES;
    err_t e;

    *ret = true;
    e = fs_pread(s->fs, s->fd, p, (size_t)n, s->size);
    for (int64_t i = 0; i < n; i++)
        *ret &= p[i] == 0;
    return e;
}

/* Looks for a good batch behind the bad one, also in the later segments. */
static err_t good_behind(struct recovery *r, uint32_t i, int64_t file_bytes, bool *ret)
{
    struct segment *s = r->l->segments[i];
    struct scan scan;
    int64_t at, size;
    err_t e;

    scan_init(&scan, s->fs, s->fd, s->size, file_bytes, r->buf, SCAN_HEAP_BYTES);
    e = scan_find_good(&scan, s->size, s->base, &at);
    *ret = at >= 0;
    for (uint32_t k = i + 1; !e && !*ret && k < r->l->segments_n; k++) {
        e = file_size(r->l->segments[k], &size);
        if (e)
            break;
        scan_init(&scan, s->fs, r->l->segments[k]->fd, 0, size, r->buf, SCAN_HEAP_BYTES);
        e = scan_find_good(&scan, -1, s->base, &at);
        *ret = at >= 0;
    }
    return e;
}

/* The batch at the end of segment `i` as scanned is bad: a torn tail (ERR_OK) or damage? */
static err_t judge(struct recovery *r, uint32_t i, const struct scanned *scanned)
{
    struct segment *s = r->l->segments[i];
    bool yes;
    err_t e;

    if (r->o->clean)
        return damage(r, s, "no good batch, though the directory was closed cleanly");
    /* The checksum does not cover the offset: this one or one before it was flipped. */
    if (scanned->misplaced && (!r->o->rebooted || s->next < r->promised))
        return damage(r, s, "a good batch whose offset does not follow the one before it");
    if (s->next < r->promised)
        return damage(r, s, "no good batch, though it lies below the recovery point");
    if (r->o->rebooted)
        return ERR_OK;
    e = never_written(s, scanned->file_size, &yes);
    if (e || yes)
        return e;
    e = good_behind(r, i, scanned->file_size, &yes);
    if (e)
        return e;
    return yes ? damage(r, s, "no good batch, but good ones behind it: not a torn tail") : ERR_OK;
}

/* --- cutting --- */

/* Only a repair cuts what was promised: the promise goes first. */
static err_t take_promise_back(struct recovery *r, int64_t end)
{
    return end < r->o->recovery_point && r->o->lowered ? r->o->lowered(r->o->arg, r->l, end) : ERR_OK;
}

/* Segment `i` ends where its scan ended, and the log with it. */
static err_t cut_after(struct recovery *r, uint32_t i, const struct scanned *scanned)
{
    struct log *l = r->l;
    struct segment *s = l->segments[i];
    err_t e = take_promise_back(r, s->next);

    if (e)
        return e;
    l->recovered.cut_bytes += scanned->file_size - s->size;
    l->recovered.cut_offset = s->next;
    while (!e && l->segments_n > i + 1) {
        l->recovered.cut_bytes += log_active(l)->size;
        e = log_drop_segment(l, l->segments_n - 1, 0);
    }
    if (!e && scanned->file_size > s->size)
        e = fs_truncate(l->fs, s->fd, s->size);
    if (!e) /* a flush passes over a segment that ends at the recovery point */
        e = fs_sync(l->fs, s->fd, false);
    l->names_dirty = true;
    return e;
}

/* Offsets missing between `s` and the next segment: in a log that is not compacted a
 * power cut took the end of `s`, and what was written behind it goes too. Below the
 * recovery point nothing is lost: there compaction was at work once. */
static bool hole_behind(struct recovery *r, uint32_t i)
{
    struct segment *s = r->l->segments[i];

    return !r->o->clean && i + 1 < r->l->segments_n && !r->l->config.compact &&
           s->next < r->l->segments[i + 1]->base && (s->next >= r->promised || r->o->metadata_log);
}

/* A wrong offset may be that of any batch before the one that does not follow: none of the
 * segment's is trusted. */
static err_t distrust(struct segment *s)
{
    s->size = 0;
    s->next = s->base;
    s->max_timestamp = s->first_timestamp = -1;
    s->max_timestamp_offset = s->base;
    return index_truncate(&s->index, s->base);
}

/* A process that was killed gave no room back. The segment is read on from its end. */
static void find_room(struct segment *s, bool last)
{
    struct stat st;

    if (last && s->fd >= 0 && !fstat(s->fd, &st) && st.st_blocks * 512 > s->size + SEGMENT_ROOM_BYTES / 4)
        s->room = st.st_blocks * 512;
}

static err_t recover_segment(struct recovery *r, uint32_t i, int64_t trusted)
{
    struct segment *s = r->l->segments[i];
    bool last = i + 1 == r->l->segments_n, cut;
    struct scanned scanned;
    err_t e;

    e = scan_segment(r, s, trusted, &scanned);
    if (e)
        return why(r->reterr, e, "%s/%020lld.log: %s", r->l->dir, (long long)s->base, err_text(e));
    if (scanned.bad)
        e = judge(r, i, &scanned);
    else if (!last && s->next > r->l->segments[i + 1]->base)
        e = damage(r, s, "its batches run into the next segment's offsets");
    else if (hole_behind(r, i) && s->next < r->promised)
        e = damage(r, s, "offsets are missing, though they lie below the recovery point");
    cut = scanned.bad || hole_behind(r, i) || e == ERR_CORRUPT;
    if (e == ERR_CORRUPT && r->o->repair)
        e = scanned.misplaced ? distrust(s) : ERR_OK;
    if (e)
        return e;
    if (cut)
        e = cut_after(r, i, &scanned);
    else if (!last)
        e = segment_seal(s);
    find_room(s, last);
    segment_close_files(s);
    return e;
}

/* --- the whole --- */

/* Not there, or not to be read: every head is looked at to know the epochs again. */
static err_t load_epochs(struct recovery *r, struct buf *ret_text)
{
    struct path p = path_in(r->l->dir, CHECKPOINT_EPOCHS);
    err_t e;

    e = fs_read_all(r->l->fs, p.text, CHECKPOINT_BYTES_MAX, ret_text);
    if (!e)
        e = epoch_checkpoint_parse(str_make(buf_text(ret_text), ret_text->n), &r->l->epochs.entries,
                                   &r->l->epochs.n, NULL);
    r->epochs_known = !e && ret_text->n;
    return e == ERR_NOT_FOUND || e == ERR_CORRUPT ? ERR_OK : e;
}

/* A start that changed nothing writes nothing: there are thousands of these files. */
static err_t settle_epochs(struct recovery *r, const struct buf *text)
{
    struct epochs *c = &r->l->epochs;
    OWNED_BUF now = { 0 };
    bool other, end;
    err_t e;

    epoch_checkpoint_print(c->entries, c->n, &now);
    other = !slice_eq(buf_slice(&now), buf_slice(text)) && (c->n || text->n);
    c->changed = false;
    epochs_truncate_end(c, r->l->end);
    end = c->changed;
    c->changed = false;
    epochs_truncate_start(c, r->l->start);
    other |= c->changed;
    c->changed = other || end;
    r->l->epochs_wait = end && !other;
    e = other ? log_store_epochs(r->l) : ERR_OK;
    return e == ERR_NO_SPACE ? ERR_OK : e; /* written before the next batch */
}

/* The heads from the last index entry to the end of the file; false when they do not lead there. */
static bool walk_to_end(struct segment *s, const struct offset_entry *from, int64_t *ret_next)
{
    uint8_t buf[SCAN_STACK_BYTES];
    struct scan scan;
    struct head h;
    int64_t next = s->base;
    err_t e;

    if (from->position < 0 || from->position > s->size - HEAD_BYTES)
        return false;
    scan_init(&scan, s->fs, s->fd, from->position, s->size, buf, sizeof(buf));
    while (!(e = scan_next(&scan, &h))) {
        if (h.base < next || h.last - s->base > INT32_MAX ||
            (next == s->base && from->position && h.last != from->offset))
            return false;
        next = h.last + 1;
        scan_skip(&scan, &h);
    }
    *ret_next = next;
    return e == ERR_AGAIN;
}

/* A log that was closed cleanly: where its last segment ends is all there is to know, and the indexes
 * are there when somebody asks. Else false: everything is looked at. */
static bool reopen(struct recovery *r)
{
    struct segment *s = log_active(r->l);
    struct offset_entry last;
    bool known;

    for (uint32_t i = 0; i < r->l->segments_n; i++)
        if (r->l->segments[i]->index_missing)
            return false;
    if (!r->o->clean || !r->epochs_known || r->o->metadata_log || r->o->repair)
        return false;
    if (segment_empty(s))
        return true;
    if (segment_open(s))
        return false;
    last = index_peek(&s->index);
    known = walk_to_end(s, &last, &s->next);
    segment_close_files(s);
    return known;
}

/* Trusted: offsets below it were checked when they were written and made durable. */
static err_t scan_all(struct recovery *r)
{
    struct log *l = r->l;
    uint32_t first = r->o->clean ? l->segments_n - 1 : log_floor(l, r->o->recovery_point);
    int64_t trusted = r->o->clean ? INT64_MAX : r->o->recovery_point;
    err_t e = ERR_OK;

    if (r->o->metadata_log || !r->epochs_known) {
        first = 0;
        trusted = 0;
    }
    for (uint32_t i = 0; !e && i < l->segments_n; i++)
        if (i >= first || l->segments[i]->index_missing)
            e = recover_segment(r, i, i >= first ? trusted : 0);
    return e;
}

static err_t make_first(struct recovery *r, int64_t base)
{
    err_t e;

    log_push_segment(r->l, segment_new(r->l->fs, r->l->dir, base, clock_wall_ms()));
    e = segment_create(log_active(r->l));
    r->l->names_dirty = r->l->dir_new = true;
    return e ? why(r->reterr, e, "%s: the first segment cannot be made: %s", r->l->dir, err_text(e)) : e;
}

/* Offsets of the log out of its segments and what the checkpoints said. */
static void set_offsets(struct recovery *r)
{
    struct log *l = r->l;
    int64_t bytes = 0;

    for (uint32_t i = 0; i < l->segments_n; i++)
        bytes += l->segments[i]->size;
    l->bytes = bytes;
    l->end = log_active(l)->next;
    l->start = r->o->log_start > l->segments[0]->base ? r->o->log_start : l->segments[0]->base;
    l->recovered.trusted = r->o->clean ? l->end : l->segments[log_floor(l, r->o->recovery_point)]->base;
    l->recovery_point = r->o->clean || r->o->recovery_point > l->end ? l->end : r->o->recovery_point;
    l->high_watermark = r->o->high_watermark > l->end ? l->end : r->o->high_watermark;
    if (l->high_watermark < l->start)
        l->high_watermark = l->start;
}

static err_t open_existing(struct recovery *r, char **names)
{
    struct log *l = r->l;
    OWNED_BUF epochs_text = { 0 };
    err_t e;

    e = log_tidy(l, names, r->reterr);
    if (!e)
        list_segments(r, *names);
    if (!e && !l->segments_n)
        e = make_first(r, r->o->log_start > 0 ? r->o->log_start : 0);
    if (!e)
        e = size_segments(r);
    if (!e)
        e = load_epochs(r, &epochs_text);
    if (!e && !reopen(r))
        e = scan_all(r);
    if (e)
        return e;
    set_offsets(r);
    if (l->end < l->start)
        return log_restart_at(l, l->start);
    e = log_prune_listed(l, *names);
    return e ? e : settle_epochs(r, &epochs_text);
}

static err_t make_directory(struct recovery *r)
{
    err_t e;

    e = fs_mkdir(r->l->fs, r->l->dir, 0755);
    if (e)
        return why(r->reterr, e, "%s: cannot be made: %s", r->l->dir, err_text(e));
    e = make_first(r, r->o->log_start > 0 ? r->o->log_start : 0);
    if (!e)
        set_offsets(r);
    return e;
}

err_t log_recover(struct log *l, const struct log_open *o, struct why *reterr)
{
    struct recovery r = { .l = l, .o = o, .reterr = reterr, .promised = o->recovery_point };
    OWNED_MEM uint8_t *buf = NULL;
    OWNED_MEM char *names = NULL;
    err_t e;

    e = fs_list(l->dir, &names);
    if (e == ERR_NOT_FOUND)
        return make_directory(&r);
    if (e)
        return why(reterr, e, "%s: cannot be listed: %s", l->dir, err_text(e));
    r.buf = buf = mem_zero(SCAN_HEAP_BYTES);
    return open_existing(&r, &names);
}
