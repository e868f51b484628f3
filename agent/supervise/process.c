#include "agent/supervise/process.h"

#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent/supervise/engine.h"
#include "agent/supervise/probe.h"
#include "agent/supervise/spawn.h"
#include "agent/supervise/supervise.h"
#include "agent/volume/directory.h"
#include "common/fs.h"
#include "common/log.h"
#include "common/rng.h"

enum { WANTED_BYTES_MAX = 1 << 20, REASON_BYTES = 400 };

struct process {
    const struct process_options *o;
    struct wanted_process wanted;
    char *dir;
    struct supervise core;
    struct loop_task start;
    struct loop_timer timer;
    struct loop_watch pidfd; /* fd -1: nothing runs */
    pid_t pid;
    struct probe probe;
    char reason[REASON_BYTES];
};

static void feed(struct process *p, struct supervise_event e);

static bool formatted(const struct process *p)
{
    OWNED_MEM char *path = mem_printf("%s/data/meta.properties", p->dir);

    return fs_exists(path);
}

static void feed_type(struct process *p, enum supervise_event_type type, int code)
{
    feed(p, (struct supervise_event){ .type = type, .code = code, .formatted = formatted(p) });
}

/* The last line of its log says best why it ended. */
static void note_reason(struct process *p, int code)
{
    OWNED_MEM char *path = mem_printf("%s/log.txt", p->dir);
    OWNED_BUF text = { 0 };
    size_t end, begin;

    (void)snprintf(p->reason, sizeof(p->reason), "ended with code %d", code);
    if (fs_read_all(fs_posix(), path, 64 << 20, &text))
        return;
    for (end = text.n; end && text.p[end - 1] == '\n'; end--)
        ;
    for (begin = end; begin && text.p[begin - 1] != '\n'; begin--)
        ;
    if (end > begin)
        (void)snprintf(p->reason, sizeof(p->reason), "ended with code %d: %.*s", code, (int)(end - begin),
                       (char *)text.p + begin);
}

static void on_pidfd(struct loop_watch *w, uint32_t events)
{
    struct process *p = container_of(w, struct process, pidfd);
    int code = spawn_exit_code(p->pid);

    (void)events;
    loop_unwatch(p->o->loop, &p->pidfd);
    close(p->pidfd.fd);
    p->pidfd.fd = -1;
    probe_end(&p->probe);
    if (p->core.state == SUPERVISE_STARTING || p->core.state == SUPERVISE_RUNNING || code)
        note_reason(p, code);
    if (p->core.state != SUPERVISE_FORMATTING)
        log_event(LOG_INFO, "process_exited", "id=%s pid=%d code=%d", p->wanted.id, p->pid, code);
    feed_type(p, SUPERVISE_EXITED, code);
}

static bool watch(struct process *p, int fd)
{
    p->pidfd = (struct loop_watch){ fd, EPOLLIN, on_pidfd };
    return loop_watch(p->o->loop, &p->pidfd) == ERR_OK;
}

static err_t render(struct process *p, struct why *reterr)
{
    OWNED_MEM char *path = mem_printf("%s/server.properties", p->dir);
    OWNED_MEM char *data = mem_printf("%s/data", p->dir);
    OWNED_BUF text = { 0 };
    err_t e;

    engine_properties(&p->wanted, p->dir, &text);
    e = fs_mkdirs(fs_posix(), data, 0700);
    if (!e)
        e = fs_replace(fs_posix(), path, buf_slice(&text), 0600);
    return e ? why(reterr, e, "%s: %s", path, err_text(e)) : ERR_OK;
}

/* Formats or launches; what cannot be started has ended, with a code of our own. */
static void spawn(struct process *p, bool format)
{
    char *args[ENGINE_ARGS_MAX];
    struct why reason;
    int fd = -1;
    err_t e = render(p, &reason);

    if (format)
        engine_format_args(p->o->broker_program, &p->wanted, p->dir, args);
    else
        engine_run_args(p->o->broker_program, p->dir, args);
    if (!e)
        e = spawn_process(p->dir, args, &p->pid, &fd, &reason);
    engine_args_done(args);
    if (e) {
        (void)snprintf(p->reason, sizeof(p->reason), "%s", reason.text);
        log_event(LOG_ERROR, "spawn_failed", "id=%s reason=\"%s\"", p->wanted.id, reason.text);
        feed_type(p, SUPERVISE_EXITED, 125);
        return;
    }
    if (!format)
        log_event(LOG_INFO, "process_launched", "id=%s pid=%d", p->wanted.id, p->pid);
    if (!watch(p, fd))
        log_event(LOG_ERROR, "watch_failed", "id=%s pid=%d", p->wanted.id, p->pid);
}

