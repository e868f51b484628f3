#include "agent/report/link.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

#include "agent/report/http.h"
#include "api/agent/messages.h"
#include "common/log.h"
#include "common/rng.h"

enum { WAIT_MS_MIN = 50, WAIT_MS_MAX = 3000, REPORT_TIMEOUT_S = 10 };

enum { INSTANCE_BYTES = 8 };
_Static_assert(2 * INSTANCE_BYTES <= AGENT_INSTANCE_MAX, "an instance must fit its message");

struct link {
    struct link_options o;
    char *ca, *key, *certificate;
    pthread_t poller, reporter;
    struct http_client *poll, *post; /* of the two threads */
    atomic_bool stop;
    pthread_mutex_t lock;  /* guards report, given */
    pthread_cond_t changed;
    json_t *report;        /* the newest, not yet taken by the reporter */
    struct loop_task take; /* hands `given` to the loop; posted when `given` was NULL */
    json_t *given;         /* the newest answer to a poll */
    bool removed;          /* `given` says that the node was removed: the last of all */
    char instance[2 * INSTANCE_BYTES + 1]; /* tells this run of the agent from any other */
};

/* Sleeps, or until the link stops. */
static void wait_a_while(struct link *l, int64_t *ms)
{
    struct timespec until;
    uint8_t jitter;
    int64_t ns;

    rng_system(&jitter, 1);
    *ms = *ms ? *ms * 2 : WAIT_MS_MIN;
    if (*ms > WAIT_MS_MAX)
        *ms = WAIT_MS_MAX;
    ns = (*ms + *ms * jitter / 1024) * 1000000;
    clock_gettime(CLOCK_REALTIME, &until);
    ns += until.tv_nsec;
    until.tv_sec += ns / 1000000000;
    until.tv_nsec = ns % 1000000000;
    pthread_mutex_lock(&l->lock);
    while (!atomic_load(&l->stop) && pthread_cond_timedwait(&l->changed, &l->lock, &until) != ETIMEDOUT)
        ;
    pthread_mutex_unlock(&l->lock);
}

static struct http_call call_of(struct link *l, const char *url, long timeout_s)
{
    return (struct http_call){ url, l->ca, l->key, l->certificate, timeout_s, &l->stop };
}

/* On the loop's thread. */
static void take(struct loop_task *t)
{
    struct link *l = container_of(t, struct link, take);
    const char *message;
    json_t *answer;
    bool removed;

    pthread_mutex_lock(&l->lock);
    answer = l->given;
    removed = l->removed;
    l->given = NULL;
    pthread_mutex_unlock(&l->lock);
    message = json_string_value(json_object_get(answer, "message"));
    if (removed)
        l->o.removed(l->o.ctx, message ? message : "klammd gave no reason");
    else if (!atomic_load(&l->stop))
        l->o.wanted(l->o.ctx, answer);
    json_decref(answer);
}

static void give(struct link *l, json_t *answer, bool removed)
{
    bool first;

    pthread_mutex_lock(&l->lock);
    first = !l->given;
    json_decref(l->given);
    l->given = answer;
    l->removed = removed;
    pthread_mutex_unlock(&l->lock);
    if (first)
        loop_post(l->o.loop, &l->take);
}

/* Failures that go on are logged once, at their beginning. */
static void note(bool *failing, bool failed, const char *event, const char *reason)
{
    if (failed && !*failing)
        log_event(LOG_WARN, event, "reason=\"%s\"", reason);
    if (!failed && *failing)
        log_event(LOG_INFO, event, "reason=over");
    *failing = failed;
}

static void *poll_for_ever(void *ctx)
{
    struct link *l = ctx;
    OWNED_MEM char *url = mem_printf("%s/agent/v1/poll", l->o.server);
    struct http_call call = call_of(l, url, AGENT_POLL_MS / 1000 + 15);
    int64_t revision = -1, wait_ms = 0;
    bool failing = false;

    while (!atomic_load(&l->stop)) {
        json_t *body = json_pack("{s:I, s:s}", "revision", (json_int_t)revision, "instance", l->instance);
        json_t *answer;
        struct why reason = { "" };
        long status;
        err_t e = http_post(l->poll, &call, body, &status, &answer, &reason);
        bool good = !e && status == 200 && json_is_integer(json_object_get(answer, "revision"));

        json_decref(body);
        if (!e && status == AGENT_STATUS_REMOVED) {
            give(l, answer, true);
            break;
        }
        if (!e && !good)
            (void)why(&reason, ERR_INVALID, "klammd answered with status %ld", status);
        note(&failing, !good && e != ERR_CLOSED, "poll_failing", reason.text);
        if (!good) {
            json_decref(answer);
            wait_a_while(l, &wait_ms);
            continue;
        }
        wait_ms = 0;
        revision = json_integer_value(json_object_get(answer, "revision"));
        give(l, answer, false);
    }
    return NULL;
}

