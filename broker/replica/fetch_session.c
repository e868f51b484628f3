#include "broker/replica/fetch_session.h"

#include "common/buf.h"
#include "common/invariant.h"

void fetch_sessions_init(struct fetch_sessions *c, unsigned max, uint64_t seed)
{
    *c = (struct fetch_sessions){ .max = max, .seed = seed };
    list_init(&c->lru);
}

void fetch_sessions_done(struct fetch_sessions *c)
{
    list_each(node, &c->lru)
        fetch_session_free(c, list_item(node, struct fetch_session, lru));
    map_done(&c->by_id);
}

struct fetch_session *fetch_session_new(bool by_topic_id, int32_t replica)
{
    struct fetch_session *s = mem_new(struct fetch_session);

    s->by_topic_id = by_topic_id;
    s->replica = replica;
    list_init(&s->all);
    list_init(&s->dirty);
    list_init(&s->lru);
    return s;
}

static void partition_free(struct fetch_partition *f)
{
    list_remove(&f->node);
    list_remove(&f->dirty);
    list_remove(&f->by_partition);
    f->session->n--;
    if (f->key_owned)
        mem_free((void *)(uintptr_t)f->topic.p);
    mem_free(f);
}

void fetch_session_free(struct fetch_sessions *c, struct fetch_session *s)
{
    INVARIANT(!s->waiter);
    if (s->id)
        (void)map_remove(&c->by_id, &s->id, sizeof(s->id));
    list_remove(&s->lru);
    list_each(node, &s->all)
        partition_free(list_item(node, struct fetch_partition, node));
    map_done(&s->by_key);
    mem_free(s);
}

/* The least recently used one that is old enough and waits for nothing. */
static bool evict(struct fetch_sessions *c, int64_t now_ms)
{
    list_each(node, &c->lru) {
        struct fetch_session *s = list_item(node, struct fetch_session, lru);

        if (now_ms - s->used_ms < FETCH_SESSION_EVICT_MS)
            return false;
        if (!s->waiter) {
            fetch_session_free(c, s);
            return true;
        }
    }
    return false;
}

static int32_t draw_id(struct fetch_sessions *c)
{
    int32_t id;

    do {
        c->seed = c->seed * 6364136223846793005u + 1442695040888963407u;
        id = (int32_t)(c->seed >> 33);
    } while (!id || map_get(&c->by_id, &id, sizeof(id)));
    return id;
}

bool fetch_session_keep(struct fetch_sessions *c, struct fetch_session *s, int64_t now_ms)
{
    if (c->by_id.n >= c->max && !evict(c, now_ms))
        return false;
    s->id = draw_id(c);
    s->epoch = 1;
    (void)map_set(&c->by_id, &s->id, sizeof(s->id), s);
    fetch_session_used(c, s, now_ms);
    return true;
}

struct fetch_session *fetch_session_find(const struct fetch_sessions *c, int32_t id)
{
    return map_get(&c->by_id, &id, sizeof(id));
}

void fetch_session_used(struct fetch_sessions *c, struct fetch_session *s, int64_t now_ms)
{
    s->used_ms = now_ms;
    list_remove(&s->lru);
    list_push(&c->lru, &s->lru);
}

/* Topic id or name, and index, as the bytes of a map's key. */
static void make_key(const struct fetch_session *s, struct str topic, const struct uuid *topic_id,
                     int32_t index, struct buf *ret)
{
    buf_put(ret, &index, sizeof(index));
    if (s->by_topic_id)
        buf_put(ret, topic_id->b, sizeof(topic_id->b));
    else
        buf_put(ret, topic.p, topic.n);
}

static struct fetch_partition *add(struct fetch_session *s, const struct fetch_wish *w, bool copy)
{
    struct fetch_partition *f = mem_new(struct fetch_partition);

    f->session = s;
    f->topic = w->topic;
    f->topic_id = w->topic_id;
    f->index = w->index;
    f->sent_high_watermark = f->sent_log_start = -1;
    if (copy && w->topic.n) {
        f->topic.p = mem_strndup(w->topic.p, w->topic.n);
        f->key_owned = true;
    }
    list_push(&s->all, &f->node);
    list_init(&f->dirty);
    list_init(&f->by_partition);
    s->n++;
    return f;
}

/* A fetch without a session lists each partition once and is never looked up. */
static struct fetch_partition *find_or_add(struct fetch_session *s, const struct fetch_wish *w,
                                           bool copy)
{
    OWNED_BUF key = { 0 };
    struct fetch_partition *f;

    if (!copy)
        return add(s, w, false);
    make_key(s, w->topic, &w->topic_id, w->index, &key);
    f = map_get(&s->by_key, key.p, key.n);
    if (!f) {
        f = add(s, w, true);
        (void)map_set(&s->by_key, key.p, key.n, f);
    }
    return f;
}

void fetch_session_set(struct fetch_session *s, const struct fetch_wish *w, bool copy)
{
    struct fetch_partition *f = find_or_add(s, w, copy);

    f->offset = w->offset;
    f->max_bytes = w->max_bytes;
    f->leader_epoch = w->leader_epoch;
    f->last_epoch = w->last_epoch;
    f->log_start = w->log_start;
    f->fresh = true;
    fetch_partition_mark(f);
}

void fetch_session_forget(struct fetch_session *s, struct str topic, const struct uuid *topic_id,
                          int32_t index)
{
    OWNED_BUF key = { 0 };
    struct fetch_partition *f;

    make_key(s, topic, topic_id, index, &key);
    f = map_remove(&s->by_key, key.p, key.n);
    if (f)
        partition_free(f);
}

void fetch_partition_bind(struct fetch_partition *f, struct partition *p)
{
    list_remove(&f->by_partition);
    f->partition = p;
    if (p)
        list_push(&p->subscribers, &f->by_partition);
}

void fetch_partition_mark(struct fetch_partition *f)
{
    if (list_empty(&f->dirty))
        list_push(&f->session->dirty, &f->dirty);
}

void fetch_partition_clean(struct fetch_partition *f)
{
    list_remove(&f->dirty);
}

static void wake(struct fetch_session *s)
{
    if (s->waiter)
        s->wake(s);
}

static bool is_follower(const struct fetch_partition *f)
{
    return f->session->replica >= 0;
}

void partition_touched(struct partition *p)
{
    list_each(node, &p->subscribers) {
        struct fetch_partition *f = list_item(node, struct fetch_partition, by_partition);

        fetch_partition_mark(f);
        wake(f->session);
    }
}

void partition_grew(struct partition *p)
{
    list_each(node, &p->subscribers) {
        struct fetch_partition *f = list_item(node, struct fetch_partition, by_partition);

        if (!is_follower(f))
            continue;
        fetch_partition_mark(f);
        wake(f->session);
    }
}

void partition_exposed(struct partition *p)
{
    if (p->exposed)
        p->exposed(p);
    list_each(node, &p->subscribers) {
        struct fetch_partition *f = list_item(node, struct fetch_partition, by_partition);

        fetch_partition_mark(f);
        if (!is_follower(f))
            wake(f->session);
    }
}

void partition_unbind(struct partition *p)
{
    partition_touched(p);
    list_each(node, &p->subscribers)
        fetch_partition_bind(list_item(node, struct fetch_partition, by_partition), NULL);
}
