#include "agent/report/identity.h"

#include <stdio.h>

#include "common/fs.h"
#include "common/mem.h"
#include "common/rng.h"

enum { TEXT_BYTES_MAX = 4096, INSTALLATION_BYTES = 16 };

/* The file's text without the newline at its end; false when there is none. */
static bool read_line(const char *path, struct buf *ret)
{
    if (fs_read_all(fs_posix(), path, TEXT_BYTES_MAX, ret))
        return false;
    while (ret->n && ret->p[ret->n - 1] == '\n')
        ret->n--;
    return true;
}

static err_t write_line(const char *path, const char *text, struct why *reterr)
{
    OWNED_MEM char *line = mem_printf("%s\n", text);
    err_t e = fs_replace(fs_posix(), path, slice_make(line, strlen(line)), 0600);

    return e ? why(reterr, e, "%s: %s", path, err_text(e)) : ERR_OK;
}

err_t identity_claim(const char *data_dir, const char *name, struct why *reterr)
{
    OWNED_MEM char *name_path = mem_printf("%s/node-name", data_dir);
    OWNED_MEM char *removed_path = mem_printf("%s/removed", data_dir);
    OWNED_BUF owner = { 0 };
    OWNED_BUF message = { 0 };

    if (read_line(removed_path, &message))
        return why(reterr, ERR_FORBIDDEN, "%s: %s", removed_path, buf_text(&message));
    if (!read_line(name_path, &owner))
        return write_line(name_path, name, reterr);
    if (strcmp(buf_text(&owner), name) == 0)
        return ERR_OK;
    return why(reterr, ERR_CONFLICT, "--name: '%s': %s is the data directory of node '%s'", name, data_dir,
               buf_text(&owner));
}

err_t identity_installation(const char *data_dir, char *ret, struct why *reterr)
{
    OWNED_MEM char *path = mem_printf("%s/installation", data_dir);
    OWNED_BUF text = { 0 };
    uint8_t random[INSTALLATION_BYTES];

    if (read_line(path, &text) && text.n == 2 * INSTALLATION_BYTES) {
        (void)snprintf(ret, 2 * INSTALLATION_BYTES + 1, "%s", buf_text(&text));
        return ERR_OK;
    }
    rng_system(random, sizeof(random));
    for (int i = 0; i < INSTALLATION_BYTES; i++)
        (void)snprintf(ret + 2 * i, 3, "%02x", random[i]);
    return write_line(path, ret, reterr);
}

err_t identity_removed(const char *data_dir, const char *message, struct why *reterr)
{
    OWNED_MEM char *path = mem_printf("%s/removed", data_dir);

    return write_line(path, message, reterr);
}
