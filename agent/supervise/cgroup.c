#include "agent/supervise/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/volume/directory.h"
#include "common/fs.h"
#include "common/mem.h"

enum { PROC_BYTES_MAX = 1 << 20, PERIOD_US = 100000, RECORD_BYTES_MAX = 4 * CGROUP_PATH_MAX };

#define OWN "/klamm-agent"
#define TRIAL "klamm-trial"

/* Whether `word` is in the list `words`, whose items end with `end`. */
static bool has_word(const char *words, const char *word, char end)
{
    size_t n = strlen(word);

    for (const char *p = words; *p;) {
        size_t length = strcspn(p, (char[]){ end, '\n', '\0' });

        if (length == n && strncmp(p, word, n) == 0)
            return true;
        p += length + (p[length] != '\0');
    }
    return false;
}

/* --- where --- */

/* One line of mountinfo. */
struct mounted {
    char root[CGROUP_PATH_MAX], at[CGROUP_PATH_MAX], type[32], options[CGROUP_PATH_MAX];
};

static bool parse_mount(const char *line, struct mounted *ret)
{
    const char *rest = strstr(line, " - ");

    return rest && sscanf(line, "%*s %*s %*s %511s %511s", ret->root, ret->at) == 2 &&
           sscanf(rest, " - %31s %*s %511s", ret->type, ret->options) == 2;
}

/* The path of this process below a hierarchy's root: of "<n>:<controllers>:<path>"; version 2 has
 * none named. */
static bool own_path(const char *self, const char *controller, char ret[CGROUP_PATH_MAX])
{
    for (const char *line = self; line && *line;
         line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
        char names[128] = "";

        if (sscanf(line, "%*[0-9]:%127[^:\n]:%511[^\n]", names, ret) == 2
                ? has_word(names, controller, ',')
                : !*controller && sscanf(line, "0::%511[^\n]", ret) == 1)
            return true;
    }
    return false;
}

/* As seen by the mount, whose root need not be the hierarchy's. */
static void place(const struct mounted *m, const char *path, char ret[CGROUP_PATH_MAX])
{
    size_t n = strcmp(m->root, "/") == 0 ? 0 : strlen(m->root);

    if (strncmp(path, m->root, n) != 0 || (path[n] && path[n] != '/'))
        path = "", n = 0; /* the mount is what this process may see of it */
    if (strcmp(path + n, "/") == 0)
        path = "", n = 0;
    (void)snprintf(ret, CGROUP_PATH_MAX, "%.255s%.250s", m->at, path + n);
}

static void take_mount(const struct mounted *m, const char *self, struct cgroups *ret,
                       bool *ret_two)
{
    char path[CGROUP_PATH_MAX];

    if (strcmp(m->type, "cgroup2") == 0 && own_path(self, "", path)) {
        size_t n = strlen(path), own = strlen(OWN);

        if (n >= own && strcmp(path + n - own, OWN) == 0)
            path[n - own] = '\0'; /* an agent before moved there */
        place(m, path, ret->cpu);
        *ret_two = true;
    }
    if (*ret_two || strcmp(m->type, "cgroup") != 0)
        return;
    if (has_word(m->options, "cpu", ',') && own_path(self, "cpu", path))
        place(m, path, ret->cpu);
    if (has_word(m->options, "memory", ',') && own_path(self, "memory", path))
        place(m, path, ret->memory);
}

static void parse_version(const char *mountinfo, const char *self, bool want_two,
                          struct cgroups *ret)
{
    bool two = false;

    *ret = (struct cgroups){ .version = 0 };
    for (const char *line = mountinfo; line && *line;
         line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
        OWNED_MEM char *one = mem_strndup(line, strcspn(line, "\n"));
        struct mounted m;

        if (parse_mount(one, &m) && (strcmp(m.type, "cgroup2") == 0) == want_two)
            take_mount(&m, self, ret, &two);
    }
    if (two)
        memcpy(ret->memory, ret->cpu, CGROUP_PATH_MAX);
    ret->version = two ? 2 : ret->cpu[0] && ret->memory[0] ? 1 : 0;
}

/* Version 2 may be mounted beside version 1 and have no controllers. */
static bool has_controllers(const char *at)
{
    OWNED_MEM char *path = mem_printf("%s/cgroup.controllers", at);
    OWNED_BUF text = { 0 };

    return !fs_read_proc(path, 4096, &text) && has_word(buf_text(&text), "cpu", ' ') &&
           has_word(buf_text(&text), "memory", ' ');
}

void cgroups_parse(const char *mountinfo, const char *self, struct cgroups *ret)
{
    parse_version(mountinfo, self, true, ret);
    if (ret->version == 2 && has_controllers(ret->cpu))
        return;
    parse_version(mountinfo, self, false, ret);
    if (!ret->version)
        (void)why(&ret->reason, ERR_NOT_FOUND,
                  "no mounted cgroup has both controllers, cpu and memory");
}

