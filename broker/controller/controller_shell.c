#include "broker/controller/controller_shell.h"

#include "broker/controller/shell_internal.h"
#include "common/clock.h"
#include "common/limits.h"
#include "common/log.h"

static void defaults(struct controller_options *o)
{
    struct {
        int64_t *value, otherwise;
    } const numbers[] = {
        { &o->election_timeout_ms, 1000 },      { &o->fetch_timeout_ms, 2000 },
        { &o->session_timeout_ms, SESSION_MS }, { &o->idle_interval_ms, 500 },
        { &o->snapshot_bytes, 20971520 },       { &o->snapshot_interval_ms, 3600000 },
        { &o->retention_bytes, 104857600 },     { &o->retention_ms, 604800000 },
        { &o->segment_bytes, 1073741824 },
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

/* Static voters (kraft.version 0) come from the options, dynamic ones from the log. */
static void static_voters(struct controller *c)
{
    static const struct uuid unknown;

    for (unsigned n = 0; n < c->o.voters_n && n < VOTERS_MAX; n++)
        voters_add(&c->voters, c->o.voters[n].id, &unknown, c->listener_name, c->o.voters[n].host,
                   c->o.voters[n].port);
}

static err_t check_voters(struct controller *c, struct why *reterr)
{
    if (!c->voters.n)
        return why(reterr, ERR_INVALID,
                   "no voters: controller.quorum.voters is empty and %s was not formatted with "
                   "--standalone or --initial-controllers",
                   c->dir);
    if (!voters_find(&c->voters, c->o.node_id))
        return why(reterr, ERR_INVALID, "node.id %d is not among the %u voters", c->o.node_id,
                   c->voters.n);
    if (c->voters.n > 1)
        return why(reterr, ERR_UNSUPPORTED,
                   "the quorum has %u voters; one is what this release can lead", c->voters.n);
    return ERR_OK;
}

static err_t open_log(struct controller *c, struct why *reterr)
{
    err_t e = metadata_log_open(c->o.fs, c->dir, c->o.segment_bytes, &c->log, reterr);

    if (e)
        return e;
    static_voters(c);
    e = controller_load(c, reterr);
    if (!e)
        e = check_voters(c, reterr);
    if (!e)
        raft_init(&c->raft,
                  &(struct raft_options){ .self = { c->o.node_id, c->o.directory_id },
                                          .election_timeout_ms = c->o.election_timeout_ms,
                                          .fetch_timeout_ms = c->o.fetch_timeout_ms,
                                          .backoff_ms = 1000,
                                          .seed = rng_next(&c->core.rng) },
                  &(struct raft_key){ .id = c->o.node_id }, 1);
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
    };
    err_t e = listener_new(&l, &c->listener, reterr);

    if (!e)
        c->port = c->o.advertised_port ? c->o.advertised_port : listener_port(c->listener);
    return e;
}

static struct controller *make(const struct controller_options *o)
{
    struct controller *c = mem_new(struct controller);
    const char *host = o->advertised_host ? o->advertised_host : o->host[0] ? o->host : "127.0.0.1";
    uint64_t seed;

    c->o = *o;
    defaults(&c->o);
    c->cluster_id = mem_strdup(o->cluster_id);
    c->dir = mem_strdup(o->metadata_log_dir);
    c->listener_name = mem_strdup(o->listener_name);
    c->host = mem_strdup(host);
    c->image = image_new();
    c->incarnation = uuid_random();
    core_init(&c->core, c->image);
    rng_system(&seed, sizeof(seed));
    rng_seed(&c->core.rng, seed);
    c->core.cluster_id = c->cluster_id;
    c->core.node_id = o->node_id;
    c->core.session_timeout_ms = c->o.session_timeout_ms;
    c->core.config = o->config;
    c->core.config_ctx = o->config_ctx;
    c->core.voters = &c->voters;
    c->flush.run = controller_flush;
    list_init(&c->waiting);
    list_init(&c->fetches);
    return c;
}

static void release(struct controller *c)
{
    if (c->loop) {
        loop_timer_clear(c->loop, &c->idle);
        loop_timer_clear(c->loop, &c->session);
        loop_timer_clear(c->loop, &c->snapshot);
        loop_undefer(c->loop, &c->flush);
    }
    listener_free(c->listener);
    metadata_log_close(c->log);
    core_done(&c->core);
    image_free(c->image);
    voters_done(&c->voters);
    records_done(&c->decided);
    buf_done(&c->batch);
    loop_free(c->loop);
    mem_free(c->cluster_id);
    mem_free(c->dir);
    mem_free(c->listener_name);
    mem_free(c->host);
    mem_free(c);
}

static void *run(void *arg)
{
    struct controller *c = arg;
    err_t e = loop_run(c->loop);

    if (e)
        controller_give_up(c, e, "the event loop");
    /* After a failed disk nothing more may be said: connections close instead. */
    if (atomic_load(&c->failed))
        c->listener = listener_free(c->listener);
    return NULL;
}

err_t controller_start(const struct controller_options *o, struct controller **ret,
                       struct why *reterr)
{
    struct controller *c = make(o);
    err_t e = loop_new(&c->loop);

    if (e)
        why(reterr, e, "the controller's event loop: %s", err_text(e));
    if (!e)
        e = open_log(c, reterr);
    if (!e)
        e = open_listener(c, reterr);
    if (!e)
        e = controller_lead(c, reterr);
    if (e) {
        release(c);
        return e;
    }
    controller_timers(c);
    log_event(LOG_INFO, "controller_leads", "node=%d epoch=%d offset=%lld port=%u", o->node_id,
              c->raft.durable.epoch, (long long)c->next_offset, c->port);
    if (pthread_create(&c->thread, NULL, run, c) != 0) {
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
    loop_stop(c->loop);
    pthread_join(c->thread, NULL);
    release(c);
}

uint16_t controller_port(const struct controller *c)
{
    return c->port;
}

err_t controller_failure(const struct controller *c)
{
    return (err_t)atomic_load(&c->failed);
}
