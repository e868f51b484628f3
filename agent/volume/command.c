#include "agent/volume/command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/mem.h"

static char *find_in(const char *path, const char *name)
{
    for (const char *p = path; p; p = strchr(p, ':') ? strchr(p, ':') + 1 : NULL) {
        char *found = mem_printf("%.*s/%s", (int)strcspn(p, ":"), p, name);

        if (found[0] == '/' && access(found, X_OK) == 0)
            return found;
        mem_free(found);
    }
    return NULL;
}

static char *find_program(const char *name)
{
    char *found = strchr(name, '/') ? mem_strdup(name) : find_in(getenv("PATH"), name);

    return found ? found : find_in("/usr/sbin:/sbin:/usr/bin:/bin", name);
}

/* In the child: only calls that are safe after a fork of a process with threads. */
static _Noreturn void become(const char *program, const char *const *argv, int out, pid_t parent)
{
    char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin", locale[] = "LC_ALL=C";
    char *const environment[] = { path, locale, NULL };
    int null = open("/dev/null", O_RDONLY);
    sigset_t none;

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent || dup2(null, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0)
        _exit(126);
    (void)syscall(SYS_close_range, 3, ~0u, 0);
    execve(program, (char *const *)(uintptr_t)argv, environment);
    _exit(127);
}

/* ERR_OK at the end of what it prints. */
static err_t collect(int fd, int64_t deadline_ms, size_t limit, struct buf *ret)
{
    struct pollfd p = { fd, POLLIN, 0 };
    char chunk[4096];

    for (;;) {
        int64_t left = deadline_ms - clock_mono_ms();
        ssize_t n;

        if (left <= 0)
            return ERR_TIMEOUT;
        if (poll(&p, 1, (int)left) <= 0)
            continue;
        n = read(fd, chunk, sizeof(chunk));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? ERR_IO : ERR_OK;
        if (ret->n + (size_t)n > limit)
            return ERR_TOO_LARGE;
        buf_put(ret, chunk, (size_t)n);
    }
}

static const char *last_line(struct buf *out)
{
    const char *text, *line;

    while (out->n && out->p[out->n - 1] == '\n')
        out->n--;
    text = buf_text(out);
    line = strrchr(text, '\n');
    return line ? line + 1 : text;
}

static err_t reap(pid_t pid, err_t e, const char *name, struct buf *out, struct why *reterr)
{
    int status = 0;

    if (e)
        kill(pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (e)
        return why(reterr, e, "%s: %s", name, err_text(e));
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return ERR_OK;
    return why(reterr, ERR_IO, "%s ended with code %d: %s", name,
               WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), last_line(out));
}

err_t command_run(const char *const *argv, int timeout_ms, size_t limit, struct buf *ret,
                  struct why *reterr)
{
    OWNED_MEM char *program = find_program(argv[0]);
    pid_t pid, parent = getpid();
    int pipe_fd[2];
    err_t e;

    if (!program)
        return why(reterr, ERR_NOT_FOUND, "%s: no such program", argv[0]);
    if (pipe2(pipe_fd, O_CLOEXEC) < 0)
        return why(reterr, ERR_IO, "pipe: %s", strerror(errno));
    pid = fork();
    if (!pid)
        become(program, argv, pipe_fd[1], parent);
    close(pipe_fd[1]);
    e = pid < 0 ? why(reterr, ERR_IO, "fork: %s", strerror(errno))
                : reap(pid, collect(pipe_fd[0], clock_mono_ms() + timeout_ms, limit, ret), argv[0],
                       ret, reterr);
    close(pipe_fd[0]);
    return e;
}
