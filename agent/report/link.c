#include "agent/report/link.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

#include "agent/report/http.h"
#include "agent/report/pki.h"
#include "api/agent/messages.h"
#include "common/log.h"
#include "common/rng.h"

enum { WAIT_MS_MIN = 50, WAIT_MS_MAX = 3000, REPORT_TIMEOUT_S = 10, RENEW_LOOK_S = 60 };

enum { INSTANCE_BYTES = 8 };
_Static_assert(2 * INSTANCE_BYTES <= AGENT_INSTANCE_MAX, "an instance must fit its message");

struct link {
    struct link_options o;
    char *ca, *key, *certificate;
    pthread_t poller, reporter;
    struct http_client *poll, *post; /* of the two threads */
    atomic_bool stop;
    atomic_uint identity;  /* counts the certificates of this run */
    int64_t renew_at_s, retry_s, reports; /* of the reporter; reports: sent so far */
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
    return (struct http_call){ .url = url, .ca_file = l->ca, .key_file = l->key,
                               .certificate_file = l->certificate, .timeout_s = timeout_s, .stop = &l->stop };
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
        json_t *body = json_pack("{s:I, s:s, s:s}", "revision", (json_int_t)revision, "instance",
                                 l->instance, "installation", l->o.installation);
        json_t *answer;
        struct why reason = { "" };
        long status;
        err_t e;
        bool good;

        call.identity = atomic_load(&l->identity);
        e = http_post(l->poll, &call, body, &status, &answer, &reason);
        good = !e && status == 200 && json_is_integer(json_object_get(answer, "revision"));

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

/* NULL when it is time to look at the certificate, or when the link stops. (Clocks are set: it is looked
 * at once a minute.) */
static json_t *next_report(struct link *l)
{
    struct timespec until = { time(NULL) + RENEW_LOOK_S, 0 };
    json_t *report;
    int late = 0;

    if (until.tv_sec > l->renew_at_s)
        until.tv_sec = l->renew_at_s;
    pthread_mutex_lock(&l->lock);
    while (!l->report && !atomic_load(&l->stop) && !late)
        late = pthread_cond_timedwait(&l->changed, &l->lock, &until);
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

/* One call by the reporting thread; an answer that is not 200 is ERR_INVALID. The caller owns `*ret`. */
static err_t post(struct link *l, const char *path, const json_t *body, json_t **ret, struct why *reterr)
{
    OWNED_MEM char *url = mem_printf("%s%s", l->o.server, path);
    struct http_call call = call_of(l, url, REPORT_TIMEOUT_S);
    long status;
    err_t e;

    call.identity = atomic_load(&l->identity);
    e = http_post(l->post, &call, body, &status, ret, reterr);
    if (!e && status != 200)
        e = why(reterr, ERR_INVALID, "klammd answered with status %ld", status);
    return e;
}

/* Asks for a new certificate of the same key and puts it in the old one's place. */
static err_t renew(struct link *l, struct why *reterr)
{
    OWNED_MEM char *csr = NULL;
    json_t *body, *answer = NULL;
    const char *certificate;
    err_t e = pki_request(l->o.identity_dir, l->o.name, &csr, reterr);

    if (e)
        return e;
    body = json_pack("{s:s}", "csr", csr);
    e = post(l, "/agent/v1/renew", body, &answer, reterr);
    json_decref(body);
    certificate = json_string_value(json_object_get(answer, "certificate"));
    if (!e)
        e = pki_keep(l->o.identity_dir, certificate ? certificate : "", reterr);
    json_decref(answer);
    if (!e)
        atomic_fetch_add(&l->identity, 1);
    return e;
}

/* Sets when to renew the certificate that is there. */
static void plan_renewal(struct link *l)
{
    struct pki_validity v;
    struct why reason;
    uint32_t random;

    rng_system(&random, sizeof(random));
    l->renew_at_s = time(NULL) + RENEW_LOOK_S;
    if (pki_validity(l->o.identity_dir, &v, &reason)) {
        log_event(LOG_ERROR, "certificate_unreadable", "reason=\"%s\"", reason.text);
        return;
    }
    l->renew_at_s = pki_renew_at_s(&v, random);
    l->retry_s = pki_retry_s(&v);
}

static void renew_when_due(struct link *l, bool *failing)
{
    struct why reason = { "" };
    err_t e;

    if (time(NULL) < l->renew_at_s)
        return;
    e = renew(l, &reason);
    note(failing, e && e != ERR_CLOSED, "renewal_failing", reason.text);
    if (e) {
        l->renew_at_s = time(NULL) + l->retry_s;
        return;
    }
    plan_renewal(l);
    log_event(LOG_INFO, "certificate_renewed", "next_in_s=%lld", (long long)(l->renew_at_s - time(NULL)));
}

static void send_report(struct link *l, json_t *report, int64_t *wait_ms, bool *failing)
{
    struct why reason = { "" };
    json_t *answer = NULL;
    err_t e;

    json_object_set_new(report, "instance", json_string(l->instance));
    json_object_set_new(report, "installation", json_string(l->o.installation));
    json_object_set_new(report, "report", json_integer(++l->reports));
    e = post(l, "/agent/v1/report", report, &answer, &reason);

    note(failing, e && e != ERR_CLOSED, "report_failing", reason.text);
    json_decref(answer);
    if (!e) {
        *wait_ms = 0;
        return;
    }
    put_back(l, report);
    wait_a_while(l, wait_ms);
}

static void *report_for_ever(void *ctx)
{
    struct link *l = ctx;
    int64_t wait_ms = 0;
    bool failing = false, renewal_failing = false;

    plan_renewal(l);
    while (!atomic_load(&l->stop)) {
        json_t *report;

        renew_when_due(l, &renewal_failing);
        report = next_report(l);
        if (report && !atomic_load(&l->stop))
            send_report(l, report, &wait_ms, &failing);
        json_decref(report);
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
