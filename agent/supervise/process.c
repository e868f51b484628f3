#include "agent/supervise/process.h"

#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent/supervise/engine.h"
#include "agent/supervise/exporters.h"
#include "agent/supervise/journal.h"
#include "agent/supervise/notice.h"
#include "agent/supervise/probe.h"
#include "agent/supervise/pulse.h"
#include "agent/supervise/spawn.h"
#include "agent/supervise/supervise.h"
#include "agent/supervise/sync.h"
#include "agent/supervise/usage.h"
#include "agent/supervise/wanted_file.h"
#include "common/fs.h"
#include "common/log.h"
#include "common/rng.h"

enum { REASON_BYTES = 400, SPAWN_FAILED_CODE = 125, JOURNAL_MS = 30000, PROPERTIES_BYTES_MAX = 1 << 20 };

struct process {
    const struct process_options *o;
    struct wanted_process wanted;
    char *dir;
    struct supervise core;
    struct loop_task start;
    struct loop_timer timer, journal;
    struct loop_watch pidfd; /* fd -1: nothing runs */
    pid_t pid;
    int64_t launched; /* what runs was launched for this restart */
    bool limited;     /* its volume has the limit that is wanted */
    bool monitored;   /* it has been told what is wanted of open monitoring */
    bool adopted;     /* it was there before this agent: it may serve already */
    struct sync sync; /* under way: it runs, and is to be restarted or catches up */
    struct probe probe;
    struct pulse pulse;
    struct usage usage;
    struct exporters exporters;
    struct notice notice;
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
    char line[REASON_BYTES / 2];

    if (journal_last_line(p->dir, line, sizeof(line)))
        (void)snprintf(p->reason, sizeof(p->reason), "ended with code %d: %s", code, line);
    else
        (void)snprintf(p->reason, sizeof(p->reason), "ended with code %d", code);
}

/* Leaders need not wait for the session to end. One that stopped as asked has handed over itself, and a
 * cluster that is deleted leads nothing. */
static void tell_of_death(struct process *p, int code)
{
    int64_t epoch = p->probe.broker && code && !p->wanted.gone ? notice_epoch(p->dir) : -1;

    if (epoch >= 0)
        notice_begin(&p->notice, p->wanted.voters, p->wanted.node_id, epoch);
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
    pulse_end(&p->pulse);
    usage_end(&p->usage);
    sync_end(&p->sync);
    if (p->core.state == SUPERVISE_STARTING || p->core.state == SUPERVISE_RUNNING || code)
        note_reason(p, code);
    if (p->core.state != SUPERVISE_FORMATTING) {
        log_event(LOG_INFO, "process_exited", "id=%s pid=%d code=%d", p->wanted.id, p->pid, code);
        tell_of_death(p, code);
    }
    feed_type(p, SUPERVISE_EXITED, code);
}

static bool watch(struct process *p, int fd)
{
    p->pidfd = (struct loop_watch){ fd, EPOLLIN, on_pidfd };
    return loop_watch(p->o->loop, &p->pidfd) == ERR_OK;
}

static struct volume_owner owner_of(const struct process *p)
{
    return (struct volume_owner){ p->wanted.id, p->wanted.cluster_id, p->wanted.node_id, p->wanted.revision };
}

/* A restart that changes nothing waits for no disk. */
static err_t replace_changed(const char *path, struct slice content)
{
    OWNED_BUF old = { 0 };

    if (!fs_read_all(fs_posix(), path, PROPERTIES_BYTES_MAX, &old) && slice_eq(buf_slice(&old), content))
        return ERR_OK;
    return fs_replace(fs_posix(), path, content, 0600);
}

/* Tried again with every look at the journal: a full disk has room again some day. */
static void limit_volume(struct process *p)
{
    struct volume_owner owner = owner_of(p);
    struct why reason = { "" };

    if (p->wanted.gone || !p->wanted.volume_bytes) {
        p->limited = true;
        return;
    }
    p->limited = volume_grow(p->o->volumes, &owner, p->wanted.volume_bytes, &reason) == ERR_OK;
    if (!p->limited)
        log_event(LOG_ERROR, "volume_not_limited", "id=%s reason=\"%s\"", p->wanted.id, reason.text);
}

