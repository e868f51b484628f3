#include "broker/server/broker_run.h"

#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "broker/controller/controller_shell.h"
#include "broker/log/flusher.h"
#include "broker/server/broker.h"
#include "broker/server/broker_life.h"
#include "broker/server/cleaning.h"
#include "broker/server/client_quotas.h"
#include "broker/server/controller_link.h"
#include "broker/server/directories.h"
#include "broker/server/fetcher.h"
#include "broker/server/groups.h"
#include "broker/server/housekeeping.h"
#include "broker/server/leading.h"
#include "broker/server/monitor_page.h"
#include "broker/server/moving.h"
#include "broker/server/opening.h"
#include "broker/server/producer_ids.h"
#include "broker/server/request_counters.h"
#include "broker/server/throttling.h"
#include "broker/server/share_coordinator.h"
#include "broker/server/share_sessions.h"
#include "broker/server/txn_coordinator.h"
#include "common/clock.h"
#include "common/limits.h"
#include "common/log.h"
#include "common/rng.h"

enum {
    SPACE_FLOOR_BYTES = 64 * 1024 * 1024, /* below this produce is refused */
    FAILURE_LOOK_MS = 2000,
};

/* The process: a broker, a controller, or both. */
struct node {
    struct broker b;
    struct controller *controller;
    struct loop_watch signals;
    struct loop_timer failure;
};

static void stop(struct node *n)
{
    if (n->b.config->broker)
        life_stop(&n->b);
    else
        loop_stop(n->b.loop);
}

static void on_signal(struct loop_watch *w, uint32_t events)
{
    struct node *n = container_of(w, struct node, signals);
    struct signalfd_siginfo info;

    (void)events;
    if (read(w->fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
        stop(n);
}

/* Blocked before any thread starts, so that all inherit it. */
static err_t catch_signals(struct node *n, struct why *reterr)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    sigdelset(&set, SIGPIPE);
    n->signals = (struct loop_watch){ .fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC),
                                      .events = EPOLLIN, .ready = on_signal };
    if (n->signals.fd < 0)
        return why(reterr, ERR_IO, "signalfd failed");
    return loop_watch(n->b.loop, &n->signals);
}

/* Reads who each directory belongs to, locks it, and takes its checkpoints in. */
static err_t open_dirs(struct broker *b, struct why *reterr)
{
    const struct config *c = b->config;

    b->dirs = mem_zero(c->log_dirs_n * sizeof(*b->dirs));
    for (unsigned i = 0; i < c->log_dirs_n; i++) {
        struct log_dir_options o = {
            .fs = fs_posix(), .path = c->log_dirs[i], .space_floor_bytes = SPACE_FLOOR_BYTES,
            .limit_file = config_text(c, "klamm.volume.limit.file"),
            .file_delete_delay_ms = config_int(c, "log.segment.delete.delay.ms"),
        };
        struct broker_dir *d = &b->dirs[i];
        err_t e = meta_read(o.fs, o.path, &d->meta, reterr);

        if (e == ERR_NOT_FOUND)
            return why(reterr, e, "log directory %s is not formatted: run klamm-broker format",
                       o.path);
        if (!e)
            e = meta_check(&d->meta, o.path, i ? b->dirs[0].meta.cluster_id : NULL, c->node_id,
                           reterr);
        if (!e && uuid_is_zero(&d->meta.directory_id)) {
            d->meta.directory_id = uuid_random();
            e = meta_write(o.fs, o.path, &d->meta);
        }
        if (!e)
            e = log_dir_new(&o, &d->dir, reterr);
        if (e)
            return e;
        b->dirs_n++;
    }
    b->cluster_id = b->dirs[0].meta.cluster_id;
    return ERR_OK;
}

static const struct uuid *metadata_directory_id(const struct broker *b)
{
    for (unsigned i = 0; i < b->dirs_n; i++)
        if (strcmp(b->config->log_dirs[i], b->config->metadata_log_dir) == 0)
            return &b->dirs[i].meta.directory_id;
    return &b->dirs[0].meta.directory_id;
}

