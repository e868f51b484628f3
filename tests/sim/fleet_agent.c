/* Agents: the supervisor's real core, with models of its shells (process.c, link.c) and of processes. */
#include <stdio.h>
#include <string.h>

#include "api/agent/messages.h"
#include "tests/sim/fleet.h"

enum { WAIT_MS_MIN = 50, WAIT_MS_MAX = 3000, REPORT_TIMEOUT_MS = 10000, FAILED_CODE = 111 };

static void feed(struct world *w, struct agent *a, struct slot *s, enum supervise_event_type type, int code);
static void on_timer(void *ctx, const struct sim_event *ev);
static void on_exit_of(void *ctx, const struct sim_event *ev);
static void on_ready(void *ctx, const struct sim_event *ev);
static void on_sync(void *ctx, const struct sim_event *ev);

/* An event of a slot: `incarnation` is the agent's life, `number` the slot and a count. */
static void at_slot(struct world *w, const struct agent *a, const struct slot *s, int64_t ms,
                    void (*run)(void *ctx, const struct sim_event *ev), uint32_t life, uint32_t count)
{
    sim_after(&w->sim, ms * 1000,
              (struct sim_event){ .run = run, .ctx = w, .node = a->index, .incarnation = life,
                                  .number = (s - a->slots) | (int64_t)count << 16 });
}

static struct agent *agent_of(struct world *w, const struct sim_event *ev, struct slot **ret)
{
    struct agent *a = &w->agents[ev->node];

    *ret = &a->slots[ev->number & 0xffff];
    return a;
}

static uint32_t count_of(const struct sim_event *ev)
{
    return (uint32_t)(ev->number >> 16);
}

static struct slot *slot_of(struct world *w, struct agent *a, const char *id)
{
    struct slot *found = NULL;

    for (int i = 0; i < SLOTS; i++) {
        if (a->slots[i].used && strcmp(a->slots[i].id, id) == 0)
            return &a->slots[i];
        if (!a->slots[i].used && !found)
            found = &a->slots[i];
    }
    SIM_CHECK(&w->sim, found, "agent %d has more than %d processes", a->index, SLOTS);
    return found;
}

/* --- processes --- */

static void starts(struct world *w, struct agent *a, struct slot *s, bool format)
{
    SIM_CHECK(&w->sim, !s->running, "%s is launched on node %d while it runs", s->id, a->node);
    if (!s->directory)
        effect_of(w, s->id)->volumes++;
    if (s->restarted < s->restart && s->restart) {
        effect_of(w, s->id)->restarts++;
        totals.restarts++;
        s->restarted = s->restart;
    }
    s->directory = s->running = true;
    s->formatting = format;
    s->bad_running = s->bad;
    s->launched = s->restart;
    s->serves = s->caught_up = s->adopted = false;
    s->life++;
    check_runs(w, a, s);
    SIM_TRACE(&w->sim, "agent %d: %s %s", a->index, format ? "formats" : "launches", s->id);
    if (format || s->bad)
        at_slot(w, a, s, sim_between(&w->sim, 1, 20), on_exit_of, s->life, 0);
    else
        at_slot(w, a, s, sim_between(&w->sim, 10, 200), on_ready, s->life, 0);
}

static void ends(struct world *w, struct agent *a, struct slot *s, int code)
{
    SIM_TRACE(&w->sim, "node %d: %s ends", a->node, s->id);
    if (s->formatting && !code)
        s->formatted = true;
    s->running = s->formatting = s->serves = s->caught_up = s->syncs = false;
    s->sync++;
    if (a->up)
        feed(w, a, s, SUPERVISE_EXITED, code);
}

static void on_exit_of(void *ctx, const struct sim_event *ev)
{
    struct world *w = ctx;
    struct slot *s;
    struct agent *a = agent_of(w, ev, &s);

    if (s->running && s->life == ev->incarnation)
        ends(w, a, s, s->formatting && !world_chance(w, 50) ? 0 : 1);
}

void process_dies(struct world *w, struct agent *a, struct slot *s)
{
    if (s->running && s->serves)
        ends(w, a, s, 9);
}

/* SIGTERM and SIGKILL end it after a while; the first at once as good as always. */
static void on_signal(void *ctx, const struct sim_event *ev)
{
    struct world *w = ctx;
    struct slot *s;
    struct agent *a = agent_of(w, ev, &s);

    if (s->running && s->life == ev->incarnation)
        ends(w, a, s, (int)count_of(ev));
}

