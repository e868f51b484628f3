#include "tests/lib/group_world.h"

#include "api/kafka/errors.h"
#include "api/kafka/msg/config_record.h"
#include "api/kafka/msg/offset_commit.h"
#include "api/kafka/msg/partition_record.h"
#include "api/kafka/msg/remove_topic_record.h"
#include "api/kafka/msg/topic_record.h"
#include "broker/group/assignor.h"
#include "broker/metadata/record.h"
#include "common/invariant.h"
#include "common/mem.h"

static void apply(struct group_world *w, enum metadata_record type, int16_t version,
                  const void *msg)
{
    OWNED_BUF b = { 0 };
    struct why why;

    record_put(&b, type, version, msg);
    INVARIANT(!image_apply(w->image, w->image_offset++, buf_slice(&b), NULL, NULL, &why));
}

static struct uuid id_of(const struct group_world *w, const char *name)
{
    struct uuid u = { { 1 } };
    uint64_t hash = map_hash(7, name, strlen(name)) + (uint64_t)w->image_offset;

    memcpy(u.b + 4, &hash, sizeof(hash));
    return u;
}

struct uuid group_world_topic(struct group_world *w, const char *name, int32_t partitions)
{
    struct uuid id = id_of(w, name), dir = { { 9 } };
    int32_t one[] = { 1 };

    apply(w, RECORD_TOPIC, 0, &(struct kf_topic_record){ str_of(name), id });
    for (int32_t p = 0; p < partitions; p++) {
        struct kf_partition_record r;

        kf_init(&kf_partition_record_schema, &r);
        r.partition_id = p;
        r.topic_id = id;
        r.replicas = r.isr = one, r.replicas_n = r.isr_n = 1;
        r.directories = &dir, r.directories_n = 1;
        r.leader = 1;
        apply(w, RECORD_PARTITION, 2, &r);
    }
    return id;
}

void group_world_remove_topic(struct group_world *w, const char *name)
{
    const struct topic_state *t = image_topic(w->image, str_of(name));

    apply(w, RECORD_REMOVE_TOPIC, 0, &(struct kf_remove_topic_record){ t->id });
}

static void load_one(struct groups *g, const struct group_logged *l)
{
    if (l->marker)
        groups_marked(g, l->producer_id, l->commit, l->end);
    else if (l->producer_id >= 0)
        INVARIANT(!groups_load_txn(g, &l->record, l->producer_id, l->end));
    else
        INVARIANT(!groups_load(g, &l->record, l->end));
}

static struct groups *load(const struct group_world *w)
{
    struct group_context c = { .now_ms = w->now_ms, .wall_ms = w->wall_ms, .image = w->image };
    struct groups *g = groups_new(&w->config);
    OWNED_ARENA a = { 0 };
    struct group_out out;

    for (size_t i = 0; i < w->log_n; i++)
        load_one(g, &w->log[i]);
    group_out_init(&out, &a);
    groups_loaded(g, &c, &out);
    groups_check(g);
    INVARIANT(!out.records_n && list_empty(&out.answered));
    return g;
}

void group_world_open(struct group_world *w)
{
    *w = (struct group_world){
        .config = { .session_ms_min = 6000,
                    .session_ms_max = 1800000,
                    .initial_rebalance_delay_ms = 3000,
                    .size_max = INT32_MAX,
                    .metadata_bytes_max = 4096,
                    .retention_ms = 7 * 86400000LL,
                    .retention_check_ms = 600000,
                    .share_session_ms = 45000,
                    .share_session_ms_min = 45000,
                    .share_session_ms_max = 60000,
                    .share_heartbeat_ms = 5000,
                    .share_heartbeat_ms_min = 5000,
                    .share_heartbeat_ms_max = 15000,
                    .share_size_max = 200,
                    .share_retry_ms = 30000,
                    .consumer_enabled = true,
                    .consumer_session_ms = 45000,
                    .consumer_session_ms_min = 45000,
                    .consumer_session_ms_max = 60000,
                    .consumer_heartbeat_ms = 5000,
                    .consumer_heartbeat_ms_min = 5000,
                    .consumer_heartbeat_ms_max = 15000,
                    .consumer_size_max = INT32_MAX,
                    .regex_refresh_ms = 600000,
                    .assignors = { &assignors[0], &assignors[1] },
                    .assignors_n = 2,
                    .upgrade = true,
                    .downgrade = true },
        .image = image_new(),
        .now_ms = 1000,
        .wall_ms = 1700000000000,
    };
    list_init(&w->waiting);
    list_init(&w->notes);
    w->groups = load(w);
}

