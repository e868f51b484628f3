#include "agent/rebalance/execute.h"

#include <stdarg.h>
#include <stdio.h>

#include "common/mem.h"

const char *execute_state_name(enum execute_state s)
{
    static const char *const names[] = { "planning", "moving", "done", "cancelled", "failed" };

    return names[s];
}

void execute_init(struct execute *x, const struct execute_wish *wish)
{
    memset(x, 0, sizeof(*x));
    x->wish = *wish;
}

void execute_done(struct execute *x)
{
    arena_done(&x->a);
    memset(x, 0, sizeof(*x));
}

static void say(struct execute *x, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void say(struct execute *x, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    (void)vsnprintf(x->reason, sizeof(x->reason), format, args);
    va_end(args);
}

static enum execute_action end(struct execute *x, enum execute_state state)
{
    x->state = state;
    return EXECUTE_END;
}

/* The plan outlives the survey that it was made of. */
static struct rebalance_input keep_input(const struct survey *s, struct arena *a)
{
    struct rebalance_input in = survey_input(s, a);
    struct rebalance_partition *p = arena_array(a, in.partitions_n + 1, sizeof(*p));
    struct rebalance_broker *b = arena_array(a, in.brokers_n + 1, sizeof(*b));

    for (unsigned i = 0; i < in.brokers_n; i++) {
        b[i] = in.brokers[i];
        b[i].zone = arena_str(a, b[i].zone);
    }
    for (unsigned i = 0; i < in.partitions_n; i++) {
        int32_t *replicas = arena_array(a, (size_t)in.partitions[i].replicas_n, sizeof(*replicas));

        memcpy(replicas, in.partitions[i].replicas, (size_t)in.partitions[i].replicas_n * sizeof(*replicas));
        p[i] = in.partitions[i];
        p[i].replicas = replicas;
        p[i].topic = i && str_eq(p[i].topic, p[i - 1].topic) ? p[i - 1].topic : arena_str(a, p[i].topic);
    }
    in.brokers = b;
    in.partitions = p;
    return in;
}

static err_t make_plan(struct execute *x, const struct survey *s)
{
    struct why reason;
    err_t e;

    arena_clear(&x->a);
    x->in = keep_input(s, &x->a);
    e = rebalance_plan(&x->in, &x->a, &x->plan, &reason);
    if (e) {
        say(x, "%s", reason.text);
        return e;
    }
    x->planned = true;
    x->next = x->elections = x->refused_n = 0;
    x->passes++;
    x->total_n += x->plan.moves_n;
    x->bytes_total += x->plan.bytes;
    x->refusal[0] = '\0';
    say(x, "%u moves", x->plan.moves_n);
    return ERR_OK;
}

/* As much of a topic's name as fits beside the rest of a reason. */
static int cut(struct str topic)
{
    return (int)(topic.n < 100 ? topic.n : 100);
}

static bool same(const int32_t *a, int32_t a_n, const int32_t *b, int32_t b_n)
{
    return a_n == b_n && memcmp(a, b, (size_t)a_n * sizeof(*a)) == 0;
}

void execute_refused(struct execute *x, const struct execute_target *t, const char *text)
{
    if (!x->refused_n++)
        (void)snprintf(x->refusal, sizeof(x->refusal), "%.*s-%d: %s", cut(t->topic), t->topic.p,
                       t->partition, text);
}

/* True when it is in the batch now. */
static bool take(struct execute *x, const struct rebalance_move *m, const struct survey *s)
{
    const struct rebalance_partition *in = &x->in.partitions[m->partition];
    const struct survey_partition *now = survey_find(s, in->topic, in->partition);
    struct execute_target t = { in->topic, in->partition, m->replicas, m->replicas_n, m->added_n > 0 };

    if (m->why == REBALANCE_ELECT || !now ||
        same(now->replicas, now->replicas_n, m->replicas, m->replicas_n))
        return false;
    if (!same(now->replicas, now->replicas_n, in->replicas, in->replicas_n)) {
        execute_refused(x, &t, "its replicas are others than when the plan was made");
        return false;
    }
    x->batch[x->batch_n++] = t;
    x->batch_bytes += m->bytes;
    return true;
}

static void fill_batch(struct execute *x, const struct survey *s)
{
    unsigned copies = 0;

    x->batch = arena_array(&x->a, EXECUTE_BATCH_MOVES, sizeof(*x->batch));
    x->batch_from = x->next;
    x->batch_bytes = 0;
    while (x->next < x->plan.moves_n && x->batch_n < EXECUTE_BATCH_MOVES && copies < EXECUTE_BATCH_COPIES) {
        const struct rebalance_move *m = &x->plan.moves[x->next++];

        if (take(x, m, s))
            copies += m->added_n > 0;
    }
    x->batch_moves_n = x->next - x->batch_from;
}

/* Those that their preferred replica could lead, and does not. */
static void fill_elections(struct execute *x, const struct survey *s)
{
    unsigned n = 0;

    x->batch = arena_array(&x->a, EXECUTE_BATCH_MOVES, sizeof(*x->batch));
    for (unsigned i = 0; i < s->partitions_n && n < EXECUTE_BATCH_MOVES; i++) {
        const struct survey_partition *p = &s->partitions[i];

        if (p->leader != p->replicas[0] && survey_holds(p->isr, p->isr_n, p->replicas[0]))
            x->batch[n++] = (struct execute_target){ p->topic, p->partition, p->replicas, p->replicas_n,
                                                     false };
    }
    x->batch_n = n;
}

static bool holds_drained(const struct survey *s)
{
    for (unsigned b = 0; b < s->brokers_n; b++)
        for (unsigned p = 0; s->brokers[b].drains && p < s->partitions_n; p++)
            if (survey_holds(s->partitions[p].replicas, s->partitions[p].replicas_n, s->brokers[b].id))
                return true;
    return false;
}

static enum execute_action fail_stuck(struct execute *x)
{
    const struct rebalance_stuck *first = &x->plan.stuck[0];
    const struct rebalance_partition *p = &x->in.partitions[first->partition];

    say(x, "broker %d cannot be drained: %.*s-%d, one of %u: %s", first->broker,
        cut(p->topic), p->topic.p, p->partition, x->plan.stuck_n, first->text);
    return end(x, EXECUTE_FAILED);
}

/* The plan has been carried out: is the wish fulfilled? What cannot be drained is believed of two plans in a
 * row: the broker that was asked may have just started, and know replicas of before. */
static enum execute_action close_pass(struct execute *x, const struct survey *s)
{
    bool again = holds_drained(s) || x->refused_n;

    if (x->plan.stuck_n && x->stuck_before)
        return fail_stuck(x);
    x->stuck_before = x->plan.stuck_n > 0;
    if (x->stuck_before) {
        x->planned = x->untied = false;
        return EXECUTE_WAIT;
    }
    if (!again) {
        say(x, "%u moves, %lld bytes copied", x->done_n, (long long)x->bytes_done);
        return end(x, EXECUTE_DONE);
    }
    if (x->passes < EXECUTE_PASSES_MAX) {
        x->planned = x->untied = false;
        return EXECUTE_SIZES;
    }
    say(x, "after %u plans %s%s", x->passes,
        x->refused_n ? "moves are still refused: " : "draining brokers still hold replicas", x->refusal);
    return end(x, EXECUTE_FAILED);
}

/* Nothing moves: what was submitted is through. */
static void count_batch(struct execute *x)
{
    x->done_n += x->batch_moves_n;
    x->bytes_done += x->batch_bytes;
    x->batch_n = x->batch_moves_n = 0;
    x->batch_bytes = 0;
}

static enum execute_action wait(struct execute *x, const struct survey *s)
{
    const struct survey_partition *first = s->partitions;

    while (!first->moving)
        first++;
    x->state = x->wish.dry_run ? EXECUTE_PLANNING : EXECUTE_MOVING;
    say(x, "%u partitions move, such as %.*s-%d; %u of %u moves are done", s->moving_n,
        cut(first->topic), first->topic.p, first->partition, x->done_n,
        x->total_n);
    return EXECUTE_WAIT;
}

static enum execute_action step_cancel(struct execute *x, const struct survey *s)
{
    if (s->moving_n)
        return EXECUTE_TAKE_BACK;
    if (!x->untied) {
        x->untied = true;
        return EXECUTE_UNTIE;
    }
    say(x, "cancelled; %u of %u moves were done", x->done_n, x->total_n);
    return end(x, EXECUTE_CANCELLED);
}

static enum execute_action step_plan(struct execute *x, const struct survey *s)
{
    fill_batch(x, s);
    if (x->batch_n)
        return EXECUTE_SUBMIT;
    count_batch(x); /* those that needed nothing any more */
    fill_elections(x, s);
    if (x->batch_n && x->elections++ < EXECUTE_ELECTIONS_MAX)
        return EXECUTE_ELECT;
    x->batch_n = 0;
    if (!x->untied) {
        x->untied = true;
        return EXECUTE_UNTIE;
    }
    return close_pass(x, s);
}

enum execute_action execute_step(struct execute *x, const struct survey *s, bool sized)
{
    if (x->wish.cancel)
        return step_cancel(x, s);
    if (s->moving_n)
        return wait(x, s);
    count_batch(x);
    if (!x->planned) {
        if (!sized)
            return EXECUTE_SIZES;
        if (make_plan(x, s))
            return end(x, EXECUTE_FAILED);
        if (x->wish.dry_run)
            return end(x, EXECUTE_DONE);
        x->state = EXECUTE_MOVING;
    }
    return step_plan(x, s);
}

void execute_not_done(struct execute *x, enum execute_action action)
{
    switch (action) {
    case EXECUTE_SUBMIT: /* some may move already: those are waited for, and left out next time */
        x->next = x->batch_from;
        x->batch_n = x->batch_moves_n = 0;
        x->batch_bytes = 0;
        break;
    case EXECUTE_UNTIE:
        x->untied = false;
        break;
    case EXECUTE_END:
        x->state = EXECUTE_MOVING;
        x->planned = x->untied = false;
        x->passes--;
        break;
    case EXECUTE_WAIT:
    case EXECUTE_SIZES:
    case EXECUTE_ELECT:
    case EXECUTE_TAKE_BACK:
        break; /* asked for again by themselves */
    }
}

int64_t execute_rate(const struct execute *x, int32_t broker)
{
    int64_t in = 0, out = 0, rate;

    if (x->wish.rate_bytes)
        return x->wish.rate_bytes;
    for (unsigned i = 0; i < x->in.partitions_n; i++) {
        const struct rebalance_partition *p = &x->in.partitions[i];

        in += survey_holds(p->replicas, p->replicas_n, broker) ? p->traffic : 0;
        out += p->leader == broker ? p->traffic * p->replicas_n : 0; /* its followers, and one reader */
    }
    rate = EXECUTE_RATE_DEFAULT - (in > out ? in : out);
    return rate < EXECUTE_RATE_MIN ? EXECUTE_RATE_MIN : rate;
}
