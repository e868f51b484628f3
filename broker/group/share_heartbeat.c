#include "api/kafka/msg/share_group_heartbeat.h"

#include <stdlib.h>

#include "broker/group/beat.h"
#include "broker/group/group_internal.h"
#include "broker/group/group_property.h"
#include "broker/group/topics_hash.h"

enum { HURRY_MS = 100, ASSIGNEES_MAX = 1000 };

typedef const struct kf_share_group_heartbeat_request beat_in;
typedef struct kf_share_group_heartbeat_response beat_out;
typedef struct kf_share_group_heartbeat_response_topic_partitions topic_out;

const struct share_group share_nobody = { .asked_ms = INT64_MIN, .unassigned = true,
                                           .seen_image = -1 };

/* One heartbeat while it is decided; sets are owned. */
struct share_beat {
    struct step *s;
    struct group_call *call;
    struct str group_id, member_id;
    const struct share_group *k;  /* before; share_nobody for a new group */
    const struct share_member *m; /* before; NULL: new */
    struct share_info info;       /* after: borrowed */
    bool info_changed, asks;      /* something is to be initialised */
    int64_t cost;                 /* of the assignment that was made */
    int32_t epoch, assignment_epoch;
    int64_t hash;
    struct assignment wanted;     /* all partitions of what is subscribed to */
    struct assignment target, assigned;
};

/* ---- properties of one group ---- */

static int32_t session_ms(const struct groups *g, const struct group_context *c, struct str id)
{
    const struct group_config *cf = g->config;

    return group_property(c->image, id, "share.session.timeout.ms", cf->share_session_ms,
                          cf->share_session_ms_min, cf->share_session_ms_max);
}

/* A member that waits for its partitions to be initialised comes back soon. */
static int32_t interval_ms(const struct share_beat *b)
{
    const struct group_config *cf = b->s->groups->config;
    bool settled = !b->asks && !b->k->initializing.n && b->assignment_epoch == b->epoch;

    if (cf->hurry && !settled)
        return HURRY_MS;
    return group_property(b->s->c->image, b->group_id, "share.heartbeat.interval.ms",
                          cf->share_heartbeat_ms, cf->share_heartbeat_ms_min,
                          cf->share_heartbeat_ms_max);
}

/* ---- what a request may say ---- */

static struct refusal check(beat_in *q)
{
    if (!q->group_id.n)
        return refusal(KF_ERR_INVALID_REQUEST, "GroupId can't be empty.");
    if (!q->member_id.n)
        return refusal(KF_ERR_INVALID_REQUEST, "MemberId can't be empty.");
    if (q->rack_id.p && !q->rack_id.n)
        return refusal(KF_ERR_INVALID_REQUEST, "RackId can't be empty.");
    if (q->member_epoch < EPOCH_LEAVE)
        return refusal(KF_ERR_INVALID_REQUEST, "MemberEpoch is invalid.");
    if (q->member_epoch == EPOCH_JOIN && q->subscribed_topic_names_n <= 0)
        return refusal(KF_ERR_INVALID_REQUEST,
                       "SubscribedTopicNames must be set in first request.");
    return refusal(KF_ERR_NONE, NULL);
}

static struct refusal check_epoch(const struct share_beat *b, int32_t epoch)
{
    if (epoch == EPOCH_JOIN || epoch == b->m->epoch || epoch == b->m->previous_epoch)
        return refusal(KF_ERR_NONE, NULL);
    return REFUSE(b->call, KF_ERR_FENCED_MEMBER_EPOCH,
                  "The share group member has a %s member epoch (%d) than the one known by the "
                  "group coordinator (%d). The member must abandon all its partitions and rejoin.",
                  epoch > b->m->epoch ? "greater" : "smaller", epoch, b->m->epoch);
}

static struct refusal find(struct share_beat *b, const struct group *group, beat_in *q)
{
    int32_t most = b->s->groups->config->share_size_max;