static void begin_sync(struct world *w, struct agent *a, struct slot *s, bool may_stop)
{
    s->syncs = true;
    s->may_stop = may_stop;
    at_slot(w, a, s, sim_between(&w->sim, 5, may_stop ? 50 : 400), on_sync, a->life, ++s->sync);
}

static bool is_to_restart(const struct slot *s)
{
    return s->running && s->launched < s->restart && !s->gone && !s->stopped &&
           (s->core.state == SUPERVISE_STARTING || s->core.state == SUPERVISE_RUNNING);
}

static void restart(struct world *w, struct agent *a, struct slot *s)
{
    check_stops(w, a, s);
    s->away = true;
    s->syncs = false;
    s->sync++;
    feed(w, a, s, SUPERVISE_RESTART, 0);
}

static void restart_when_due(struct world *w, struct agent *a, struct slot *s)
{
    bool ready = s->core.state == SUPERVISE_RUNNING;

    if (!s->running && s->launched < s->restart)
        feed(w, a, s, SUPERVISE_RESTART, 0);
    if (!is_to_restart(s) || (s->adopted && !ready))
        return;
    if (s->is_broker && ready)
        begin_sync(w, a, s, true);
    else
        restart(w, a, s);
}

static void on_sync(void *ctx, const struct sim_event *ev)
{
    struct world *w = ctx;
    struct slot *s;
    struct agent *a = agent_of(w, ev, &s);

    if (!a->up || a->life != ev->incarnation || s->sync != count_of(ev) || !s->syncs)
        return;
    s->syncs = false;
    if (!s->may_stop) {
        s->caught_up = true;
        s->away = false;
    }
    if (is_to_restart(s))
        restart(w, a, s);
    else
        agent_changed(w, a);
}

static void found_ready(struct world *w, struct agent *a, struct slot *s)
{
    if (s->is_broker) {
        begin_sync(w, a, s, false);
        data_runs(w, s->id);
    } else {
        s->caught_up = true;
        s->away = false;
    }
    feed(w, a, s, SUPERVISE_READY, 0);
    restart_when_due(w, a, s);
}

static void on_ready(void *ctx, const struct sim_event *ev)
{
    struct world *w = ctx;
    struct slot *s;
    struct agent *a = agent_of(w, ev, &s);

    if (!s->running || s->life != ev->incarnation)
        return;
    s->serves = true;
    if (a->up && s->core.state == SUPERVISE_STARTING)
        found_ready(w, a, s);
}

/* --- the shell around the core --- */

static void on_timer(void *ctx, const struct sim_event *ev)
{
    struct world *w = ctx;
    struct slot *s;
    struct agent *a = agent_of(w, ev, &s);

    if (a->up && a->life == ev->incarnation && s->timer == count_of(ev) && s->used)
        feed(w, a, s, SUPERVISE_TIMER, 0);
}

static void remove_volume(struct world *w, struct agent *a, struct slot *s)
{
    if (world_chance(w, 100)) {
        feed(w, a, s, SUPERVISE_REMOVED, 1);
        return;
    }
    if (s->directory) {
        check_removes(w, a, s);
        effect_of(w, s->id)->removals++;
        totals.removals++;
        SIM_TRACE(&w->sim, "agent %d: removes the volume of %s", a->index, s->id);
    }
    s->directory = s->formatted = false;
    feed(w, a, s, SUPERVISE_REMOVED, 0);
}

static void feed(struct world *w, struct agent *a, struct slot *s, enum supervise_event_type type, int code)
{
    struct supervise_event e = { type, world_ms(w), (uint32_t)rng_next(&w->sim.rng), s->running, s->formatted,
                                 code };
    unsigned effects = supervise_step(&s->core, &e);

    if (effects)
        s->timer++;
    if (effects & SUPERVISE_SET_TIMER)
        at_slot(w, a, s, s->core.timer_ms > e.now_ms ? s->core.timer_ms - e.now_ms : 0, on_timer, a->life,
                s->timer);
    if (effects & SUPERVISE_REPORT)
        agent_changed(w, a);
    if ((effects & SUPERVISE_PROBE) && s->serves)
        at_slot(w, a, s, 1, on_ready, s->life, 0); /* an adopted one serves already */
    if ((effects & SUPERVISE_TERM) && s->running)
        at_slot(w, a, s, sim_between(&w->sim, 1, 30), on_signal, s->life, 0);
    if ((effects & SUPERVISE_KILL) && s->running)
        at_slot(w, a, s, 1, on_signal, s->life, 9);
    if (effects & (SUPERVISE_FORMAT | SUPERVISE_LAUNCH))
        starts(w, a, s, effects & SUPERVISE_FORMAT);
    if (effects & SUPERVISE_REMOVE)
        remove_volume(w, a, s);
}

