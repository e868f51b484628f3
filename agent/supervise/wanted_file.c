#include "agent/supervise/wanted_file.h"

#include <string.h>

#include "common/fs.h"
#include "common/log.h"
#include "common/mem.h"

err_t wanted_file_keep(const char *dir, const struct wanted_process *w, struct why *reterr)
{
    OWNED_MEM char *path = mem_printf("%s/wanted.json", dir);
    json_t *o = wanted_encode(w);
    char *text = json_dumps(o, JSON_INDENT(1));
    err_t e = fs_mkdirs(fs_posix(), dir, 0700);

    if (!e)
        e = fs_replace(fs_posix(), path, slice_make(text, strlen(text)), 0600);
    json_decref(o);
    mem_free(text);
    return e ? why(reterr, e, "%s: %s", path, err_text(e)) : ERR_OK;
}

static void load_one(const char *dir, void (*found)(void *ctx, struct wanted_process *w), void *ctx)
{
    OWNED_MEM char *path = mem_printf("%s/wanted.json", dir);
    OWNED_BUF text = { 0 };
    struct wanted_process w;
    struct why reason;
    json_t *o;

    if (fs_read_all(fs_posix(), path, WANTED_BYTES_MAX, &text))
        return; /* made, but never wanted: klammd says it again */
    o = json_loadb((char *)text.p, text.n, 0, NULL);
    if (wanted_decode(o, &w, &reason))
        log_event(LOG_ERROR, "wanted_unreadable", "path=%s reason=\"%s\"", path, reason.text);
    else
        found(ctx, &w);
    json_decref(o);
}

err_t wanted_file_load_all(const char *data_dir, void (*found)(void *ctx, struct wanted_process *w),
                           void *ctx, struct why *reterr)
{
    OWNED_MEM char *root = mem_printf("%s/processes", data_dir);
    OWNED_MEM char *clusters = NULL;
    err_t e = fs_mkdirs(fs_posix(), root, 0700);

    if (!e)
        e = fs_list(root, &clusters);
    for (const char *c = clusters; !e && *c; c += strlen(c) + 1) {
        OWNED_MEM char *cluster = mem_printf("%s/%s", root, c);
        OWNED_MEM char *names = NULL;

        e = fs_list(cluster, &names);
        if (!e && !*names) /* its last process was removed, and then the agent died */
            e = fs_remove_tree(fs_posix(), cluster);
        for (const char *n = names; !e && *n; n += strlen(n) + 1) {
            OWNED_MEM char *dir = mem_printf("%s/%s", cluster, n);

            load_one(dir, found, ctx);
        }
    }
    return e ? why(reterr, e, "%s: %s", root, err_text(e)) : ERR_OK;
}
