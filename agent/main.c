/* klamm-agent - one per node: launches, adopts and supervises what klammd wants here.
 *
 *   klamm-agent --data-dir DIR --name NAME --zone ZONE --server https://HOST:PORT --ca-file FILE
 *               --broker-program PATH [--token-file FILE] [--stop-brokers-on-exit]
 *               [--cpus N] [--memory-gib N] [--storage-gib N]
 *               [--volume-driver auto|directory|loop|lvm] [--volume-group NAME] [--volume-reserve]
 *               [--metrics 127.0.0.1:PORT]
 *
 *   klamm-agent rebalance --bootstrap HOST:PORT,... (agent/rebalance/command.h)
 *
 * --cpus and the two after it say what of the node klammd may place on it; without them the agent
 * measures. The driver is that of volumes made from now on (docs/nodes.md); auto is loop where a try
 * succeeds, else directory. At --metrics, a loopback address, Prometheus is answered (docs/monitoring.md).
 * SIGTERM and SIGINT end the agent; its processes run on and are adopted by the next one, unless
 * --stop-brokers-on-exit asks to stop them first. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <curl/curl.h>

#include "agent/rebalance/command.h"
#include "agent/rebalance/job.h"
#include "agent/report/facts.h"
#include "agent/report/identity.h"
#include "agent/report/link.h"
#include "agent/report/self.h"
#include "agent/supervise/process.h"
#include "agent/supervise/wanted_file.h"
#include "agent/topics/topics.h"
#include "agent/volume/volume.h"
#include "common/clock.h"
#include "common/fs.h"
#include "common/log.h"

/* The brokers of other nodes may be stopping as well, and hand over to controllers of this one. */
enum { PROCESSES_MAX = AGENT_PROCESSES_MAX, GIB = 1 << 30, CONTROLLERS_STAY_MS = 200 };

struct agent {
    struct loop *loop;
    struct join_options join;
    char *data_dir, *identity_dir, installation[33];
    bool stop_brokers, stopping, controllers_stopping, removed;
    struct process_options process_options;
    struct volumes volumes;
    struct cgroups cgroups;
    bool driver_given; /* or auto */
    struct process *processes[PROCESSES_MAX];
    unsigned processes_n;
    struct jobs rebalances;
    struct topics topics;
    struct link *link;
    struct self self;
    struct loop_watch signals;
    struct loop_task report;
    struct loop_timer controllers_stay;
};

static int usage(FILE *to)
{
    fputs("usage: klamm-agent --data-dir DIR --name NAME --zone ZONE --server https://HOST:PORT "
          "--ca-file FILE\n"
          "                   --broker-program PATH [--token-file FILE] [--stop-brokers-on-exit]\n"
          "                   [--cpus N] [--memory-gib N] [--storage-gib N]\n"
          "                   [--volume-driver auto|directory|loop|lvm] [--volume-group NAME] "
          "[--volume-reserve]\n"
          "                   [--metrics 127.0.0.1:PORT]\n"
          "       klamm-agent rebalance --help\n",
          to);
    return to == stdout ? 0 : 2;
}

static struct process *find(struct agent *a, const char *id)
{
    for (unsigned i = 0; i < a->processes_n; i++)
        if (strcmp(process_id(a->processes[i]), id) == 0)
            return a->processes[i];
    return NULL;
}

static void add(void *ctx, struct wanted_process *w)
{
    struct agent *a = ctx;
    struct why reason;

    if (a->processes_n == PROCESSES_MAX || a->stopping)
        log_event(LOG_ERROR, "process_refused", "id=%s reason=\"at most %d processes\"", w->id,
                  PROCESSES_MAX);
    else if (process_new(&a->process_options, w, &a->processes[a->processes_n], &reason))
        log_event(LOG_ERROR, "process_refused", "id=%s reason=\"%s\"", w->id, reason.text);
    else
        a->processes_n++;
    wanted_done(w);
}

/* What is gone, and klammd has seen it gone and no longer lists it, is forgotten. */
static void forget_gone(struct agent *a, const json_t *processes)
{
    for (unsigned i = 0; i < a->processes_n;) {
        bool listed = false;

        for (size_t j = 0; j < json_array_size(processes); j++) {
            const char *id = json_string_value(json_object_get(json_array_get(processes, j), "id"));

            listed |= id && strcmp(id, process_id(a->processes[i])) == 0;
        }
        if (listed || !process_is_gone(a->processes[i])) {
            i++;
            continue;
        }
        process_free(a->processes[i]);
        a->processes[i] = a->processes[--a->processes_n];
    }
}

static void forget(struct agent *a, struct process *p)
{
    for (unsigned i = 0; i < a->processes_n; i++)
        if (a->processes[i] == p)
            a->processes[i] = a->processes[--a->processes_n];
    process_free(p);
}