static void signal_process(struct process *p, int number)
{
    if (p->pidfd.fd >= 0 && syscall(SYS_pidfd_send_signal, p->pidfd.fd, number, NULL, 0) < 0)
        log_event(LOG_WARN, "signal_failed", "id=%s signal=%d", p->wanted.id, number);
}

static void remove_volume(struct process *p)
{
    struct why reason;
    err_t e = volume_remove(p->o->data_dir, p->wanted.id, p->wanted.revision, &reason);

    if (e) {
        (void)snprintf(p->reason, sizeof(p->reason), "%s", reason.text);
        log_event(LOG_ERROR, "volume_remove_failed", "id=%s reason=\"%s\"", p->wanted.id, reason.text);
    } else {
        log_event(LOG_INFO, "volume_removed", "id=%s revision=%lld", p->wanted.id,
                  (long long)p->wanted.revision);
    }
    feed_type(p, SUPERVISE_REMOVED, e != ERR_OK);
}

static void feed(struct process *p, struct supervise_event e)
{
    unsigned effects;

    e.now_ms = loop_now_ms(p->o->loop);
    rng_system(&e.random, sizeof(e.random));
    effects = supervise_step(&p->core, &e);
    if (effects & SUPERVISE_SET_TIMER)
        loop_timer_set(p->o->loop, &p->timer, p->core.timer_ms);
    else if (effects)
        loop_timer_clear(p->o->loop, &p->timer);
    if (effects & SUPERVISE_REPORT)
        p->o->changed(p->o->ctx);
    if (effects & SUPERVISE_PROBE)
        probe_begin(&p->probe);
    if (effects & SUPERVISE_TERM)
        signal_process(p, SIGTERM);
    if (effects & SUPERVISE_KILL)
        signal_process(p, SIGKILL);
    /* These feed again: they come last. */
    if (effects & (SUPERVISE_FORMAT | SUPERVISE_LAUNCH))
        spawn(p, effects & SUPERVISE_FORMAT);
    if (effects & SUPERVISE_REMOVE)
        remove_volume(p);
}

static void on_timer(struct loop_timer *t)
{
    feed_type(container_of(t, struct process, timer), SUPERVISE_TIMER, 0);
}

static void on_ready(struct probe *probe)
{
    struct process *p = container_of(probe, struct process, probe);

    log_event(LOG_INFO, "process_ready", "id=%s pid=%d", p->wanted.id, p->pid);
    p->reason[0] = '\0';
    feed_type(p, SUPERVISE_READY, 0);
}

static void on_start(struct loop_task *t)
{
    struct process *p = container_of(t, struct process, start);
    int fd = -1;
    bool alive = spawn_find(p->dir, &p->pid, &fd) && watch(p, fd);

    if (alive)
        log_event(LOG_INFO, "process_adopted", "id=%s pid=%d", p->wanted.id, p->pid);
    feed(p, (struct supervise_event){ .type = SUPERVISE_START, .alive = alive, .formatted = formatted(p) });
}

/* On disk before anything is done about it, so that the next agent knows as much as this one. */
static err_t keep(const struct process *p, const struct wanted_process *w, struct why *reterr)
{
    OWNED_MEM char *path = mem_printf("%s/wanted.json", p->dir);
    json_t *o = wanted_encode(w);
    char *text = json_dumps(o, JSON_INDENT(1));
    err_t e = fs_mkdirs(fs_posix(), p->dir, 0700);

    if (!e)
        e = fs_replace(fs_posix(), path, slice_make(text, strlen(text)), 0600);
    json_decref(o);
    mem_free(text);
    return e ? why(reterr, e, "%s: %s", path, err_text(e)) : ERR_OK;
}

err_t process_new(const struct process_options *o, struct wanted_process *w, struct process **ret,
                  struct why *reterr)
{
    struct process *p = mem_new(struct process);
    err_t e = ERR_OK;