    if (!group && q->member_epoch != EPOCH_JOIN)
        return REFUSE(b->call, KF_ERR_GROUP_ID_NOT_FOUND, "Group %.*s not found.",
                      STR_ARG(b->group_id));
    if (group && !group->share)
        return REFUSE(b->call, KF_ERR_GROUP_ID_NOT_FOUND, "Group %.*s is not a share group.",
                      STR_ARG(b->group_id));
    b->m = share_member(b->k, b->member_id);
    if (!b->m && q->member_epoch != EPOCH_JOIN)
        return REFUSE(b->call, KF_ERR_UNKNOWN_MEMBER_ID, "Member %.*s is not a member of group %.*s.",
                      STR_ARG(b->member_id), STR_ARG(b->group_id));
    if (b->m)
        return q->member_epoch == EPOCH_LEAVE ? refusal(KF_ERR_NONE, NULL)
                                              : check_epoch(b, q->member_epoch);
    if (b->k->members_n >= most)
        return REFUSE(b->call, KF_ERR_GROUP_MAX_SIZE_REACHED,
                      "The share group has reached its maximum capacity of %d members.", most);
    return refusal(KF_ERR_NONE, NULL);
}

/* ---- subscriptions ---- */

/* A record may say the last there is. */
int32_t share_epoch_after(int32_t epoch)
{
    return epoch == INT32_MAX ? 1 : epoch + 1;
}


static bool same_topics(const struct share_info *a, const struct share_info *b)
{
    if (a->topics_n != b->topics_n)
        return false;
    for (int32_t i = 0; i < a->topics_n; i++)
        if (!str_eq(a->topics[i], b->topics[i]))
            return false;
    return true;
}

static void take_info(struct share_beat *b, beat_in *q)
{
    struct share_info before = b->m ? b->m->info : (struct share_info){ 0 }, *i = &b->info;

    *i = before;
    i->client_id = b->call->client_id;
    i->client_host = b->call->client_host;
    if (q->rack_id.p)
        i->rack_id = q->rack_id;
    if (q->subscribed_topic_names_n >= 0) {
        size_t n = (size_t)q->subscribed_topic_names_n;

        i->topics = arena_array(b->call->arena, n, sizeof(*i->topics));
        if (n)
            memcpy(i->topics, q->subscribed_topic_names, n * sizeof(*i->topics));
        i->topics_n = strs_normalize(i->topics, (int32_t)n);
    }
    b->info_changed = !b->m || !str_eq(before.rack_id, i->rack_id) ||
                      !str_eq(before.client_id, i->client_id) ||
                      !str_eq(before.client_host, i->client_host) || !same_topics(&before, i);
}

/* What all members read, without b's member as it was and with it as it will be; `with` NULL: it
 * goes. Ascending, distinct, in the arena. */
static struct str *all_topics(struct arena *a, const struct share_group *k,
                              const struct share_member *without, const struct share_info *with,
                              int32_t *ret_n)
{
    size_t most = with ? (size_t)with->topics_n : 0, n = 0;
    const struct share_member *m;
    struct str *v;

    for (size_t at = 0; (m = share_member_next(k, &at));)
        most += (size_t)m->info.topics_n;
    v = arena_array(a, most, sizeof(*v));
    for (size_t at = 0; (m = share_member_next(k, &at));)
        for (int32_t i = 0; m != without && i < m->info.topics_n; i++)
            v[n++] = m->info.topics[i];
    for (int32_t i = 0; with && i < with->topics_n; i++)
        v[n++] = with->topics[i];
    *ret_n = strs_normalize(v, (int32_t)n);
    return v;
}

static void add_partitions(const struct image *image, const struct str *names, int32_t n,
                           struct assignment *ret)
{
    for (int32_t i = 0; i < n; i++) {
        const struct topic_state *t = image_topic(image, names[i]);

        for (int32_t p = 0; t && p < t->partitions_n; p++)
            assignment_add(ret, &t->id, p, 0);
    }
}

/* Initialised partitions of what is read that nobody's target has. */
static bool lacks(const struct share_beat *b)
{
    struct assignment left = assignment_and(&b->wanted, &b->k->initialized), next;
    const struct share_member *m;
    bool ret;

    for (size_t at = 0; left.n && (m = share_member_next(b->k, &at));) {
        next = assignment_minus(&left, &m->target);
        assignment_done(&left);
        left = next;
    }
    ret = left.n > 0;
    assignment_done(&left);
    return ret;
}