static void on_wanted(void *ctx, const json_t *wanted)
{
    struct agent *a = ctx;
    const json_t *processes = json_object_get(wanted, "processes");
    struct wanted_process w;
    struct why reason;

    a->self.answered_ms = clock_wall_ms();
    for (size_t i = 0; i < json_array_size(processes) && !a->stopping; i++) {
        struct process *p;

        if (wanted_decode(json_array_get(processes, i), &w, &reason)) {
            log_event(LOG_ERROR, "wanted_refused", "reason=\"%s\"", reason.text);
            continue;
        }
        p = find(a, w.id);
        if (p && process_is_wanted_anew(p, &w)) {
            forget(a, p);
            p = NULL;
        }
        if (p)
            process_want(p, &w);
        else
            add(a, &w);
        wanted_done(&w);
    }
    if (!a->stopping)
        forget_gone(a, processes);
    jobs_want(&a->rebalances, a->stopping ? NULL : json_object_get(wanted, "rebalances"));
    topics_want(&a->topics, a->stopping ? NULL : json_object_get(wanted, "asks"));
    /* klammd may have missed what was said to another life of it. */
    loop_defer(a->loop, &a->report);
}

static bool all_down(const struct agent *a, bool controllers)
{
    for (unsigned i = 0; i < a->processes_n; i++)
        if (process_is_controller(a->processes[i]) == controllers && !process_is_down(a->processes[i]))
            return false;
    return true;
}

static void shut_down(struct agent *a, bool controllers)
{
    for (unsigned i = 0; i < a->processes_n; i++)
        if (process_is_controller(a->processes[i]) == controllers)
            process_shutdown(a->processes[i]);
}

static void check_stopped(struct agent *a);

static void stop_controllers(struct loop_timer *t)
{
    struct agent *a = container_of(t, struct agent, controllers_stay);

    a->controllers_stopping = true;
    shut_down(a, true);
    check_stopped(a);
}

/* Brokers first: they hand over to a controller that still listens. */
static void check_stopped(struct agent *a)
{
    if (!a->stopping || !all_down(a, false))
        return;
    if (all_down(a, true))
        loop_stop(a->loop);
    else if (!a->controllers_stopping && !a->controllers_stay.slot)
        loop_timer_in(a->loop, &a->controllers_stay, CONTROLLERS_STAY_MS);
}

static void on_changed(void *ctx)
{
    struct agent *a = ctx;

    loop_defer(a->loop, &a->report);
}

static const char *broker_address(void *ctx, const char *id, uint16_t *ret_port)
{
    const struct process *p = find(ctx, id);

    return p && !process_is_controller(p) ? process_address(p, ret_port) : NULL;
}

static json_t *facts(const struct agent *a)
{
    json_t *o = json_object();

    facts_encode(&a->join.facts, o);
    return o;
}

static void send_report(struct loop_task *t)
{
    struct agent *a = container_of(t, struct agent, report);
    json_t *all = json_array();

    for (unsigned i = 0; i < a->processes_n; i++) {
        struct seen_process s;

        process_seen(a->processes[i], &s);
        json_array_append_new(all, seen_encode(&s));
        seen_done(&s);
    }
    if (a->link && !a->stopping) /* a stop for now is no news: the next agent starts them again */
        link_report(a->link, json_pack("{s:o, s:o, s:o, s:o}", "processes", all, "node", facts(a),
                                       "rebalances", jobs_seen(&a->rebalances), "answers",
                                       topics_answers(&a->topics)));
    else
        json_decref(all);
    check_stopped(a);
}

static void on_signal(struct loop_watch *w, uint32_t events)
{
    struct agent *a = container_of(w, struct agent, signals);
    struct signalfd_siginfo info;

    (void)events;
    if (read(w->fd, &info, sizeof(info)) != sizeof(info))
        return;
    log_event(LOG_INFO, "agent_stopping", "signal=%u brokers=%s", info.ssi_signo,
              a->stop_brokers ? "stop" : "stay");
    if (!a->stop_brokers || a->stopping) {
        loop_stop(a->loop);
        return;
    }
    a->stopping = true;
    shut_down(a, false);
    check_stopped(a);
}

/* What ran here runs elsewhere, under the same ids. The volumes stay. */
static void on_removed(void *ctx, const char *message)
{
    struct agent *a = ctx;
    struct why reason;

    log_event(LOG_ERROR, "node_removed", "reason=\"%s\"", message);
    if (identity_removed(a->data_dir, message, &reason)) /* the next start will be told again */
        log_event(LOG_ERROR, "removal_not_kept", "reason=\"%s\"", reason.text);
    a->removed = true;
    if (!a->stopping)
        shut_down(a, false);
    a->stopping = true;
    check_stopped(a);
}