static const char *config_for_controller(void *ctx, const char *name)
{
    return config_get(ctx, name);
}

static err_t start_controller(struct node *n, struct why *reterr)
{
    const struct config *c = n->b.config;
    const struct config_listener *l = config_listener(c, c->controller_listener);
    struct controller_voter *voters = mem_zero((c->voters_n + 1) * sizeof(*voters));
    struct controller_voter *bootstrap = mem_zero((c->bootstrap_n + 1) * sizeof(*bootstrap));
    struct controller_options o = {
        .fs = fs_posix(), .node_id = c->node_id, .cluster_id = n->b.cluster_id,
        .metadata_log_dir = c->metadata_log_dir, .directory_id = *metadata_directory_id(&n->b),
        .listener_name = l->name, .host = l->host, .port = l->port,
        .advertised_host = l->advertised_host, .advertised_port = l->advertised_port,
        .voters = voters, .voters_n = c->voters_n,
        .bootstrap = bootstrap, .bootstrap_n = c->bootstrap_n,
        .auto_join = config_bool(c, "controller.quorum.auto.join.enable"),
        .election_backoff_ms = config_int(c, "controller.quorum.election.backoff.max.ms"),
        .election_timeout_ms = config_int(c, "controller.quorum.election.timeout.ms"),
        .fetch_timeout_ms = config_int(c, "controller.quorum.fetch.timeout.ms"),
        .session_timeout_ms = config_int(c, "broker.session.timeout.ms"),
        .idle_interval_ms = config_int(c, "metadata.max.idle.interval.ms"),
        .snapshot_bytes = config_int(c, "metadata.log.max.record.bytes.between.snapshots"),
        .snapshot_interval_ms = config_int(c, "metadata.log.max.snapshot.interval.ms"),
        .retention_bytes = config_int(c, "metadata.max.retention.bytes"),
        .retention_ms = config_int(c, "metadata.max.retention.ms"),
        .segment_bytes = config_int(c, "metadata.log.segment.bytes"),
        .connections_max = (uint32_t)config_int(c, "max.connections"),
        .request_bytes_max = (size_t)config_int(c, "socket.request.max.bytes"),
        .monitoring_file = c->broker ? NULL : config_text(c, "klamm.monitoring.file"),
        .config = config_for_controller, .config_ctx = (void *)(uintptr_t)c, .node = c,
    };
    err_t e;

    for (unsigned i = 0; i < c->voters_n; i++)
        voters[i] =
            (struct controller_voter){ c->voters[i].id, c->voters[i].host, c->voters[i].port };
    for (unsigned i = 0; i < c->bootstrap_n; i++)
        bootstrap[i] = (struct controller_voter){ -1, c->bootstrap[i].host, c->bootstrap[i].port };
    if (!o.idle_interval_ms)
        o.idle_interval_ms = -1;
    if (!o.snapshot_interval_ms)
        o.snapshot_interval_ms = -1;
    e = controller_start(&o, &n->controller, reterr);
    mem_free(voters);
    mem_free(bootstrap);
    return e;
}

static void failure_look(struct loop_timer *t)
{
    struct node *n = container_of(t, struct node, failure);
    err_t e = controller_failure(n->controller);

    if (e) {
        log_event(LOG_ERROR, "controller_failed", "error=%s", err_name(e));
        n->b.exit_code = 1;
        loop_stop(n->b.loop);
        return;
    }
    loop_timer_in(n->b.loop, t, FAILURE_LOOK_MS);
}

static void renew_image(void *ctx, int64_t end_offset, int32_t epoch)
{
    struct broker *b = ctx;
    const struct topic_state *t;

    (void)end_offset;
    (void)epoch;
    /* What the snapshot does not name any more must be looked at as well. */
    for (size_t at = 0; (t = image_topic_next(b->image, &at));)
        (void)map_set(&b->changed_topics, t->name, strlen(t->name), b);
    b->kept_changed = true;
    image_free(b->image);
    b->image = image_new();
}

static err_t take_record(void *ctx, int64_t offset, struct slice record, struct why *reterr)
{
    struct broker *b = ctx;

    return image_apply(b->image, offset, record, broker_note_change, b, reterr);
}

