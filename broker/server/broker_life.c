#include "broker/server/broker_life.h"

#include "api/kafka/msg/broker_heartbeat.h"
#include "api/kafka/msg/broker_registration.h"
#include "broker/server/broker.h"
#include "broker/server/controller_link.h"
#include "broker/server/directories.h"
#include "broker/server/fetcher.h"
#include "broker/server/handlers.h"
#include "broker/server/node_config.h"
#include "broker/server/opening.h"
#include "common/fs.h"
#include "common/log.h"

enum { CALL_MS_MAX = 4500 };

static void carry_out(struct broker *b, unsigned effects);

static void step(struct broker *b, struct life_event ev)
{
    ev.now_ms = loop_now_ms(b->loop);
    carry_out(b, lifecycle_step(&b->life, &ev));
}

static void on_timer(struct loop_timer *t)
{
    step(container_of(t, struct broker, life_timer), (struct life_event){ .kind = LIFE_TIMER });
}

static bool registration_elsewhere(const void *answer)
{
    const struct kf_broker_registration_response *m = answer;

    return m->error_code == KF_ERR_NOT_CONTROLLER;
}

static bool heartbeat_elsewhere(const void *answer)
{
    const struct kf_broker_heartbeat_response *m = answer;

    return m->error_code == KF_ERR_NOT_CONTROLLER;
}

/* Whether the image holds the registration of this very process. */
static bool is_registered(const struct broker *b)
{
    const struct broker_registration *reg = image_broker(b->image, b->config->node_id);

    return reg && uuid_eq(&reg->incarnation, &b->incarnation);
}

/* Another incarnation stands there: this one was registered before, and is not any more. */
static bool is_taken(const struct broker *b)
{
    return image_broker(b->image, b->config->node_id) && !is_registered(b);
}

/* For whoever watches over this process: when it dies they can fence it in its name at once. An epoch
 * that is out of date is refused by the controller, so a failed write costs a quick failover, no more. */
static void keep_epoch(const struct broker *b, int64_t epoch)
{
    OWNED_MEM char *path = mem_printf("%s/broker.epoch", log_dir_path(b->dirs[0].dir));
    OWNED_MEM char *text = mem_printf("%lld\n", (long long)epoch);
    err_t e = fs_replace(fs_posix(), path, slice_make(text, strlen(text)), 0600);

    if (e)
        log_event(LOG_WARN, "epoch_not_kept", "path=%s reason=\"%s\"", path, err_text(e));
}

static void registration_done(void *ctx, err_t e, const void *answer)
{
    const struct kf_broker_registration_response *m = answer;
    struct broker *b = ctx;
    bool again = b->life.epoch >= 0;

    arena_clear(&b->life_arena);
    if (!e && !m->error_code) {
        log_event(LOG_INFO, "broker_registered", "node=%d epoch=%lld", b->config->node_id,
                  (long long)m->broker_epoch);
        if (!b->dirs[0].offline)
            keep_epoch(b, m->broker_epoch);
        step(b, (struct life_event){ .kind = LIFE_REGISTERED, .epoch = m->broker_epoch,
                                     .registered = is_registered(b) });
        if (again)
            fetcher_registered(b);
        return;
    }
    /* Tried again soon and often: said once. */
    if (b->life.refusals++ == 0)
        log_event(LOG_WARN, "registration_refused", "node=%d error=%s", b->config->node_id,
                  e ? err_name(e) : kf_error_name(m->error_code));
    step(b, (struct life_event){ .kind = LIFE_FAILED });
}

static void put_listeners(struct broker *b, struct kf_broker_registration_request *q)
{
    const struct config *c = b->config;

    q->listeners = arena_array(&b->life_arena, c->listeners_n, sizeof(*q->listeners));
    for (unsigned i = 0; i < c->listeners_n; i++) {
        const struct config_listener *l = &c->listeners[i];

        if (l->controller || !l->advertised_host)
            continue;
        q->listeners[q->listeners_n].name = str_of(l->name);
        q->listeners[q->listeners_n].host = str_of(l->advertised_host);
        q->listeners[q->listeners_n].port = l->advertised_port ? l->advertised_port
                                                               : broker_port(b, l->name);
        q->listeners[q->listeners_n++].security_protocol = (int16_t)l->protocol;
    }
}

