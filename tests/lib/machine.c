#include "tests/lib/machine.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/fs.h"
#include "common/invariant.h"
#include "common/mem.h"

enum { LOOP_BASE = 100, VOLUME_BASE = 200 };

static struct machine *machine_of(struct host *h)
{
    return container_of(h, struct machine, host);
}

static err_t fail(struct why *reterr)
{
    return why(reterr, ERR_IO, "the machine fails");
}

/* Counts a call that changes something; false: it fails before its effect. */
static bool goes(struct machine *m)
{
    bool is = ++m->calls == m->fail_at;

    m->failed |= is;
    return !is || m->late;
}

/* How a call ends whose effect came. */
static err_t end(const struct machine *m, struct why *reterr)
{
    return m->calls == m->fail_at ? fail(reterr) : ERR_OK;
}

static void put_text(char to[MACHINE_TEXT], const char *text)
{
    INVARIANT(strlen(text) < MACHINE_TEXT);
    snprintf(to, MACHINE_TEXT, "%s", text);
}

static struct machine_loop *loop_of(struct machine *m, const char *file)
{
    for (int i = 0; i < MACHINE_MAX; i++)
        if (strcmp(m->loops[i].file, file) == 0)
            return &m->loops[i];
    return NULL;
}

static struct machine_volume *volume_of(struct machine *m, const char *name)
{
    for (int i = 0; i < MACHINE_MAX; i++)
        if (strcmp(m->volumes[i].name, name) == 0)
            return &m->volumes[i];
    return NULL;
}

static struct machine_mount *mount_at(struct machine *m, const char *dir)
{
    for (int i = 0; i < MACHINE_MAX; i++)
        if (strcmp(m->mounts[i].dir, dir) == 0)
            return &m->mounts[i];
    return NULL;
}

static bool is_mounted(const struct machine *m, uint64_t number)
{
    for (int i = 0; i < MACHINE_MAX; i++)
        if (m->mounts[i].dir[0] && m->mounts[i].number == number)
            return true;
    return false;
}

static void write_content(struct machine *m, uint64_t number, const char *text)
{
    int fd;

    if (number >= VOLUME_BASE) {
        snprintf(m->volumes[number - VOLUME_BASE].content, 64, "%s", text);
        return;
    }
    fd = open(m->loops[number - LOOP_BASE].file, O_WRONLY | O_CLOEXEC);
    INVARIANT(fd >= 0 && pwrite(fd, text, strlen(text) + 1, 0) > 0);
    close(fd);
}

static bool parse_content(const char *text, int64_t *ret_bytes, int *ret_data)
{
    long long bytes;

    if (sscanf(text, "XFS %lld %d", &bytes, ret_data) != 2)
        return false;
    *ret_bytes = bytes;
    return true;
}

static bool read_content(struct machine *m, uint64_t number, int64_t *ret_bytes, int *ret_data)
{
    char text[64] = "";
    int fd;

    if (number >= VOLUME_BASE)
        return parse_content(m->volumes[number - VOLUME_BASE].content, ret_bytes, ret_data);
    fd = open(m->loops[number - LOOP_BASE].file, O_RDONLY | O_CLOEXEC);
    INVARIANT(fd >= 0 && pread(fd, text, sizeof(text) - 1, 0) >= 0);
    close(fd);
    return parse_content(text, ret_bytes, ret_data);
}

/* --- commands --- */

static err_t mkfs(struct machine *m, const char *path)
{
    char text[64];
    struct machine_volume *v;
    int fd;

    m->formats++;
    if (strncmp(path, "/dev/", 5) == 0) {
        v = volume_of(m, strrchr(path, '/') + 1);
        INVARIANT(v && v->active);
        snprintf(v->content, sizeof(v->content), "XFS %lld 0", (long long)v->bytes);
        return ERR_OK;
    }
    INVARIANT(!loop_of(m, path));
    snprintf(text, sizeof(text), "XFS %lld 0", (long long)fs_size(path));
    fd = open(path, O_WRONLY | O_CLOEXEC);
    INVARIANT(fd >= 0 && pwrite(fd, text, strlen(text) + 1, 0) > 0);
    close(fd);
    return ERR_OK;
}

static err_t lvs(struct machine *m, struct buf *ret)
{
    buf_printf(ret, "  WARNING: a line of another kind\n");
    for (int i = 0; i < MACHINE_MAX; i++)
        if (m->volumes[i].name[0])
            buf_printf(ret, "  %s|%lld|%s\n", m->volumes[i].name, (long long)m->volumes[i].bytes,
                       m->volumes[i].tags);
    return ERR_OK;
}

static const char *after(const char *const *argv, const char *option)
{
    for (; *argv; argv++)
        if (strcmp(*argv, option) == 0)
            return argv[1];
    return "";
}