static void metadata_advanced(void *ctx, int64_t high_watermark)
{
    struct broker *b = ctx;

    if (b->published)
        broker_publish(b);
    b->metadata_offset = high_watermark - 1;
    life_metadata(b);
}

static void leader_changed(void *ctx, int32_t leader_id, int32_t epoch, const char *host,
                           uint16_t port)
{
    struct broker *b = ctx;

    log_event(LOG_INFO, "controller_is", "leader=%d epoch=%d host=%s port=%u", leader_id, epoch,
              host ? host : "", port);
    link_leader(b->link, host, port);
}

static err_t write_snapshot(void *ctx, err_t (*emit)(void *emit_ctx, struct slice record),
                            void *emit_ctx)
{
    struct broker *b = ctx;

    return image_snapshot(b->image, emit, emit_ctx);
}

static void metadata_failed(void *ctx, err_t e, const char *reason)
{
    struct broker *b = ctx;

    log_event(LOG_ERROR, "metadata_fault", "error=%s reason=\"%s\"", err_name(e), reason);
    b->exit_code = 1;
    loop_stop(b->loop);
}

static void metadata_damaged(void *ctx, const char *reason, const char *path)
{
    (void)ctx;
    log_event(LOG_ERROR, "metadata_log_damaged",
              "reason=\"%s\" aside=%s next=\"this node has no vote: it fetches the log anew\"", reason, path);
}

/* A combined node dials the controller's listener as any other would. */
static err_t start_observer(struct node *n, struct why *reterr)
{
    struct broker *b = &n->b;
    const struct config *c = b->config;
    bool from_voters = !c->bootstrap_n;
    unsigned servers_n = from_voters ? c->voters_n : c->bootstrap_n;
    struct observer_server *servers = mem_zero(servers_n * sizeof(*servers));
    struct observer_options o = {
        .loop = b->loop, .fs = fs_posix(), .cluster_id = b->cluster_id, .node_id = c->node_id,
        .metadata_log_dir = n->controller ? NULL : c->metadata_log_dir,
        .directory_id = *metadata_directory_id(b), .servers = servers, .servers_n = servers_n,
        .fetch_timeout_ms = config_int(c, "controller.quorum.fetch.timeout.ms"),
        .snapshot_bytes = config_int(c, "metadata.log.max.record.bytes.between.snapshots"),
        .snapshot_interval_ms = config_int(c, "metadata.log.max.snapshot.interval.ms"),
        .callbacks = { .snapshot_begin = renew_image, .record = take_record,
                       .advanced = metadata_advanced, .leader = leader_changed,
                       .snapshot = write_snapshot, .failed = metadata_failed,
                       .damaged = metadata_damaged },
        .ctx = b,
    };
    err_t e;

    for (unsigned i = 0; i < servers_n; i++) {
        const struct config_voter *v = from_voters ? &c->voters[i] : &c->bootstrap[i];

        servers[i] = (struct observer_server){ v->host, v->port };
        /* Tests let the kernel pick the controller's port. */
        if (n->controller && v->id == c->node_id && !v->port)
            servers[i].port = controller_port(n->controller);
    }
    e = observer_new(&o, &b->observer, reterr);
    mem_free(servers);
    return e;
}

uint16_t broker_port(const struct broker *b, const char *listener)
{
    for (unsigned i = 0; i < b->listeners_n; i++)
        if (strcmp(b->listener_names[i], listener) == 0)
            return listener_port(b->listeners[i]);
    return 0;
}