/* A process that the agent knows from its disk or from klammd: looked for on the loop's next turn. */
static void on_start(void *ctx, const struct sim_event *ev)
{
    struct world *w = ctx;
    struct slot *s;
    struct agent *a = agent_of(w, ev, &s);

    if (!a->up || a->life != ev->incarnation || !s->used || s->core.state != SUPERVISE_NEW)
        return;
    s->adopted = s->running;
    feed(w, a, s, SUPERVISE_START, 0);
}

static void knows(struct world *w, struct agent *a, struct slot *s)
{
    s->core = (struct supervise){ .want_gone = s->gone, .want_stopped = s->stopped };
    s->adopted = s->syncs = false;
    s->timer++;
    s->sync++;
    at_slot(w, a, s, 0, on_start, a->life, 0);
}

static void wants_otherwise(struct world *w, struct agent *a, struct slot *s)
{
    if (s->stopped)
        s->syncs = false;
    feed(w, a, s, s->stopped ? SUPERVISE_WANT_STOPPED : SUPERVISE_WANT_RUN, 0);
    restart_when_due(w, a, s);
}

static void take_wanted(struct world *w, struct agent *a, const struct wanted_process *p)
{
    struct slot *s = slot_of(w, a, p->id);
    bool anew = s->used && s->core.state == SUPERVISE_GONE && !p->gone && p->revision > s->revision;
    bool is_new = !s->used || anew;

    if (!is_new && (p->revision <= s->revision || (s->gone && !p->gone)))
        return;
    if (is_new) {
        *s = (struct slot){ .used = true, .is_broker = strcmp(p->kind, "broker") == 0, .life = s->life,
                            .timer = s->timer, .sync = s->sync };
        (void)snprintf(s->id, sizeof(s->id), "%s", p->id);
    }
    SIM_CHECK(&w->sim, w->restored || p->gone || p->volume_bytes >= s->volume_bytes,
              "the volume of %s shrinks from %lld to %lld", s->id, (long long)s->volume_bytes,
              (long long)p->volume_bytes);
    s->volume_bytes = p->volume_bytes;
    s->revision = p->revision;
    s->restart = p->restart;
    s->gone = p->gone;
    s->stopped = p->stopped;
    s->bad = json_object_get(p->properties, "message.max.bytes") != NULL;
    SIM_TRACE(&w->sim, "agent %d: %s is wanted %s by %lld, restart %lld", a->index, s->id,
              s->gone ? "gone" : s->stopped ? "stopped" : "to run", (long long)s->revision,
              (long long)s->restart);
    if (is_new)
        knows(w, a, s);
    else if (s->gone)
        feed(w, a, s, SUPERVISE_WANT_GONE, 0);
    else
        wants_otherwise(w, a, s);
    agent_changed(w, a);
}

static bool listed(const json_t *processes, const char *id)
{
    for (size_t i = 0; i < json_array_size(processes); i++)
        if (strcmp(json_string_value(json_object_get(json_array_get(processes, i), "id")), id) == 0)
            return true;
    return false;
}

static void on_wanted(struct world *w, struct agent *a, const json_t *body)
{
    const json_t *processes = json_object_get(body, "processes");

    for (size_t i = 0; i < json_array_size(processes); i++) {
        struct wanted_process p;
        struct why reason;

        if (wanted_decode(json_array_get(processes, i), &p, &reason))
            sim_fail(&w->sim, "what is wanted does not parse: %s", reason.text);
        take_wanted(w, a, &p);
        wanted_done(&p);
    }
    for (int i = 0; i < SLOTS; i++) {
        struct slot *s = &a->slots[i];

        if (s->used && s->core.state == SUPERVISE_GONE && !listed(processes, s->id))
            *s = (struct slot){ .life = s->life, .timer = s->timer, .sync = s->sync };
    }
    data_wanted(w, a, json_object_get(body, "rebalances"));
    agent_changed(w, a); /* klammd may have missed what was said to another life of it */
}

