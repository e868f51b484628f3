/* Groups in directories that stand for the kernel's, and in the kernel's own where this process may
 * make some. */
#include "tests/lib/test.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/supervise/cgroup.h"
#include "agent/supervise/spawn.h"
#include "common/fs.h"
#include "common/mem.h"

#define ID "3c4513cf/broker-1"
static const struct cgroup_limits limits = { 2, (int64_t)2 << 30 };

static void check_file(const char *dir, const char *name, const char *text)
{
    OWNED_MEM char *path = mem_printf("%s/%s", dir, name);
    OWNED_BUF found = { 0 };

    assert_ok(fs_read_proc(path, 4096, &found));
    assert_string_equal(buf_text(&found), text);
}

static void the_agents_own_groups_are_found(void **state)
{
    static const struct {
        const char *mounts, *self;
        int version;
        const char *cpu, *memory;
    } all[] = {
        { "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct\n"
          "35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
          "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n",
          "4:memory:/system/klamm\n2:cpu,cpuacct:/\n0::/\n", 1, "/sys/fs/cgroup/cpu,cpuacct",
          "/sys/fs/cgroup/memory/system/klamm" },
        /* In a container the mount's root is the container's own group. */
        { "32 31 0:29 /docker/0a1b /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n"
          "35 31 0:32 /docker/0a1b /sys/fs/cgroup/memory rw shared:9 - cgroup cgroup rw,memory\n",
          "4:memory:/docker/0a1b\n2:cpu:/docker/0a1b/x\n", 1, "/sys/fs/cgroup/cpu/x",
          "/sys/fs/cgroup/memory" },
        { "32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n", "2:cpu:/\n", 0, "", "" },
        { "32 31 0:29 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n"
          "35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n",
          "1:cpuset:/\n2:memory:/\n", 0, "", "" },
        { "", "", 0, "", "" },
        { "nonsense\n - \n", "::\n:", 0, "", "" },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        struct cgroups c;

        cgroups_parse(all[i].mounts, all[i].self, &c);
        assert_int_equal(c.version, all[i].version);
        assert_int_equal(!c.version, c.reason.text[0] != '\0');
        if (!c.version)
            continue;
        assert_string_equal(c.cpu, all[i].cpu);
        assert_string_equal(c.memory, all[i].memory);
    }
}

static void with_version_2_an_agents_own_leaf_is_not_its_group(void **state)
{
    static const char *const selves[] = { "0::/svc\n", "0::/svc/klamm-agent\n" };
    OWNED_MEM char *dir = test_dir();
    OWNED_MEM char *svc = mem_printf("%s/svc", dir);
    OWNED_MEM char *controllers = mem_printf("%s/cgroup.controllers", svc);
    OWNED_MEM char *mounts = mem_printf("30 1 0:26 / %s rw - cgroup2 none rw\n", dir);
    struct cgroups c;

    (void)state;
    assert_ok(fs_mkdirs(fs_posix(), svc, 0700));
    for (size_t i = 0; i < ARRAY_LEN(selves); i++) {
        assert_ok(fs_replace(fs_posix(), controllers, slice_make("cpuset cpu io memory pids\n", 26),
                             0600));
        cgroups_parse(mounts, selves[i], &c);
        assert_int_equal(c.version, 2);
        assert_string_equal(c.cpu, svc);
        assert_string_equal(c.memory, svc);
        assert_ok(fs_replace(fs_posix(), controllers, slice_make("cpuset io\n", 10), 0600));
        cgroups_parse(mounts, selves[i], &c);
        assert_int_equal(c.version, 0);
    }
}

static void limits_are_written_as_each_version_wants_them(void **state)
{
    OWNED_MEM char *dir = test_dir();
    OWNED_MEM char *cpu = mem_printf("%s/klamm-3c4513cf-broker-1", dir);
    OWNED_MEM char *memory_base = mem_printf("%s/memory", dir);
    OWNED_MEM char *memory = mem_printf("%s/klamm-3c4513cf-broker-1", memory_base);
    const struct cgroup_limits none = { 0, 0 };
    struct cgroups c = { .version = 2 };
    char *join[CGROUP_CONTROLLERS + 1];
    struct why reason;

    (void)state;
    (void)snprintf(c.cpu, sizeof(c.cpu), "%s", dir);
    memcpy(c.memory, c.cpu, sizeof(c.memory));
    assert_ok(cgroup_make(&c, dir, ID, &none, join, &reason));
    assert_null(join[0]);
    assert_ok(cgroup_make(&c, dir, ID, &limits, join, &reason));
    assert_non_null(strstr(join[0], "/klamm-3c4513cf-broker-1/cgroup.procs"));
    assert_null(join[1]);
    cgroup_join_done(join);
    check_file(cpu, "cpu.max", "200000 100000");
    check_file(cpu, "memory.max", "2147483648");

    c.version = 1;
    (void)snprintf(c.memory, sizeof(c.memory), "%s", memory_base);
    assert_int_equal(cgroup_make(&c, dir, ID, &limits, join, &reason), ERR_NOT_FOUND);
    assert_null(join[0]);
    assert_ok(fs_mkdirs(fs_posix(), memory_base, 0700));
    assert_ok(cgroup_make(&c, dir, ID, &limits, join, &reason));
    assert_non_null(join[1]);
    cgroup_join_done(join);
    check_file(cpu, "cpu.cfs_quota_us", "200000");
    check_file(memory, "memory.limit_in_bytes", "2147483648");
    /* Directories of files are no cgroups, which rmdir removes with theirs. */
    assert_true(cgroup_remove(dir, &reason) != ERR_OK);
    assert_ok(fs_remove_tree(fs_posix(), memory));
    assert_ok(fs_remove_tree(fs_posix(), cpu));
    assert_ok(cgroup_remove(dir, &reason));
    assert_ok(cgroup_remove(dir, &reason));
}