/* Bound now, so that a taken port is known; accepting only once the broker may serve. */
static err_t start_listeners(struct broker *b, struct why *reterr)
{
    const struct config *c = b->config;

    b->listeners = mem_zero(c->listeners_n * sizeof(*b->listeners));
    b->listener_names = mem_zero(c->listeners_n * sizeof(*b->listener_names));
    for (unsigned i = 0; i < c->listeners_n; i++) {
        const struct config_listener *l = &c->listeners[i];
        struct listener_options o = {
            .loop = b->loop, .name = l->name, .host = l->host, .port = l->port,
            .privileged = strcmp(l->name, c->inter_broker_listener) == 0,
            .request_bytes_max = (size_t)config_int(c, "socket.request.max.bytes"),
            .idle_ms_max = config_int(c, "connections.max.idle.ms"),
            .connections_max = (uint32_t)config_int(c, "max.connections"),
            .handle = broker_handle, .ctx = b, .counters = b->counters, .paused = true,
        };
        err_t e;

        if (l->controller || !l->bound)
            continue;
        e = listener_new(&o, &b->listeners[b->listeners_n], reterr);
        if (e)
            return e;
        b->listener_names[b->listeners_n] = l->name;
        log_event(LOG_INFO, "listening", "listener=%s host=%s port=%u", l->name, l->host,
                  listener_port(b->listeners[b->listeners_n]));
        b->listeners_n++;
    }
    return ERR_OK;
}

static void flush_failed(struct broker *b, struct log *l, err_t e)
{
    log_event(LOG_ERROR, "flush_failed", "log=%s error=%s", log_path(l), err_name(e));
    directories_suspect(b, log_owner(l), e);
}

/* A recovery point rose: it wants to be on disk too, or a crash would scan what is durable. */
static void flush_ended(void *ctx, struct log *l, err_t e)
{
    struct broker *b = ctx;

    if (e)
        flush_failed(b, l, e);
    else
        house_checkpoint(b->house);
}

/* As often as appends come: the checkpoint is written with the high watermark's. What waited
 * for the device goes on: acks=all here, the follower's next fetch. */
static void commit_ended(void *ctx, struct log *l, err_t e)
{
    struct partition *p = log_owner(l);
    struct broker *b = ctx;

    if (e) {
        flush_failed(b, l, e);
        return;
    }
    house_appended(b->house, 0);
    if (p->leader)
        leading_flushed(b, p);
    fetcher_flushed(p);
}

static bool selects_by_rack(const struct config *c)
{
    const char *selector = config_text(c, "replica.selector.class");

    return selector && strstr(selector, "RackAwareReplicaSelector");
}

static void start_monitoring(struct broker *b)
{
    struct monitoring_options o = { .loop = b->loop, .file = config_text(b->config, "klamm.monitoring.file"),
                                    .render = monitor_page, .switched = monitor_switched, .ctx = b };

    b->monitoring = monitoring_new(&o);
}

static err_t start_broker(struct node *n, struct why *reterr)
{
    struct broker *b = &n->b;
    char client_id[32];
    uint64_t seed;
    err_t e;

    rng_system(&seed, sizeof(seed));
    snprintf(client_id, sizeof(client_id), "broker-%d", b->config->node_id);
    b->incarnation = uuid_random();
    b->counters = mem_new(struct request_counters);
    b->image = image_new();
    b->link = link_new(b->loop, client_id);
    b->leading = leading_new(b);
    b->directories = directories_new(b);
    throttling_init(b);
    b->fetchers = fetchers_new(b);
    b->coordinator = coordinator_new(b);
    b->transactions = transactions_new(b);
    b->share_coordinator = share_coordinator_new(b);
    b->share_sessions = share_sessions_new(b);
    b->metadata_offset = -1;
    b->fetch_bytes_max = (int32_t)config_int(b->config, "fetch.max.bytes");
    b->rack_aware = selects_by_rack(b->config);
    b->verifies_txns = config_bool(b->config, "transaction.partition.verification.enable");
    fetch_sessions_init(
        &b->sessions, (unsigned)config_int(b->config, "max.incremental.fetch.session.cache.slots"),
        seed);
    producer_ids_init(b);
    broker_quotas_init(b);
    b->house = house_new(b);
    if (!b->house)
        return why(reterr, ERR_NOMEM, "no thread can be started");
    b->cleaning = cleaning_new(b);
    if (!b->cleaning)
        return why(reterr, ERR_NOMEM, "no thread can be started for compaction");
    b->moving = moving_new(b);
    e = flusher_new(b->loop, flush_ended, b, &b->flusher);
    if (!e)
        e = flusher_new_eager(b->loop, commit_ended, b, &b->committer);
    if (e)
        return why(reterr, e, "no thread can be started for flushing");
    e = start_listeners(b, reterr);
    if (!e)
        e = start_observer(n, reterr);
    if (e)
        return e;
    start_monitoring(b);
    life_begin(b);
    return ERR_OK;
}

