#include "broker/controller/controller_shell.h"

#include "broker/controller/monitor.h"
#include "broker/controller/shell_internal.h"
#include "broker/server/request_counters.h"
#include "common/clock.h"
#include "common/limits.h"
#include "common/log.h"

enum { HAND_OVER_LOOK_MS = 10, HAND_OVER_LOOKS_MAX = 50 };

static void defaults(struct controller_options *o)
{
    struct {
        int64_t *value, otherwise;
    } const numbers[] = {
        { &o->election_timeout_ms, 1000 },      { &o->fetch_timeout_ms, 2000 },
        { &o->session_timeout_ms, SESSION_MS }, { &o->idle_interval_ms, 500 },
        { &o->election_backoff_ms, 1000 },      { &o->snapshot_bytes, 20971520 },
        { &o->snapshot_interval_ms, 3600000 },  { &o->retention_bytes, 104857600 },
        { &o->retention_ms, 604800000 },        { &o->segment_bytes, 1073741824 },
    };

    for (size_t n = 0; n < ARRAY_LEN(numbers); n++) {
        if (!*numbers[n].value)
            *numbers[n].value = numbers[n].otherwise;
    }
    if (!o->connections_max)
        o->connections_max = INT32_MAX;
    if (!o->request_bytes_max)
        o->request_bytes_max = REQUEST_BYTES_MAX;
}

/* A controller that is no voter (yet) follows as an observer: it needs somebody to ask. */
static err_t check_voters(struct controller *c, struct why *reterr)
{
    if (!c->voters.n && !c->o.bootstrap_n)
        return why(
            reterr, ERR_INVALID,
            "no voters: controller.quorum.voters and controller.quorum.bootstrap.servers are "
            "empty, and %s was not formatted with --standalone or --initial-controllers",
            c->dir);
    if (c->o.voters_n && !voters_find(&c->voters, c->o.node_id))
        return why(reterr, ERR_INVALID, "node.id %d is not among the %u voters", c->o.node_id,
                   c->voters.n);
    return ERR_OK;
}

static err_t open_log(struct controller *c, struct why *reterr)
{
    err_t e = metadata_log_open(c->o.fs, c->dir, c->o.segment_bytes, &c->log, reterr);

    if (e)
        return e;
    e = controller_load(c, reterr);
    if (!e)
        e = check_voters(c, reterr);
    if (!e)
        peers_renew(c);
    return e;
}

static err_t open_listener(struct controller *c, struct why *reterr)
{
    struct listener_options l = {
        .loop = c->loop,
        .name = c->listener_name,
        .host = c->o.host,
        .port = c->o.port,
        .controller = true,
        .privileged = true,
        .request_bytes_max = c->o.request_bytes_max,
        .idle_ms_max = 600000,
        .connections_max = c->o.connections_max,
        .handle = controller_handle,
        .ctx = c,
        .counters = c->counters,
    };
    err_t e = listener_new(&l, &c->listener, reterr);

    if (e)
        return e;
    c->o.port = listener_port(c->listener); /* of every later life too */
    c->port = c->o.advertised_port ? c->o.advertised_port : c->o.port;
    return ERR_OK;
}

static struct controller_voter *copy_servers(const struct controller_voter *from, unsigned n)
{
    struct controller_voter *ret = mem_zero((n + 1) * sizeof(*ret));

    for (unsigned i = 0; i < n; i++)
        ret[i] = (struct controller_voter){ from[i].id, mem_strdup(from[i].host), from[i].port };
    return ret;
}

static void free_servers(struct controller_voter *v, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        mem_free((void *)(uintptr_t)v[i].host);
    mem_free(v);
}

/* On the controller's thread: the process ends. A leader hands over to the voter that has most. */
static void leave(struct loop_task *t)
{
    struct controller *c = container_of(t, struct controller, leave);

    c->leaves = true;
    if (!c->listener) {
        c->ended = true;
        return;
    }
    if (c->raft.state == RAFT_LEADER && c->raft.voters_n > 1)
        controller_raft(c, (struct raft_event){ .kind = RAFT_RESIGN });
    loop_timer_in(c->loop, &c->hand_over, 0);
}

/* The successor is there when somebody else leads; nobody waits for it longer than this. */
static void look_for_successor(struct loop_timer *t)
{
    struct controller *c = container_of(t, struct controller, hand_over);
    bool alone = c->raft.voters_n <= 1 || !raft_is_voter(&c->raft, &c->raft.o.self);

    if (alone || c->raft.state == RAFT_FOLLOWER || c->hand_over_looks++ >= HAND_OVER_LOOKS_MAX)
        c->ended = true;
    else
        loop_timer_in(c->loop, t, HAND_OVER_LOOK_MS);
}

