/* The driver loop: <dir>/volume.img, a sparse file with XFS in it, on a loop device that detaches
 * itself with its last mount. */
#include <fcntl.h>
#include <string.h>

#include "agent/volume/block.h"
#include "common/mem.h"

static char *image(const struct block *b)
{
    return mem_printf("%s/volume.img", b->dir);
}

static char *draft_path(const struct block *b)
{
    return mem_printf("%s/volume.new", b->dir);
}

static err_t look(struct block *b, struct block_seen *ret, struct why *reterr)
{
    OWNED_MEM char *whole = image(b);
    OWNED_MEM char *draft = draft_path(b);
    err_t e;

    ret->draft = fs_exists(draft);
    ret->whole = fs_exists(whole);
    if (!ret->whole)
        return ERR_OK;
    ret->bytes = fs_size(whole);
    if (ret->bytes < 0)
        return why(reterr, ERR_IO, "%s: its size cannot be told", whole);
    e = b->host->ops->loop_find(b->host, whole, &b->device, reterr);
    ret->attached = !e;
    ret->device_bytes = e ? 0 : b->device.bytes;
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* Its size lasts before anything counts on it. */
static err_t resize(struct block *b, const char *path, int flags, int64_t bytes, struct why *reterr)
{
    int64_t from = fs_exists(path) ? fs_size(path) : 0;
    int fd = -1;
    err_t e = fs_open(b->fs, path, O_RDWR | O_CLOEXEC | flags, 0600, &fd);

    if (!e && b->reserve && from >= 0 && from < bytes)
        e = fs_allocate(b->fs, fd, from,
                        bytes - from); /* first: a size that is there is not looked at again */
    if (!e)
        e = fs_truncate(b->fs, fd, bytes);
    if (!e)
        e = fs_sync(b->fs, fd, false);
    (void)fs_close(b->fs, fd);
    return e ? why(reterr, e, "%s: %lld bytes: %s", path, (long long)bytes, err_text(e)) : ERR_OK;
}

static err_t drop_draft(struct block *b, struct why *reterr)
{
    OWNED_MEM char *path = draft_path(b);
    err_t e = fs_unlink(b->fs, path);

    return e ? why(reterr, e, "%s: %s", path, err_text(e)) : ERR_OK;
}

static err_t draft(struct block *b, int64_t bytes, struct why *reterr)
{
    OWNED_MEM char *path = draft_path(b);

    return resize(b, path, O_CREAT | O_TRUNC, bytes, reterr);
}

static err_t publish(struct block *b, struct why *reterr)
{
    OWNED_MEM char *from = draft_path(b);
    OWNED_MEM char *to = image(b);
    int fd = -1;
    err_t e = fs_open(b->fs, from, O_RDWR | O_CLOEXEC, 0600, &fd);

    if (!e) /* what mkfs.xfs wrote */
        e = fs_sync(b->fs, fd, false);
    (void)fs_close(b->fs, fd);
    if (!e)
        e = fs_rename(b->fs, from, to);
    if (!e)
        e = fs_sync_dir(b->fs, b->dir);
    return e ? why(reterr, e, "%s: %s", to, err_text(e)) : ERR_OK;
}

static err_t extend(struct block *b, int64_t bytes, struct why *reterr)
{
    OWNED_MEM char *path = image(b);

    return resize(b, path, 0, bytes, reterr);
}

static err_t attach(struct block *b, struct why *reterr)
{
    OWNED_MEM char *path = image(b);

    return b->host->ops->loop_attach(b->host, path, &b->fd, reterr);
}

static err_t refresh(struct block *b, struct why *reterr)
{
    return b->host->ops->loop_refresh(b->host, b->device.path, reterr);
}

static err_t detach(struct block *b, struct why *reterr)
{
    return b->host->ops->loop_detach(b->host, b->device.path, reterr);
}

const struct block_driver block_loop = {
    .id = VOLUME_LOOP,
    .in_directory = true,
    .options = "discard",
    .look = look,
    .drop_draft = drop_draft,
    .draft = draft,
    .publish = publish,
    .extend = extend,
    .attach = attach,
    .refresh = refresh,
    .detach = detach,
    .draft_path = draft_path,
};
