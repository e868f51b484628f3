#include "agent/topics/topics_internal.h"

#include <string.h>

#include "common/log.h"
#include "common/mem.h"

static void let_go(struct topic_job *j)
{
    j->channel = kf_channel_free(j->channel);
    loop_timer_clear(j->topics->loop, &j->timeout);
}

static void job_free(struct topic_job *j)
{
    let_go(j);
    list_remove(&j->node);
    ask_done(&j->ask);
    json_decref(j->answer);
    json_decref(j->found);
    mem_free(j);
}

void topic_job_end(struct topic_job *j, const char *error, const char *message)
{
    let_go(j);
    j->answer = j->found && !error ? json_incref(j->found) : json_object();
    json_object_set_new(j->answer, "id", json_integer(j->ask.id));
    if (error)
        json_object_set_new(j->answer, "error", json_string(error));
    if (message)
        json_object_set_new(j->answer, "message", json_string(message));
    j->topics->changed(j->topics->ctx);
}

static void on_timeout(struct loop_timer *t)
{
    struct topic_job *j = container_of(t, struct topic_job, timeout);

    topic_job_end(j, "REQUEST_TIMED_OUT", "the broker did not answer in time");
}

static void on_up(void *ctx)
{
    topic_job_begin(ctx);
}

static void on_down(void *ctx, err_t e, const char *reason)
{
    struct topic_job *j = ctx;

    (void)e;
    topic_job_end(j, ASK_UNREACHABLE, reason);
}

static void dial(struct topic_job *j)
{
    uint16_t port = 0;
    const char *host = j->topics->address(j->topics->ctx, j->ask.process, &port);
    struct kf_channel_options o = {
        .loop = j->topics->loop,
        .host = host,
        .port = port,
        .client_id = "klamm-agent",
        .connect_timeout_ms = ASK_MS,
        .up = on_up,
        .down = on_down,
        .ctx = j,
    };
    struct why reason = { "" };

    if (!host)
        topic_job_end(j, ASK_UNREACHABLE, "the process is not on this node");
    else if (kf_channel_new(&o, &j->channel, &reason))
        topic_job_end(j, ASK_UNREACHABLE, reason.text);
}

static void begin(struct topics *t, struct ask *a)
{
    struct topic_job *j = mem_new(struct topic_job);

    j->topics = t;
    j->ask = *a;
    j->listed = true;
    j->timeout.fire = on_timeout;
    list_push(&t->all, &j->node);
    loop_timer_in(t->loop, &j->timeout, ASK_MS);
    dial(j);
}

static struct topic_job *find(struct topics *t, int64_t id)
{
    list_each (node, &t->all) {
        struct topic_job *j = list_item(node, struct topic_job, node);

        if (j->ask.id == id)
            return j;
    }
    return NULL;
}

static void want(struct topics *t, const json_t *o)
{
    struct topic_job *j;
    struct why reason;
    struct ask a;

    if (ask_decode(o, &a, &reason)) {
        log_event(LOG_ERROR, "ask_refused", "reason=\"%s\"", reason.text);
        return;
    }
    j = find(t, a.id);
    if (!j) {
        begin(t, &a);
        return;
    }
    j->listed = true;
    ask_done(&a);
}

void topics_want(struct topics *t, const json_t *asks)
{
    list_each (node, &t->all)
        list_item(node, struct topic_job, node)->listed = false;
    for (size_t i = 0; i < json_array_size(asks) && i < ASKS_MAX; i++)
        want(t, json_array_get(asks, i));
    list_each (node, &t->all) {
        struct topic_job *j = list_item(node, struct topic_job, node);

        if (!j->listed)
            job_free(j);
    }
}

json_t *topics_answers(const struct topics *t)
{
    json_t *all = json_array();

    for (struct list *n = t->all.next; n != &t->all; n = n->next) {
        const struct topic_job *j = list_item(n, struct topic_job, node);

        if (j->answer)
            json_array_append(all, j->answer);
    }
    return all;
}