    p->o = o;
    p->pidfd.fd = -1;
    p->dir = volume_path(o->data_dir, w->id);
    p->timer.fire = on_timer;
    p->start.run = on_start;
    /* A tombstone of what was never here, or is gone already, leaves no trace. */
    if (!w->gone || fs_exists(p->dir))
        e = keep(p, w, reterr);
    if (e) {
        mem_free(p->dir);
        mem_free(p);
        return e;
    }
    p->wanted = *w;
    *w = (struct wanted_process){ 0 };
    p->core.want_gone = p->wanted.gone;
    p->probe = (struct probe){ .loop = o->loop, .host = p->wanted.address, .port = p->wanted.port,
                               .node_id = p->wanted.node_id, .broker = !strcmp(p->wanted.kind, "broker"),
                               .ready = on_ready };
    loop_defer(o->loop, &p->start);
    *ret = p;
    return ERR_OK;
}

struct process *process_free(struct process *p)
{
    if (!p)
        return NULL;
    probe_end(&p->probe);
    loop_timer_clear(p->o->loop, &p->timer);
    loop_undefer(p->o->loop, &p->start);
    if (p->pidfd.fd >= 0) {
        loop_unwatch(p->o->loop, &p->pidfd);
        close(p->pidfd.fd);
    }
    wanted_done(&p->wanted);
    mem_free(p->dir);
    mem_free(p);
    return NULL;
}

void process_want(struct process *p, struct wanted_process *w)
{
    struct why reason;

    /* Older or the same: a stale instruction does nothing. And nothing comes back from gone. */
    if (w->revision <= p->wanted.revision || (p->wanted.gone && !w->gone))
        return;
    if (keep(p, w, &reason)) {
        log_event(LOG_ERROR, "wanted_not_kept", "id=%s reason=\"%s\"", w->id, reason.text);
        return; /* klammd says it again with the next poll */
    }
    wanted_done(&p->wanted);
    p->wanted = *w;
    *w = (struct wanted_process){ 0 };
    p->probe.host = p->wanted.address;
    if (p->wanted.gone)
        feed_type(p, SUPERVISE_WANT_GONE, 0);
    else
        p->o->changed(p->o->ctx);
}

void process_shutdown(struct process *p)
{
    feed_type(p, SUPERVISE_SHUTDOWN, 0);
}

const char *process_id(const struct process *p)
{
    return p->wanted.id;
}

bool process_is_controller(const struct process *p)
{
    return !p->probe.broker;
}

void process_seen(const struct process *p, struct seen_process *ret)
{
    *ret = (struct seen_process){ mem_strdup(p->wanted.id), mem_strdup(supervise_seen(&p->core)),
                                  p->reason[0] ? mem_strdup(p->reason) : NULL, p->wanted.revision };
}

bool process_is_gone(const struct process *p)
{
    return p->core.state == SUPERVISE_GONE;
}

bool process_is_down(const struct process *p)
{
    return p->pidfd.fd < 0;
}

static void load_one(const char *dir, void (*found)(void *ctx, struct wanted_process *w), void *ctx)
{
    OWNED_MEM char *path = mem_printf("%s/wanted.json", dir);
    OWNED_BUF text = { 0 };
    struct wanted_process w;
    struct why reason;
    json_t *o;

    if (fs_read_all(fs_posix(), path, WANTED_BYTES_MAX, &text))
        return; /* made, but never wanted: klammd says it again */
    o = json_loadb((char *)text.p, text.n, 0, NULL);
    if (wanted_decode(o, &w, &reason))
        log_event(LOG_ERROR, "wanted_unreadable", "path=%s reason=\"%s\"", path, reason.text);
    else
        found(ctx, &w);
    json_decref(o);
}

err_t process_load_all(const char *data_dir, void (*found)(void *ctx, struct wanted_process *w), void *ctx,
                       struct why *reterr)
{
    OWNED_MEM char *root = mem_printf("%s/processes", data_dir);
    OWNED_MEM char *clusters = NULL;
    err_t e = fs_mkdirs(fs_posix(), root, 0700);

    if (!e)
        e = fs_list(root, &clusters);
    for (const char *c = clusters; !e && *c; c += strlen(c) + 1) {
        OWNED_MEM char *cluster = mem_printf("%s/%s", root, c);
        OWNED_MEM char *names = NULL;

        e = fs_list(cluster, &names);
        for (const char *n = names; !e && *n; n += strlen(n) + 1) {
            OWNED_MEM char *dir = mem_printf("%s/%s", cluster, n);

            load_one(dir, found, ctx);
        }
    }
    return e ? why(reterr, e, "%s: %s", root, err_text(e)) : ERR_OK;
}