/* --- files --- */

static err_t put(const char *dir, const char *name, const char *text, struct why *reterr)
{
    OWNED_MEM char *path = mem_printf("%s/%s", dir, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    err_t e = ERR_OK;

    if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
        e = why(reterr, errno == EBUSY ? ERR_BUSY : err_from_errno(errno), "%s: %s: %s", path, text,
                strerror(errno));
    if (fd >= 0)
        close(fd);
    return e;
}

static err_t make_dir(const char *dir, struct why *reterr)
{
    if (mkdir(dir, 0755) < 0 && errno != EEXIST)
        return why(reterr, err_from_errno(errno), "%s: %s", dir, strerror(errno));
    return ERR_OK;
}

static err_t put_number(const char *dir, const char *name, int64_t n, struct why *reterr)
{
    OWNED_MEM char *text = mem_printf("%lld", (long long)n);

    return put(dir, name, text, reterr);
}

static err_t put_limits(int version, const char *cpu, const char *memory,
                        const struct cgroup_limits *l, struct why *reterr)
{
    OWNED_MEM char *quota = l->cpus
                                ? mem_printf("%lld %d", (long long)l->cpus * PERIOD_US, PERIOD_US)
                                : mem_printf("max %d", PERIOD_US);
    OWNED_MEM char *memory_max =
        l->memory_bytes ? mem_printf("%lld", (long long)l->memory_bytes) : mem_strdup("max");
    err_t e;

    if (version == 2) {
        e = put(cpu, "cpu.max", quota, reterr);
        return e ? e : put(memory, "memory.max", memory_max, reterr);
    }
    e = put_number(cpu, "cpu.cfs_period_us", PERIOD_US, reterr);
    if (!e)
        e = put_number(cpu, "cpu.cfs_quota_us", l->cpus ? l->cpus * PERIOD_US : -1, reterr);
    return e ? e
             : put_number(memory, "memory.limit_in_bytes", l->memory_bytes ? l->memory_bytes : -1,
                          reterr);
}

/* Version 2: groups made in the agent's may be limited. */
static err_t enable(struct cgroups *c, struct why *reterr)
{
    OWNED_MEM char *own = mem_printf("%s" OWN, c->cpu);
    err_t e = put(c->cpu, "cgroup.subtree_control", "+cpu +memory", reterr);

    if (e != ERR_BUSY)
        return e;
    e = make_dir(own, reterr);
    if (!e)
        e = put(own, "cgroup.procs", "0", reterr);
    if (!e)
        e = put(c->cpu, "cgroup.subtree_control", "+cpu +memory", reterr);
    return e;
}

static err_t try_out(struct cgroups *c, struct why *reterr)
{
    OWNED_MEM char *cpu = mem_printf("%s/" TRIAL "-%d", c->cpu, getpid()); /* other agents try as well */
    OWNED_MEM char *memory = mem_printf("%s/" TRIAL "-%d", c->memory, getpid());
    const struct cgroup_limits limits = { 1, 1 << 30 };
    err_t e = c->version == 2 ? enable(c, reterr) : ERR_OK;

    if (!e)
        e = make_dir(cpu, reterr);
    if (!e)
        e = make_dir(memory, reterr);
    if (!e)
        e = put_limits(c->version, cpu, memory, &limits, reterr);
    (void)rmdir(cpu);
    (void)rmdir(memory);
    return e;
}

void cgroups_find(struct cgroups *ret)
{
    OWNED_BUF mounts = { 0 };
    OWNED_BUF self = { 0 };

    (void)fs_read_proc("/proc/self/mountinfo", PROC_BYTES_MAX, &mounts);
    (void)fs_read_proc("/proc/self/cgroup", PROC_BYTES_MAX, &self);
    cgroups_parse(buf_text(&mounts), buf_text(&self), ret);
    if (ret->version && try_out(ret, &ret->reason))
        ret->version = 0;
}

/* --- a process' group --- */

/* Its directories, a line each; with version 2 it is one. */
static char *directories(const struct cgroups *c, const char *id)
{
    OWNED_MEM char *name = volume_name(id);

    return c->version == 2 ? mem_printf("%s/%s\n", c->cpu, name)
                           : mem_printf("%s/%s\n%s/%s\n", c->cpu, name, c->memory, name);
}

/* Removes those of `old` that `keep` does not have; another's are not klamm's name. */
static err_t remove_lines(const char *old, const char *keep, struct why *reterr)
{
    err_t e = ERR_OK;

    for (const char *line = old; *line;
         line += strcspn(line, "\n") + (line[strcspn(line, "\n")] == '\n')) {
        OWNED_MEM char *dir = mem_strndup(line, strcspn(line, "\n"));
        const char *name = strrchr(dir, '/');

        if (!name || strncmp(name, "/klamm-", 7) != 0 || has_word(keep, dir, '\n'))
            continue;
        if (rmdir(dir) < 0 && errno != ENOENT)
            e = why(reterr, errno == EBUSY ? ERR_BUSY : err_from_errno(errno), "%s: %s", dir,
                    strerror(errno));
    }
    return e;
}

static err_t read_record(const char *dir, struct buf *ret)
{
    OWNED_MEM char *path = mem_printf("%s/cgroup", dir);
    err_t e = fs_read_all(fs_posix(), path, RECORD_BYTES_MAX, ret);

    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* Cgroups end with the machine, so nothing here need last over its power cut. */
static err_t put_record(const char *dir, const char *text, struct why *reterr)
{
    OWNED_MEM char *path = mem_printf("%s/cgroup", dir);
    OWNED_MEM char *tmp = mem_printf("%s/cgroup.tmp", dir);
    err_t e;

    (void)unlink(tmp);
    e = put(dir, "cgroup.tmp", text, reterr);
    if (!e && rename(tmp, path) < 0)
        e = why(reterr, err_from_errno(errno), "%s: %s", path, strerror(errno));
    return e;
}

/* The record names what is wanted, and of the rest what could not be removed. */
static err_t note(const char *dir, const char *wanted, struct why *reterr)
{
    OWNED_BUF record = { 0 };
    OWNED_MEM char *both = NULL;
    err_t e = read_record(dir, &record);
    const char *old = buf_text(&record);

    if (e)
        return why(reterr, e, "%s/cgroup: %s", dir, err_text(e));
    if (strcmp(old, wanted) == 0)
        return ERR_OK;
    if (!remove_lines(old, wanted, NULL))
        return put_record(dir, wanted, reterr);
    both = mem_printf("%s%s", wanted, old);
    return strstr(old, wanted) ? ERR_OK : put_record(dir, both, reterr);
}

static err_t make(const struct cgroups *c, const char *dir, const char *wanted,
                  const struct cgroup_limits *limits, struct why *reterr)
{
    OWNED_MEM char *cpu = mem_strndup(wanted, strcspn(wanted, "\n"));
    const char *second = wanted + strlen(cpu) + 1;
    OWNED_MEM char *memory = *second ? mem_strndup(second, strcspn(second, "\n")) : mem_strdup(cpu);
    err_t e = note(dir, wanted, reterr);

    if (!e)
        e = make_dir(cpu, reterr);
    if (!e)
        e = make_dir(memory, reterr);
    return e ? e : put_limits(c->version, cpu, memory, limits, reterr);
}

err_t cgroup_make(const struct cgroups *c, const char *dir, const char *id,
                  const struct cgroup_limits *limits, char *ret_join[CGROUP_CONTROLLERS + 1],
                  struct why *reterr)
{
    OWNED_MEM char *wanted = NULL;
    int n = 0;
    err_t e;

    memset(ret_join, 0, (CGROUP_CONTROLLERS + 1) * sizeof(ret_join[0]));
    if (!c->version || (!limits->cpus && !limits->memory_bytes))
        return ERR_OK;
    wanted = directories(c, id);
    e = make(c, dir, wanted, limits, reterr);
    for (const char *p = wanted; !e && *p; p = strchr(p, '\n') + 1)
        ret_join[n++] = mem_printf("%.*s/cgroup.procs", (int)strcspn(p, "\n"), p);
    return e;
}

void cgroup_join_done(char *join[CGROUP_CONTROLLERS + 1])
{
    for (int i = 0; i < CGROUP_CONTROLLERS; i++)
        mem_free(join[i]);
}

static err_t move(char *const join[], pid_t pid, struct why *reterr)
{
    OWNED_MEM char *text = mem_printf("%d", pid);
    err_t e = ERR_OK;

    for (int i = 0; join[i] && !e; i++) {
        OWNED_MEM char *dir = mem_strndup(join[i], (size_t)(strrchr(join[i], '/') - join[i]));

        e = put(dir, "cgroup.procs", text, reterr);
    }
    return e;
}

err_t cgroup_adopt(const struct cgroups *c, const char *dir, const char *id,
                   const struct cgroup_limits *limits, pid_t pid, struct why *reterr)
{
    char *join[CGROUP_CONTROLLERS + 1];
    OWNED_MEM char *wanted = directories(c, id);
    err_t e = cgroup_make(c, dir, id, limits, join, reterr);

    if (!e)
        e = move(join, pid, reterr);
    if (!e && join[0]) /* what it was in before is empty now */
        e = note(dir, wanted, reterr);
    cgroup_join_done(join);
    return e;
}

err_t cgroup_remove(const char *dir, struct why *reterr)
{
    OWNED_MEM char *path = mem_printf("%s/cgroup", dir);
    OWNED_BUF record = { 0 };
    err_t e = read_record(dir, &record);

    if (e)
        return why(reterr, e, "%s: %s", path, err_text(e));
    e = remove_lines(buf_text(&record), "", reterr);
    if (!e && record.n)
        (void)unlink(path);
    return e;
}
