#include "broker/group/group_internal.h"

#include "api/kafka/msg/consumer_group_describe.h"
#include "api/kafka/msg/consumer_group_heartbeat.h"
#include "api/kafka/msg/delete_groups.h"
#include "api/kafka/msg/describe_groups.h"
#include "api/kafka/msg/heartbeat.h"
#include "api/kafka/msg/join_group.h"
#include "api/kafka/msg/leave_group.h"
#include "api/kafka/msg/offset_delete.h"
#include "api/kafka/msg/offset_fetch.h"
#include "api/kafka/msg/alter_share_group_offsets.h"
#include "api/kafka/msg/delete_share_group_offsets.h"
#include "api/kafka/msg/describe_share_group_offsets.h"
#include "api/kafka/msg/share_group_describe.h"
#include "api/kafka/msg/share_group_heartbeat.h"
#include "api/kafka/msg/sync_group.h"
#include "api/kafka/msg/txn_offset_commit.h"
#include "broker/group/beat.h"
#include "common/invariant.h"

struct str str_keep(struct str s)
{
    return s.p ? str_make(mem_strndup(s.p, s.n), s.n) : s;
}

void str_drop(struct str *s)
{
    mem_free((void *)(uintptr_t)s->p);
    *s = str_make(NULL, 0);
}

struct slice slice_keep(struct slice s)
{
    return s.p ? slice_make(mem_strndup((const char *)s.p, s.n), s.n) : s;
}

void slice_drop(struct slice *s)
{
    mem_free((void *)(uintptr_t)s->p);
    *s = slice_make(NULL, 0);
}

/* ---- groups ---- */

struct groups *groups_new(const struct group_config *c)
{
    struct groups *g = mem_new(struct groups);

    g->config = c;
    list_init(&g->by_regex);
    list_init(&g->gone_topics);
    g->expire.kind = TIMER_EXPIRE;
    g->forget.kind = TIMER_FORGET;
    return g;
}

struct group *group_find(const struct groups *g, struct str id)
{
    return map_get_str(&g->by_id, id);
}

struct group *group_add(struct groups *g, struct str id)
{
    struct group *group = mem_new(struct group);

    group->id = str_keep(id.p ? id : str_make("", 0));
    group->classic = classic_new(group, -1);
    list_init(&group->pending);
    (void)map_set(&g->by_id, group->id.p, group->id.n, group);
    return group;
}

static void drop_kind(struct groups *g, struct group *group)
{
    if (group->classic)
        classic_stop(&g->timers, group->classic);
    group->classic = classic_free(group->classic);
    group->consumer = consumer_free(&g->timers, group->consumer);
    group->share = share_group_free(&g->timers, group->share);
}

void group_make_classic(struct groups *g, struct group *group)
{
    drop_kind(g, group);
    group->classic = classic_new(group, -1);
}

void group_make_consumer(struct groups *g, struct group *group)
{
    drop_kind(g, group);
    group->consumer = consumer_new(group);
}

static void group_free(struct groups *g, struct group *group)
{
    drop_kind(g, group);
    txn_offsets_drop(group);
    offsets_done(&group->offsets);
    str_drop(&group->id);
    mem_free(group);
}

void group_drop(struct groups *g, struct group *group)
{
    (void)map_remove(&g->by_id, group->id.p, group->id.n);
    group_free(g, group);
}

struct groups *groups_free(struct groups *g)
{
    struct slice key;
    void *value;

    if (!g)
        return NULL;
    for (size_t at = 0; map_next(&g->by_id, &at, &key, &value);)
        group_free(g, value);
    map_done(&g->by_id);
    for (size_t at = 0; map_next(&g->by_topic, &at, &key, &value);)
        mem_free(value);
    map_done(&g->by_topic);
    txn_offsets_done(g);
    topics_gone_done(g);
    group_timers_done(&g->timers);
    mem_free(g);
    return NULL;
}

size_t groups_n(const struct groups *g)
{
    return g->by_id.n;
}

int64_t groups_next_timer(const struct groups *g)
{
    return group_timers_next(&g->timers);
}

/* ---- calls ---- */

