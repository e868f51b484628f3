/* The shell of the group coordinator, as broker/server/groups.c is it: one event at a time, a step's
 * records appended before the next step, answers and notes at the high watermark. */
#include "api/kafka/errors.h"
#include "common/invariant.h"
#include "common/mem.h"
#include "tests/sim/coordinator.h"

struct group_totals group_totals;

enum { REPLICATED_US = 20000, STALL_US = 4000000, ELECTION_US = 1500000, DEPOSED_US = 4000000 };

struct groups *coordinator_core(struct coordinators *w)
{
    return groups_new(&w->config);
}

static void later(struct coordinator_node *n, int64_t us, int64_t number, void *object,
                  void (*run)(void *ctx, const struct sim_event *ev))
{
    sim_after(&n->w->s, us,
              (struct sim_event){ .run = run, .ctx = n, .node = n->id, .incarnation = n->life,
                                  .number = number, .object = object });
}

static bool is_leader(const struct coordinator_node *n)
{
    return n->w->leader == n->id && n->alive && n->leads && n->term == n->w->term;
}

static struct group_context context(struct coordinator_node *n)
{
    struct group_context c = { .now_ms = sim_ms(&n->w->s),
                               .wall_ms = 1700000000000 + sim_ms(&n->w->s),
                               .image = n->w->image };
    uint32_t id = ++n->ids;

    c.fresh.b[0] = (uint8_t)(0xe0 + n->id);
    for (int i = 0; i < 4; i++)
        c.fresh.b[12 + i] = (uint8_t)(id >> (24 - 8 * i));
    return c;
}

/* ---- answers ---- */

static void answer_arrives(void *ctx, const struct sim_event *ev)
{
    struct ask *a = ev->object;

    (void)ctx;
    member_answered(a->from, a);
}

static void reply(struct coordinator_node *n, struct ask *a)
{
    int64_t delays[NETWORK_COPIES];
    int copies;

    INVARIANT(!a->done);
    a->done = true;
    check_answer(n, a);
    if (a->answered)
        a->answered(a);
    if (!a->from)
        return;
    copies = network_carry(&n->w->net, &n->w->s, n->id, COORDINATORS + a->from->index, delays);
    if (copies)
        sim_after(&n->w->s, delays[0],
                  (struct sim_event){ .run = answer_arrives, .node = n->id, .number = a->seq,
                                      .object = a });
}

static void answer_late(void *ctx, const struct sim_event *ev)
{
    struct coordinator_node *n = ctx;
    struct ask *a = ev->object;

    if (ev->incarnation != n->life || a->done)
        return;
    list_remove(&a->call.node);
    group_call_error(&a->call, KF_ERR_COORDINATOR_NOT_AVAILABLE);
    reply(n, a);
}

static void release(struct coordinator_node *n)
{
    list_each (node, &n->waiting) {
        struct ask *a = list_item(node, struct ask, call.node);

        if (!a->call.failed && a->call.required > n->high_watermark)
            continue;
        list_remove(node);
        reply(n, a);
    }
}

static void take_answers(struct coordinator_node *n, struct group_out *out)
{
    while (!list_empty(&out->answered)) {
        struct ask *a = list_item(out->answered.next, struct ask, call.node);

        list_remove(&a->call.node);
        list_push(&n->waiting, &a->call.node);
        if (!a->call.failed && a->call.required > n->high_watermark)
            later(n, COMMIT_MS_MAX * 1000, a->seq, a, answer_late);
    }
    release(n);
}

/* ---- the log ---- */

static void step(struct coordinator_node *n, const struct group_event *ev);

/* All that was written until then is replicated: the leader of the day may raise its mark. */
static void raise_to(struct coordinator_node *n, int64_t end)
{
    struct coordinators *w = n->w;

    while (w->committed.n < end) {
        const struct plog_record *r = n->log.records[w->committed.n];

        plog_put(&w->committed, &w->arena, r->key, r->value, r->ends_batch);
        check_committed(w, r);
    }
    n->high_watermark = end;
    check_views(w);
}

