#include "agent/volume/directory.h"

#include <string.h>

#include "agent/volume/marker.h"
#include "common/mem.h"

char *volume_path(const char *data_dir, const char *id)
{
    return mem_printf("%s/processes/%s", data_dir, id);
}

char *volume_name(const char *id)
{
    char *name = mem_printf("klamm-%s", id);

    for (char *p = name; *p; p++)
        if (*p == '/')
            *p = '-';
    return name;
}

err_t volume_empty_trash(struct fs *fs, const char *data_dir, struct why *reterr)
{
    OWNED_MEM char *trash = mem_printf("%s/trash", data_dir);
    err_t e = fs_remove_tree(fs, trash);

    return e ? why(reterr, e, "%s: %s", trash, err_text(e)) : ERR_OK;
}

err_t volume_claim(struct fs *fs, const char *data_dir, const struct volume_owner *o,
                   enum volume_driver driver, struct volume_marker *ret, struct why *reterr)
{
    OWNED_MEM char *dir = volume_path(data_dir, o->id);
    OWNED_MEM char *data = mem_printf("%s/data", dir);
    struct volume_marker m;
    err_t e = marker_read(fs, dir, o, &m, reterr);

    if (e && e != ERR_NOT_FOUND)
        return e;
    if (e) {
        m = (struct volume_marker){ .revision = o->revision, .driver = driver };
        e = fs_mkdirs(fs, dir, 0700);
        if (!e)
            e = marker_put(fs, dir, o, &m, reterr);
    }
    if (!e)
        e = fs_mkdirs(fs, data, 0700);
    if (!e && ret)
        *ret = m;
    return e ? why(reterr, e, "%s: %s", dir, err_text(e)) : ERR_OK;
}

/* The cluster's own directory goes with its last process. */
static void drop_parent(struct fs *fs, const char *path)
{
    OWNED_MEM char *parent = mem_strndup(path, (size_t)(strrchr(path, '/') - path));

    (void)fs->ops->rmdir(fs, parent); /* refused while another process is there */
}

/* From here on it is gone: what a crash leaves in the trash is no volume. */
static err_t move_to_trash(struct fs *fs, const char *trash, const char *path, const char *to)
{
    err_t e = fs_mkdirs(fs, trash, 0700);

    if (!e)
        e = fs_rename(fs, path, to);
    if (!e)
        e = fs_sync_dir(fs, trash);
    return e;
}

err_t volume_limit(struct fs *fs, const char *dir, int64_t bytes, struct why *reterr)
{
    OWNED_MEM char *path = mem_printf("%s/volume.limit", dir);
    OWNED_MEM char *text = mem_printf("%lld\n", (long long)bytes);
    struct slice content = slice_make(text, strlen(text));
    OWNED_BUF old = { 0 };
    err_t e;

    if (!fs_read_all(fs, path, 64, &old) && slice_eq(buf_slice(&old), content))
        return ERR_OK;
    e = fs_replace(fs, path, content, 0600);
    return e ? why(reterr, e, "%s: %s", path, err_text(e)) : ERR_OK;
}

err_t volume_may_go(struct fs *fs, const char *data_dir, const struct volume_owner *o,
                    struct volume_marker *ret, struct why *reterr)
{
    OWNED_MEM char *path = volume_path(data_dir, o->id);
    err_t e = marker_read(fs, path, o, ret, reterr);

    if (e && e != ERR_NOT_FOUND)
        return e;
    if (o->revision <= ret->revision)
        return why(reterr, ERR_INVALID,
                   "%s: a tombstone of revision %lld is not newer than the volume's %lld", path,
                   (long long)o->revision, (long long)ret->revision);
    return ERR_OK;
}

err_t volume_remove(struct fs *fs, const char *data_dir, const struct volume_owner *o, struct why *reterr)
{
    OWNED_MEM char *path = volume_path(data_dir, o->id);
    OWNED_MEM char *trash = mem_printf("%s/trash", data_dir);
    OWNED_MEM char *to = mem_printf("%s/%lld-%s", trash, (long long)o->revision, o->id);
    struct volume_marker m;
    err_t e;

    if (!fs_exists(path)) { /* moved away by an agent that died before it dropped the parent, perhaps */
        drop_parent(fs, path);
        return ERR_OK;
    }
    e = volume_may_go(fs, data_dir, o, &m, reterr);
    if (e)
        return e;
    *strrchr(to, '/') = '-';
    e = move_to_trash(fs, trash, path, to);
    if (e)
        return why(reterr, e, "%s: %s", path, err_text(e));
    drop_parent(fs, path);
    e = fs_remove_tree(fs, to);
    return e ? why(reterr, e, "%s: %s", to, err_text(e)) : ERR_OK;
}
