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

enum {
    WAIT_MS_MIN = 50, WAIT_MS_MAX = 3000, REPORT_TIMEOUT_S = 10,
    BETWEEN_MS = 200, /* the loop has as long for the report that follows an answer */
    QUIET_S = 3,      /* without a report the reporter's connection goes */
    RENEW_LOOK_S = 60,
};

enum { INSTANCE_BYTES = 8 };
_Static_assert(2 * INSTANCE_BYTES <= AGENT_INSTANCE_MAX, "an instance must fit its message");

struct link {
    struct link_options o;
    char *ca, *key, *certificate;
    pthread_t poller, reporter;
    struct http_client *poll, *post; /* of the two threads */
    atomic_bool stop;
    atomic_uint identity;  /* counts the certificates of this run */
    int64_t renew_at_s, retry_s; /* of the reporter */
    pthread_mutex_t lock;  /* guards what follows */
    pthread_cond_t changed;
    json_t *report;        /* the newest, not yet taken by a thread that sends it */
    int64_t made, taken;   /* reports so far */
    bool between;          /* no poll waits: the poller sends the report, over its own connection */
    struct loop_task take; /* hands `given` to the loop; posted when `given` was NULL */
    json_t *given;         /* the newest answer to a poll */
    bool removed;          /* `given` says that the node was removed: the last of all */
    char instance[2 * INSTANCE_BYTES + 1]; /* tells this run of the agent from any other */
};

static struct timespec in_ms(int64_t ms)
{
    struct timespec at;
    int64_t ns;

    clock_gettime(CLOCK_REALTIME, &at);
    ns = at.tv_nsec + ms * 1000000;
    at.tv_sec += ns / 1000000000;
    at.tv_nsec = ns % 1000000000;
    return at;
}

/* Sleeps, or until the link stops. */
static void wait_a_while(struct link *l, int64_t *ms)
{
    struct timespec until;
    uint8_t jitter;

    rng_system(&jitter, 1);
    *ms = *ms ? *ms * 2 : WAIT_MS_MIN;
    if (*ms > WAIT_MS_MAX)
        *ms = WAIT_MS_MAX;
    until = in_ms(*ms + *ms * jitter / 1024);
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

/* A report on its way. */
struct taken {
    json_t *report; /* NULL: there is none */
    int64_t made;   /* as many there were when it was the newest */
};

/* The lock is held. Numbered in the order in which they were made, whoever sends them. */
static struct taken take_report(struct link *l)
{
    struct taken t = { l->report, l->made };

    l->report = NULL;
    if (!t.report)
        return t;
    json_object_set_new(t.report, "instance", json_string(l->instance));
    json_object_set_new(t.report, "installation", json_string(l->o.installation));
    json_object_set_new(t.report, "report", json_integer(++l->taken));
    return t;
}

/* The reporter's next; none when it is quiet, when it is time to look at the certificate, or when the link
 * stops. (Clocks are set: it is looked at once a minute.) */
static struct taken next_report(struct link *l)
{
    struct timespec until = { time(NULL) + (http_is_open(l->post) ? QUIET_S : RENEW_LOOK_S), 0 };
    struct taken t = { 0 };
    int late = 0;

    if (until.tv_sec > l->renew_at_s)
        until.tv_sec = l->renew_at_s;
    pthread_mutex_lock(&l->lock);
    while ((!l->report || l->between) && !atomic_load(&l->stop) && !late)
        late = pthread_cond_timedwait(&l->changed, &l->lock, &until);
    if (!l->between)
        t = take_report(l);
    pthread_mutex_unlock(&l->lock);
    return t;
}

/* Back into the mailbox unless there is, or was, a newer one. */
static void put_back(struct link *l, const struct taken *t)
{
    pthread_mutex_lock(&l->lock);
    if (l->made == t->made && !l->report)
        l->report = json_incref(t->report);
    pthread_mutex_unlock(&l->lock);
}

/* One call by the thread that owns `c`; an answer that is not 200 is ERR_INVALID. The caller owns `*ret`. */
static err_t post(struct link *l, struct http_client *c, const char *path, const json_t *body, json_t **ret,
                  struct why *reterr)
{
    OWNED_MEM char *url = mem_printf("%s%s", l->o.server, path);
    struct http_call call = call_of(l, url, REPORT_TIMEOUT_S);
    long status;
    err_t e;

    call.identity = atomic_load(&l->identity);
    e = http_post(c, &call, body, &status, ret, reterr);
    if (!e && status != 200)
        e = why(reterr, ERR_INVALID, "klammd answered with status %ld", status);
    return e;
}

/* Ends `t`; what klammd has not taken is in the mailbox again. */
static err_t post_report(struct link *l, struct http_client *c, struct taken *t, struct why *reterr)
{
    json_t *answer = NULL;
    err_t e = post(l, c, "/agent/v1/report", t->report, &answer, reterr);

    json_decref(answer);
    if (e)
        put_back(l, t);
    json_decref(t->report);
    return e;
}

/* An answer is given to the loop, which makes a report of it at once: that goes over the poll's own
 * connection. So an agent with nothing else to tell has one. The reporter sends what comes later, or what
 * could not be sent here, and says why. */
static void give_and_report(struct link *l, json_t *answer)
{
    struct timespec until = in_ms(BETWEEN_MS);
    struct why reason;
    struct taken t;
    int64_t made;
    int late = 0;

    pthread_mutex_lock(&l->lock);
    l->between = true;
    made = l->made;
    pthread_mutex_unlock(&l->lock);
    give(l, answer, false);
    pthread_mutex_lock(&l->lock);
    while (l->made == made && !atomic_load(&l->stop) && !late)
        late = pthread_cond_timedwait(&l->changed, &l->lock, &until);
    t = take_report(l);
    pthread_mutex_unlock(&l->lock);
    if (t.report)
        (void)post_report(l, l->poll, &t, &reason);
    pthread_mutex_lock(&l->lock);
    l->between = false;
    pthread_cond_broadcast(&l->changed);
    pthread_mutex_unlock(&l->lock);
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
        give_and_report(l, answer);
    }
    return NULL;
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
    e = post(l, l->post, "/agent/v1/renew", body, &answer, reterr);
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

static void send_report(struct link *l, struct taken *t, int64_t *wait_ms, bool *failing)
{
    struct why reason = { "" };
    err_t e = post_report(l, l->post, t, &reason);

    note(failing, e && e != ERR_CLOSED, "report_failing", reason.text);
    if (e)
        wait_a_while(l, wait_ms);
    else
        *wait_ms = 0;
}

/* klammd keeps 20 KiB for a connection. */
static void hang_up(struct link *l)
{
    pthread_mutex_lock(&l->lock);
    http_hang_up(l->post);
    pthread_mutex_unlock(&l->lock);
}

static void *report_for_ever(void *ctx)
{
    struct link *l = ctx;
    int64_t wait_ms = 0;
    bool failing = false, renewal_failing = false;

    plan_renewal(l);
    while (!atomic_load(&l->stop)) {
        struct taken t;

        renew_when_due(l, &renewal_failing);
        t = next_report(l);
        if (t.report)
            send_report(l, &t, &wait_ms, &failing);
        else
            hang_up(l);
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
    http_wake(l->poll);
    http_wake(l->post);
    pthread_mutex_unlock(&l->lock);
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
    l->made++;
    pthread_cond_broadcast(&l->changed);
    pthread_mutex_unlock(&l->lock);
}
