#include "agent/volume/block.h"

#include <string.h>
#include <unistd.h>

#include "common/invariant.h"
#include "common/mem.h"

static enum block_step next_to_make(const struct block_seen *s, const struct block_done *done)
{
    if (s->made)
        return BLOCK_LOST;
    if (s->draft && !done->drafted)
        return BLOCK_DROP_DRAFT;
    if (!s->draft)
        return BLOCK_DRAFT;
    return done->formatted ? BLOCK_PUBLISH : BLOCK_FORMAT;
}

static enum block_step next_up(const struct block_seen *s, int64_t bytes,
                               const struct block_done *done)
{
    if (!s->whole)
        return next_to_make(s, done);
    if (s->draft)
        return BLOCK_DROP_DRAFT;
    if (!s->made)
        return BLOCK_NOTE;
    if (s->bytes < bytes)
        return BLOCK_EXTEND;
    if (!s->attached)
        return BLOCK_ATTACH;
    if (s->device_bytes < s->bytes)
        return BLOCK_REFRESH;
    if (!s->mounted)
        return BLOCK_MOUNT;
    if (s->xfs_bytes + BLOCK_SLACK_BYTES < s->device_bytes)
        return done->grown ? BLOCK_STUCK : BLOCK_GROW;
    return BLOCK_DONE;
}

enum block_step block_next(const struct block_seen *s, enum block_wish wish, int64_t bytes,
                           const struct block_done *done)
{
    if (s->foreign)
        return BLOCK_FOREIGN;
    if (wish == BLOCK_UP)
        return next_up(s, bytes, done);
    if (s->mounted)
        return BLOCK_UNMOUNT;
    if (s->attached)
        return BLOCK_DETACH;
    if (wish == BLOCK_GONE && s->draft)
        return BLOCK_DROP_DRAFT;
    return wish == BLOCK_GONE && s->whole ? BLOCK_ERASE : BLOCK_DONE;
}

static err_t look(struct block *b, struct block_seen *ret, struct why *reterr)
{
    OWNED_MEM char *data = mem_printf("%s/data", b->dir);
    uint64_t mounted = 0;
    err_t e;

    *ret = (struct block_seen){ .made = b->marker.made };
    b->device = (struct host_device){ .path = "" };
    e = b->driver->look(b, ret, reterr);
    if (!e)
        e = b->host->ops->mounted(b->host, data, &mounted, reterr);
    if (e)
        return e;
    ret->mounted = mounted && ret->attached && mounted == b->device.number;
    ret->foreign = mounted && !ret->mounted;
    return ret->mounted ? b->host->ops->xfs_bytes(b->host, data, &ret->xfs_bytes, reterr) : ERR_OK;
}

static err_t format(struct block *b, struct why *reterr)
{
    OWNED_MEM char *path = b->driver->draft_path(b);
    /* Nothing is there to be discarded, and a draft may be overwritten. */
    const char *const argv[] = { "mkfs.xfs", "-q", "-f", "-K", path, NULL };
    OWNED_BUF out = { 0 };

    return b->host->ops->run(b->host, argv, &out, reterr);
}

static err_t note(struct block *b, struct why *reterr)
{
    struct volume_marker m = b->marker;
    err_t e;

    m.made = true;
    e = marker_put(b->fs, b->dir, b->owner, &m, reterr);
    if (!e)
        b->marker = m;
    return e;
}

static err_t refuse(const struct block *b, enum block_step step, struct why *reterr)
{
    const char *driver = volume_driver_name(b->driver->id);

    if (step == BLOCK_LOST)
        return why(reterr, ERR_INVALID,
                   "%s: the %s device of this volume is not there any more; no empty one is put in "
                   "its place",
                   b->dir, driver);
    if (step == BLOCK_FOREIGN)
        return why(reterr, ERR_INVALID,
                   "%s/data: something is mounted there that is not this volume's %s device",
                   b->dir, driver);
    return why(reterr, ERR_IO, "%s/data: the file system did not grow to its device's size",
               b->dir);
}

static err_t carry_out(struct block *b, enum block_step step, int64_t bytes, struct why *reterr)
{
    OWNED_MEM char *data = mem_printf("%s/data", b->dir);
    const struct block_driver *d = b->driver;
    const struct host_ops *ops = b->host->ops;

    switch (step) {
    case BLOCK_LOST:
    case BLOCK_FOREIGN:
    case BLOCK_STUCK:
        return refuse(b, step, reterr);
    case BLOCK_DROP_DRAFT:
        return d->drop_draft(b, reterr);
    case BLOCK_DRAFT:
        return d->draft(b, bytes, reterr);
    case BLOCK_FORMAT:
        return format(b, reterr);
    case BLOCK_PUBLISH:
        return d->publish(b, reterr);
    case BLOCK_NOTE:
        return note(b, reterr);
    case BLOCK_EXTEND:
        return d->extend(b, bytes, reterr);
    case BLOCK_ATTACH:
        return d->attach(b, reterr);
    case BLOCK_REFRESH:
        return d->refresh(b, reterr);
    case BLOCK_MOUNT:
        return ops->mount(b->host, b->device.path, data, b->reserve ? NULL : d->options, reterr);
    case BLOCK_GROW:
        return ops->xfs_grow(b->host, data, b->device.bytes, reterr);
    case BLOCK_UNMOUNT:
        return ops->unmount(b->host, data, reterr);
    case BLOCK_DETACH:
        return d->detach(b, reterr);
    case BLOCK_ERASE:
        return d->erase(b, reterr);
    case BLOCK_DONE:
    case BLOCK_STEPS:
        break;
    }
    return ERR_OK;
}

static err_t steps(struct block *b, enum block_wish wish, int64_t bytes, struct why *reterr)
{
    struct block_done done = { 0 };
    struct block_seen seen;

    for (int i = 0; i < BLOCK_STEPS_MAX; i++) {
        err_t e = look(b, &seen, reterr);
        enum block_step step = e ? BLOCK_DONE : block_next(&seen, wish, bytes, &done);

        INVARIANT(step != BLOCK_FORMAT || !seen.whole);
        INVARIANT(step != BLOCK_ERASE || (!seen.mounted && !seen.attached));
        if (e || step == BLOCK_DONE)
            return e;
        e = carry_out(b, step, bytes, reterr);
        if (e)
            return e;
        done.drafted |= step == BLOCK_DRAFT;
        done.formatted |= step == BLOCK_FORMAT;
        done.grown |= step == BLOCK_GROW;
    }
    return why(reterr, ERR_IO, "%s: what the volume's steps do does not last", b->dir);
}

err_t block_run(struct block *b, enum block_wish wish, int64_t bytes, struct why *reterr)
{
    err_t e;

    b->fd = -1;
    if (wish == BLOCK_GONE && b->driver->in_directory)
        wish = BLOCK_DOWN;
    if (wish == BLOCK_UP && bytes < BLOCK_BYTES_MIN)
        return why(reterr, ERR_INVALID,
                   "%s: %lld bytes are too few for XFS, which takes %d at least", b->dir,
                   (long long)bytes, BLOCK_BYTES_MIN);
    e = steps(b, wish, bytes, reterr);
    if (b->fd >= 0)
        close(b->fd); /* an attached device that is not mounted detaches itself */
    return e;
}
