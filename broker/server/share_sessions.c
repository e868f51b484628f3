#include "broker/server/share_sessions.h"

#include "broker/server/broker.h"
#include "common/invariant.h"

struct place {
    struct uuid topic;
    int32_t index;
};

static struct buf key_of(struct str group, struct str member)
{
    struct buf key = { 0 };

    buf_put(&key, group.p, group.n);
    buf_put_u8(&key, 0);
    buf_put(&key, member.p, member.n);
    return key;
}

struct share_session *share_session_find(const struct share_sessions *x, struct str group,
                                         struct str member)
{
    OWNED_BUF key = key_of(group, member);

    return map_get(&x->by_member, key.p, key.n);
}

/* ---- partitions ---- */

static void part_touched(struct share_watch *w)
{
    struct share_session *s = container_of(w, struct share_session_part, watch)->session;

    if (s->waiting)
        s->wake(s->waiting);
}

struct share_session_part *share_session_part(const struct share_session *s,
                                              const struct uuid *topic, int32_t index)
{
    struct place at = { *topic, index };

    return map_get(&s->by_place, &at, sizeof(at));
}

void share_session_add(struct share_session *s, const struct uuid *topic, int32_t index)
{
    struct place at = { *topic, index };
    struct share_session_part *part;

    if (map_get(&s->by_place, &at, sizeof(at)))
        return;
    part = mem_new(struct share_session_part);
    part->session = s;
    part->topic = *topic;
    part->index = index;
    part->result = -1;
    part->watch.touched = part_touched;
    list_init(&part->watch.node);
    list_push(&s->parts, &part->node);
    (void)map_set(&s->by_place, &at, sizeof(at), part);
}

static void part_free(struct share_session_part *part)
{
    struct place at = { part->topic, part->index };

    (void)map_remove(&part->session->by_place, &at, sizeof(at));
    share_watch_end(&part->watch);
    list_remove(&part->node);
    mem_free(part);
}

void share_session_forget(struct share_session *s, const struct uuid *topic, int32_t index)
{
    struct share_session_part *part = share_session_part(s, topic, index);

    if (part)
        part_free(part);
}

static void release(struct share_session_part *part)
{
    struct share_lead *l = part->watch.lead;
    struct share_limits limits;

    if (!l || !l->core)
        return;
    limits = share_lead_limits(l->b, l->group);
    share_partition_release(l->core, part->session->owner, &limits);
    list_each (node, &l->subscribers) {
        struct share_watch *w = list_item(node, struct share_watch, node);

        w->touched(w);
    }
    share_lead_changed(l);
}

static void drop_parts(struct share_session *s)
{
    list_each (node, &s->parts)
        part_free(list_item(node, struct share_session_part, node));
}

/* ---- sessions ---- */

void share_session_end(struct share_session *s)
{
    OWNED_BUF key = key_of(s->group, s->member);

    if (s->waiting)
        s->end(s->waiting);
    INVARIANT(!s->waiting);
    list_each (node, &s->parts)
        release(list_item(node, struct share_session_part, node));
    drop_parts(s);
    map_done(&s->by_place);
    list_remove(&s->conn.node);
    (void)map_remove(&s->b->share_sessions->by_member, key.p, key.n);
    mem_free((void *)(uintptr_t)s->group.p);
    mem_free((void *)(uintptr_t)s->member.p);
    mem_free(s);
}

static void conn_closed(struct conn_end *e)
{
    share_session_end(container_of(e, struct share_session, conn));
}

static struct share_session *session_new(struct share_sessions *x, struct str group,
                                         struct str member)
{
    struct share_session *s = mem_new(struct share_session);
    OWNED_BUF key = key_of(group, member);

    s->b = x->b;
    s->group = str_make(mem_strndup(group.p, group.n), group.n);
    s->member = str_make(mem_strndup(member.p, member.n), member.n);
    s->owner = ++x->owners;
    s->conn.closed = conn_closed;
    list_init(&s->parts);
    list_init(&s->conn.node);
    (void)map_set(&x->by_member, key.p, key.n, s);
    return s;
}

struct share_session *share_session_open(struct share_sessions *x, struct request *r,
                                         struct str group, struct str member)
{
    struct share_session *s = share_session_find(x, group, member);

    if (!s && x->by_member.n >= x->most)
        return NULL;
    if (!s)
        s = session_new(x, group, member);
    if (s->waiting)
        s->end(s->waiting);
    drop_parts(s);
    s->epoch = 1;
    request_watch_conn(r, &s->conn);
    return s;
}

void share_session_used(struct share_session *s)
{
    s->epoch = s->epoch == INT32_MAX ? 1 : s->epoch + 1;
}

struct share_sessions *share_sessions_new(struct broker *b)
{
    struct share_sessions *x = mem_new(struct share_sessions);

    x->b = b;
    x->most = (size_t)config_int(b->config, "group.share.max.share.sessions");
    return x;
}

struct share_sessions *share_sessions_free(struct share_sessions *x)
{
    struct slice key;
    void *value;

    if (!x)
        return NULL;
    for (size_t at = 0; map_next(&x->by_member, &at, &key, &value); at = 0)
        share_session_end(value);
    map_done(&x->by_member);
    mem_free(x);
    return NULL;
}
