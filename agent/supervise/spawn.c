#include "agent/supervise/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/fs.h"
#include "common/mem.h"

enum { STAT_BYTES = 1024, STARTTIME_FIELD = 22, LOCK_FD = 3 };

static int pidfd_of(pid_t pid)
{
    return (int)syscall(SYS_pidfd_open, pid, 0);
}

/* Field 22 of /proc/<pid>/stat as it stands there, "" on failure; the name in field 2 may hold
 * anything, so counting begins behind its last ')'. Safe between fork and exec. */
static void start_time(const char *stat_path, char ret[32])
{
    char text[STAT_BYTES];
    int fd = open(stat_path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
    char *p;
    size_t length;

    ret[0] = '\0';
    if (fd >= 0)
        close(fd);
    if (n <= 0)
        return;
    text[n] = '\0';
    p = strrchr(text, ')');
    for (int field = 2; p && field < STARTTIME_FIELD; field++)
        p = strchr(p + 1, ' ');
    if (!p)
        return;
    length = strspn(p + 1, "0123456789");
    if (length && length < 32) {
        memcpy(ret, p + 1, length);
        ret[length] = '\0';
    }
}

static size_t put_number(char *to, unsigned long v)
{
    char digits[24];
    size_t n = 0;

    do
        digits[n++] = (char)('0' + v % 10);
    while (v /= 10);
    for (size_t i = 0; i < n; i++)
        to[i] = digits[n - 1 - i];
    return n;
}

/* "<pid> <start time> <launch>\n", old or new, never a mix. */
static bool put_pid(const char *pid_tmp, const char *pid_path, int64_t launch)
{
    char line[96], start[32];
    size_t n;
    int fd;

    start_time("/proc/self/stat", start);
    n = put_number(line, (unsigned long)getpid());
    line[n++] = ' ';
    memcpy(line + n, start, strlen(start));
    n += strlen(start);
    line[n++] = ' ';
    n += put_number(line + n, (unsigned long)launch);
    line[n++] = '\n';
    fd = open(pid_tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, line, n) != (ssize_t)n || rename(pid_tmp, pid_path) < 0)
        return false;
    close(fd);
    return true;
}

/* Standard streams and the lock, and nothing else of the agent's: a connection of the agent that lived
 * on here would not end with the agent. */
static bool put_descriptors(int log_fd, int lock_fd)
{
    int fd = open("/dev/null", O_RDONLY);

    if (dup2(fd, 0) < 0 || dup2(log_fd, 1) < 0 || dup2(log_fd, 2) < 0)
        return false;
    if (lock_fd == LOCK_FD ? fcntl(lock_fd, F_SETFD, 0) < 0 : dup2(lock_fd, LOCK_FD) < 0)
        return false;
    return syscall(SYS_close_range, LOCK_FD + 1, ~0u, 0) == 0;
}

static bool put_groups(char *const *join)
{
    for (; *join; join++) {
        int fd = open(*join, O_WRONLY | O_CLOEXEC);

        if (fd < 0 || write(fd, "0", 1) != 1)
            return false;
        close(fd);
    }
    return true;
}

/* In the child: only calls that are safe after a fork of a process with threads. */
static _Noreturn void become(const char *pid_tmp, const char *pid_path, int64_t launch, int log_fd,
                             int lock_fd, char *const *argv, char *const *join)
{
    sigset_t none;

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    setsid();
    if (!put_groups(join) || !put_pid(pid_tmp, pid_path, launch) || !put_descriptors(log_fd, lock_fd))
        _exit(126);
    execv(argv[0], argv);
    _exit(127);
}

int spawn_lock(const char *dir)
{
    OWNED_MEM char *path = mem_printf("%s/lock", dir);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0) {
        close(fd);
        errno = EWOULDBLOCK;
        return -1;
    }
    return fd;
}

/* A child that cannot be watched must not live: nobody would learn of its end. */
static err_t give_up(pid_t pid, struct why *reterr)
{
    err_t e = why(reterr, ERR_IO, "pidfd_open: %s", strerror(errno));

    kill(pid, SIGKILL);
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        ;
    return e;
}

static err_t start_child(const char *dir, int lock_fd, char *const *argv, char *const *join, int64_t launch,
                         pid_t *ret_pid, struct why *reterr)
{
    OWNED_MEM char *tmp = mem_printf("%s/pid.tmp", dir);
    OWNED_MEM char *path = mem_printf("%s/pid", dir);
    OWNED_MEM char *log = mem_printf("%s/log.txt", dir);
    int log_fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

    if (log_fd < 0)
        return why(reterr, ERR_IO, "%s: %s", log, strerror(errno));
    *ret_pid = fork();
    if (!*ret_pid)
        become(tmp, path, launch, log_fd, lock_fd, argv, join);
    close(log_fd);
    return *ret_pid < 0 ? why(reterr, ERR_IO, "fork: %s", strerror(errno)) : ERR_OK;
}

err_t spawn_process(const char *dir, char *const *argv, char *const *join, int64_t launch, pid_t *ret_pid,
                    int *ret_pidfd, struct why *reterr)
{
    int lock_fd = spawn_lock(dir);
    err_t e;

    if (lock_fd < 0)
        return errno == EWOULDBLOCK ? why(reterr, ERR_BUSY, "%s: a process of it still runs", dir)
                                    : why(reterr, ERR_IO, "%s/lock: %s", dir, strerror(errno));
    e = start_child(dir, lock_fd, argv, join, launch, ret_pid, reterr);
    close(lock_fd); /* the child's copy holds it on */
    if (e)
        return e;
    *ret_pidfd = pidfd_of(*ret_pid);
    return *ret_pidfd < 0 ? give_up(*ret_pid, reterr) : ERR_OK;
}

/* Whether nothing of `dir` runs: then what its pid file says is of the past. */
static bool is_free(const char *dir)
{
    OWNED_MEM char *path = mem_printf("%s/lock", dir);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    bool free_now = fd < 0 || flock(fd, LOCK_EX | LOCK_NB) == 0;

    if (fd >= 0)
        close(fd);
    return free_now;
}

bool spawn_find(const char *dir, pid_t *ret_pid, int *ret_pidfd, int64_t *ret_launch)
{
    OWNED_MEM char *path = mem_printf("%s/pid", dir);
    OWNED_BUF text = { 0 };
    char stat_path[64], said[32], now[32];
    long long launch = 0; /* an agent before this one wrote none */
    int pid;

    if (is_free(dir) || fs_read_all(fs_posix(), path, 256, &text) ||
        sscanf(buf_text(&text), "%d %31[0-9] %lld", &pid, said, &launch) < 2 || pid < 1)
        return false;
    *ret_pidfd = pidfd_of(pid);
    if (*ret_pidfd < 0)
        return false;
    /* Only now is it sure that the pid is not given away while we look. */
    snprintf(stat_path, sizeof(stat_path), "/proc/%d/stat", pid);
    start_time(stat_path, now);
    if (strcmp(now, said) != 0) {
        close(*ret_pidfd);
        return false;
    }
    *ret_pid = pid;
    *ret_launch = launch;
    return true;
}

int spawn_exit_code(pid_t pid)
{
    int status;

    if (waitpid(pid, &status, WNOHANG) != pid)
        return 255;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