/* Told that the node was given up: stops all, keeps the volumes, ends. */
static void on_removed(struct world *w, struct agent *a)
{
    a->removed = true;
    SIM_TRACE(&w->sim, "agent %d: the node was removed", a->index);
    for (int i = 0; i < SLOTS; i++) {
        a->slots[i].running = a->slots[i].serves = false;
        a->slots[i].away = false;
        a->slots[i].life++;
    }
    agent_crash(w, a);
}

/* --- its link to klammd --- */

static const char *state_of(const struct slot *s)
{
    bool there = s->core.state == SUPERVISE_RUNNING && !s->syncs && !is_to_restart(s);

    return s->core.state == SUPERVISE_RUNNING && !there ? "starting" : supervise_seen(&s->core);
}

json_t *agent_says(const struct agent *a, json_t *body)
{
    char instance[16], installation[16];

    (void)snprintf(instance, sizeof(instance), "%d-%u", a->index, a->life);
    (void)snprintf(installation, sizeof(installation), "%d", a->index);
    json_object_set_new(body, "instance", json_string(instance));
    json_object_set_new(body, "installation", json_string(installation));
    return body;
}

static json_t *report_of(const struct world *w, struct agent *a)
{
    json_t *processes = json_array();

    for (int i = 0; i < SLOTS; i++) {
        struct slot *s = &a->slots[i];
        char id[ID_BYTES], state[16];
        struct seen_process seen = { id, state, NULL, s->revision, 0, 0, 0 };

        if (!s->used)
            continue;
        (void)snprintf(id, sizeof(id), "%s", s->id);
        (void)snprintf(state, sizeof(state), "%s", state_of(s));
        s->telling = strcmp(state, "running") == 0;
        s->told_any = false; /* what of it arrives, is not known before the answer */
        if (s->is_broker && s->volume_bytes && s->running) {
            seen.used_bytes = s->used_bytes > 0 ? s->used_bytes : 1 << 20;
            seen.total_bytes = s->volume_bytes;
        }
        json_array_append_new(processes, seen_encode(&seen));
    }
    return agent_says(a, json_pack("{s:o, s:o, s:I}", "processes", processes, "rebalances", data_seen(w, a),
                                   "report", (json_int_t)a->sequence));
}

struct request { /* begins as an answer does: the end of a life frees both alike */
    int is_report;
    json_t *body;
};

/* It reaches klammd, once or twice, or not at all, soon or late. */
static void on_arrival(void *ctx, const struct sim_event *ev)
{
    struct world *w = ctx;
    struct request *r = ev->object;

    klammd_hears(w, ev->node, ev->incarnation, (uint32_t)ev->number, r->is_report, r->body);
    json_decref(r->body);
    mem_free(r);
}

static void send_to_klammd(struct world *w, struct agent *a, uint32_t request, bool is_report, json_t *body)
{
    int copies = world_chance(w, w->faults.loss) ? 0 : world_chance(w, w->faults.doubled) ? 2 : 1;

    while (copies--) {
        struct request *r = mem_new(struct request);
        int64_t ms = world_chance(w, w->faults.late) ? sim_between(&w->sim, 100, 12000)
                                                     : sim_between(&w->sim, 1, 5);

        *r = (struct request){ is_report, json_incref(body) };
        sim_after(&w->sim, ms * 1000,
                  (struct sim_event){ .run = on_arrival, .ctx = w, .node = a->index, .incarnation = a->life,
                                      .number = request, .object = r });
    }
    json_decref(body);
}

static void on_request_over(void *ctx, const struct sim_event *ev);

static void time_out(struct world *w, const struct agent *a, uint32_t request, int64_t ms)
{
    sim_after(&w->sim, ms * 1000, (struct sim_event){ .run = on_request_over, .ctx = w, .node = a->index,
                                                      .incarnation = a->life, .number = request });
}

static void poll(struct world *w, struct agent *a)
{
    a->poll = ++a->requests;
    time_out(w, a, a->poll, AGENT_POLL_MS + 15000);
    send_to_klammd(w, a, a->poll, false,
                   agent_says(a, json_pack("{s:I}", "revision", (json_int_t)a->revision)));
}

static void report(struct world *w, struct agent *a)
{
    a->changed = false;
    a->sequence++;
    a->report = ++a->requests;
    time_out(w, a, a->report, REPORT_TIMEOUT_MS);
    send_to_klammd(w, a, a->report, true, report_of(w, a));
}