static err_t watch_signals(struct agent *a, struct why *reterr)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    a->signals = (struct loop_watch){ signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK), EPOLLIN, on_signal };
    return loop_watch(a->loop, &a->signals) ? why(reterr, ERR_IO, "signalfd: %s", strerror(errno)) : ERR_OK;
}

static unsigned count(void *ctx, bool controllers, const char *state)
{
    const struct agent *a = ctx;
    unsigned n = 0;

    for (unsigned i = 0; i < a->processes_n; i++) {
        struct seen_process s;

        process_seen(a->processes[i], &s);
        n += process_is_controller(a->processes[i]) == controllers && strcmp(s.state, state) == 0;
        seen_done(&s);
    }
    return n;
}

/* One agent per data directory: two would each believe the processes to be theirs. A record lock: a
 * child on its way from fork to exec does not hold it when the agent dies, as it would with flock. */
static err_t lock(const struct agent *a, struct why *reterr)
{
    struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    OWNED_MEM char *path = mem_printf("%s/.lock", a->data_dir);
    err_t e = fs_mkdirs(fs_posix(), a->data_dir, 0700);
    int fd = e ? -1 : open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    if (fd < 0)
        return why(reterr, ERR_IO, "%s: %s", path, strerror(errno));
    if (fcntl(fd, F_SETLK, &whole) < 0)
        return why(reterr, ERR_BUSY, "%s: another klamm-agent runs on this data directory", path);
    return ERR_OK; /* held until the process ends */
}

/* A driver that was asked for and cannot be had ends the agent; auto takes what there is, and says why. */
static err_t choose_driver(struct agent *a, struct why *reterr)
{
    struct volumes *v = &a->volumes;
    struct why reason = { "" };

    if (a->driver_given) {
        err_t e = volume_probe(v, v->driver, &reason);

        if (e)
            return why(reterr, e, "volume driver %s: %.300s", volume_driver_name(v->driver), reason.text);
    } else {
        v->driver = volume_probe(v, VOLUME_LOOP, &reason) ? VOLUME_DIRECTORY : VOLUME_LOOP;
    }
    (void)snprintf(a->join.facts.volumes, sizeof(a->join.facts.volumes), "%s", volume_driver_name(v->driver));
    log_event(LOG_INFO, "volume_driver", "driver=%s chosen=%s reason=\"%s\"", volume_driver_name(v->driver),
              a->driver_given ? "asked" : "auto", reason.text);
    return ERR_OK;
}

static void find_limits(struct agent *a)
{
    struct node_facts *facts = &a->join.facts;

    cgroups_find(&a->cgroups);
    if (a->cgroups.version)
        (void)snprintf(facts->limits, sizeof(facts->limits), "cgroup version %d", a->cgroups.version);
    else
        (void)snprintf(facts->limits, sizeof(facts->limits), "none: %.180s", a->cgroups.reason.text);
    log_event(a->cgroups.version ? LOG_INFO : LOG_WARN, "limits", "of=\"CPU and memory\" by=\"%s\"",
              facts->limits);
}

static err_t start(struct agent *a, struct why *reterr)
{
    struct link_options link = { .server = a->join.server, .identity_dir = a->identity_dir,
                                 .name = a->join.name, .installation = a->installation,
                                 .wanted = on_wanted, .removed = on_removed, .ctx = a };
    err_t e = lock(a, reterr);

    if (!e)
        e = identity_claim(a->data_dir, a->join.name, reterr);
    if (!e)
        e = identity_installation(a->data_dir, a->installation, reterr);
    if (!e)
        e = loop_new(&a->loop);
    a->process_options.loop = link.loop = a->loop;
    a->rebalances = (struct jobs){ .loop = a->loop, .changed = on_changed, .ctx = a };
    list_init(&a->rebalances.all);
    a->topics = (struct topics){ .loop = a->loop, .address = broker_address, .changed = on_changed,
                                 .ctx = a };
    list_init(&a->topics.all);
    a->self.data_dir = a->data_dir;
    a->self.count = count;
    a->self.ctx = a;
    if (!e)
        e = self_open(&a->self, a->loop, reterr);
    if (!e)
        e = volume_empty_trash(fs_posix(), a->data_dir, reterr);
    if (!e)
        e = choose_driver(a, reterr);
    if (!e)
        find_limits(a);
    if (!e) /* with or without klammd: what was wanted is wanted */
        e = wanted_file_load_all(a->data_dir, add, a, reterr);
    if (!e)
        e = link_join(&a->join, reterr);
    if (!e)
        e = watch_signals(a, reterr);
    if (!e)
        e = link_start(&link, &a->link, reterr);
    return e;
}

/* The directory's absolute path, made when it is not there. */
static char *make_dir(const char *given)
{
    char *path = realpath(given, NULL);

    if (!path && !fs_mkdirs(fs_posix(), given, 0700))
        path = realpath(given, NULL);
    return path;
}

