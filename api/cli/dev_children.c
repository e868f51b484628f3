#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "api/cli/dev.h"
#include "common/clock.h"
#include "common/fs.h"

enum {
    AGENT_STOP_MS = 60000, /* an agent waits for its brokers' controlled shutdown */
    KLAMMD_STOP_MS = 10000,
    LEFTOVER_MS = 30000,
    RESTART_AFTER_MS = 1000,
    STOP_TURN_MS = 5,
    STAT_BYTES_MAX = 4096,
};

/* Field 22 of /proc/PID/stat. */
unsigned long long dev_start_time(pid_t pid)
{
    char path[64], stat[STAT_BYTES_MAX + 1];
    char *p;
    int fd;
    ssize_t n;

    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    n = fd < 0 ? -1 : read(fd, stat, STAT_BYTES_MAX);
    if (fd >= 0)
        close(fd);
    if (n <= 0)
        return 0;
    stat[n] = '\0';
    p = strrchr(stat, ')'); /* the name before it may hold anything */
    if (!p || p[2] == 'Z')
        return 0;
    for (int field = 2; p && field < 22; field++)
        p = strchr(p + 1, ' ');
    return p ? strtoull(p + 1, NULL, 10) : 0;
}

static void save_children(const struct dev *d)
{
    OWNED_MEM char *path = dev_path(d, "children");
    OWNED_BUF text = { 0 };

    for (unsigned i = 0; i < d->children_n; i++)
        if (d->children[i].pid)
            buf_printf(&text, "%d %llu %s\n", (int)d->children[i].pid,
                       dev_start_time(d->children[i].pid), d->children[i].name);
    /* Only leftovers depend on it, and PR_SET_PDEATHSIG ends those as well. */
    (void)fs_replace(fs_posix(), path, buf_slice(&text), 0600);
}