static void put_features(struct broker *b, struct kf_broker_registration_request *q)
{
    q->features = arena_array(&b->life_arena, broker_features_n, sizeof(*q->features));
    q->features_n = (int32_t)broker_features_n;
    for (unsigned i = 0; i < broker_features_n; i++) {
        q->features[i].name = str_of(broker_features[i].name);
        q->features[i].min_supported_version = broker_features[i].min;
        q->features[i].max_supported_version = broker_features[i].max;
    }
}

/* The epoch of the last run when all directories say it ended clean with it, else -1. */
static int64_t previous_epoch(const struct broker *b)
{
    int64_t epoch = log_dir_broker_epoch(b->dirs[0].dir);

    for (unsigned i = 0; i < b->dirs_n; i++)
        if (!log_dir_was_clean(b->dirs[i].dir) || log_dir_broker_epoch(b->dirs[i].dir) != epoch)
            return -1;
    return epoch;
}

static void send_registration(struct broker *b)
{
    struct kf_broker_registration_request *q = MESSAGE_NEW(&b->life_arena, kf_broker_registration_request);

    q->broker_id = b->config->node_id;
    q->cluster_id = str_of(b->cluster_id);
    q->incarnation_id = b->incarnation;
    q->rack = str_of(b->config->rack);
    q->previous_broker_epoch = previous_epoch(b);
    q->log_dirs = arena_array(&b->life_arena, b->dirs_n, sizeof(*q->log_dirs));
    for (unsigned i = 0; i < b->dirs_n; i++)
        if (!b->dirs[i].offline)
            q->log_dirs[q->log_dirs_n++] = b->dirs[i].meta.directory_id;
    put_listeners(b, q);
    put_features(b, q);
    (void)link_send(b->link, &(struct link_call){
        .api_key = KF_API_BROKER_REGISTRATION, .message = q, .timeout_ms = CALL_MS_MAX,
        .elsewhere = registration_elsewhere, .done = registration_done, .ctx = b,
    });
}

static void farewell_done(void *ctx, err_t e, const void *answer)
{
    struct broker *b = ctx;

    (void)e;
    (void)answer;
    arena_clear(&b->life_arena);
    send_registration(b);
}

static struct kf_broker_heartbeat_request *heartbeat(struct broker *b, int64_t epoch)
{
    struct kf_broker_heartbeat_request *q = MESSAGE_NEW(&b->life_arena, kf_broker_heartbeat_request);

    q->broker_id = b->config->node_id;
    q->broker_epoch = epoch;
    q->current_metadata_offset = b->metadata_offset;
    q->offline_log_dirs = directories_offline(b, &b->life_arena, &q->offline_log_dirs_n);
    q->cordoned_log_dirs = node_config_cordoned(b, &b->life_arena, &q->cordoned_log_dirs_n);
    return q;
}

/* A predecessor that was killed still counts as alive at the controller, which would keep
 * this process out until the session ends. This process holds the lock of the directories,
 * so the other one is dead for certain: it is fenced first, in its own name. */
static void register_after(struct broker *b)
{
    const struct broker_registration *reg = image_broker(b->image, b->config->node_id);
    struct kf_broker_heartbeat_request *q;

    if (!reg || reg->fenced || is_registered(b)) {
        send_registration(b);
        return;
    }
    q = heartbeat(b, reg->epoch);
    q->want_fence = true;
    q->want_shut_down = true;
    (void)link_send(b->link, &(struct link_call){
        .api_key = KF_API_BROKER_HEARTBEAT, .message = q, .timeout_ms = CALL_MS_MAX,
        .elsewhere = heartbeat_elsewhere, .done = farewell_done, .ctx = b,
    });
}

static void heartbeat_done(void *ctx, err_t e, const void *answer)
{
    const struct kf_broker_heartbeat_response *m = answer;
    struct broker *b = ctx;

    arena_clear(&b->life_arena);
    if (!e && !m->error_code) {
        step(b, (struct life_event){ .kind = LIFE_HEARTBEAT, .fenced = m->is_fenced,
                                     .may_stop = m->should_shut_down });
        return;
    }
    log_event(LOG_WARN, "heartbeat_refused", "node=%d error=%s", b->config->node_id,
              e ? err_name(e) : kf_error_name(m->error_code));
    step(b, (struct life_event){ .kind = LIFE_FAILED,
                                 .taken = !e && m->error_code == KF_ERR_STALE_BROKER_EPOCH &&
                                          is_taken(b) });
}