static const struct kf_schema *const responses[GROUP_APIS] = {
    [GROUP_JOIN] = &kf_join_group_response_schema,
    [GROUP_SYNC] = &kf_sync_group_response_schema,
    [GROUP_HEARTBEAT] = &kf_heartbeat_response_schema,
    [GROUP_LEAVE] = &kf_leave_group_response_schema,
    [GROUP_OFFSET_COMMIT] = &kf_offset_commit_response_schema,
    [GROUP_TXN_OFFSET_COMMIT] = &kf_txn_offset_commit_response_schema,
    [GROUP_OFFSET_FETCH] = &kf_offset_fetch_response_offset_fetch_response_group_schema,
    [GROUP_OFFSET_DELETE] = &kf_offset_delete_response_schema,
    [GROUP_DESCRIBE] = &kf_describe_groups_response_described_group_schema,
    [GROUP_DELETE] = &kf_delete_groups_response_deletable_group_result_schema,
    [GROUP_CONSUMER_HEARTBEAT] = &kf_consumer_group_heartbeat_response_schema,
    [GROUP_CONSUMER_DESCRIBE] = &kf_consumer_group_describe_response_described_group_schema,
    [GROUP_SHARE_HEARTBEAT] = &kf_share_group_heartbeat_response_schema,
    [GROUP_SHARE_DESCRIBE] = &kf_share_group_describe_response_described_group_schema,
    [GROUP_SHARE_OFFSETS] =
        &kf_describe_share_group_offsets_response_describe_share_group_offsets_response_group_schema,
    [GROUP_SHARE_ALTER] = &kf_alter_share_group_offsets_response_schema,
    [GROUP_SHARE_FORGET] = &kf_delete_share_group_offsets_response_schema,
};

void *group_call_response(struct group_call *call)
{
    call->response = arena_alloc(call->arena, kf_schema_size(responses[call->api]));
    kf_init(responses[call->api], call->response);
    return call->response;
}

void call_park(struct group_call *call, struct group_call **place)
{
    INVARIANT(!*place && !call->place); /* G2 */
    *place = call;
    call->place = place;
}

struct group_call *call_take(struct group_call **place)
{
    struct group_call *call = *place;

    if (call)
        call->place = NULL;
    *place = NULL;
    return call;
}

void groups_forget(struct group_call *call)
{
    if (call->place)
        (void)call_take(call->place);
}

void step_answer(struct step *s, const struct group *group, struct group_call *call)
{
    INVARIANT(call->response && !call->place);
    call->required = group ? group->written : -1;
    list_push(&s->out->answered, &call->node);
}

void step_error(struct step *s, const struct group *group, struct group_call *call, int16_t error)
{
    group_call_error(call, error);
    step_answer(s, group, call);
}

/* ---- steps ---- */

void group_out_init(struct group_out *out, struct arena *a)
{
    *out = (struct group_out){ .arena = a, .producer_id = -1, .producer_epoch = -1 };
    list_init(&out->answered);
}

typedef void (*call_fn)(struct step *s, struct group_call *call);
typedef void (*group_call_fn)(struct step *s, struct group *group, struct group_call *call);

/* The classic protocol, in a classic group or in one of the consumer protocol. */
static void serve_classic(struct step *s, struct group_call *call)
{
    static const struct {
        call_fn classic;
        group_call_fn consumer;
    } calls[] = {
        [GROUP_JOIN] = { classic_join_call, consumer_join_call },
        [GROUP_SYNC] = { classic_sync_call, consumer_sync_call },
        [GROUP_HEARTBEAT] = { classic_heartbeat_call, consumer_classic_heartbeat_call },
        [GROUP_LEAVE] = { classic_leave_call, consumer_classic_leave_call },
    };
    struct group *group = group_find(s->groups, call->group_id);

    if (group && group->consumer)
        calls[call->api].consumer(s, group, call);
    else
        calls[call->api].classic(s, call);
}

static void serve(struct step *s, struct group_call *call)
{
    switch (call->api) {
    case GROUP_JOIN:
    case GROUP_SYNC:
    case GROUP_HEARTBEAT:
    case GROUP_LEAVE:
        serve_classic(s, call);
        break;
    case GROUP_OFFSET_COMMIT:
        offset_commit_call(s, call);
        break;
    case GROUP_TXN_OFFSET_COMMIT:
        txn_offset_commit_call(s, call);
        break;
    case GROUP_OFFSET_FETCH:
        offset_fetch_call(s, call);
        break;
    case GROUP_OFFSET_DELETE:
        offset_delete_call(s, call);
        break;
    case GROUP_DESCRIBE:
        describe_call(s, call);
        break;
    case GROUP_DELETE:
        delete_call(s, call);
        break;
    case GROUP_CONSUMER_HEARTBEAT:
        consumer_heartbeat_call(s, call);
        break;
    case GROUP_CONSUMER_DESCRIBE:
        consumer_describe_call(s, call);
        break;
    case GROUP_SHARE_HEARTBEAT:
        share_heartbeat_call(s, call);
        break;
    case GROUP_SHARE_DESCRIBE:
        share_describe_call(s, call);
        break;
    case GROUP_SHARE_OFFSETS:
        share_offsets_call(s, call);
        break;
    case GROUP_SHARE_ALTER:
        share_alter_call(s, call);
        break;
    case GROUP_SHARE_FORGET:
        share_forget_call(s, call);
        break;
    case GROUP_APIS:
        break;
    }
}