static const char *last_of(const char *const *argv)
{
    while (argv[1])
        argv++;
    return strrchr(*argv, '/') ? strrchr(*argv, '/') + 1 : *argv;
}

/* As LVM says it: what is there is not made again, what is not there is not changed. */
static err_t lvm(struct machine *m, const char *const *argv)
{
    bool create = strcmp(argv[0], "lvcreate") == 0, rename = strcmp(argv[0], "lvrename") == 0;
    const char *name = create ? after(argv, "--name") : rename ? argv[2] : last_of(argv);
    struct machine_volume *v = volume_of(m, name);
    int64_t bytes = strtoll(after(argv, "--size"), NULL, 10);

    if (create == (v != NULL))
        return ERR_IO;
    if (create) {
        v = volume_of(m, "");
        INVARIANT(v);
        *v = (struct machine_volume){ .bytes = bytes, .active = true };
        put_text(v->name, name);
        put_text(v->tags, after(argv, "--addtag"));
    } else if (rename) {
        if (volume_of(m, argv[3]))
            return ERR_IO;
        put_text(v->name, argv[3]);
    } else if (strcmp(argv[0], "lvextend") == 0) {
        if (bytes <= v->bytes)
            return ERR_IO;
        v->bytes = bytes;
    } else if (strcmp(argv[0], "lvchange") == 0) {
        v->active = strcmp(after(argv, "--activate"), "n") != 0;
    } else {
        INVARIANT(strcmp(argv[0], "lvremove") == 0);
        if (is_mounted(m, VOLUME_BASE + (uint64_t)(v - m->volumes)))
            return ERR_IO;
        memset(v, 0, sizeof(*v));
    }
    return ERR_OK;
}

static err_t machine_run(struct host *h, const char *const *argv, struct buf *ret,
                         struct why *reterr)
{
    struct machine *m = machine_of(h);
    err_t e;

    if (!goes(m))
        return fail(reterr);
    if (strcmp(argv[0], "mkfs.xfs") == 0)
        e = mkfs(m, argv[4]);
    else if (strcmp(argv[0], "lvs") == 0)
        e = lvs(m, ret);
    else
        e = lvm(m, argv);
    return e ? why(reterr, e, "%s failed", argv[0]) : end(m, reterr);
}

/* --- devices --- */

static void loop_device(const struct machine *m, const struct machine_loop *l,
                        struct host_device *ret)
{
    *ret =
        (struct host_device){ .number = LOOP_BASE + (uint64_t)(l - m->loops), .bytes = l->bytes };
    snprintf(ret->path, sizeof(ret->path), "/dev/loop%d", (int)(l - m->loops));
}

static err_t machine_loop_find(struct host *h, const char *file, struct host_device *ret,
                               struct why *reterr)
{
    struct machine *m = machine_of(h);
    const struct machine_loop *l = loop_of(m, file);

    if (!l)
        return why(reterr, ERR_NOT_FOUND, "attached to no loop device");
    loop_device(m, l, ret);
    return ERR_OK;
}

static err_t machine_loop_attach(struct host *h, const char *file, int *ret_fd, struct why *reterr)
{
    struct machine *m = machine_of(h);
    struct machine_loop *l;

    if (!goes(m))
        return fail(reterr);
    INVARIANT(!loop_of(m, file));
    l = loop_of(m, "");
    INVARIANT(l);
    put_text(l->file, file);
    l->bytes = fs_size(file);
    *ret_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    return end(m, reterr);
}

static struct machine_loop *by_device(struct machine *m, const char *device)
{
    return &m->loops[strtol(device + strlen("/dev/loop"), NULL, 10)];
}

static err_t machine_loop_refresh(struct host *h, const char *device, struct why *reterr)
{
    struct machine *m = machine_of(h);
    struct machine_loop *l = by_device(m, device);

    if (!goes(m))
        return fail(reterr);
    l->bytes = fs_size(l->file);
    return end(m, reterr);
}

static err_t machine_loop_detach(struct host *h, const char *device, struct why *reterr)
{
    struct machine *m = machine_of(h);

    if (!goes(m))
        return fail(reterr);
    memset(by_device(m, device), 0, sizeof(m->loops[0]));
    return end(m, reterr);
}

static err_t machine_device(struct host *h, const char *path, struct host_device *ret,
                            struct why *reterr)
{
    struct machine *m = machine_of(h);
    const struct machine_volume *v = volume_of(m, strrchr(path, '/') + 1);