/* The same. */
static void monitor(struct process *p)
{
    struct why reason = { "" };

    p->monitored = p->wanted.gone ||
                   exporters_want(&p->exporters, p->wanted.address, &p->wanted.monitoring, &reason);
    if (!p->monitored)
        log_event(LOG_ERROR, "monitoring_not_switched", "id=%s reason=\"%s\"", p->wanted.id, reason.text);
}

/* What is said to a running process by files. */
static void tell_by_files(struct process *p)
{
    limit_volume(p);
    monitor(p);
}

/* The volume is this process' own, its properties are those of the newest wish. */
static err_t prepare(struct process *p, struct why *reterr)
{
    OWNED_MEM char *path = mem_printf("%s/server.properties", p->dir);
    struct volume_owner owner = owner_of(p);
    OWNED_BUF text = { 0 };
    err_t e = volume_up(p->o->volumes, &owner, p->wanted.volume_bytes, reterr);

    if (e)
        return e;
    journal_rotate(p->dir, JOURNAL_BYTES_MAX);
    engine_properties(&p->wanted, p->dir, &text);
    e = replace_changed(path, buf_slice(&text));
    return e ? why(reterr, e, "%s: %s", path, err_text(e)) : ERR_OK;
}

static void note_limits(struct process *p, err_t e, const struct why *reason)
{
    if (e)
        log_event(LOG_ERROR, "limits_not_set", "id=%s reason=\"%s\"", p->wanted.id, reason->text);
}

/* A broker without limits serves better than none. */
static void make_group(struct process *p, char *ret_join[CGROUP_CONTROLLERS + 1])
{
    const struct cgroup_limits limits = { p->wanted.cpus, p->wanted.memory_bytes };
    struct why reason;

    note_limits(p, cgroup_make(p->o->cgroups, p->dir, p->wanted.id, &limits, ret_join, &reason), &reason);
}

static void adopt_group(struct process *p)
{
    const struct cgroup_limits limits = { p->wanted.cpus, p->wanted.memory_bytes };
    struct why reason;

    note_limits(p, cgroup_adopt(p->o->cgroups, p->dir, p->wanted.id, &limits, p->pid, &reason), &reason);
}

static err_t spawn_wanted(struct process *p, bool format, int *ret_fd, struct why *reterr)
{
    char *args[ENGINE_ARGS_MAX], *join[CGROUP_CONTROLLERS + 1];
    err_t e = prepare(p, reterr);

    if (e)
        return e;
    if (format)
        engine_format_args(p->o->broker_program, &p->wanted, p->dir, args);
    else
        engine_run_args(p->o->broker_program, p->dir, args);
    make_group(p, join);
    e = spawn_process(p->dir, args, join, p->wanted.restart, &p->pid, ret_fd, reterr);
    cgroup_join_done(join);
    engine_args_done(args);
    if (!e)
        p->launched = p->wanted.restart;
    p->adopted = false;
    return e;
}

/* One that the agent before started as it died: it was not to be found yet, but it holds the lock. */
static bool is_here_already(struct process *p, err_t e, int *ret_fd)
{
    p->adopted = e == ERR_BUSY && spawn_find(p->dir, &p->pid, ret_fd, &p->launched);
    if (p->adopted)
        adopt_group(p);
    return p->adopted;
}

