/* Volumes on this machine's own loop devices and XFS, where the kernel and rights let us; where
 * not, that is said: volume_test proves the steps without a kernel. */
#include "tests/lib/test.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/volume/command.h"
#include "agent/volume/volume.h"
#include "common/mem.h"
#include "common/rng.h"

#define ID "u-1/broker-1"
enum { MIB = 1 << 20, KILLS = 60, HOLD_MS = 300 };
static const struct volume_owner owner = { ID, "abcdefghijklmnopqrstuv", 1, 5 };
static const struct volume_owner tombstone = { ID, "abcdefghijklmnopqrstuv", 1, 6 };

struct bench {
    struct volumes v;
    char *dir, *data, *file;
};

static bool start(struct bench *b)
{
    struct why reason = { "" };

    b->dir = test_dir();
    b->data = mem_printf("%s/processes/" ID "/data", b->dir);
    b->file = mem_printf("%s/file", b->data);
    b->v = (struct volumes){
        .fs = fs_posix(), .host = host_linux(), .data_dir = b->dir, .driver = VOLUME_LOOP
    };
    if (!volume_probe(&b->v, VOLUME_LOOP, &reason))
        return true;
    fprintf(stderr, "NOT SHOWN ON THIS MACHINE: volumes on loop devices: %s\n", reason.text);
    return false;
}

static void end(struct bench *b)
{
    mem_free(b->file);
    mem_free(b->data);
    mem_free(b->dir);
}

static bool mentions(const char *path, const char *dir)
{
    OWNED_BUF text = { 0 };

    return !fs_read_proc(path, 16 * MIB, &text) && strstr(buf_text(&text), dir);
}

/* No loop device and no mount of anything below `dir`. */
static bool is_clean(const char *dir)
{
    DIR *d = opendir("/sys/block");
    bool clean = !mentions("/proc/self/mounts", dir);
    struct dirent *entry;

    while ((entry = readdir(d))) {
        char path[512];

        (void)snprintf(path, sizeof(path), "/sys/block/%.200s/loop/backing_file", entry->d_name);
        clean &= !mentions(path, dir);
    }
    closedir(d);
    return clean;
}

/* A device whose last holder has gone detaches itself in a moment. */
static void check_clean(const char *dir)
{
    for (int i = 0; !is_clean(dir); i++) {
        assert_true(i < 500);
        poll(NULL, 0, 10);
    }
}

static int64_t room_of(const char *dir)
{
    struct statvfs v;

    assert_int_equal(statvfs(dir, &v), 0);
    return (int64_t)(v.f_bavail * v.f_frsize);
}

/* Until there is not one byte left; how many it took. */
static int64_t fill(int fd)
{
    static char chunk[MIB];
    int64_t n = 0;

    for (size_t size = sizeof(chunk); size; size = size > 1 ? size / 2 : 0) {
        ssize_t wrote;

        while ((wrote = write(fd, chunk, size)) > 0)
            n += wrote;
        assert_int_equal(errno, ENOSPC);
    }
    return n;
}

static void a_volume_is_grown_while_a_file_on_it_is_written_to_the_last_byte(void **state)
{
    struct bench b;
    int64_t wrote;
    char byte = 0;
    int fd;

    (void)state;
    if (!start(&b))
        skip();
    assert_ok(volume_up(&b.v, &owner, 300 * MIB, NULL));
    assert_false(is_clean(b.dir));
    fd = open(b.file, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0 && write(fd, "kept", 4) == 4);
    wrote = fill(fd);
    assert_true(wrote > 100 * MIB && wrote < 300 * MIB);
    assert_int_equal(fsync(fd), 0);
    assert_ok(volume_grow(&b.v, &owner, 600 * MIB, NULL));
    assert_true(room_of(b.data) > 280 * MIB);
    assert_int_equal(write(fd, "more", 4), 4);
    assert_int_equal(fsync(fd), 0);
    close(fd);
    assert_ok(volume_down(&b.v, &owner, NULL));
    check_clean(b.dir);
    assert_false(fs_exists(b.file));
    assert_ok(volume_up(&b.v, &owner, 600 * MIB, NULL));
    assert_int_equal(fs_size(b.file), wrote + 8);
    fd = open(b.file, O_RDONLY | O_CLOEXEC);
    assert_int_equal(pread(fd, &byte, 1, 0), 1);
    assert_int_equal(byte, 'k');
    assert_int_equal(volume_gone(&b.v, &tombstone, NULL), ERR_BUSY); /* while somebody reads it */
    close(fd);
    assert_ok(volume_gone(&b.v, &tombstone, NULL));
    check_clean(b.dir);
    end(&b);
}

