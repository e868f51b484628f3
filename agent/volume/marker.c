#include "agent/volume/marker.h"

#include <jansson.h>
#include <string.h>

#include "common/mem.h"

enum { MARKER_BYTES_MAX = 4096 };

static const char *const names[VOLUME_DRIVERS] = { "directory", "loop", "lvm" };

const char *volume_driver_name(enum volume_driver d)
{
    return names[d];
}

bool volume_driver_find(const char *name, enum volume_driver *ret)
{
    for (int i = 0; i < VOLUME_DRIVERS; i++)
        if (strcmp(names[i], name) == 0) {
            *ret = (enum volume_driver)i;
            return true;
        }
    return false;
}

err_t marker_put(struct fs *fs, const char *dir, const struct volume_owner *o,
                 const struct volume_marker *m, struct why *reterr)
{
    OWNED_MEM char *path = mem_printf("%s/volume.json", dir);
    json_t *json = json_pack("{s:s, s:s, s:i, s:I, s:s, s:b}", "id", o->id, "clusterId",
                             o->cluster_id, "nodeId", o->node_id, "revision",
                             (json_int_t)m->revision, "driver", names[m->driver], "made", m->made);
    char *text = json_dumps(json, JSON_INDENT(1));
    err_t e = fs_replace(fs, path, slice_make(text, strlen(text)), 0600);

    mem_free(text);
    json_decref(json);
    return e ? why(reterr, e, "%s: %s", path, err_text(e)) : ERR_OK;
}

/* D2. */
static err_t decode(const char *path, json_t *json, const struct volume_owner *o,
                    struct volume_marker *ret, struct why *reterr)
{
    const char *id, *cluster_id, *driver = names[VOLUME_DIRECTORY];
    json_int_t revision;
    int node_id, made = 0;

    if (json_unpack(json, "{s:s, s:s, s:i, s:I, s?s, s?b}", "id", &id, "clusterId", &cluster_id,
                    "nodeId", &node_id, "revision", &revision, "driver", &driver, "made", &made))
        return why(reterr, ERR_INVALID, "%s: not a volume's marker", path);
    if (strcmp(id, o->id) != 0 || strcmp(cluster_id, o->cluster_id) != 0 || node_id != o->node_id)
        return why(reterr, ERR_INVALID,
                   "%s: the volume belongs to %s, cluster %s, node %d, and not to node %d of %s",
                   path, id, cluster_id, node_id, o->node_id, o->cluster_id);
    *ret = (struct volume_marker){ .revision = revision, .made = made };
    if (!volume_driver_find(driver, &ret->driver))
        return why(reterr, ERR_INVALID, "%s: no volume driver '%.40s'", path, driver);
    return ERR_OK;
}

static bool holds_anything(const char *dir)
{
    OWNED_MEM char *data = mem_printf("%s/data", dir);
    OWNED_MEM char *image = mem_printf("%s/volume.img", dir);
    OWNED_MEM char *content = NULL;

    return fs_exists(image) || (fs_exists(data) && (fs_list(data, &content) || *content));
}

err_t marker_read(struct fs *fs, const char *dir, const struct volume_owner *o,
                  struct volume_marker *ret, struct why *reterr)
{
    OWNED_MEM char *path = mem_printf("%s/volume.json", dir);
    OWNED_BUF text = { 0 };
    json_t *json;
    err_t e;

    *ret = (struct volume_marker){ .revision = -1 };
    if (!fs_exists(path)) {
        if (!holds_anything(dir))
            return why(reterr, ERR_NOT_FOUND, "%s: no such file", path);
        return why(reterr, ERR_INVALID, "%s: data without volume.json, which says whose it is",
                   dir);
    }
    e = fs_read_all(fs, path, MARKER_BYTES_MAX, &text);
    if (e)
        return why(reterr, e == ERR_NOT_FOUND ? ERR_IO : e, "%s: %s", path, err_text(e));
    json = json_loadb((char *)text.p, text.n, 0, NULL);
    e = decode(path, json, o, ret, reterr);
    json_decref(json);
    return e;
}