/* Formats or launches; what cannot be started has ended, with a code of our own. */
static void spawn(struct process *p, bool format)
{
    struct why reason = { "" };
    int fd = -1;
    err_t e = spawn_wanted(p, format, &fd, &reason);
    bool adopted = is_here_already(p, e, &fd);

    if (e && !adopted) {
        (void)snprintf(p->reason, sizeof(p->reason), "%s", reason.text);
        log_event(LOG_ERROR, "spawn_failed", "id=%s reason=\"%s\"", p->wanted.id, reason.text);
        feed_type(p, SUPERVISE_EXITED, SPAWN_FAILED_CODE);
        return;
    }
    if (!format || adopted)
        log_event(LOG_INFO, adopted ? "process_adopted" : "process_launched", "id=%s pid=%d", p->wanted.id,
                  p->pid);
    if (watch(p, fd))
        return;
    log_event(LOG_ERROR, "watch_failed", "id=%s pid=%d", p->wanted.id, p->pid);
    (void)syscall(SYS_pidfd_send_signal, fd, SIGKILL, NULL, 0);
    close(fd);
    p->pidfd.fd = -1;
    feed_type(p, SUPERVISE_EXITED, SPAWN_FAILED_CODE);
}

static void signal_process(struct process *p, int number)
{
    if (p->pidfd.fd >= 0 && syscall(SYS_pidfd_send_signal, p->pidfd.fd, number, NULL, 0) < 0)
        log_event(LOG_WARN, "signal_failed", "id=%s signal=%d", p->wanted.id, number);
}

/* The core knows of nothing that runs. But a child of an agent before, caught between its fork and its
 * pid file, may have come to light since: it holds the lock, and is killed here. */
static err_t make_sure_it_is_dead(struct process *p, struct why *reterr)
{
    int64_t launched;
    int fd, lock;

    if (!fs_exists(p->dir))
        return ERR_OK;
    if (spawn_find(p->dir, &p->pid, &fd, &launched)) {
        (void)syscall(SYS_pidfd_send_signal, fd, SIGKILL, NULL, 0);
        close(fd);
    }
    lock = spawn_lock(p->dir);
    if (lock < 0)
        return why(reterr, ERR_BUSY, "%s: a process of it still runs", p->dir);
    close(lock); /* this loop alone starts processes here */
    return ERR_OK;
}

static void remove_volume(struct process *p)
{
    struct volume_owner owner = owner_of(p);
    struct why reason = { "" };
    err_t e = make_sure_it_is_dead(p, &reason);

    if (!e)
        e = cgroup_remove(p->dir, &reason);
    if (!e)
        e = volume_gone(p->o->volumes, &owner, &reason);
    if (e) {
        (void)snprintf(p->reason, sizeof(p->reason), "%s", reason.text);
        log_event(LOG_ERROR, "volume_remove_failed", "id=%s reason=\"%s\"", p->wanted.id, reason.text);
    } else {
        log_event(LOG_INFO, "volume_removed", "id=%s revision=%lld", p->wanted.id,
                  (long long)p->wanted.revision);
    }
    feed_type(p, SUPERVISE_REMOVED, e != ERR_OK);
}

