#include "agent/supervise/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/fs.h"
#include "common/mem.h"

enum { STAT_BYTES = 1024, STARTTIME_FIELD = 22 };

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

/* In the child: only calls that are safe after a fork of a process with threads. */
static _Noreturn void become(const char *pid_tmp, const char *pid_path, int log_fd, char *const *argv)
{
    char line[64], start[32];
    size_t n;
    sigset_t none;
    int fd;

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    setsid();
    start_time("/proc/self/stat", start);
    n = put_number(line, (unsigned long)getpid());
    line[n++] = ' ';
    memcpy(line + n, start, strlen(start));
    n += strlen(start);
    line[n++] = '\n';
    fd = open(pid_tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, line, n) != (ssize_t)n || rename(pid_tmp, pid_path) < 0)
        _exit(126);
    close(fd);
    fd = open("/dev/null", O_RDONLY);
    if (dup2(fd, 0) < 0 || dup2(log_fd, 1) < 0 || dup2(log_fd, 2) < 0)
        _exit(126);
    execv(argv[0], argv);
    _exit(127);
}

err_t spawn_process(const char *dir, char *const *argv, pid_t *ret_pid, int *ret_pidfd, struct why *reterr)
{
    OWNED_MEM char *tmp = mem_printf("%s/pid.tmp", dir);
    OWNED_MEM char *path = mem_printf("%s/pid", dir);
    OWNED_MEM char *log = mem_printf("%s/log.txt", dir);
    int log_fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    pid_t pid;

    if (log_fd < 0)
        return why(reterr, ERR_IO, "%s: %s", log, strerror(errno));
    pid = fork();
    if (!pid)
        become(tmp, path, log_fd, argv);
    close(log_fd);
    if (pid < 0)
        return why(reterr, ERR_IO, "fork: %s", strerror(errno));
    *ret_pid = pid;
    *ret_pidfd = pidfd_of(pid);
    return *ret_pidfd < 0 ? why(reterr, ERR_IO, "pidfd_open: %s", strerror(errno)) : ERR_OK;
}

bool spawn_find(const char *dir, pid_t *ret_pid, int *ret_pidfd)
{
    OWNED_MEM char *path = mem_printf("%s/pid", dir);
    OWNED_BUF text = { 0 };
    char stat_path[64], said[32], now[32];
    int pid;

    if (fs_read_all(fs_posix(), path, 256, &text) ||
        sscanf(buf_text(&text), "%d %31[0-9]", &pid, said) != 2 || pid < 1)
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
    return true;
}

int spawn_exit_code(pid_t pid)
{
    int status;

    if (waitpid(pid, &status, WNOHANG) != pid)
        return 255;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
