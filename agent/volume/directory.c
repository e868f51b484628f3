#include "agent/volume/directory.h"

#include <jansson.h>
#include <string.h>

#include "common/mem.h"

enum { MARKER_BYTES_MAX = 4096 };

char *volume_path(const char *data_dir, const char *id)
{
    return mem_printf("%s/processes/%s", data_dir, id);
}

err_t volume_empty_trash(struct fs *fs, const char *data_dir, struct why *reterr)
{
    OWNED_MEM char *trash = mem_printf("%s/trash", data_dir);
    err_t e = fs_remove_tree(fs, trash);

    return e ? why(reterr, e, "%s: %s", trash, err_text(e)) : ERR_OK;
}

static err_t put_marker(struct fs *fs, const char *path, const struct volume_owner *o)
{
    json_t *m = json_pack("{s:s, s:s, s:i, s:I}", "id", o->id, "clusterId", o->cluster_id, "nodeId",
                          o->node_id, "revision", (json_int_t)o->revision);
    char *text = json_dumps(m, JSON_INDENT(1));
    err_t e = fs_replace(fs, path, slice_make(text, strlen(text)), 0600);

    mem_free(text);
    json_decref(m);
    return e;
}

/* D2; `ret_revision` is the marker's. */
static err_t check_owner(const char *path, const json_t *m, const struct volume_owner *o,
                         int64_t *ret_revision, struct why *reterr)
{
    const char *id, *cluster_id;
    json_int_t revision;
    json_t *unconst = (json_t *)(uintptr_t)m;
    int node_id;

    if (json_unpack(unconst, "{s:s, s:s, s:i, s:I}", "id", &id, "clusterId", &cluster_id, "nodeId", &node_id,
                    "revision", &revision))
        return why(reterr, ERR_INVALID, "%s: not a volume's marker", path);
    if (strcmp(id, o->id) != 0 || strcmp(cluster_id, o->cluster_id) != 0 || node_id != o->node_id)
        return why(reterr, ERR_INVALID,
                   "%s: the volume belongs to %s, cluster %s, node %d, and not to node %d of %s",
                   path, id, cluster_id, node_id, o->node_id, o->cluster_id);
    *ret_revision = revision;
    return ERR_OK;
}

/* ERR_NOT_FOUND: no marker, and nothing that one would guard. */
static err_t read_marker(struct fs *fs, const char *dir, const struct volume_owner *o, int64_t *ret_revision,
                         struct why *reterr)
{
    OWNED_MEM char *path = mem_printf("%s/volume.json", dir);
    OWNED_MEM char *data = mem_printf("%s/data", dir);
    OWNED_MEM char *names = NULL;
    OWNED_BUF text = { 0 };
    json_t *m;
    err_t e;

    if (!fs_exists(path)) {
        if (!fs_exists(data) || (!fs_list(data, &names) && !*names))
            return why(reterr, ERR_NOT_FOUND, "%s: no such file", path);
        return why(reterr, ERR_INVALID, "%s: data without volume.json, which says whose it is", data);
    }
    e = fs_read_all(fs, path, MARKER_BYTES_MAX, &text);
    if (e)
        return why(reterr, e == ERR_NOT_FOUND ? ERR_IO : e, "%s: %s", path, err_text(e));
    m = json_loadb((char *)text.p, text.n, 0, NULL);
    e = check_owner(path, m, o, ret_revision, reterr);
    json_decref(m);
    return e;
}

err_t volume_claim(struct fs *fs, const char *data_dir, const struct volume_owner *o, struct why *reterr)
{
    OWNED_MEM char *dir = volume_path(data_dir, o->id);
    OWNED_MEM char *path = mem_printf("%s/volume.json", dir);
    OWNED_MEM char *data = mem_printf("%s/data", dir);
    int64_t revision;
    err_t e = read_marker(fs, dir, o, &revision, reterr);

    if (e && e != ERR_NOT_FOUND)
        return e;
    if (e) {
        e = fs_mkdirs(fs, dir, 0700);
        if (!e)
            e = put_marker(fs, path, o);
    }
    if (!e)
        e = fs_mkdirs(fs, data, 0700);
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

err_t volume_remove(struct fs *fs, const char *data_dir, const struct volume_owner *o, struct why *reterr)
{
    OWNED_MEM char *path = volume_path(data_dir, o->id);
    OWNED_MEM char *trash = mem_printf("%s/trash", data_dir);
    OWNED_MEM char *to = mem_printf("%s/%lld-%s", trash, (long long)o->revision, o->id);
    int64_t revision = -1;
    err_t e;

    if (!fs_exists(path)) { /* moved away by an agent that died before it dropped the parent, perhaps */
        drop_parent(fs, path);
        return ERR_OK;
    }
    e = read_marker(fs, path, o, &revision, reterr);
    if (e && e != ERR_NOT_FOUND)
        return e;
    if (o->revision <= revision)
        return why(reterr, ERR_INVALID,
                   "%s: a tombstone of revision %lld is not newer than the volume's %lld", path,
                   (long long)o->revision, (long long)revision);
    *strrchr(to, '/') = '-';
    e = move_to_trash(fs, trash, path, to);
    if (e)
        return why(reterr, e, "%s: %s", path, err_text(e));
    drop_parent(fs, path);
    e = fs_remove_tree(fs, to);
    return e ? why(reterr, e, "%s: %s", to, err_text(e)) : ERR_OK;
}