/* A whole number from 1 to `max` times `unit`. */
static bool parse_number(const char *text, int64_t max, int64_t unit, int64_t *ret)
{
    char *end;
    long long n = strtoll(text, &end, 10);

    *ret = n * unit;
    return *text && !*end && n >= 1 && n <= max;
}

static bool parse_volume_option(struct agent *a, int c)
{
    switch (c) {
    case 'v':
        a->driver_given = strcmp(optarg, "auto") != 0;
        return !a->driver_given || volume_driver_find(optarg, &a->volumes.driver);
    case 'u':
        a->volumes.group = optarg;
        return *optarg && !strpbrk(optarg, "/ ");
    case 'r':
        a->volumes.reserve = true;
        return true;
    default:
        return false;
    }
}

static bool parse_option(struct agent *a, int c)
{
    struct node_facts *facts = &a->join.facts;

    switch (c) {
    case 'd':
        a->data_dir = make_dir(optarg);
        return true;
    case 'n':
        a->join.name = optarg;
        return true;
    case 'z':
        a->join.zone = optarg;
        return true;
    case 's':
        a->join.server = optarg;
        return true;
    case 'c':
        a->join.ca_file = optarg;
        return true;
    case 't':
        a->join.token_file = optarg;
        return true;
    case 'b':
        a->process_options.broker_program = realpath(optarg, NULL);
        return true;
    case 'x':
        a->stop_brokers = true;
        return true;
    case 'p':
        return parse_number(optarg, AGENT_CPUS_MAX, 1, &facts->cpus);
    case 'm':
        return parse_number(optarg, AGENT_BYTES_MAX / GIB, GIB, &facts->memory_bytes);
    case 'g':
        return parse_number(optarg, AGENT_BYTES_MAX / GIB, GIB, &facts->disk_bytes);
    case 'e':
        return self_parse(&a->self, optarg);
    default:
        return parse_volume_option(a, c);
    }
}

static bool parse(int argc, char **argv, struct agent *a)
{
    static const struct option options[] = {
        { "data-dir", required_argument, NULL, 'd' },
        { "name", required_argument, NULL, 'n' },
        { "zone", required_argument, NULL, 'z' },
        { "server", required_argument, NULL, 's' },
        { "ca-file", required_argument, NULL, 'c' },
        { "token-file", required_argument, NULL, 't' },
        { "broker-program", required_argument, NULL, 'b' },
        { "stop-brokers-on-exit", no_argument, NULL, 'x' },
        { "cpus", required_argument, NULL, 'p' },
        { "memory-gib", required_argument, NULL, 'm' },
        { "storage-gib", required_argument, NULL, 'g' },
        { "volume-driver", required_argument, NULL, 'v' },
        { "volume-group", required_argument, NULL, 'u' },
        { "metrics", required_argument, NULL, 'e' },
        { "volume-reserve", no_argument, NULL, 'r' },
        { 0 },
    };
    int c;

    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
        if (!parse_option(a, c))
            return false;
    return optind == argc && a->data_dir && a->join.name && a->join.zone && a->join.server &&
           a->join.ca_file && a->process_options.broker_program;
}

int main(int argc, char **argv)
{
    static struct agent a;
    struct why reason = { "" };
    err_t e;

    if (argc > 1 && strcmp(argv[1], "rebalance") == 0)
        return rebalance_command(argc - 1, argv + 1);
    if (argc == 2 && strcmp(argv[1], "--help") == 0)
        return usage(stdout);
    if (!parse(argc, argv, &a))
        return usage(stderr);
    (void)log_format_from_environment();
    signal(SIGPIPE, SIG_IGN);
    umask(077);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    a.identity_dir = mem_printf("%s/identity", a.data_dir);
    a.join.identity_dir = a.identity_dir;
    a.join.facts = facts_of_node(a.data_dir, &a.join.facts);
    a.volumes.fs = fs_posix();
    a.volumes.host = host_linux();
    a.volumes.data_dir = a.data_dir;
    a.process_options.volumes = &a.volumes;
    a.process_options.cgroups = &a.cgroups;
    a.process_options.changed = on_changed;
    a.process_options.ctx = &a;
    a.report.run = send_report;
    a.controllers_stay.fire = stop_controllers;
    e = start(&a, &reason);
    if (e) {
        fprintf(stderr, "klamm-agent: %s\n", reason.text[0] ? reason.text : err_text(e));
        return 1;
    }
    log_event(LOG_INFO, "agent_ready", "name=%s zone=%s server=%s", a.join.name, a.join.zone, a.join.server);
    e = loop_run(a.loop);
    link_stop(a.link);
    self_close(&a.self);
    log_event(LOG_INFO, "agent_stopped", "processes=%u", a.processes_n);
    return e || a.removed ? 1 : 0;
}