static void another_ones_directory_is_not_removed(void **state)
{
    OWNED_MEM char *dir = test_dir();
    OWNED_MEM char *theirs = mem_printf("%s/theirs", dir);
    OWNED_MEM char *record = mem_printf("%s/cgroup", dir);
    OWNED_MEM char *text = mem_printf("%s\n\n%s/klamm-x", theirs, dir);

    (void)state;
    assert_ok(fs_mkdirs(fs_posix(), theirs, 0700));
    assert_ok(fs_replace(fs_posix(), record, slice_make(text, strlen(text)), 0600));
    assert_ok(cgroup_remove(dir, NULL));
    assert_true(fs_exists(theirs));
    assert_false(fs_exists(record));
}

/* --- the kernel's --- */

static bool kernels(struct cgroups *ret)
{
    cgroups_find(ret);
    if (!ret->version)
        fprintf(stderr, "NOT SHOWN ON THIS MACHINE: limits by the kernel's cgroups: %s\n",
                ret->reason.text);
    return ret->version;
}

static bool is_in(pid_t pid, const char *group)
{
    OWNED_MEM char *path = mem_printf("/proc/%d/cgroup", pid);
    OWNED_BUF text = { 0 };
    int found = 0;

    assert_ok(fs_read_proc(path, 65536, &text));
    for (const char *p = buf_text(&text); (p = strstr(p, group)); p++)
        found++;
    return found;
}

static void end_process(pid_t pid)
{
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void a_process_is_born_in_its_group_and_moved_into_it_when_it_is_adopted(void **state)
{
    OWNED_MEM char *dir = test_dir();
    OWNED_MEM char *id = mem_printf("t%d/broker-1", getpid());
    OWNED_MEM char *group = mem_printf("/klamm-t%d-broker-1\n", getpid());
    OWNED_MEM char *memory = NULL;
    char program[] = "/usr/bin/tail", follow[] = "-f", null[] = "/dev/null";
    char *const argv[] = { program, follow, null, NULL }, *const nothing[] = { NULL };
    const struct cgroup_limits smaller = { 1, 64 << 20 };
    char *join[CGROUP_CONTROLLERS + 1];
    struct cgroups c;
    struct why reason;
    pid_t pid;
    int fd;

    (void)state;
    if (!kernels(&c))
        skip();
    assert_ok(cgroup_make(&c, dir, id, &limits, join, &reason));
    assert_ok(spawn_process(dir, argv, join, 0, &pid, &fd, &reason));
    close(fd);
    for (int i = 0; !is_in(pid, group); i++) {
        assert_true(i < 500);
        poll(NULL, 0, 10);
    }
    assert_int_equal(cgroup_remove(dir, &reason), ERR_BUSY);
    end_process(pid);
    cgroup_join_done(join);
    assert_ok(cgroup_remove(dir, &reason));

    assert_ok(spawn_process(dir, argv, nothing, 0, &pid, &fd, &reason));
    close(fd);
    assert_ok(cgroup_adopt(&c, dir, id, &smaller, pid, &reason));
    assert_true(is_in(pid, group));
    memory = mem_printf("%s/klamm-t%d-broker-1", c.memory, getpid());
    check_file(memory, c.version == 2 ? "memory.max" : "memory.limit_in_bytes", "67108864\n");
    end_process(pid);
    assert_ok(cgroup_remove(dir, &reason));
    assert_false(fs_exists(memory));
}

/* It is taken back, not counted as too much. */
static void page_cache_beyond_the_limit_kills_nobody(void **state)
{
    OWNED_MEM char *dir = test_dir();
    OWNED_MEM char *id = mem_printf("c%d/broker-1", getpid());
    OWNED_MEM char *file = mem_printf("of=%s/file", dir);
    char program[] = "/usr/bin/dd", from[] = "if=/dev/zero", block[] = "bs=1M",
         count[] = "count=300";
    char *const argv[] = { program, from, file, block, count, NULL };
    const struct cgroup_limits small = { 2, 48 << 20 };
    char *join[CGROUP_CONTROLLERS + 1];
    struct cgroups c;
    struct why reason;
    int fd, status;
    pid_t pid;

    (void)state;
    if (!kernels(&c))
        skip();
    assert_ok(cgroup_make(&c, dir, id, &small, join, &reason));
    assert_ok(spawn_process(dir, argv, join, 0, &pid, &fd, &reason));
    close(fd);
    cgroup_join_done(join);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    assert_ok(cgroup_remove(dir, &reason));
}

TEST_MAIN(TEST(the_agents_own_groups_are_found),
          TEST(with_version_2_an_agents_own_leaf_is_not_its_group),
          TEST(limits_are_written_as_each_version_wants_them),
          TEST(another_ones_directory_is_not_removed),
          TEST(a_process_is_born_in_its_group_and_moved_into_it_when_it_is_adopted),
          TEST(page_cache_beyond_the_limit_kills_nobody))
