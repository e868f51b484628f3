#include "broker/server/fetch_reply.h"

#include "broker/log/txn_index.h"

enum {
    LOG_START_SINCE = 5, SESSION_SINCE = 7, PREFERRED_SINCE = 11, FLEXIBLE_SINCE = 12,
    IDS_SINCE = 13, NODES_SINCE = 16,
    TAG_DIVERGING = 0, TAG_LEADER = 1, TAG_NODES = 0,
    DIVERGING_BYTES = 13, LEADER_BYTES = 9,
};

static bool flexible(const struct fetch_reply *f)
{
    return f->version >= FLEXIBLE_SINCE;
}

static void put_count(const struct fetch_reply *f, struct buf *b, unsigned n)
{
    if (flexible(f))
        buf_put_uvarint(b, n + 1);
    else
        buf_put_be32(b, n);
}

static void put_topic_head(const struct fetch_reply *f, const struct fetch_result *r, struct buf *b)
{
    if (f->version >= IDS_SINCE) {
        buf_put(b, r->topic_id.b, sizeof(r->topic_id.b));
        return;
    }
    if (flexible(f))
        buf_put_uvarint(b, (uint32_t)r->topic.n + 1);
    else
        buf_put_be16(b, (uint16_t)r->topic.n);
    buf_put(b, r->topic.p, r->topic.n);
}

static void put_partition_tags(const struct fetch_result *r, struct buf *b)
{
    bool diverging = r->diverging_epoch >= 0, leader = r->leader_id >= 0;

    buf_put_uvarint(b, (uint32_t)diverging + leader);
    if (diverging) {
        buf_put_uvarint(b, TAG_DIVERGING);
        buf_put_uvarint(b, DIVERGING_BYTES);
        buf_put_be32(b, (uint32_t)r->diverging_epoch);
        buf_put_be64(b, (uint64_t)r->diverging_end);
        buf_put_uvarint(b, 0);
    }
    if (leader) {
        buf_put_uvarint(b, TAG_LEADER);
        buf_put_uvarint(b, LEADER_BYTES);
        buf_put_be32(b, (uint32_t)r->leader_id);
        buf_put_be32(b, (uint32_t)r->leader_epoch);
        buf_put_uvarint(b, 0);
    }
}

/* What READ_COMMITTED drops: from the first offset on, until the producer's abort marker. */
static void put_aborted(const struct fetch_reply *f, const struct fetch_result *r, struct buf *b)
{
    uint32_t n = (uint32_t)(r->aborted.n / TXN_ENTRY);
    struct aborted_txn t;

    if (!r->aborted_list) {
        if (flexible(f))
            buf_put_uvarint(b, 0);
        else
            buf_put_be32(b, UINT32_MAX);
        return;
    }
    put_count(f, b, n);
    for (size_t i = 0; txn_entry_get(r->aborted, i, &t); i++) {
        buf_put_be64(b, (uint64_t)t.producer_id);
        buf_put_be64(b, (uint64_t)t.first_offset);
        if (flexible(f))
            buf_put_uvarint(b, 0);
    }
}

static void put_partition(const struct fetch_reply *f, const struct fetch_result *r, struct buf *b,
                          size_t *at)
{
    buf_put_be32(b, (uint32_t)r->index);
    buf_put_be16(b, (uint16_t)r->error);
    buf_put_be64(b, (uint64_t)r->high_watermark);
    buf_put_be64(b, (uint64_t)r->last_stable);
    if (f->version >= LOG_START_SINCE)
        buf_put_be64(b, (uint64_t)r->log_start);
    put_aborted(f, r, b);
    if (f->version >= PREFERRED_SINCE)
        buf_put_be32(b, (uint32_t)r->preferred);
    if (flexible(f))
        buf_put_uvarint(b, (uint32_t)r->span.n + 1);
    else
        buf_put_be32(b, (uint32_t)r->span.n);
    *at = b->n;
    if (flexible(f))
        put_partition_tags(r, b);
}

static bool same_topic(const struct fetch_reply *f, const struct fetch_result *x,
                       const struct fetch_result *y)
{
    return f->version >= IDS_SINCE ? uuid_eq(&x->topic_id, &y->topic_id) : str_eq(x->topic, y->topic);
}

static unsigned run_of_topic(const struct fetch_reply *f, unsigned from)
{
    unsigned n = 1;

    while (from + n < f->results_n && same_topic(f, &f->results[from], &f->results[from + n]))
        n++;
    return n;
}

static void put_text(struct buf *b, const char *text)
{
    size_t n = text ? strlen(text) : 0;

    buf_put_uvarint(b, text ? (uint32_t)n + 1 : 0);
    buf_put(b, text, n);
}

static void put_nodes(const struct fetch_reply *f, struct buf *b)
{
    struct buf nodes = { 0 };

    if (f->version < NODES_SINCE || !f->nodes_n) {
        buf_put_uvarint(b, 0);
        return;
    }
    buf_put_uvarint(&nodes, f->nodes_n + 1);
    for (unsigned i = 0; i < f->nodes_n; i++) {
        buf_put_be32(&nodes, (uint32_t)f->nodes[i].id);
        put_text(&nodes, f->nodes[i].host);
        buf_put_be32(&nodes, f->nodes[i].port);
        put_text(&nodes, f->nodes[i].rack);
        buf_put_uvarint(&nodes, 0);
    }
    buf_put_uvarint(b, 1);
    buf_put_uvarint(b, TAG_NODES);
    buf_put_uvarint(b, (uint32_t)nodes.n);
    buf_put(b, nodes.p, nodes.n);
    buf_done(&nodes);
}

void fetch_reply_encode(const struct fetch_reply *f, struct buf *ret, size_t *ret_at)
{
    unsigned topics = 0, n;

    for (unsigned i = 0; i < f->results_n; i += run_of_topic(f, i))
        topics++;
    buf_put_be32(ret, 0); /* throttle time */
    if (f->version >= SESSION_SINCE) {
        buf_put_be16(ret, (uint16_t)f->error);
        buf_put_be32(ret, (uint32_t)f->session_id);
    }
    put_count(f, ret, topics);
    for (unsigned i = 0; i < f->results_n; i += n) {
        n = run_of_topic(f, i);
        put_topic_head(f, &f->results[i], ret);
        put_count(f, ret, n);
        for (unsigned k = i; k < i + n; k++) {
            size_t at;

            put_partition(f, &f->results[k], ret, &at);
            if (f->results[k].span.n)
                *ret_at++ = at;
        }
        if (flexible(f))
            buf_put_uvarint(ret, 0);
    }
    if (flexible(f))
        put_nodes(f, ret);
}