static int log_fd(const struct dev *d, const char *name)
{
    OWNED_MEM char *path = mem_printf("%s/logs/%s.log", d->dir, name);

    return open(path, O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
}

/* In the child. Its own process group: Ctrl-C is ours to hand on, in order. */
static _Noreturn void become(char *const *argv, pid_t parent, int in, int out, int err)
{
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent)
        _exit(0);
    dup2(in, STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    signal(SIGPIPE, SIG_DFL);
    execv(argv[0], argv);
    dprintf(STDERR_FILENO, "%s: %s\n", argv[0], strerror(errno));
    _exit(127);
}

static pid_t spawn(char *const *argv, int out, int err)
{
    pid_t parent = getpid(), pid;
    int in = open("/dev/null", O_RDONLY | O_CLOEXEC);

    fflush(NULL);
    pid = fork();
    if (pid == 0)
        become(argv, parent, in, out, err);
    close(in);
    return pid;
}

/* Runs a program to its end, its standard output (at most 4 KiB) into `ret`. False: it failed. */
static bool run_program(struct dev *d, char *const *argv, struct buf *ret)
{
    int out[2], status = 1, err = log_fd(d, "klammd");
    char part[1024];
    ssize_t n;
    pid_t pid;

    if (pipe2(out, O_CLOEXEC)) {
        close(err);
        return false;
    }
    pid = spawn(argv, out[1], err);
    close(out[1]);
    close(err);
    while (pid > 0 && ((n = read(out[0], part, sizeof(part))) > 0 || (n < 0 && errno == EINTR)))
        if (n > 0 && ret->n < 4096)
            buf_put(ret, part, (size_t)n);
    close(out[0]);
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* A join token for an agent, in a file that only this user reads: a new one for every start until
 * the agent has its certificate, for a token dies with the agent that spent it. */
static int make_token(struct dev *d, const char *path)
{
    OWNED_MEM char *program = mem_printf("%s/klammd", d->programs);
    OWNED_MEM char *config = dev_path(d, "klammd.yaml");
    char token[] = "token", create[] = "create", option[] = "--config";
    char *argv[] = { program, token, create, option, config, NULL };
    OWNED_BUF text = { 0 };
    err_t e;

    if (!run_program(d, argv, &text))
        return cli_fail(CLI_REFUSED, "klammd made no join token; see %s/logs/klammd.log", d->dir);
    e = fs_replace(fs_posix(), path, buf_slice(&text), 0600);
    return e ? cli_fail(CLI_USAGE, "%s: %s", path, err_text(e)) : CLI_OK;
}

int dev_child_start(struct dev *d, struct dev_child *child)
{
    int fd;

    if (child->token && !fs_exists(child->certificate) && make_token(d, child->token))
        return CLI_REFUSED;
    fd = log_fd(d, child->name);
    if (access(child->argv[0], X_OK) || fd < 0) {
        if (fd >= 0)
            close(fd);
        return cli_fail(CLI_USAGE, "%s: %s; build it with make", fd < 0 ? "logs" : child->argv[0],
                        strerror(errno));
    }
    child->pid = spawn(child->argv, fd, fd);
    close(fd);
    if (child->pid < 0) {
        child->pid = 0;
        return cli_fail(CLI_REFUSED, "%s does not start: %s", child->name, strerror(errno));
    }
    child->started_ms = clock_mono_ms();
    save_children(d);
    return CLI_OK;
}

static void show_log_end(const struct dev *d, const char *name)
{
    OWNED_MEM char *path = mem_printf("%s/logs/%s.log", d->dir, name);
    char text[2049];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    off_t size = fd < 0 ? 0 : lseek(fd, 0, SEEK_END);
    ssize_t n;

    if (fd < 0)
        return;
    n = pread(fd, text, 2048, size > 2048 ? size - 2048 : 0);
    close(fd);
    fprintf(stderr, "the end of %s:\n%.*s", path, n > 0 ? (int)n : 0, text);
}

/* Collects a child that has ended; true when it has, with a text of how. */
static bool reap(struct dev_child *child, char how[64])
{
    int status;

    if (!child->pid || waitpid(child->pid, &status, WNOHANG) != child->pid)
        return false;
    if (WIFSIGNALED(status))
        snprintf(how, 64, "was ended by signal %d", WTERMSIG(status));
    else
        snprintf(how, 64, "ended with code %d", WEXITSTATUS(status));
    child->pid = 0;
    return true;
}

bool dev_child_alive(struct dev *d, struct dev_child *child)
{
    char how[64];

    if (!reap(child, how))
        return child->pid != 0;
    cli_fail(0, "%s %s", child->name, how);
    show_log_end(d, child->name);
    return false;
}

void dev_children_watch(struct dev *d)
{
    char how[64];

    for (unsigned i = 0; i < d->children_n; i++) {
        struct dev_child *child = &d->children[i];

        if (reap(child, how))
            cli_fail(0, "%s %s; starting it again", child->name, how);
        if (!child->pid && clock_mono_ms() - child->started_ms >= RESTART_AFTER_MS)
            (void)dev_child_start(d,
                                  child); /* a failure has been said; the next turn tries again */
    }
}

/* Signals every running child of `which` (a bit per child); how many there are. */
static unsigned signal_children(struct dev *d, unsigned which, int number)
{
    unsigned n = 0;

    for (unsigned i = 0; i < d->children_n; i++)
        if (which >> i & 1 && d->children[i].pid) {
            kill(d->children[i].pid, number);
            if (number == SIGKILL)
                cli_fail(0, "%s does not stop: killed", d->children[i].name);
            n++;
        }
    return n;
}

static unsigned still_running(struct dev *d, unsigned which)
{
    char how[64];
    unsigned n = 0;

    for (unsigned i = 0; i < d->children_n; i++)
        n += which >> i & 1 && !reap(&d->children[i], how) && d->children[i].pid;
    return n;
}

static void end_children(struct dev *d, unsigned which, int64_t within_ms)
{
    int64_t deadline = clock_mono_ms() + within_ms;

    signal_children(d, which, SIGTERM);
    while (still_running(d, which)) {
        if (clock_mono_ms() > deadline) {
            signal_children(d, which, SIGKILL);
            deadline = INT64_MAX;
        }
        poll(NULL, 0, STOP_TURN_MS);
    }
}

/* Whether a controller lives below the agent's directory. */
static bool has_controller(const struct dev *d, const char *agent)
{
    OWNED_MEM char *pattern = mem_printf("%s/agents/%s/processes/*/controller-*", d->dir, agent);
    glob_t found;
    bool any = glob(pattern, GLOB_NOSORT, NULL, &found) == 0;

    globfree(&found);
    return any;
}

/* Brokers hand their partitions over to a controller when they stop: it must outlive them. */
void dev_children_stop(struct dev *d)
{
    unsigned brokers = 0, controllers = 0;

    for (unsigned i = 1; i < d->children_n; i++)
        *(has_controller(d, d->children[i].name) ? &controllers : &brokers) |= 1U << i;
    end_children(d, brokers, AGENT_STOP_MS);
    end_children(d, controllers, AGENT_STOP_MS);
    end_children(d, 1, KLAMMD_STOP_MS);
    save_children(d);
}

/* One process of an earlier run: asked to end, then made to. */
static void end_leftover(pid_t pid, unsigned long long started)
{
    int64_t deadline = clock_mono_ms() + LEFTOVER_MS;

    if (dev_start_time(pid) != started)
        return;
    cli_fail(0, "an earlier run left process %d: ending it", (int)pid);
    kill(pid, SIGTERM);
    while (dev_start_time(pid) == started && !dev_stopping) {
        if (clock_mono_ms() > deadline)
            kill(pid, SIGKILL);
        poll(NULL, 0, STOP_TURN_MS);
    }
}

/* `meant` follows the address in the sentence. */
static int check_port(const char *host, int port, const char *meant)
{
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1, error = 0;

    inet_pton(AF_INET, host, &a.sin_addr);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (bind(fd, (struct sockaddr *)&a, sizeof(a)) || listen(fd, 1))
        error = errno;
    close(fd);
    return error ? cli_fail(CLI_REFUSED, "%s:%d %s: %s", host, port, meant, strerror(error))
                 : CLI_OK;
}

int dev_children_clear(struct dev *d)
{
    OWNED_MEM char *path = dev_path(d, "children");
    OWNED_MEM char *broker = mem_printf("%s.1.250", d->network);
    OWNED_BUF text = { 0 };
    char *p;
    int code = CLI_OK;

    if (fs_read_all(fs_posix(), path, STAT_BYTES_MAX, &text) == ERR_OK && text.n)
        for (p = (char *)(uintptr_t)buf_text(&text); *p;) {
            long pid = strtol(p, &p, 10);
            unsigned long long started = strtoull(p, &p, 10);

            if (pid > 1 && started)
                end_leftover((pid_t)pid, started);
            p += strcspn(p, "\n");
            p += *p == '\n';
        }
    for (int i = 0; i < 3 && !code; i++)
        code = check_port("127.0.0.1", (int)d->port + i,
                          "is needed and taken by another program (choose others with --port)");
    return code ? code
                : check_port(broker, 9092,
                             "stands for the brokers' addresses, and a program that listens on "
                             "all addresses has taken the port (stop it)");
}