/* The agent ends and its processes with it: no mount and no cgroup stays for who may never come back. */
static void release(struct process *p)
{
    struct volume_owner owner = owner_of(p);
    struct why reason;

    if (volume_down(p->o->volumes, &owner, &reason))
        log_event(LOG_ERROR, "volume_not_released", "id=%s reason=\"%s\"", p->wanted.id, reason.text);
    if (cgroup_remove(p->dir, &reason))
        log_event(LOG_ERROR, "cgroup_not_removed", "id=%s reason=\"%s\"", p->wanted.id, reason.text);
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
    if (effects && p->core.state == SUPERVISE_STOPPED)
        release(p);
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

static void on_journal(struct loop_timer *t)
{
    struct process *p = container_of(t, struct process, journal);

    journal_rotate(p->dir, JOURNAL_BYTES_MAX);
    loop_timer_in(p->o->loop, t, JOURNAL_MS);
    if (p->limited && p->monitored)
        return;
    tell_by_files(p);
    if (p->limited && p->monitored)
        p->o->changed(p->o->ctx);
}

/* What runs was launched for an older restart than is wanted. */
static bool is_to_restart(const struct process *p)
{
    return p->pidfd.fd >= 0 && p->launched < p->wanted.restart && !p->wanted.gone && !p->wanted.stopped &&
           (p->core.state == SUPERVISE_STARTING || p->core.state == SUPERVISE_RUNNING);
}

static void restart(struct process *p)
{
    log_event(LOG_INFO, "process_restarts", "id=%s pid=%d restart=%lld", p->wanted.id, p->pid,
              (long long)p->wanted.restart);
    sync_end(&p->sync);
    feed_type(p, SUPERVISE_RESTART, 0);
}

/* One that was launched here and is not ready serves nobody: it is not waited with. */
static void restart_when_due(struct process *p)
{
    bool ready = p->core.state == SUPERVISE_RUNNING;

    if (p->pidfd.fd < 0 && p->launched < p->wanted.restart)
        feed_type(p, SUPERVISE_RESTART, 0); /* one that fails is tried anew at once */
    if (!is_to_restart(p) || (p->adopted && !ready)) /* on_ready looks again */
        return;
    if (p->probe.broker && ready)
        sync_begin(&p->sync, SYNC_MAY_STOP);
    else
        restart(p);
}

static void on_sync_reached(struct sync *s)
{
    struct process *p = container_of(s, struct process, sync);

    if (is_to_restart(p))
        restart(p);
    else
        p->o->changed(p->o->ctx);
}

static void on_sync_waits(struct sync *s)
{
    struct process *p = container_of(s, struct process, sync);

    log_event(LOG_INFO, "process_waits", "id=%s reason=\"%s\"", p->wanted.id, s->reason);
    p->o->changed(p->o->ctx);
}

static void on_usage(struct usage *u)
{
    struct process *p = container_of(u, struct process, usage);

    p->o->changed(p->o->ctx);
}

static void on_ready(struct probe *probe)
{
    struct process *p = container_of(probe, struct process, probe);

    log_event(LOG_INFO, "process_ready", "id=%s pid=%d", p->wanted.id, p->pid);
    p->reason[0] = '\0';
    pulse_begin(&p->pulse, p->pid);
    if (p->probe.broker) {
        sync_begin(&p->sync, SYNC_CAUGHT_UP);
        usage_begin(&p->usage);
    }
    feed_type(p, SUPERVISE_READY, 0);
    restart_when_due(p);
}

/* Its end closes its connections, so clients look elsewhere; what it leads moves as at any death. */
static void on_still(struct pulse *pulse)
{
    struct process *p = container_of(pulse, struct process, pulse);

    log_event(LOG_WARN, "process_stands_still", "id=%s pid=%d silence_ms=%d", p->wanted.id, p->pid,
              PULSE_SILENCE_MS);
    signal_process(p, SIGKILL);
}

static void on_start(struct loop_task *t)
{
    struct process *p = container_of(t, struct process, start);
    int fd = -1;
    bool alive = spawn_find(p->dir, &p->pid, &fd, &p->launched) && watch(p, fd);

    p->adopted = alive;
    if (alive) {
        log_event(LOG_INFO, "process_adopted", "id=%s pid=%d", p->wanted.id, p->pid);
        adopt_group(p);
    }
    feed(p, (struct supervise_event){ .type = SUPERVISE_START, .alive = alive, .formatted = formatted(p) });
}

err_t process_new(const struct process_options *o, struct wanted_process *w, struct process **ret,
                  struct why *reterr)
{
    struct process *p = mem_new(struct process);
    err_t e = ERR_OK;

    p->o = o;
    p->pidfd.fd = -1;
    p->dir = volume_path(o->volumes->data_dir, w->id);
    p->timer.fire = on_timer;
    p->journal.fire = on_journal;
    p->start.run = on_start;
    /* A tombstone of what was never here, or is gone already, leaves no trace. */
    if (!w->gone || fs_exists(p->dir))
        e = wanted_file_keep(p->dir, w, reterr);
    if (e && !w->gone) { /* a tombstone is obeyed on a full disk too */
        mem_free(p->dir);
        mem_free(p);
        return e;
    }
    p->wanted = *w;
    *w = (struct wanted_process){ 0 };
    p->core.want_gone = p->wanted.gone;
    p->core.want_stopped = p->wanted.stopped;
    p->exporters = (struct exporters){ .loop = o->loop, .id = p->wanted.id, .dir = p->dir };
    tell_by_files(p);
    p->probe = (struct probe){ .loop = o->loop, .host = p->wanted.address, .port = p->wanted.port,
                               .node_id = p->wanted.node_id, .broker = !strcmp(p->wanted.kind, "broker"),
                               .ready = on_ready };
    p->pulse = (struct pulse){ .loop = o->loop, .host = p->wanted.address, .port = p->wanted.port,
                               .still = on_still };
    p->usage = (struct usage){ .loop = o->loop, .host = p->wanted.address, .port = p->wanted.port,
                               .changed = on_usage };
    p->sync = (struct sync){ .loop = o->loop, .host = p->wanted.address, .port = p->wanted.port,
                             .node_id = p->wanted.node_id, .reached = on_sync_reached,
                             .waits = on_sync_waits };
    p->notice.loop = o->loop;
    loop_defer(o->loop, &p->start);
    loop_timer_in(o->loop, &p->journal, JOURNAL_MS);
    *ret = p;
    return ERR_OK;
}

struct process *process_free(struct process *p)
{
    if (!p)
        return NULL;
    probe_end(&p->probe);
    pulse_end(&p->pulse);
    usage_end(&p->usage);
    exporters_end(&p->exporters);
    sync_end(&p->sync);
    notice_end(&p->notice);
    loop_timer_clear(p->o->loop, &p->timer);
    loop_timer_clear(p->o->loop, &p->journal);
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
    if (wanted_file_keep(p->dir, w, &reason)) {
        log_event(LOG_ERROR, "wanted_not_kept", "id=%s reason=\"%s\"", w->id, reason.text);
        if (!w->gone) /* klammd says it again with the next poll */
            return;
    }
    wanted_done(&p->wanted);
    p->wanted = *w;
    *w = (struct wanted_process){ 0 };
    p->probe.host = p->pulse.host = p->sync.host = p->usage.host = p->wanted.address;
    p->exporters.id = p->wanted.id;
    if (p->wanted.gone) {
        exporters_end(&p->exporters);
        notice_end(&p->notice);
        sync_end(&p->sync);
        feed_type(p, SUPERVISE_WANT_GONE, 0);
        return;
    }
    tell_by_files(p);
    if (p->wanted.stopped)
        sync_end(&p->sync);
    feed_type(p, p->wanted.stopped ? SUPERVISE_WANT_STOPPED : SUPERVISE_WANT_RUN, 0);
    restart_when_due(p);
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

const char *process_address(const struct process *p, uint16_t *ret_port)
{
    *ret_port = p->wanted.port;
    return p->wanted.address;
}

bool process_is_controller(const struct process *p)
{
    return !p->probe.broker;
}

void process_seen(const struct process *p, struct seen_process *ret)
{
    /* One that is to be restarted, or catches up, is not there yet. */
    bool there = p->core.state == SUPERVISE_RUNNING && !sync_under_way(&p->sync) && !is_to_restart(p) &&
                 p->limited && p->monitored;
    const char *state = p->core.state == SUPERVISE_RUNNING && !there ? "starting" : supervise_seen(&p->core);
    const char *reason = p->sync.reason[0] ? p->sync.reason : p->reason;

    *ret = (struct seen_process){ mem_strdup(p->wanted.id), mem_strdup(state),
                                  *reason ? mem_strdup(reason) : NULL, p->wanted.revision,
                                  p->usage.used_bytes, p->usage.total_bytes, p->usage.replicas };
}

bool process_is_gone(const struct process *p)
{
    return p->core.state == SUPERVISE_GONE;
}

bool process_is_wanted_anew(const struct process *p, const struct wanted_process *w)
{
    return process_is_gone(p) && !w->gone && w->revision > p->wanted.revision;
}

bool process_is_down(const struct process *p)
{
    return p->pidfd.fd < 0 && p->core.state != SUPERVISE_NEW;
}