static void subscribe(struct share_beat *b)
{
    const struct image *image = b->s->c->image;
    bool topics_changed = !b->m || !same_topics(&b->m->info, &b->info);
    bool metadata_changed = b->k->seen_image != image_offset(image);
    struct str *names;
    int32_t n;

    b->epoch = b->k->epoch;
    b->hash = b->k->hash;
    if (b->info_changed)
        share_put_member(b->s->out, b->group_id, b->member_id, &b->info);
    if (!topics_changed && !metadata_changed && !b->k->unassigned && !b->k->initializing.n)
        return;
    names = all_topics(b->call->arena, b->k, b->m, &b->info, &n);
    add_partitions(image, names, n, &b->wanted);
    b->hash = topics_hash(image, names, n);
    if (!topics_changed && b->hash == b->k->hash && !(b->k->unassigned && lacks(b)))
        return;
    b->epoch = share_epoch_after(b->epoch);
    share_put_epoch(b->s->out, b->group_id, b->epoch, b->hash);
}

/* Not before: the share coordinator would remember an epoch that the group may never have had, and
 * refuse those that it has. */
static void ask_when_committed(struct share_beat *b)
{
    struct group_out *out = b->s->out;

    out->note = true;
    out->note_group = arena_str(out->arena, b->group_id);
    out->note_generation = b->epoch;
}

/* What is subscribed to and not known to the share coordinator is asked for, and again when no
 * answer came. */
static void initialize(struct share_beat *b)
{
    const struct share_group *k = b->k;
    struct assignment fresh = assignment_minus(&b->wanted, &k->initialized), ask;
    bool again = k->initializing.n &&
                 (k->asked_ms == INT64_MIN ||
                  b->s->c->now_ms - k->asked_ms >= b->s->groups->config->share_retry_ms);

    ask = again ? assignment_copy(&fresh) : assignment_minus(&fresh, &k->initializing);
    if (ask.n) {
        struct assignment all = assignment_or(&k->initializing, &ask);

        share_put_partitions(b->s->out, b->group_id, k, b->s->c->image, &all, &k->initialized,
                             &k->deleting);
        ask_when_committed(b);
        b->asks = true;
        assignment_done(&all);
    }
    assignment_done(&ask);
    assignment_done(&fresh);
}

/* ---- assignments ---- */

struct targets {
    struct share_assignee *v;
    const struct share_info **infos;
    struct assignment *ret;
    int32_t n;
};

static void add_assignee(struct targets *t, struct str id, const struct share_info *i,
                         const struct assignment *current)
{
    t->infos[t->n] = i;
    t->v[t->n] = (struct share_assignee){ id, current, &t->ret[t->n] };
    t->n++;
}

static int by_id(const void *a, const void *b)
{
    return str_cmp((*(const struct share_member *const *)a)->id,
                   (*(const struct share_member *const *)b)->id);
}

static void add_assignees(struct share_beat *b, struct targets *t)
{
    size_t most = (size_t)b->k->members_n + 1, n = 0;
    const struct share_member **sorted = arena_array(b->call->arena, most, sizeof(*sorted)), *m;

    t->v = arena_array(b->call->arena, most, sizeof(*t->v));
    t->infos = arena_array(b->call->arena, most, sizeof(*t->infos));
    t->ret = arena_array(b->call->arena, most, sizeof(*t->ret));
    for (size_t at = 0; (m = share_member_next(b->k, &at));)
        if (m != b->m)
            sorted[n++] = m;
    if (n > 1)
        qsort(sorted, n, sizeof(*sorted), by_id);
    for (size_t i = 0; i < n; i++)
        add_assignee(t, sorted[i]->id, &sorted[i]->info, &sorted[i]->target);
    add_assignee(t, b->member_id, &b->info, &b->target);
}

static bool all_read_the_same(const struct targets *t)
{
    for (int32_t i = 1; i < t->n; i++)
        if (!same_topics(t->infos[0], t->infos[i]))
            return false;
    return true;
}

static void assign_topic(struct share_beat *b, struct targets *t, const struct str *name)
{
    struct share_assignee *some = arena_array(b->call->arena, (size_t)t->n, sizeof(*some));
    struct assignment all = { 0 }, ready;
    int32_t n = 0;

    add_partitions(b->s->c->image, name, 1, &all);
    ready = assignment_and(&all, &b->k->initialized);
    for (int32_t i = 0; i < t->n; i++)
        if (strs_have(t->infos[i]->topics, t->infos[i]->topics_n, *name))
            some[n++] = t->v[i];
    share_assign_simple(some, n, &ready);
    assignment_done(&ready);
    assignment_done(&all);
}