/* The empty group id is legal for offsets alone. */
static bool needs_group_id(enum group_api api)
{
    return api == GROUP_JOIN || api == GROUP_SYNC || api == GROUP_HEARTBEAT || api == GROUP_LEAVE ||
           api == GROUP_CONSUMER_DESCRIBE || api == GROUP_SHARE_DESCRIBE;
}

static void take_call(struct step *s, struct group_call *call)
{
    call->place = NULL;
    call->response = NULL;
    call->failed = false;
    list_init(&call->node);
    if (needs_group_id(call->api) && !call->group_id.n)
        step_error(s, NULL, call, KF_ERR_INVALID_GROUP_ID);
    else if (!share_gate(s, call))
        serve(s, call);
}

static void take_timer(struct step *s)
{
    struct group_timer *t = group_timer_due(&s->groups->timers, s->c->now_ms);

    if (!t)
        return;
    switch (t->kind) {
    case TIMER_SESSION:
        classic_session_over(s, t->group, t->member);
        break;
    case TIMER_PENDING:
        classic_pending_over(s, t->group, t->member);
        break;
    case TIMER_JOIN:
        classic_join_over(s, t->group);
        break;
    case TIMER_SYNC:
        classic_sync_over(s, t->group);
        break;
    case TIMER_MEMBER:
    case TIMER_MEMBER_JOIN:
    case TIMER_MEMBER_SYNC:
        consumer_session_over(s, t->group, t->member);
        break;
    case TIMER_REVOKE:
        consumer_revoke_over(s, t->group, t->member);
        break;
    case TIMER_ASSIGN:
        consumer_assign_due(s, t->group);
        break;
    case TIMER_RESOLVE:
        consumer_resolve_due(s, t->group);
        break;
    case TIMER_SHARE_MEMBER:
        share_session_over(s, t->group, t->member);
        break;
    case TIMER_EXPIRE:
        expire_due(s);
        break;
    case TIMER_FORGET:
        forget_due(s);
        break;
    }
}

/* Groups that read it look at its metadata with the next heartbeat; regexes may find it. */
static void note_topic(struct step *s, struct str name)
{
    struct groups *g = s->groups;
    struct list *readers = map_get_str(&g->by_topic, name);

    for (struct list *node = readers ? readers->next : NULL; node && node != readers;
         node = node->next)
        list_item(node, struct consumer_topic, by_topic)->group->consumer->refresh = true;
    list_each (node, &g->by_regex) {
        struct consumer *k = list_item(node, struct consumer, by_regex);

        k->regexes_stale = true;
        consumer_arm_resolve(g, s->c, k->resolve.group);
    }
    if (g->by_id.n && !image_topic(s->c->image, name))
        topic_gone(s, name);
}

bool groups_read_topic(const struct groups *g, struct str topic)
{
    return !list_empty(&g->by_regex) || (g->by_topic.n && map_get_str(&g->by_topic, topic));
}

void groups_step(struct groups *g, const struct group_context *c, const struct group_event *ev,
                 struct group_out *out)
{
    struct step s = { .groups = g, .c = c, .out = out };
    struct group *group;

    switch (ev->kind) {
    case GROUP_CALL:
        take_call(&s, ev->call);
        break;
    case GROUP_TIMER:
        take_timer(&s);
        break;
    case GROUP_COMMITTED:
        group = group_find(g, ev->group_id);
        if (group && group->share)
            share_committed(&s, group, ev->generation);
        else if (group && group->classic)
            classic_committed(&s, group, ev->generation);
        break;
    case GROUP_SHARE_INITIALIZED:
        share_initialized(&s, ev);
        break;
    case GROUP_SHARE_DELETED:
        share_deleted(&s, ev);
        break;
    case GROUP_TOPIC:
        note_topic(&s, ev->group_id);
        break;
    }
    if (out->unencodable) {
        out->records_n = 0;
        groups_refused(g, c, out, KF_ERR_UNKNOWN_SERVER_ERROR);
    }
}