static void tell_notes(struct coordinator_node *n)
{
    uint32_t life = n->life;

    while (n->life == life && !list_empty(&n->notes)) {
        struct coordinator_note *note = list_item(n->notes.next, struct coordinator_note, node);

        if (note->end > n->high_watermark)
            return;
        list_remove(&note->node);
        step(n, &(struct group_event){ .kind = GROUP_COMMITTED,
                                       .group_id = note->group,
                                       .generation = note->generation });
    }
}

static void replicated(void *ctx, const struct sim_event *ev)
{
    struct coordinator_node *n = ctx;

    if (ev->incarnation != n->life || !is_leader(n) || ev->number <= n->high_watermark)
        return;
    if (n->stopped_us > n->w->s.now_us) {
        later(n, n->stopped_us - n->w->s.now_us, ev->number, NULL, replicated);
        return;
    }
    raise_to(n, ev->number);
    if (!n->core)
        return;
    release(n);
    tell_notes(n);
}

static void replicate(struct coordinator_node *n)
{
    struct sim *s = &n->w->s;
    int64_t most = !n->w->calm && sim_chance(s, n->w->stalls) ? STALL_US : REPLICATED_US;

    later(n, sim_between(s, 100, most), n->log.n, NULL, replicated);
}

static bool dies_here(struct coordinator_node *n)
{
    return !n->w->calm && sim_chance(&n->w->s, n->w->dies_at_record);
}

static void put_records(struct coordinator_node *n, const struct group_out *out)
{
    for (int i = 0; i < out->records_n; i++) {
        plog_put(&n->log, &n->w->arena, out->records[i].key, out->records[i].value,
                 i == out->records_n - 1);
        INVARIANT(!groups_load(n->shadow, &out->records[i], n->log.n));
        group_totals.records++;
    }
}

static void put_note(struct coordinator_node *n, const struct group_out *out)
{
    struct coordinator_note *note = arena_new(&n->w->arena, struct coordinator_note);

    note->group = arena_str(&n->w->arena, out->note_group);
    note->generation = out->note_generation;
    note->end = n->log.n;
    list_push(&n->notes, &note->node);
}

/* False: it died over it, before or behind the write. */
static bool write_records(struct coordinator_node *n, const struct group_context *c,
                          struct group_out *out)
{
    bool fails = !n->w->calm && sim_chance(&n->w->s, n->w->append_fails);

    if (fails) {
        group_totals.refused++;
        groups_refused(n->core, c, out,
                       sim_chance(&n->w->s, 500) ? KF_ERR_NOT_ENOUGH_REPLICAS
                                                 : KF_ERR_NOT_LEADER_OR_FOLLOWER);
        return true;
    }
    if (dies_here(n))
        return false;
    put_records(n, out);
    replicate(n);
    if (dies_here(n))
        return false;
    groups_appended(n->core, c, out, n->log.n);
    if (out->note)
        put_note(n, out);
    check_replays(n);
    return true;
}

static void timer_due(void *ctx, const struct sim_event *ev);

static void arm(struct coordinator_node *n)
{
    int64_t next = groups_next_timer(n->core), now = sim_ms(&n->w->s);

    if (next == INT64_MAX || next == n->timer_ms)
        return;
    n->timer_ms = next;
    later(n, next > now ? next * 1000 - n->w->s.now_us : 0, next, NULL, timer_due);
}

static void step(struct coordinator_node *n, const struct group_event *ev)
{
    struct group_context c = context(n);
    OWNED_ARENA arena = { 0 };
    struct group_out out;

    group_out_init(&out, &arena);
    groups_step(n->core, &c, ev, &out);
    if (out.records_n && !write_records(n, &c, &out)) {
        groups_refused(n->core, &c, &out, KF_ERR_NOT_LEADER_OR_FOLLOWER); /* of a dead process */
        coordinator_crash(n);
        return;
    }
    if (out.share_parts_n)
        n->w->share_begins(n, &out);
    groups_check(n->core);
    if (out.again) {
        uint32_t life = n->life;

        step(n, &(struct group_event){ .kind = GROUP_CALL, .call = out.again });
        if (life != n->life)
            return;
    }
    take_answers(n, &out);
    if (n->core)
        arm(n);
}