static void compute(struct share_beat *b, struct targets *t)
{
    struct assignment ready;
    struct str *names;
    int32_t n;

    if (all_read_the_same(t)) {
        struct assignment all = { 0 };

        add_partitions(b->s->c->image, b->info.topics, b->info.topics_n, &all);
        ready = assignment_and(&all, &b->k->initialized);
        share_assign_simple(t->v, t->n, &ready);
        assignment_done(&ready);
        assignment_done(&all);
        return;
    }
    names = all_topics(b->call->arena, b->k, b->m, &b->info, &n);
    for (int32_t i = 0; i < n; i++)
        assign_topic(b, t, &names[i]);
}

static int32_t assignment_ms(const struct groups *g, const struct group_context *c, struct str id)
{
    const struct group_config *cf = g->config;

    return group_property(c->image, id, "share.assignment.interval.ms", cf->share_assignment_ms,
                          cf->share_assignment_ms_min, cf->share_assignment_ms_max);
}

/* One that must wait is made with the first heartbeat after the interval. */
static bool may_assign(const struct share_beat *b)
{
    int32_t interval = assignment_ms(b->s->groups, b->s->c, b->group_id);

    return b->epoch > b->k->assignment_epoch &&
           budget_left(&b->k->budget, b->s->c->now_ms, interval);
}

static int64_t cost_of(const struct targets *t)
{
    int64_t cost = t->n;

    for (int32_t i = 0; i < t->n; i++)
        cost += assignment_size(&t->ret[i]);
    return cost;
}

static void assign(struct share_beat *b)
{
    struct targets t = { 0 };

    b->assignment_epoch = b->k->assignment_epoch;
    b->target = b->m ? assignment_copy(&b->m->target) : (struct assignment){ 0 };
    if (!may_assign(b))
        return;
    add_assignees(b, &t);
    compute(b, &t);
    b->cost = cost_of(&t);
    for (int32_t i = 0; i < t.n; i++)
        if (!assignment_eq(&t.ret[i], t.v[i].current))
            share_put_target_member(b->s->out, b->group_id, t.v[i].id, &t.ret[i]);
    share_put_target(b->s->out, b->group_id, b->epoch, b->s->c->wall_ms);
    b->assignment_epoch = b->epoch;
    assignment_done(&b->target);
    b->target = t.ret[t.n - 1];
    for (int32_t i = 0; i + 1 < t.n; i++)
        assignment_done(&t.ret[i]);
}

static void reconcile(struct share_beat *b)
{
    static const struct assignment nothing;
    const struct assignment *had = b->m ? &b->m->assigned : &nothing;

    if (b->m && b->m->epoch == b->assignment_epoch && assignment_eq(had, &b->target))
        return;
    share_put_current(b->s->out, b->group_id, b->member_id, b->assignment_epoch,
                      b->m ? b->m->epoch : 0, &b->target);
}

/* ---- the answer ---- */

static void put_assignment(struct arena *a, const struct assignment *from, beat_out *r)
{
    r->assignment = arena_new(a, struct kf_share_group_heartbeat_response_assignment);
    r->assignment->topic_partitions = arena_array(a, (size_t)from->n, sizeof(topic_out));
    for (int32_t i = 0; i < from->n; i++) {
        topic_out *out = &r->assignment->topic_partitions[r->assignment->topic_partitions_n++];

        out->topic_id = from->topics[i].id;
        out->partitions_n = from->topics[i].n;
        out->partitions = arena_array(a, (size_t)from->topics[i].n, sizeof(int32_t));
        memcpy(out->partitions, from->topics[i].partitions,
               (size_t)from->topics[i].n * sizeof(int32_t));
    }
}

/* It speaks from before: the answer that told it of its epoch, and of what it has, was lost. */
static bool missed_one(const struct share_beat *b, beat_in *q)
{
    return b->m && q->member_epoch != b->m->epoch;
}