void group_world_close(struct group_world *w)
{
    struct group_out out;

    group_out_init(&out, &w->arena);
    groups_abandon(w->groups, &out, KF_ERR_NOT_COORDINATOR);
    groups_free(w->groups);
    image_free(w->image);
    arena_done(&w->arena);
    for (size_t i = 0; i < w->log_n; i++) {
        mem_free((void *)(uintptr_t)w->log[i].record.key.p);
        mem_free((void *)(uintptr_t)w->log[i].record.value.p);
    }
    mem_free(w->log);
}

static struct group_context context(struct group_world *w)
{
    struct group_context c = { .now_ms = w->now_ms, .wall_ms = w->wall_ms, .image = w->image };
    uint32_t id = ++w->ids;

    c.fresh.b[0] = 0xee;
    for (int i = 0; i < 4; i++)
        c.fresh.b[12 + i] = (uint8_t)(id >> (24 - 8 * i));
    return c;
}

static struct slice keep(struct slice s)
{
    return s.p ? slice_make(mem_strndup((const char *)s.p, s.n), s.n) : s;
}

static void log_put(struct group_world *w, struct group_logged l)
{
    if (w->log_n == w->log_capacity) {
        w->log_capacity = w->log_capacity ? 2 * w->log_capacity : 64;
        w->log = mem_resize_array(w->log, w->log_capacity, sizeof(*w->log));
    }
    l.record = (struct group_record){ keep(l.record.key), keep(l.record.value) };
    l.end = ++w->end;
    w->log[w->log_n++] = l;
}

static void note(struct group_world *w, const struct group_out *out)
{
    struct group_note *n = arena_new(&w->arena, struct group_note);

    n->group = arena_str(&w->arena, out->note_group);
    n->generation = out->note_generation;
    n->required = w->end;
    list_push(&w->notes, &n->node);
}

static void append(struct group_world *w, const struct group_context *c, struct group_out *out)
{
    int16_t error = w->append_error;

    w->append_error = 0;
    if (error) {
        groups_refused(w->groups, c, out, error);
        return;
    }
    for (int i = 0; i < out->records_n; i++)
        log_put(w, (struct group_logged){ .record = out->records[i], .producer_id = out->producer_id });
    groups_appended(w->groups, c, out, w->end);
    if (out->note)
        note(w, out);
}

static void take_answers(struct group_world *w, struct group_out *out)
{
    while (!list_empty(&out->answered)) {
        struct list *node = out->answered.next;

        list_remove(node);
        list_push(&w->waiting, node);
    }
}

static void release(struct group_world *w)
{
    list_each (node, &w->waiting) {
        struct group_asked *a = list_item(node, struct group_asked, call.node);

        if (!a->call.failed && a->call.required > w->high_watermark)
            continue;
        list_remove(node);
        INVARIANT(!a->done);
        a->done = true;
    }
}

static void step(struct group_world *w, const struct group_event *ev)
{
    struct group_context c = context(w);
    struct group_out out;

    group_out_init(&out, &w->arena);
    groups_step(w->groups, &c, ev, &out);
    if (out.records_n)
        append(w, &c, &out);
    take_answers(w, &out);
    if (out.share_parts_n) {
        w->share_group = out.share_group;
        w->share_parts = out.share_parts;
        w->share_parts_n = out.share_parts_n;
    }
    groups_check(w->groups);
    if (out.again)
        step(w, &(struct group_event){ .kind = GROUP_CALL, .call = out.again });
    if (w->held)
        release(w);
    else
        group_world_commit(w);
}

void group_world_event(struct group_world *w, const struct group_event *ev)
{
    step(w, ev);
}

void group_world_initialized(struct group_world *w, int32_t n)
{
    struct group_event ev = { .kind = GROUP_SHARE_INITIALIZED, .group_id = w->share_group,
                              .parts = w->share_parts, .parts_n = n };

    w->share_parts_n = 0;
    step(w, &ev);
}