static void on_again(void *ctx, const struct sim_event *ev)
{
    struct world *w = ctx;
    struct agent *a = &w->agents[ev->node];

    if (!a->up || a->life != ev->incarnation)
        return;
    if (ev->number && !a->poll)
        poll(w, a);
    if (!ev->number && !a->report && a->changed)
        report(w, a);
}

static void again(struct world *w, struct agent *a, bool is_poll, int64_t ms)
{
    sim_after(&w->sim, ms * 1000, (struct sim_event){ .run = on_again, .ctx = w, .node = a->index,
                                                      .incarnation = a->life, .number = is_poll });
}

static void failed(struct world *w, struct agent *a, bool is_poll)
{
    int64_t *wait = is_poll ? &a->poll_wait_ms : &a->report_wait_ms;

    *wait = *wait ? 2 * *wait : WAIT_MS_MIN;
    if (*wait > WAIT_MS_MAX)
        *wait = WAIT_MS_MAX;
    if (is_poll)
        a->poll = 0;
    else
        a->report = 0;
    a->changed |= !is_poll;
    again(w, a, is_poll, *wait + (int64_t)rng_below(&w->sim.rng, (uint64_t)*wait / 4));
}

static void on_request_over(void *ctx, const struct sim_event *ev)
{
    struct world *w = ctx;
    struct agent *a = &w->agents[ev->node];

    if (!a->up || a->life != ev->incarnation)
        return;
    if (a->poll == (uint32_t)ev->number) {
        klammd_gone(w, a);
        failed(w, a, true);
    } else if (a->report == (uint32_t)ev->number) {
        failed(w, a, false);
    }
}

void agent_answered(struct world *w, int agent, uint32_t life, uint32_t request, int status, json_t *body)
{
    struct agent *a = &w->agents[agent];
    bool is_poll = request == a->poll;

    if (!a->up || a->life != life || (!is_poll && request != a->report))
        return;
    if (status == AGENT_STATUS_REMOVED) {
        on_removed(w, a);
    } else if (status != 200) {
        failed(w, a, is_poll);
    } else if (is_poll) {
        a->poll = 0;
        a->poll_wait_ms = 0;
        a->revision = json_integer_value(json_object_get(body, "revision"));
        on_wanted(w, a, body);
        again(w, a, true, 0);
    } else {
        a->report = 0;
        a->report_wait_ms = 0;
        for (int i = 0; i < SLOTS; i++) {
            a->slots[i].told = a->slots[i].telling;
            a->slots[i].told_any = true;
        }
        again(w, a, false, 0);
    }
}

void agent_cut_off(struct world *w, struct agent *a)
{
    if (a->up && a->poll)
        time_out(w, a, a->poll, sim_between(&w->sim, 1, 20));
    if (a->up && a->report)
        time_out(w, a, a->report, sim_between(&w->sim, 1, 20));
}

void agent_changed(struct world *w, struct agent *a)
{
    if (a->changed || !a->up)
        return;
    a->changed = true;
    if (!a->report)
        again(w, a, false, 1);
}

/* --- its life --- */

void agent_start(struct world *w, struct agent *a)
{
    a->up = true;
    a->off = false;
    a->life++;
    a->revision = -1;
    a->poll = a->report = 0;
    a->poll_wait_ms = a->report_wait_ms = 0;
    a->changed = false;
    a->sequence = 0;
    SIM_TRACE(&w->sim, "agent %d starts", a->index);
    for (int i = 0; i < SLOTS; i++) {
        a->slots[i].told_any = false;
        if (a->slots[i].used)
            knows(w, a, &a->slots[i]);
    }
    agent_changed(w, a);
    poll(w, a);
}

/* Its processes and its disk stay. */
void agent_crash(struct world *w, struct agent *a)
{
    SIM_TRACE(&w->sim, "agent %d dies", a->index);
    a->up = false;
    memset(a->jobs, 0, sizeof(a->jobs));
    for (int i = 0; i < SLOTS; i++)
        a->slots[i].syncs = false;
    klammd_gone(w, a);
}

void machine_off(struct world *w, struct agent *a)
{
    if (a->up)
        agent_crash(w, a);
    SIM_TRACE(&w->sim, "node %d is off", a->node);
    a->off = true;
    a->off_since_ms = world_ms(w);
    for (int i = 0; i < SLOTS; i++) {
        struct slot *s = &a->slots[i];

        s->life += s->running;
        s->running = s->formatting = s->serves = s->caught_up = s->syncs = false;
    }
}