static void timer_due(void *ctx, const struct sim_event *ev)
{
    struct coordinator_node *n = ctx;

    if (ev->incarnation != n->life || !n->core || ev->number != n->timer_ms)
        return;
    n->timer_ms = -1;
    if (n->stopped_us > n->w->s.now_us) {
        n->timer_ms = ev->number;
        later(n, n->stopped_us - n->w->s.now_us, ev->number, NULL, timer_due);
        return;
    }
    step(n, &(struct group_event){ .kind = GROUP_TIMER });
    if (n->life == ev->incarnation && n->core)
        arm(n);
}

/* ---- requests ---- */

static void refuse(struct coordinator_node *n, struct ask *a, int16_t error)
{
    group_call_error(&a->call, error);
    reply(n, a);
}

void coordinator_arrives(struct coordinator_node *n, struct ask *a)
{
    list_init(&a->call.node);
    a->node = n->id;
    SIM_TRACE(&n->w->s, "node %d is asked %d by member %d, request %u", n->id, a->call.api,
              a->from ? a->from->index : -1, a->seq);
    if (!n->leads)
        refuse(n, a, KF_ERR_NOT_COORDINATOR);
    else if (!n->core)
        refuse(n, a, KF_ERR_COORDINATOR_LOAD_IN_PROGRESS);
    else
        step(n, &(struct group_event){ .kind = GROUP_CALL, .call = &a->call });
}

void coordinator_tell(struct coordinator_node *n, const struct group_event *ev)
{
    if (n->core)
        step(n, ev);
}

void coordinator_tell_topic(struct coordinators *w, int topic)
{
    struct str name = str_of(coordinator_topic(topic));

    for (int i = 0; i < COORDINATORS; i++)
        if (w->nodes[i].core && groups_read_topic(w->nodes[i].core, name))
            step(&w->nodes[i], &(struct group_event){ .kind = GROUP_TOPIC, .group_id = name });
}

/* ---- leading ---- */

static void drop_core(struct coordinator_node *n, bool tell)
{
    struct group_out out;

    n->life++;
    n->timer_ms = -1;
    while (!list_empty(&n->notes))
        list_remove(n->notes.next);
    group_out_init(&out, &n->w->arena);
    if (n->core)
        groups_abandon(n->core, &out, KF_ERR_NOT_COORDINATOR);
    while (!list_empty(&n->waiting)) {
        struct ask *a = list_item(n->waiting.next, struct ask, call.node);

        list_remove(&a->call.node);
        if (tell)
            refuse(n, a, KF_ERR_NOT_COORDINATOR);
    }
    while (!list_empty(&out.answered)) {
        struct ask *a = list_item(out.answered.next, struct ask, call.node);

        list_remove(&a->call.node);
        if (tell)
            reply(n, a);
    }
    n->core = groups_free(n->core);
    n->shadow = groups_free(n->shadow);
}

static void deposed(void *ctx, const struct sim_event *ev)
{
    struct coordinator_node *n = ctx;

    if (ev->incarnation != n->life || !n->leads || is_leader(n))
        return;
    SIM_TRACE(&n->w->s, "node %d hears that it does not lead any more", n->id);
    group_totals.deposed++;
    n->leads = false;
    drop_core(n, true);
}

struct loading {
    struct groups *g;
    int64_t end;
};

static void load_one(void *ctx, const struct plog_record *r, int64_t offset)
{
    struct loading *l = ctx;
    struct group_record record = { r->key, r->value };

    (void)offset;
    INVARIANT(!groups_load(l->g, &record, offset + 1));
}

static struct groups *load(struct coordinator_node *n, int64_t clean, bool gone)
{
    struct loading l = { .g = coordinator_core(n->w) };

    plog_each(&n->log, clean, gone, load_one, &l);
    return l.g;
}

