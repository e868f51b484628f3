#include "broker/log/boot.h"

#include <fcntl.h>

#include "broker/log/names.h"
#include "common/mem.h"

#define BOOT_FILE ".boot_id"
#define KERNEL_BOOT_ID "/proc/sys/kernel/random/boot_id"

enum { BOOT_ID_BYTES = 36 };

/* A file of /proc has no size: fs_read_all would take it for empty. */
static err_t kernel_id(struct fs *fs, char *ret)
{
    err_t e;
    int fd = -1;

    e = fs_open(fs, KERNEL_BOOT_ID, O_RDONLY, 0, &fd);
    if (e)
        return e;
    e = fs_pread(fs, fd, ret, BOOT_ID_BYTES, 0);
    (void)fs_close(fs, fd);
    return e;
}

static bool noted(struct fs *fs, const char *dir, const char *id)
{
    struct path p = path_in(dir, BOOT_FILE);
    OWNED_BUF text = { 0 };

    return !fs_read_all(fs, p.text, 4096, &text) && text.n >= BOOT_ID_BYTES &&
           !memcmp(text.p, id, BOOT_ID_BYTES);
}

bool boot_changed(struct fs *fs, const char *dir)
{
    char id[BOOT_ID_BYTES];

    return kernel_id(fs, id) || !noted(fs, dir, id);
}

err_t boot_note(struct fs *fs, const char *dir)
{
    struct path p = path_in(dir, BOOT_FILE);
    char id[BOOT_ID_BYTES + 1];
    err_t e;

    e = kernel_id(fs, id);
    if (e || noted(fs, dir, id))
        return e;
    id[BOOT_ID_BYTES] = '\n';
    return fs_replace(fs, p.text, slice_make(id, sizeof(id)), 0644);
}