static void answer(struct share_beat *b, const struct group *group)
{
    static const struct assignment nothing;
    const struct assignment *had = b->m ? &b->m->assigned : &nothing;
    beat_in *q = b->call->request;
    beat_out *r = group_call_response(b->call);

    r->member_id = arena_str(b->call->arena, b->member_id);
    r->member_epoch = b->assignment_epoch;
    r->heartbeat_interval_ms = interval_ms(b);
    if (q->member_epoch == EPOCH_JOIN || q->subscribed_topic_names_n >= 0 ||
        missed_one(b, q) || !assignment_eq(had, &b->target))
        put_assignment(b->call->arena, &b->target, r);
    step_answer(b->s, group, b->call);
}

static void refuse(struct step *s, const struct group *group, struct group_call *call,
                   struct refusal r)
{
    group_call_error(call, r.error);
    ((beat_out *)call->response)->error_message = str_of(r.text);
    step_answer(s, group, call);
}

/* ---- what follows ---- */

struct beaten {
    struct str group_id, member_id;
    bool asked;
    int64_t seen_image, cost;
};

static void beaten(struct groups *g, const struct group_context *c, const struct beaten *s)
{
    struct group *group = group_find(g, s->group_id);
    struct share_member *m;

    if (!group || !group->share)
        return;
    if (s->asked)
        group->share->asked_ms = c->now_ms;
    group->share->seen_image = s->seen_image;
    if (s->cost)
        budget_spend(&group->share->budget, c->now_ms, assignment_ms(g, c, group->id), s->cost);
    m = map_get_str(&group->share->members, s->member_id);
    if (m && m->described)
        group_timer_set(&g->timers, &m->session, c->now_ms + session_ms(g, c, group->id));
}

void share_beat_applied(struct groups *g, const struct group_context *c,
                        const struct group_out *out)
{
    beaten(g, c, out->subject);
}

static void beat_ends(struct share_beat *b)
{
    struct group_out *out = b->s->out;
    struct beaten *s = arena_new(out->arena, struct beaten);

    s->group_id = arena_str(out->arena, b->group_id);
    s->member_id = arena_str(out->arena, b->member_id);
    s->asked = b->asks;
    s->seen_image = image_offset(b->s->c->image);
    s->cost = b->cost;
    out->subject = s;
    out->then = GROUP_THEN_SHARE_BEAT;
    if (!out->records_n) {
        beaten(b->s->groups, b->s->c, s);
        out->then = GROUP_THEN_NOTHING;
    }
}

/* ---- members that go ---- */

static void put_out(struct step *s, const struct group *group, const struct share_member *m)
{
    const struct share_group *k = group->share;
    struct str *names;
    int32_t n;

    names = all_topics(s->out->arena, k, m, NULL, &n);
    share_put_member_gone(s->out, group->id, m->id);
    share_put_epoch(s->out, group->id, share_epoch_after(k->epoch), topics_hash(s->c->image, names, n));
}

void share_session_over(struct step *s, struct group *group, struct share_member *m)
{
    put_out(s, group, m);
    s->out->timer = &m->session;
}

static void leave(struct share_beat *b, struct group *group)
{
    beat_out *r = group_call_response(b->call);

    r->member_id = arena_str(b->call->arena, b->member_id);
    r->member_epoch = EPOCH_LEAVE;
    put_out(b->s, group, b->m);
    b->s->out->group = group;
    step_answer(b->s, group, b->call);
}

void share_loaded(struct step *s, struct group *group)
{
    struct share_member *m;

    for (size_t at = 0; (m = share_member_next(group->share, &at));)
        group_timer_set(&s->groups->timers, &m->session,
                        s->c->now_ms + session_ms(s->groups, s->c, group->id));
}

/* ---- the whole ---- */

void share_heartbeat_call(struct step *s, struct group_call *call)
{
    beat_in *q = call->request;
    struct group *group = group_find(s->groups, call->group_id);
    struct share_beat b = { .s = s, .call = call, .group_id = q->group_id,
                            .member_id = q->member_id,
                            .k = group && group->share ? group->share : &share_nobody };
    struct refusal r = check(q);

    if (!r.error)
        r = find(&b, group, q);
    if (r.error) {
        refuse(s, group, call, r);
        return;
    }
    if (q->member_epoch == EPOCH_LEAVE) {
        leave(&b, group);
        return;
    }
    take_info(&b, q);
    subscribe(&b);
    initialize(&b);
    assign(&b);
    reconcile(&b);
    beat_ends(&b);
    answer(&b, group);
    assignment_done(&b.wanted);
    assignment_done(&b.target);
}