static void send_heartbeat(struct broker *b)
{
    struct kf_broker_heartbeat_request *q = heartbeat(b, b->life.epoch);

    q->want_fence = lifecycle_wants_fence(&b->life);
    q->want_shut_down = lifecycle_wants_stop(&b->life);
    (void)link_send(b->link, &(struct link_call){
        .api_key = KF_API_BROKER_HEARTBEAT, .message = q, .timeout_ms = CALL_MS_MAX,
        .elsewhere = heartbeat_elsewhere, .done = heartbeat_done, .ctx = b,
    });
}

/* The registration may have been taken away meanwhile: then this comes again after the next one. */
static void logs_open(struct broker *b)
{
    b->opening = opening_free(b->opening);
    broker_publish(b);
    if (b->life.state != LIFE_RECOVERING)
        return;
    log_event(LOG_INFO, "logs_open", "node=%d topics=%zu", b->config->node_id, b->replicas.by_name.n);
    step(b, (struct life_event){ .kind = LIFE_RECOVERED });
}

static void open_logs(struct broker *b)
{
    if (b->published)
        logs_open(b);
    else if (!b->opening)
        b->opening = opening_new(b, logs_open);
}

/* The answer that it is unfenced comes before the record: clients wait for both, since a first metadata
 * answer without any broker stops some of them for minutes (librdkafka's admin client). */
static void serve_when_listed(struct broker *b)
{
    const struct broker_registration *reg = image_broker(b->image, b->config->node_id);

    if (!b->serve_due || !is_registered(b) || reg->fenced)
        return;
    b->serve_due = false;
    log_event(LOG_INFO, "broker_running", "node=%d", b->config->node_id);
    for (unsigned i = 0; i < b->listeners_n; i++)
        listener_resume(b->listeners[i]);
}

static void carry_out(struct broker *b, unsigned effects)
{
    if (effects & LIFE_SEND_REGISTRATION)
        register_after(b);
    if (effects & LIFE_SEND_HEARTBEAT)
        send_heartbeat(b);
    if (effects & LIFE_OPEN_LOGS)
        open_logs(b);
    if (effects & LIFE_SERVE) {
        b->serve_due = true;
        serve_when_listed(b);
    }
    if (effects & LIFE_GIVE_UP) {
        log_event(LOG_ERROR, "broker_gave_up", "node=%d reason=\"not registered within "
                  "initial.broker.registration.timeout.ms\"", b->config->node_id);
        b->exit_code = 1;
    }
    if (effects & LIFE_QUIT)
        loop_stop(b->loop);
    else if (b->life.timer_ms != INT64_MAX)
        loop_timer_set(b->loop, &b->life_timer, b->life.timer_ms);
}

void life_begin(struct broker *b)
{
    b->life_timer.fire = on_timer;
    lifecycle_init(&b->life, loop_now_ms(b->loop), config_int(b->config, "broker.heartbeat.interval.ms"),
                   config_int(b->config, "broker.session.timeout.ms"),
                   config_int(b->config, "initial.broker.registration.timeout.ms"),
                   config_bool(b->config, "controlled.shutdown.enable"));
    loop_timer_set(b->loop, &b->life_timer, b->life.timer_ms);
}

bool life_was_in_session(const struct broker *b, int64_t ago_ms)
{
    int64_t at_ms = loop_now_ms(b->loop) - ago_ms;

    if (!lifecycle_in_session(&b->life, at_ms))
        return false;
    return !b->observer || observer_current_ms(b->observer) > at_ms - b->life.session_ms;
}

bool life_in_session(const struct broker *b)
{
    return life_was_in_session(b, 0);
}

static bool someone_stops(const struct broker *b)
{
    const struct broker_registration *reg;

    for (size_t at = 0; (reg = image_broker_next(b->image, &at));)
        if (reg->in_controlled_shutdown && !reg->fenced && reg->id != b->config->node_id)
            return true;
    return false;
}

void life_metadata(struct broker *b)
{
    serve_when_listed(b);
    step(b, (struct life_event){ .kind = LIFE_METADATA, .registered = is_registered(b),
                                 .awaited = someone_stops(b) });
}

void life_hurry(struct broker *b)
{
    if (b->life.timer_ms == INT64_MAX)
        return;
    b->life.timer_ms = loop_now_ms(b->loop);
    loop_timer_set(b->loop, &b->life_timer, b->life.timer_ms);
}

void life_stop(struct broker *b)
{
    log_event(LOG_INFO, "broker_stopping", "node=%d state=%s", b->config->node_id,
              life_state_name(b->life.state));
    step(b, (struct life_event){ .kind = LIFE_STOP });
}
