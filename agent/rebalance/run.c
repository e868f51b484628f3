#include "agent/rebalance/run.h"

#include <limits.h>
#include <poll.h>
#include <stdio.h>

#include "agent/rebalance/run_internal.h"
#include "common/clock.h"
#include "common/limits.h"
#include "common/mem.h"

static bool stopped(const struct run *r)
{
    return r->o->stop && atomic_load(r->o->stop);
}

static void pause_ms(const struct run *r, int ms)
{
    for (; ms > 0 && !stopped(r); ms -= 50)
        (void)poll(NULL, 0, ms < 50 ? ms : 50);
}

err_t run_metadata(struct run *r, int32_t broker, struct survey *ret, struct why *reterr)
{
    OWNED_ARENA a = { 0 };
    struct kf_metadata_request q;
    const struct kf_metadata_response *got;
    err_t e;

    kf_init(&kf_metadata_request_schema, &q);
    q.topics_n = -1; /* all */
    q.allow_auto_topic_creation = false;
    e = run_call(r, broker, KF_API_METADATA, &q, &a, (const void **)&got, reterr);
    return e ? e : survey_metadata(ret, got, r->o->drain, r->o->drain_n, reterr);
}

static err_t look_at_ongoing(struct run *r, struct why *reterr)
{
    OWNED_ARENA a = { 0 };
    struct kf_list_partition_reassignments_request q;
    const struct kf_list_partition_reassignments_response *got;
    err_t e;

    kf_init(&kf_list_partition_reassignments_request_schema, &q);
    q.timeout_ms = RUN_ANSWER_MS;
    e = run_call(r, -1, KF_API_LIST_PARTITION_REASSIGNMENTS, &q, &a, (const void **)&got, reterr);
    return e ? e : survey_ongoing(&r->survey, got, reterr);
}

static err_t look_at_sizes(struct run *r, int64_t since_ms, struct why *reterr)
{
    err_t e = ERR_OK;

    for (unsigned i = 0; i < r->survey.brokers_n && !e; i++) {
        OWNED_ARENA a = { 0 };
        struct kf_describe_log_dirs_request q;
        const struct kf_describe_log_dirs_response *got;

        if (!r->survey.brokers[i].host)
            continue;
        kf_init(&kf_describe_log_dirs_request_schema, &q);
        q.topics_n = -1;
        e = run_call(r, r->survey.brokers[i].id, KF_API_DESCRIBE_LOG_DIRS, &q, &a, (const void **)&got,
                     reterr);
        if (!e)
            e = survey_log_dirs(&r->survey, r->survey.brokers[i].id, got, since_ms, reterr);
    }
    return e;
}

err_t run_look(struct run *r, struct why *reterr)
{
    err_t e = run_metadata(r, -1, &r->survey, reterr);

    if (!e)
        run_learn(r);
    return e;
}

/* With sizes, a second look tells what is written. */
static err_t look(struct run *r, bool sized, struct why *reterr)
{
    err_t e = run_look(r, reterr);
    int64_t from;

    if (!e)
        e = look_at_ongoing(r, reterr);
    if (e || !sized)
        return e;
    e = look_at_sizes(r, 0, reterr);
    from = clock_mono_ms();
    pause_ms(r, RUN_SAMPLE_MS);
    return e ? e : look_at_sizes(r, clock_mono_ms() - from, reterr);
}

static bool holds(const struct survey *s, int32_t broker)
{
    for (unsigned p = 0; p < s->partitions_n; p++)
        if (survey_holds(s->partitions[p].replicas, s->partitions[p].replicas_n, broker))
            return true;
    return false;
}

/* A broker that has just started may know less than there is: that nothing is left on a drained one is
 * believed when every broker says so, and the drained one, if it is there, of its own disks. */
static err_t confirm(struct run *r, struct why *reterr)
{
    err_t e = r->o->retire ? run_cordon(r, reterr) : ERR_OK; /* somebody may have taken that back */

    for (unsigned i = 0; i < r->survey.brokers_n && !e; i++) {
        struct survey s = { 0 };

        if (!r->survey.brokers[i].host)
            continue;
        e = run_metadata(r, r->survey.brokers[i].id, &s, reterr);
        for (unsigned d = 0; d < r->o->drain_n && !e; d++)
            if (holds(&s, r->o->drain[d]))
                e = why(reterr, ERR_AGAIN, "broker %d says that broker %d still holds replicas",
                        r->survey.brokers[i].id, r->o->drain[d]);
        survey_done(&s);
    }
    for (unsigned d = 0; d < r->o->drain_n && !e; d++)
        if (survey_find_broker(&r->survey, r->o->drain[d])->host)
            e = run_confirm_empty(r, r->o->drain[d], reterr);
    return e;
}

static err_t act(struct run *r, enum execute_action action, struct why *reterr)
{
    err_t e = ERR_OK;

    switch (action) {
    case EXECUTE_SUBMIT:
        e = run_throttle(r, reterr);
        if (!e)
            e = run_submit(r, reterr);
        break;
    case EXECUTE_ELECT:
        e = run_elect(r, reterr);
        break;
    case EXECUTE_UNTIE:
        e = run_untie(r, reterr);
        break;
    case EXECUTE_TAKE_BACK:
        e = run_take_back(r, reterr);
        break;
    case EXECUTE_END:
        return r->x->state == EXECUTE_DONE && !r->x->wish.dry_run ? confirm(r, reterr) : ERR_OK;
    case EXECUTE_SIZES:
        return ERR_OK;
    case EXECUTE_WAIT:
        break;
    }
    pause_ms(r, action == EXECUTE_WAIT || action == EXECUTE_ELECT ? EXECUTE_WAIT_MS : 0);
    return e;
}