/* ---- apply ---- */

/* A group without members that gets some by its record was one of the other protocol. */
static bool is_downgraded(const struct group *group, const struct kf_group_metadata_value *v)
{
    return v->members_n && group->classic->state == CLASSIC_EMPTY;
}

/* A group that lives knows more than its record; one in load is made from it. What the group has
 * committed outlives its deletion, as the offsets' own tombstones are what deletes them. */
static void apply_classic(struct groups *g, const struct group_record_view *r, int64_t end)
{
    struct group *group = group_find(g, r->group_key->group);

    if (!group && !r->value)
        return;
    if (!group)
        group = group_add(g, r->group_key->group);
    group->written = end;
    if (r->value) {
        if (group->consumer)
            group_make_classic(g, group);
        if (!g->loaded || is_downgraded(group, r->value))
            classic_restore(group, r->value);
        return;
    }
    if (group->consumer || group->share)
        return; /* its own records say what it is */
    if (group->offsets.n || !list_empty(&group->pending))
        group_make_classic(g, group);
    else
        group_drop(g, group);
}

static err_t apply(struct groups *g, const struct group_record *r, int64_t producer_id, int64_t end)
{
    OWNED_ARENA a = { 0 };
    struct group_record_view v;
    err_t e = group_record_parse(r, &a, &v);

    if (e)
        return e;
    switch (v.type) {
    case GROUP_RECORD_LEGACY_OFFSET:
    case GROUP_RECORD_OFFSET:
        offset_apply(g, &v, producer_id, end);
        return ERR_OK;
    case GROUP_RECORD_CLASSIC:
        apply_classic(g, &v, end);
        return ERR_OK;
    case GROUP_RECORD_CONSUMER:
    case GROUP_RECORD_PARTITION_METADATA:
    case GROUP_RECORD_MEMBER:
    case GROUP_RECORD_TARGET:
    case GROUP_RECORD_TARGET_MEMBER:
    case GROUP_RECORD_CURRENT_MEMBER:
    case GROUP_RECORD_REGEX:
        consumer_apply(g, &v, end);
        return ERR_OK;
    case GROUP_RECORD_SHARE_MEMBER:
    case GROUP_RECORD_SHARE:
    case GROUP_RECORD_SHARE_TARGET:
    case GROUP_RECORD_SHARE_TARGET_MEMBER:
    case GROUP_RECORD_SHARE_CURRENT_MEMBER:
    case GROUP_RECORD_SHARE_PARTITIONS:
        share_group_apply(g, &v, end);
        return ERR_OK;
    case GROUP_RECORD_TYPES:
        break;
    }
    return ERR_UNSUPPORTED;
}

err_t groups_load(struct groups *g, const struct group_record *r, int64_t end)
{
    return apply(g, r, -1, end);
}

err_t groups_load_txn(struct groups *g, const struct group_record *r, int64_t producer_id, int64_t end)
{
    return apply(g, r, producer_id, end);
}

void groups_marked(struct groups *g, int64_t producer_id, bool commit, int64_t end)
{
    txn_offsets_end(g, producer_id, commit, end);
}

/* Left by tombstones of offsets that outlived their group's. */
bool group_has_nothing(const struct group *group)
{
    return !group->share && !group->offsets.n && list_empty(&group->pending) && group->classic &&
           group->classic->state == CLASSIC_EMPTY && group->classic->state_ms < 0;
}

static void drop_empty(struct groups *g)
{
    struct group **empty = mem_zero((g->by_id.n + 1) * sizeof(*empty));
    struct slice key;
    size_t n = 0;
    void *value;

    for (size_t at = 0; map_next(&g->by_id, &at, &key, &value);)
        if (group_has_nothing(value))
            empty[n++] = value;
    for (size_t i = 0; i < n; i++)
        group_drop(g, empty[i]);
    mem_free(empty);
}

static void group_loaded(struct step *s, struct group *group)
{
    if (group->share)
        share_loaded(s, group);
    else if (group->classic)
        classic_loaded(s, group);
    else
        consumer_loaded(s, group);
}