/* NULL when the link stops. */
static json_t *next_report(struct link *l)
{
    json_t *report;

    pthread_mutex_lock(&l->lock);
    while (!l->report && !atomic_load(&l->stop))
        pthread_cond_wait(&l->changed, &l->lock);
    report = l->report;
    l->report = NULL;
    pthread_mutex_unlock(&l->lock);
    return report;
}

/* Back into the mailbox unless there is a newer one. */
static void put_back(struct link *l, json_t *report)
{
    pthread_mutex_lock(&l->lock);
    if (!l->report)
        l->report = json_incref(report);
    pthread_mutex_unlock(&l->lock);
}

static void *report_for_ever(void *ctx)
{
    struct link *l = ctx;
    OWNED_MEM char *url = mem_printf("%s/agent/v1/report", l->o.server);
    struct http_call call = call_of(l, url, REPORT_TIMEOUT_S);
    int64_t wait_ms = 0;
    bool failing = false;
    json_t *report;

    while ((report = next_report(l)) && !atomic_load(&l->stop)) {
        struct why reason = { "" };
        json_t *answer;
        long status;
        err_t e = http_post(l->post, &call, report, &status, &answer, &reason);

        if (!e && status != 200)
            e = why(&reason, ERR_INVALID, "klammd answered with status %ld", status);
        note(&failing, e && e != ERR_CLOSED, "report_failing", reason.text);
        if (e)
            put_back(l, report);
        json_decref(answer);
        json_decref(report);
        if (e)
            wait_a_while(l, &wait_ms);
        else
            wait_ms = 0;
    }
    return NULL;
}

err_t link_start(const struct link_options *o, struct link **ret, struct why *reterr)
{
    struct link *l = mem_new(struct link);
    uint8_t instance[INSTANCE_BYTES];

    l->o = *o;
    rng_system(instance, sizeof(instance));
    for (int i = 0; i < INSTANCE_BYTES; i++)
        (void)snprintf(l->instance + 2 * i, 3, "%02x", instance[i]);
    l->ca = mem_printf("%s/ca.crt", o->identity_dir);
    l->key = mem_printf("%s/agent.key", o->identity_dir);
    l->certificate = mem_printf("%s/agent.crt", o->identity_dir);
    l->poll = http_new();
    l->post = http_new();
    l->take.run = take;
    pthread_mutex_init(&l->lock, NULL);
    pthread_cond_init(&l->changed, NULL);
    if (pthread_create(&l->poller, NULL, poll_for_ever, l) ||
        pthread_create(&l->reporter, NULL, report_for_ever, l))
        return why(reterr, ERR_NOMEM, "no thread: %s", strerror(errno));
    *ret = l;
    return ERR_OK;
}

struct link *link_stop(struct link *l)
{
    if (!l)
        return NULL;
    pthread_mutex_lock(&l->lock);
    atomic_store(&l->stop, true);
    pthread_cond_broadcast(&l->changed);
    pthread_mutex_unlock(&l->lock);
    http_wake(l->poll);
    http_wake(l->post);
    pthread_join(l->poller, NULL);
    pthread_join(l->reporter, NULL);
    http_free(l->poll);
    http_free(l->post);
    json_decref(l->report);
    json_decref(l->given);
    pthread_mutex_destroy(&l->lock);
    pthread_cond_destroy(&l->changed);
    mem_free(l->ca);
    mem_free(l->key);
    mem_free(l->certificate);
    mem_free(l);
    return NULL;
}

void link_report(struct link *l, json_t *report)
{
    pthread_mutex_lock(&l->lock);
    json_decref(l->report);
    l->report = report;
    pthread_cond_broadcast(&l->changed);
    pthread_mutex_unlock(&l->lock);
}
