#include "agent/volume/volume.h"

#include <string.h>

#include "common/mem.h"

#define PROBE "volume-probe"

static const struct block_driver *block_driver_of(enum volume_driver d)
{
    return d == VOLUME_LOOP ? &block_loop : d == VOLUME_LVM ? &block_lvm : NULL;
}

/* Of a marker that was read; false: a directory has no device. */
static bool block_of(const struct volumes *v, const struct volume_owner *o, const char *dir,
                     const struct volume_marker *m, struct block *ret)
{
    *ret = (struct block){ .driver = block_driver_of(m->driver),
                           .fs = v->fs,
                           .host = v->host,
                           .dir = dir,
                           .group = v->group,
                           .reserve = v->reserve && m->driver == VOLUME_LOOP,
                           .owner = o,
                           .marker = *m };
    return ret->driver;
}

static err_t run(const struct volumes *v, const struct volume_owner *o,
                 const struct volume_marker *m, enum block_wish wish, int64_t bytes,
                 struct why *reterr)
{
    OWNED_MEM char *dir = volume_path(v->data_dir, o->id);
    struct block b;

    if (!block_of(v, o, dir, m, &b))
        return ERR_OK;
    if (m->driver == VOLUME_LVM && !v->group)
        return why(reterr, ERR_INVALID, "%s: it is a logical volume, and no volume group is given",
                   dir);
    return block_run(&b, wish, bytes, reterr);
}

err_t volume_up(const struct volumes *v, const struct volume_owner *o, int64_t bytes,
                struct why *reterr)
{
    struct volume_marker m;
    err_t e = volume_claim(v->fs, v->data_dir, o, bytes ? v->driver : VOLUME_DIRECTORY, &m, reterr);

    return e ? e : run(v, o, &m, BLOCK_UP, bytes, reterr);
}

err_t volume_grow(const struct volumes *v, const struct volume_owner *o, int64_t bytes,
                  struct why *reterr)
{
    OWNED_MEM char *dir = volume_path(v->data_dir, o->id);
    struct volume_marker m;
    err_t e = marker_read(v->fs, dir, o, &m, reterr);

    if (e && e != ERR_NOT_FOUND)
        return e;
    e = !e && m.made ? run(v, o, &m, BLOCK_UP, bytes, reterr) : ERR_OK;
    return e ? e : volume_limit(v->fs, dir, bytes, reterr);
}

err_t volume_down(const struct volumes *v, const struct volume_owner *o, struct why *reterr)
{
    OWNED_MEM char *dir = volume_path(v->data_dir, o->id);
    struct volume_marker m;
    err_t e = marker_read(v->fs, dir, o, &m, reterr);

    if (e == ERR_NOT_FOUND)
        return ERR_OK;
    return e ? e : run(v, o, &m, BLOCK_DOWN, 0, reterr);
}

err_t volume_gone(const struct volumes *v, const struct volume_owner *o, struct why *reterr)
{
    OWNED_MEM char *dir = volume_path(v->data_dir, o->id);
    struct volume_marker m;
    err_t e;

    if (fs_exists(dir)) {
        e = volume_may_go(v->fs, v->data_dir, o, &m, reterr);
        if (!e)
            e = run(v, o, &m, BLOCK_GONE, 0, reterr);
        if (e)
            return e;
    }
    return volume_remove(v->fs, v->data_dir, o, reterr);
}

static err_t clean_probe(struct block *b, struct why *reterr)
{
    err_t e = fs_exists(b->dir) ? block_run(b, BLOCK_GONE, 0, reterr) : ERR_OK;

    if (!e)
        e = fs_remove_tree(b->fs, b->dir);
    return e;
}

static err_t probe_loop(const struct volumes *v, struct why *reterr)
{
    OWNED_MEM char *dir = mem_printf("%s/" PROBE, v->data_dir);
    OWNED_MEM char *data = mem_printf("%s/data", dir);
    const struct volume_owner owner = { PROBE, PROBE, 0, 0 };
    struct block b = {
        .driver = &block_loop, .fs = v->fs, .host = v->host, .dir = dir, .owner = &owner
    };
    struct why late;
    err_t e = clean_probe(&b, reterr), left;

    if (!e)
        e = fs_mkdirs(v->fs, data, 0700);
    if (!e)
        e = block_run(&b, BLOCK_UP, BLOCK_BYTES_MIN, reterr);
    left = clean_probe(&b, &late);
    return e ? e : left ? why(reterr, left, "%s", late.text) : ERR_OK;
}

err_t volume_probe(const struct volumes *v, enum volume_driver driver, struct why *reterr)
{
    const char *const argv[] = { "vgs", "--noheadings", "-o", "vg_name", v->group, NULL };
    OWNED_BUF out = { 0 };

    if (driver == VOLUME_DIRECTORY)
        return ERR_OK;
    if (driver == VOLUME_LOOP)
        return probe_loop(v, reterr);
    if (!v->group)
        return why(reterr, ERR_INVALID, "lvm wants a volume group");
    return v->host->ops->run(v->host, argv, &out, reterr);
}