void groups_loaded(struct groups *g, const struct group_context *c, struct group_out *out)
{
    struct step s = { .groups = g, .c = c, .out = out };
    struct slice key;
    void *value;

    g->loaded = true;
    drop_empty(g);
    for (size_t at = 0; map_next(&g->by_id, &at, &key, &value);)
        group_loaded(&s, value);
    expire_begin(&s);
}

void groups_appended(struct groups *g, const struct group_context *c, struct group_out *out,
                     int64_t end)
{
    if (out->then == GROUP_THEN_REPLACED)
        classic_replaced(out, true);
    for (int i = 0; i < out->records_n; i++)
        INVARIANT(apply(g, &out->records[i], out->producer_id, end) == ERR_OK);
    list_each (node, &out->answered) {
        struct group_call *call = list_item(node, struct group_call, node);

        call->required = call->failed ? call->required : end;
    }
    if (out->then == GROUP_THEN_BEAT)
        consumer_beat_applied(g, c, out, true);
    else if (out->then == GROUP_THEN_SHARE_BEAT)
        share_beat_applied(g, c, out);
    else if (out->then == GROUP_THEN_RESOLVED)
        consumer_arm_resolve(g, c, out->group);
    else if (out->then == GROUP_THEN_UPGRADED)
        consumer_upgraded(g, c, out);
    else if (out->then == GROUP_THEN_DOWNGRADED)
        consumer_downgraded(g, c, out);
}

int16_t append_error_told(int16_t error)
{
    switch (error) {
    case KF_ERR_UNKNOWN_TOPIC_OR_PARTITION:
    case KF_ERR_NOT_ENOUGH_REPLICAS:
    case KF_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND:
    case KF_ERR_REQUEST_TIMED_OUT:
        return KF_ERR_COORDINATOR_NOT_AVAILABLE;
    case KF_ERR_NOT_LEADER_OR_FOLLOWER:
    case KF_ERR_KAFKA_STORAGE_ERROR:
        return KF_ERR_NOT_COORDINATOR;
    case KF_ERR_MESSAGE_TOO_LARGE:
    case KF_ERR_RECORD_LIST_TOO_LARGE:
    case KF_ERR_INVALID_FETCH_SIZE:
        return KF_ERR_UNKNOWN_SERVER_ERROR;
    default:
        return error;
    }
}

static void abandon_group(struct step *s, struct group *group, int16_t error)
{
    if (!group->classic)
        return;
    list_each (node, &group->classic->members) {
        struct classic_member *m = list_item(node, struct classic_member, node);
        struct group_call *join = call_take(&m->join), *sync = call_take(&m->sync);

        if (join)
            step_error(s, NULL, join, error);
        if (sync)
            step_error(s, NULL, sync, error);
    }
}

void groups_abandon(struct groups *g, struct group_out *out, int16_t error)
{
    struct step s = { .groups = g, .out = out };
    struct slice key;
    void *value;

    for (size_t at = 0; map_next(&g->by_id, &at, &key, &value);)
        abandon_group(&s, value, error);
}

void groups_refused(struct groups *g, const struct group_context *c, struct group_out *out,
                    int16_t error)
{
    struct step s = { .groups = g, .c = c, .out = out };
    int16_t told = append_error_told(error);

    list_each (node, &out->answered) {
        struct group_call *call = list_item(node, struct group_call, node);

        if (!call->failed)
            group_call_error(call, told);
    }
    switch (out->then) {
    case GROUP_THEN_NOTHING:
        break;
    case GROUP_THEN_FORGET:
        abandon_group(&s, out->group, told);
        group_drop(g, out->group);
        break;
    case GROUP_THEN_SYNCED:
        classic_fail_syncs(&s, out->group, told);
        classic_prepare(&s, out->group);
        break;
    case GROUP_THEN_REPLACED:
        classic_replaced(out, false);
        break;
    case GROUP_THEN_BEAT: /* it lives all the same */
        consumer_beat_applied(g, c, out, false);
        break;
    case GROUP_THEN_SHARE_BEAT:
    case GROUP_THEN_RESOLVED:
    case GROUP_THEN_UPGRADED:
    case GROUP_THEN_DOWNGRADED:
        break;
    }
    if (out->timer)
        consumer_retry(g, c, out);
    if (out->again)
        step_error(&s, NULL, out->again, told);
    out->again = NULL;
    out->note = false;
    out->share_parts_n = 0;
    out->then = GROUP_THEN_NOTHING;
}