static bool cancelled(struct run *r)
{
    r->x->wish.cancel |= r->o->cancel && atomic_load(r->o->cancel);
    return r->x->wish.cancel;
}

/* One look and one step; true when it was the last. */
static bool turn(struct run *r, bool *sized)
{
    struct why reason = { "" };
    enum execute_action action = EXECUTE_WAIT;
    err_t e = look(r, *sized, &reason);

    (void)cancelled(r);
    if (!e) {
        action = execute_step(r->x, &r->survey, *sized);
        r->o->progress(r->o->ctx, r->x, NULL);
        e = act(r, action, &reason);
    }
    if (e) {
        execute_not_done(r->x, action);
        r->o->progress(r->o->ctx, r->x, reason.text);
        pause_ms(r, RUN_RETRY_MS);
        return false;
    }
    *sized = action == EXECUTE_SIZES;
    return action == EXECUTE_END;
}

typedef err_t (*attempt)(struct run *r, struct why *reterr);

/* Again and again until it is so, it has been refused so often (ERR_INVALID), it is late, or the run is
 * stopped. */
static err_t insist_until(struct run *r, attempt what, unsigned refusals, int64_t deadline_ms,
                          struct why *reterr)
{
    err_t e = ERR_AGAIN;

    while (!stopped(r) && (e = what(r, reterr)) && (e != ERR_INVALID || --refusals) &&
           clock_mono_ms() < deadline_ms) {
        r->o->progress(r->o->ctx, r->x, reterr->text);
        pause_ms(r, RUN_RETRY_MS);
    }
    return e;
}

static err_t cordon_unless_cancelled(struct run *r, struct why *reterr)
{
    return cancelled(r) ? ERR_OK : run_cordon(r, reterr);
}

/* False: it is refused. */
static bool begin_to_retire(struct run *r)
{
    struct why reason = { "" };

    if (insist_until(r, cordon_unless_cancelled, RUN_REFUSALS_MAX, INT64_MAX, &reason) == ERR_INVALID) {
        r->x->state = EXECUTE_FAILED;
        (void)snprintf(r->x->reason, sizeof(r->x->reason), "%s", reason.text);
        return false;
    }
    /* A broker tells its controller of cordoned directories with its next heartbeat. */
    pause_ms(r, cancelled(r) ? 0 : 2 * HEARTBEAT_MS);
    return true;
}

/* They stay, and may be given partitions again. */
static void end_to_retire(struct run *r)
{
    struct why reason = { "" };
    size_t n = strlen(r->x->reason);

    if (insist_until(r, run_uncordon, UINT_MAX, clock_mono_ms() + RUN_UNCORDON_MS, &reason))
        (void)snprintf(r->x->reason + n, sizeof(r->x->reason) - n,
                       "; %s: should it be cordoned, nothing new is placed there until its "
                       "cordoned.log.dirs is deleted",
                       reason.text);
}

/* True when it is over. */
static bool carry_out(struct run *r)
{
    bool sized = false, over = r->o->retire && !begin_to_retire(r);

    while (!over && !stopped(r))
        over = turn(r, &sized);
    if (over && r->o->retire && r->x->state != EXECUTE_DONE)
        end_to_retire(r);
    return over && !stopped(r);
}

static bool make_forget(struct run *r)
{
    struct why reason = { "" };
    err_t e = insist_until(r, run_unregister, 1, INT64_MAX, &reason);

    if (stopped(r))
        return false;
    r->x->state = e ? EXECUTE_FAILED : EXECUTE_DONE;
    if (e)
        (void)snprintf(r->x->reason, sizeof(r->x->reason), "%s", reason.text);
    else
        (void)snprintf(r->x->reason, sizeof(r->x->reason), "%u brokers are forgotten", r->o->drain_n);
    return true;
}

static bool raise_features(struct run *r)
{
    struct why reason = { "" };
    err_t e = insist_until(r, run_release, RUN_REFUSALS_MAX, INT64_MAX, &reason);

    if (stopped(r))
        return false;
    r->x->state = e ? EXECUTE_FAILED : EXECUTE_DONE;
    (void)snprintf(r->x->reason, sizeof(r->x->reason), e ? "%s" : "features are those of %s",
                   e ? reason.text : r->o->release);
    return true;
}

static bool fulfil(struct run *r)
{
    if (r->o->unregister)
        return make_forget(r);
    return r->o->release ? raise_features(r) : carry_out(r);
}

err_t rebalance_run(const struct run_options *o, struct execute *x, struct why *reterr)
{
    struct run r = { .o = o, .x = x };
    err_t e = run_nodes(&r, o->bootstrap, reterr);
    bool over = !e && fulfil(&r);

    run_nodes_done(&r);
    survey_done(&r.survey);
    if (!e && !over)
        e = why(reterr, ERR_CLOSED, "stopped; what moves goes on");
    return e;
}