void group_world_commit(struct group_world *w)
{
    w->high_watermark = w->end;
    release(w);
    while (!list_empty(&w->notes)) {
        struct group_note *n = list_item(w->notes.next, struct group_note, node);

        list_remove(&n->node);
        step(w, &(struct group_event){
                    .kind = GROUP_COMMITTED, .group_id = n->group, .generation = n->generation });
    }
}

struct group_asked *group_world_ask(struct group_world *w, enum group_api api, int16_t version,
                                    const char *group, const char *client, const void *request)
{
    struct group_asked *a = arena_new(&w->arena, struct group_asked);

    a->call = (struct group_call){ .api = api,
                                   .version = version,
                                   .group_id = str_of(group),
                                   .client_id = str_of(client),
                                   .client_host = str_of("/127.0.0.1"),
                                   .request = request,
                                   .arena = &w->arena };
    step(w, &(struct group_event){ .kind = GROUP_CALL, .call = &a->call });
    return a;
}

void group_world_mark(struct group_world *w, int64_t producer_id, bool commit)
{
    log_put(w, (struct group_logged){ .producer_id = producer_id, .marker = true, .commit = commit });
    groups_marked(w->groups, producer_id, commit, w->end);
    groups_check(w->groups);
    if (!w->held)
        group_world_commit(w);
}

void group_world_tell_topic(struct group_world *w, const char *name)
{
    step(w, &(struct group_event){ .kind = GROUP_TOPIC, .group_id = str_of(name) });
}

void group_world_pass(struct group_world *w, int64_t ms)
{
    int64_t until = w->now_ms + ms;

    while (groups_next_timer(w->groups) <= until) {
        int64_t next = groups_next_timer(w->groups);

        if (next > w->now_ms) {
            w->wall_ms += next - w->now_ms;
            w->now_ms = next;
        }
        step(w, &(struct group_event){ .kind = GROUP_TIMER });
    }
    w->wall_ms += until - w->now_ms;
    w->now_ms = until;
}

void group_world_reload(struct group_world *w)
{
    struct group_out out;

    group_out_init(&out, &w->arena);
    groups_abandon(w->groups, &out, KF_ERR_NOT_COORDINATOR);
    take_answers(w, &out);
    list_each (node, &w->waiting)
        group_call_error(&list_item(node, struct group_asked, call.node)->call,
                         KF_ERR_NOT_COORDINATOR);
    release(w);
    while (!list_empty(&w->notes))
        list_remove(w->notes.next);
    groups_free(w->groups);
    w->groups = load(w);
    w->high_watermark = w->end;
}

void group_world_dump(const struct group_world *w, struct buf *ret)
{
    groups_dump(w->groups, ret);
}

void group_world_dump_log(const struct group_world *w, struct buf *ret)
{
    struct groups *g = load(w);

    groups_dump(g, ret);
    groups_free(g);
}

int16_t group_world_offset(struct group_world *w, int16_t version, const char *member, int32_t generation,
                           int32_t partition)
{
    struct kf_offset_commit_request_offset_commit_request_partition p;
    struct kf_offset_commit_request_offset_commit_request_topic t;
    const struct kf_offset_commit_response *r;
    struct kf_offset_commit_request q;

    kf_init(&kf_offset_commit_request_schema, &q);
    kf_init(&kf_offset_commit_request_offset_commit_request_topic_schema, &t);
    kf_init(&kf_offset_commit_request_offset_commit_request_partition_schema, &p);
    q.group_id = str_of("g");
    q.member_id = str_of(member);
    q.generation_id_or_member_epoch = generation;
    p.partition_index = partition;
    t.name = str_of("t");
    t.partitions = &p, t.partitions_n = 1;
    q.topics = &t, q.topics_n = 1;
    r = group_world_ask(w, GROUP_OFFSET_COMMIT, version, "g", "c", &q)->call.response;
    return r->topics->partitions->error_code;
}

void group_world_property(struct group_world *w, const char *key, const char *value)
{
    enum { RESOURCE_GROUP = 32 };

    apply(w, RECORD_CONFIG, 0,
          &(struct kf_config_record){ RESOURCE_GROUP, str_of("g"), str_of(key), str_of(value) });
}