static void loaded(void *ctx, const struct sim_event *ev)
{
    struct coordinator_node *n = ctx;
    struct group_context c;
    OWNED_ARENA arena = { 0 };
    struct group_out out;
    bool compacted;

    if (ev->incarnation != n->life || !n->leads)
        return;
    c = context(n);
    compacted = sim_chance(&n->w->s, n->w->compacts);
    n->core = load(n, compacted ? sim_between(&n->w->s, 0, n->high_watermark) : 0,
                   sim_chance(&n->w->s, 500));
    n->shadow = load(n, 0, false);
    check_loads(n);
    group_out_init(&out, &arena);
    groups_loaded(n->core, &c, &out);
    groups_check(n->core);
    INVARIANT(!out.records_n && list_empty(&out.answered));
    group_totals.loads++;
    replicate(n);
    arm(n);
}

static struct coordinator_node *any_alive(struct coordinators *w)
{
    int at = (int)sim_between(&w->s, 0, COORDINATORS - 1);

    for (int i = 0; i < COORDINATORS; i++)
        if (w->nodes[(at + i) % COORDINATORS].alive)
            return &w->nodes[(at + i) % COORDINATORS];
    return NULL;
}

/* What the leader before had written, replicated or not, the next one may have or not. */
static void lead(struct coordinator_node *n, struct coordinator_node *before)
{
    struct coordinators *w = n->w;
    int64_t end = before->log.n;

    end = plog_any_end(&before->log, &w->s, w->committed.n);
    if (n == before)
        plog_cut(&n->log, end);
    else
        plog_copy(&n->log, &before->log, end);
    drop_core(n, true);
    w->term++;
    w->leader = n->id;
    n->term = w->term;
    n->leads = true;
    n->high_watermark = w->committed.n;
    SIM_TRACE(&w->s, "node %d leads in term %d with %lld records, %lld committed", n->id, n->term,
              (long long)n->log.n, (long long)w->committed.n);
    group_totals.moves++;
    later(n, sim_between(&w->s, 0, w->calm ? 50000 : 800000), 0, NULL, loaded);
}

void coordinator_move(struct coordinators *w)
{
    struct coordinator_node *before = &w->nodes[w->leader], *n = any_alive(w);

    if (!n)
        return;
    lead(n, before);
    if (n != before && before->leads) /* it believes that it leads for a while */
        later(before, sim_between(&w->s, 0, sim_chance(&w->s, 500) ? 1000 : DEPOSED_US), 0, NULL,
              deposed);
}

static void elect(void *ctx, const struct sim_event *ev)
{
    struct coordinators *w = ctx;

    if (ev->number == w->term && !w->nodes[w->leader].leads)
        coordinator_move(w);
}

static void elect_later(struct coordinators *w)
{
    sim_after(&w->s, sim_between(&w->s, 0, w->calm ? 100000 : ELECTION_US),
              (struct sim_event){ .run = elect, .ctx = w, .number = w->term });
}

static void restarted(void *ctx, const struct sim_event *ev)
{
    struct coordinator_node *n = ctx;

    if (ev->incarnation != n->life || n->alive)
        return;
    n->alive = true;
    if (!n->w->nodes[n->w->leader].leads)
        elect_later(n->w);
}

/* What was not replicated may be lost with it; nobody hears from it any more. */
void coordinator_crash(struct coordinator_node *n)
{
    struct coordinators *w = n->w;

    if (!n->alive)
        return;
    SIM_TRACE(&w->s, "node %d dies%s", n->id, is_leader(n) ? ", the leader" : "");
    group_totals.crashes++;
    drop_core(n, false);
    n->alive = n->leads = false;
    n->boot++;
    later(n, sim_between(&w->s, 1000, sim_chance(&w->s, 300) ? 10000000 : 500000), 0, NULL,
          restarted);
    if (n->id == w->leader)
        elect_later(w);
}

void coordinator_open(struct coordinators *w)
{
    for (int i = 0; i < COORDINATORS; i++) {
        struct coordinator_node *n = &w->nodes[i];

        n->w = w;
        n->id = i;
        n->alive = true;
        n->timer_ms = -1;
        list_init(&n->waiting);
        list_init(&n->notes);
    }
    w->truth = coordinator_core(w);
    w->leader = 0;
    coordinator_move(w);
}

void coordinator_done(struct coordinators *w)
{
    for (int i = 0; i < COORDINATORS; i++) {
        drop_core(&w->nodes[i], false);
        plog_done(&w->nodes[i].log);
    }
    groups_free(w->truth);
    plog_done(&w->committed);
}
