#include "agent/volume/directory.h"

#include <string.h>

#include "common/fs.h"
#include "common/mem.h"

char *volume_path(const char *data_dir, const char *id)
{
    return mem_printf("%s/processes/%s", data_dir, id);
}

err_t volume_empty_trash(const char *data_dir, struct why *reterr)
{
    OWNED_MEM char *trash = mem_printf("%s/trash", data_dir);
    err_t e = fs_remove_tree(fs_posix(), trash);

    return e ? why(reterr, e, "%s: %s", trash, err_text(e)) : ERR_OK;
}

/* The cluster's own directory goes with its last process. */
static void drop_parent(const char *path)
{
    OWNED_MEM char *parent = mem_strdup(path);
    OWNED_MEM char *names = NULL;

    *strrchr(parent, '/') = '\0';
    if (!fs_list(parent, &names) && !*names)
        (void)fs_remove_tree(fs_posix(), parent);
}

err_t volume_remove(const char *data_dir, const char *id, int64_t revision, struct why *reterr)
{
    OWNED_MEM char *path = volume_path(data_dir, id);
    OWNED_MEM char *trash = mem_printf("%s/trash", data_dir);
    OWNED_MEM char *to = mem_printf("%s/%lld-%s", trash, (long long)revision, id);
    err_t e;

    if (!fs_exists(path))
        return ERR_OK;
    *strrchr(to, '/') = '-';
    e = fs_mkdirs(fs_posix(), trash, 0700);
    if (!e)
        e = fs_rename(fs_posix(), path, to);
    if (!e)
        e = fs_sync_dir(fs_posix(), trash);
    if (e)
        return why(reterr, e, "%s: %s", path, err_text(e));
    drop_parent(path);
    e = fs_remove_tree(fs_posix(), to);
    return e ? why(reterr, e, "%s: %s", to, err_text(e)) : ERR_OK;
}