/* Requests first, then what they stand on; logs last, so that the directories are called
 * clean only when nothing can touch them any more. */
static void stop_broker(struct broker *b)
{
    bool clean = b->published;

    b->monitoring = monitoring_free(b->monitoring);
    loop_timer_clear(b->loop, &b->traffic_tick);
    for (unsigned i = 0; i < b->listeners_n; i++)
        listener_free(b->listeners[i]);
    mem_free(b->listeners);
    mem_free(b->listener_names);
    b->share_sessions = share_sessions_free(b->share_sessions);
    b->observer = observer_free(b->observer);
    loop_timer_clear(b->loop, &b->life_timer);
    b->moving = moving_free(b->moving, &clean);
    b->flusher = flusher_free(b->flusher);
    b->committer = flusher_free(b->committer);
    b->cleaning = cleaning_free(b->cleaning);
    b->house = house_free(b->house);
    if (b->sessions.lru.next)
        fetch_sessions_done(&b->sessions);
    b->opening = opening_free(b->opening);
    for (unsigned i = 0; i < b->dirs_n; i++)
        log_dir_close_ahead(b->dirs[i].dir);
    clean &= broker_close_logs(b);
    b->fetchers = fetchers_free(b->fetchers);
    b->coordinator = coordinator_free(b->coordinator);
    b->transactions = transactions_free(b->transactions);
    b->share_coordinator = share_coordinator_free(b->share_coordinator);
    b->leading = leading_free(b->leading);
    b->directories = directories_free(b->directories);
    b->link = link_free(b->link);
    replicas_done(&b->replicas);
    map_done(&b->changed_topics);
    map_done(&b->wished_topics);
    map_done(&b->warned_configs);
    client_quotas_done(&b->quotas);
    mem_free(b->counters);
    image_free(b->image);
    arena_done(&b->life_arena);
    for (unsigned i = 0; i < b->dirs_n; i++) {
        err_t e = log_dir_free(b->dirs[i].dir, clean, b->life.epoch);

        if (e)
            log_event(LOG_ERROR, "directory_not_closed", "dir=%s error=%s", b->config->log_dirs[i],
                      err_name(e));
    }
    mem_free(b->dirs);
}

static err_t start(struct node *n, struct why *reterr)
{
    err_t e = catch_signals(n, reterr);

    if (!e)
        e = open_dirs(&n->b, reterr);
    if (!e && n->b.config->controller)
        e = start_controller(n, reterr);
    if (!e && n->controller) {
        n->failure.fire = failure_look;
        loop_timer_in(n->b.loop, &n->failure, FAILURE_LOOK_MS);
    }
    if (!e && n->b.config->broker)
        e = start_broker(n, reterr);
    return e;
}

int broker_run(const struct config *c)
{
    OWNED(loop) loop = NULL;
    struct why reason = { "" };
    struct node n = { .b = { .config = c } };
    err_t e = loop_new(&loop);

    if (e)
        return 1;
    n.b.loop = loop;
    n.b.life.epoch = -1;
    n.signals.fd = -1;
    e = start(&n, &reason);
    if (e) {
        log_event(LOG_ERROR, "start_refused", "error=%s reason=\"%s\"", err_name(e), reason.text);
        n.b.exit_code = 1;
    } else {
        e = loop_run(loop);
    }
    stop_broker(&n.b);
    loop_timer_clear(loop, &n.failure);
    controller_stop(n.controller);
    if (n.signals.fd >= 0) {
        loop_unwatch(loop, &n.signals);
        close(n.signals.fd);
    }
    log_event(LOG_INFO, "stopped", "node=%d code=%d", c->node_id, n.b.exit_code);
    return n.b.exit_code;
}