/* Makes, grows, rests and removes, without an end. */
static _Noreturn void live(const struct bench *b)
{
    for (;;) {
        (void)volume_up(&b->v, &owner, 300 * MIB, NULL);
        (void)volume_grow(&b->v, &owner, 400 * MIB, NULL);
        (void)volume_down(&b->v, &owner, NULL);
        (void)volume_up(&b->v, &owner, 500 * MIB, NULL);
        (void)volume_gone(&b->v, &tombstone, NULL);
    }
}

static void an_agent_killed_at_any_moment_leaves_no_device_and_no_mount_behind(void **state)
{
    struct why reason = { "" };
    struct bench b;
    struct rng rng;

    (void)state;
    if (!start(&b))
        skip();
    rng_seed(&rng, 7);
    for (int i = 0; i < KILLS; i++) {
        pid_t pid = fork();

        if (!pid)
            live(&b);
        assert_true(pid > 0);
        poll(NULL, 0, 1 + (int)rng_below(&rng, 40));
        kill(pid, SIGKILL);
        assert_int_equal(waitpid(pid, NULL, 0), pid);
        assert_ok(volume_empty_trash(fs_posix(), b.dir, NULL));
        if (i % 3 == 0) { /* the next agent is told to remove it, or goes on with it */
            if (volume_gone(&b.v, &tombstone, &reason))
                fail_msg("kill %d: %s", i, reason.text);
            check_clean(b.dir);
        } else {
            if (volume_up(&b.v, &owner, 600 * MIB, &reason))
                fail_msg("kill %d: %s", i, reason.text);
            assert_true(room_of(b.data) > 450 * MIB);
        }
    }
    assert_ok(volume_gone(&b.v, &tombstone, NULL));
    check_clean(b.dir);
    end(&b);
}

/* As udev does, or another agent, for a look. */
static void a_device_that_somebody_holds_for_a_moment_is_waited_for(void **state)
{
    OWNED_MEM char *image = NULL;
    struct host_device device;
    struct bench b;
    int pipe_fd[2];
    char byte;
    pid_t pid;

    (void)state;
    if (!start(&b))
        skip();
    image = mem_printf("%s/processes/" ID "/volume.img", b.dir);
    assert_ok(volume_up(&b.v, &owner, 300 * MIB, NULL));
    assert_ok(b.v.host->ops->loop_find(b.v.host, image, &device, NULL));
    assert_int_equal(pipe2(pipe_fd, O_CLOEXEC), 0);
    pid = fork();
    if (!pid) {
        if (open(device.path, O_RDONLY | O_CLOEXEC) < 0 || write(pipe_fd[1], "x", 1) != 1)
            _exit(1);
        poll(NULL, 0, HOLD_MS);
        _exit(0);
    }
    assert_int_equal(read(pipe_fd[0], &byte, 1), 1);
    assert_ok(volume_down(&b.v, &owner, NULL));
    check_clean(b.dir);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    assert_ok(volume_gone(&b.v, &tombstone, NULL));
    close(pipe_fd[0]);
    close(pipe_fd[1]);
    end(&b);
}

static void a_command_says_how_it_ended(void **state)
{
    static const struct {
        const char *argv[4];
        err_t e;
        const char *says;
    } all[] = {
        { { "true", NULL }, ERR_OK, "" },
        { { "sh", "-c", "echo one; echo two >&2; exit 3", NULL },
          ERR_IO,
          "sh ended with code 3: two" },
        { { "no-such-program", NULL }, ERR_NOT_FOUND, "no-such-program: no such program" },
        { { "sh", "-c", "kill -9 $$", NULL }, ERR_IO, "sh ended with code 137: " },
        { { "sh", "-c", "exec cat /dev/zero", NULL }, ERR_TOO_LARGE, "sh: larger than the limit" },
    };
    static const char *const hangs[] = { "sh", "-c", "exec tail -f /dev/null", NULL };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        struct why reason = { "" };
        OWNED_BUF out = { 0 };

        assert_int_equal(command_run(all[i].argv, 10000, 4096, &out, &reason), all[i].e);
        assert_string_equal(reason.text, all[i].says);
    }
    {
        OWNED_BUF out = { 0 };

        assert_int_equal(command_run(hangs, 50, 4096, &out, NULL), ERR_TIMEOUT);
    }
}

TEST_MAIN(TEST(a_volume_is_grown_while_a_file_on_it_is_written_to_the_last_byte),
          TEST(an_agent_killed_at_any_moment_leaves_no_device_and_no_mount_behind),
          TEST(a_device_that_somebody_holds_for_a_moment_is_waited_for), TEST(a_command_says_how_it_ended))
