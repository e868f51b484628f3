#include <glob.h>
#include <stdio.h>
#include <stdlib.h>

#include "api/cli/dev.h"
#include "common/fs.h"

enum { FILE_BYTES_MAX = 4096 };

/* "pid start-time" at `p`; what stands behind them. False when no such process lives. */
static bool parse(const char *p, struct dev_process *ret, const char **ret_rest)
{
    char *end;

    ret->pid = (pid_t)strtol(p, &end, 10);
    ret->started = strtoull(end, &end, 10);
    *ret_rest = end;
    return ret->pid > 1 && ret->started && dev_start_time(ret->pid) == ret->started;
}

bool dev_find_broker(const struct dev *d, const char *uuid, const char *name, struct dev_process *ret)
{
    OWNED_MEM char *pattern = mem_printf("%s/agents/*/processes/%s/%s/pid", d->dir, uuid, name);
    glob_t found;
    bool lives = false;

    if (glob(pattern, GLOB_NOSORT, NULL, &found))
        return false;
    for (size_t i = 0; i < found.gl_pathc && !lives; i++) {
        OWNED_BUF text = { 0 };
        const char *rest;

        if (fs_read_all(fs_posix(), found.gl_pathv[i], FILE_BYTES_MAX, &text) == ERR_OK)
            lives = parse(buf_text(&text), ret, &rest);
    }
    globfree(&found);
    return lives;
}

bool dev_find_child(const struct dev *d, const char *name, struct dev_process *ret)
{
    OWNED_MEM char *path = dev_path(d, "children");
    OWNED_BUF text = { 0 };
    const char *p;

    if (fs_read_all(fs_posix(), path, FILE_BYTES_MAX, &text))
        return false;
    for (p = buf_text(&text); *p; p += *p == '\n') {
        bool lives = parse(p, ret, &p);
        size_t n = strcspn(p, "\n");

        if (lives && n == strlen(name) + 1 && *p == ' ' && memcmp(p + 1, name, n - 1) == 0)
            return true;
        p += n;
    }
    return false;
}