/* A life begins empty; what it loads is the disk's. */
static void begin(struct controller *c)
{
    c->image = image_new();
    controller_new_core(c);
    c->voters_offset = c->told_epoch = -1;
    c->following.target = -1;
    c->following.fetching.end_offset = -1;
    c->flush.run = controller_flush;
    c->sync.run = controller_sync;
    c->hand_over.fire = look_for_successor;
    list_init(&c->waiting);
    list_init(&c->fetches);
}

/* The only voter leads, and has its first records committed, before anybody can ask. */
static err_t start_quorum(struct controller *c, struct why *reterr)
{
    err_t e = controller_raft_start(c, reterr);

    if (!e && c->active) {
        controller_flush(&c->flush);
        controller_sync(&c->sync);
        e = (err_t)atomic_load(&c->failed);
    }
    return e && !reterr->text[0] ? why(reterr, e, "%s: %s", c->dir, err_text(e)) : e;
}

err_t controller_open(struct controller *c, struct why *reterr)
{
    err_t e;

    begin(c);
    e = open_log(c, reterr);
    if (!e)
        e = open_listener(c, reterr);
    if (!e)
        e = start_quorum(c, reterr);
    if (!e)
        controller_timers(c);
    return e;
}

void controller_close(struct controller *c)
{
    loop_timer_clear(c->loop, &c->idle);
    loop_timer_clear(c->loop, &c->session);
    loop_timer_clear(c->loop, &c->snapshot);
    loop_timer_clear(c->loop, &c->raft_timer);
    loop_timer_clear(c->loop, &c->hand_over);
    loop_undefer(c->loop, &c->flush);
    loop_undefer(c->loop, &c->sync);
    peers_done(c);
    follow_done(c);
    listener_free(c->listener);
    metadata_log_close(c->log);
    core_done(&c->core);
    image_free(c->image);
    voters_done(&c->voters);
    records_done(&c->decided);
    buf_done(&c->batch);
    mem_free(c->leader_host);
    voters_done(&c->told);
    memset((char *)c + offsetof(struct controller, listener), 0,
           sizeof(*c) - offsetof(struct controller, listener));
}

static struct controller *make(const struct controller_options *o)
{
    struct controller *c = mem_new(struct controller);
    const char *host = o->advertised_host ? o->advertised_host : o->host[0] ? o->host : "127.0.0.1";

    c->o = *o;
    defaults(&c->o);
    c->o.host = mem_strdup(o->host);
    c->cluster_id = mem_strdup(o->cluster_id);
    c->dir = mem_strdup(o->metadata_log_dir);
    c->listener_name = mem_strdup(o->listener_name);
    c->host = mem_strdup(host);
    c->bootstrap = copy_servers(o->bootstrap, o->bootstrap_n);
    c->o.voters = copy_servers(o->voters, o->voters_n);
    c->incarnation = uuid_random();
    c->leave.run = leave;
    c->counters = mem_new(struct request_counters);
    return c;
}

static void watch(struct controller *c)
{
    struct monitoring_options o = { .loop = c->loop, .file = c->o.monitoring_file,
                                    .render = controller_monitor_page,
                                    .switched = controller_monitor_switched, .ctx = c };

    c->monitoring = monitoring_new(&o);
}

static void release(struct controller *c)
{
    monitoring_free(c->monitoring);
    if (c->loop)
        controller_close(c);
    loop_free(c->loop);
    mem_free(c->counters);
    mem_free(c->cluster_id);
    mem_free(c->dir);
    mem_free(c->listener_name);
    mem_free((void *)(uintptr_t)c->o.host);
    mem_free(c->host);
    free_servers(c->bootstrap, c->o.bootstrap_n);
    free_servers((struct controller_voter *)(uintptr_t)c->o.voters, c->o.voters_n);
    mem_free(c);
}

err_t controller_start(const struct controller_options *o, struct controller **ret,
                       struct why *reterr)
{
    struct controller *c = make(o);
    err_t e = loop_new(&c->loop);

    if (e)
        why(reterr, e, "the controller's event loop: %s", err_text(e));
    if (!e)
        e = controller_open(c, reterr);
    if (e == ERR_NO_SPACE) /* its thread begins with a rest */
        controller_give_up(c, e, reterr->text);
    else if (e) {
        release(c);
        return e;
    }
    watch(c);
    if (pthread_create(&c->thread, NULL, controller_run, c) != 0) {
        release(c);
        return why(reterr, ERR_NOMEM, "the controller's thread cannot be started");
    }
    *ret = c;
    return ERR_OK;
}

void controller_stop(struct controller *c)
{
    if (!c)
        return;
    loop_post(c->loop, &c->leave);
    pthread_join(c->thread, NULL);
    release(c);
}

uint16_t controller_port(const struct controller *c)
{
    return c->port;
}

err_t controller_failure(const struct controller *c)
{
    err_t e = (err_t)atomic_load(&c->failed);

    return e == ERR_NO_SPACE ? ERR_OK : e;
}