    if (!v || !v->active)
        return why(reterr, ERR_NOT_FOUND, "%s: no such file", path);
    *ret = (struct host_device){ .number = VOLUME_BASE + (uint64_t)(v - m->volumes),
                                 .bytes = v->bytes };
    snprintf(ret->path, sizeof(ret->path), "%s", path);
    return ERR_OK;
}

/* --- mounts --- */

static err_t machine_mounted(struct host *h, const char *dir, uint64_t *ret_number,
                             struct why *reterr)
{
    const struct machine_mount *at = mount_at(machine_of(h), dir);

    (void)reterr;
    *ret_number = at ? at->number : 0;
    return ERR_OK;
}

static err_t machine_mount(struct host *h, const char *device, const char *dir, const char *options,
                           struct why *reterr)
{
    struct machine *m = machine_of(h);
    struct machine_volume *v = volume_of(m, strrchr(device, '/') + 1);
    struct machine_mount *free_one = mount_at(m, "");
    uint64_t number = v ? VOLUME_BASE + (uint64_t)(v - m->volumes)
                        : LOOP_BASE + (uint64_t)(by_device(m, device) - m->loops);
    int64_t bytes;
    int data;

    (void)options;
    if (!goes(m))
        return fail(reterr);
    INVARIANT(free_one && !mount_at(m, dir));
    if (!read_content(m, number, &bytes, &data))
        return why(reterr, ERR_IO, "%s: no XFS", device);
    put_text(free_one->dir, dir);
    free_one->number = number;
    return end(m, reterr);
}

static err_t machine_unmount(struct host *h, const char *dir, struct why *reterr)
{
    struct machine *m = machine_of(h);
    struct machine_mount *at = mount_at(m, dir);

    if (!goes(m))
        return fail(reterr);
    INVARIANT(at);
    memset(at, 0, sizeof(*at)); /* its loop device stays for a moment: machine_agent_ends */
    return end(m, reterr);
}

static err_t machine_xfs_bytes(struct host *h, const char *dir, int64_t *ret, struct why *reterr)
{
    struct machine *m = machine_of(h);
    const struct machine_mount *at = mount_at(m, dir);
    int data;

    return at && read_content(m, at->number, ret, &data) ? ERR_OK : fail(reterr);
}

static err_t machine_xfs_grow(struct host *h, const char *dir, int64_t bytes, struct why *reterr)
{
    struct machine *m = machine_of(h);
    int data = machine_data(m, dir);
    char text[64];

    if (!goes(m))
        return fail(reterr);
    INVARIANT(data >= 0);
    snprintf(text, sizeof(text), "XFS %lld %d", (long long)bytes, data);
    if (!m->grows_not)
        write_content(m, mount_at(m, dir)->number, text);
    return end(m, reterr);
}

void machine_init(struct machine *m)
{
    static const struct host_ops ops = {
        machine_run,         machine_loop_find, machine_loop_attach, machine_loop_refresh,
        machine_loop_detach, machine_device,    machine_mounted,     machine_mount,
        machine_unmount,     machine_xfs_bytes, machine_xfs_grow,
    };

    *m = (struct machine){ .host = { &ops } };
}

void machine_agent_ends(struct machine *m)
{
    for (int i = 0; i < MACHINE_MAX; i++)
        if (!is_mounted(m, LOOP_BASE + (uint64_t)i))
            m->loops[i].file[0] = '\0';
}

void machine_restarts(struct machine *m)
{
    memset(m->mounts, 0, sizeof(m->mounts));
    memset(m->loops, 0, sizeof(m->loops));
    for (int i = 0; i < MACHINE_MAX; i++)
        m->volumes[i].active = false;
}

int machine_loops(const struct machine *m)
{
    int n = 0;

    for (int i = 0; i < MACHINE_MAX; i++)
        n += m->loops[i].file[0] != '\0';
    return n;
}

int machine_mounts(const struct machine *m)
{
    int n = 0;

    for (int i = 0; i < MACHINE_MAX; i++)
        n += m->mounts[i].dir[0] != '\0';
    return n;
}

int machine_volumes(const struct machine *m)
{
    int n = 0;

    for (int i = 0; i < MACHINE_MAX; i++)
        n += m->volumes[i].name[0] != '\0';
    return n;
}

int machine_data(struct machine *m, const char *dir)
{
    const struct machine_mount *at = mount_at(m, dir);
    int64_t bytes;
    int data;

    return at && read_content(m, at->number, &bytes, &data) ? data : -1;
}

void machine_put(struct machine *m, const char *dir, int data)
{
    const struct machine_mount *at = mount_at(m, dir);
    int64_t bytes;
    int old;
    char text[64];

    INVARIANT(at && read_content(m, at->number, &bytes, &old));
    snprintf(text, sizeof(text), "XFS %lld %d", (long long)bytes, data);
    write_content(m, at->number, text);
}
