/* The records of __transaction_state (Apache Kafka 4.3):
 *   key    int16 0, TransactionLogKey      value  int16 version, TransactionLogValue; null: tombstone */
#include <stdlib.h>

#include "api/kafka/msg/transaction_log.h"

#include "broker/txn/txn_internal.h"
#include "common/arena.h"
#include "common/cursor.h"
#include "common/invariant.h"

enum { KEY_VERSION = 0, VALUE_VERSION_MAX = 1 };

typedef struct kf_transaction_log_value_partitions_schema topic_entry;

static const struct kf_schema *key_schema(void)
{
    return &kf_transaction_log_key_schema;
}

static int by_name(const void *a, const void *b)
{
    const struct txn_partition *p = a, *q = b;
    int c = strcmp(p->topic, q->topic);

    return c ? c : (p->index > q->index) - (p->index < q->index);
}

/* A topic's name and its indexes, in order. */
static topic_entry *group(const struct txn_next *n, struct arena *a, int32_t *ret_n)
{
    topic_entry *topics = arena_array(a, (size_t)n->partitions_n, sizeof(*topics));
    struct txn_partition *p = arena_array(a, (size_t)n->partitions_n, sizeof(*p));
    int32_t *ids = arena_array(a, (size_t)n->partitions_n, sizeof(*ids));

    *ret_n = 0;
    if (!n->partitions_n)
        return topics;
    memcpy(p, n->partitions, (size_t)n->partitions_n * sizeof(*p));
    qsort(p, (size_t)n->partitions_n, sizeof(*p), by_name);
    for (int32_t i = 0; i < n->partitions_n; i++) {
        if (!i || strcmp(p[i].topic, p[i - 1].topic))
            topics[(*ret_n)++] = (topic_entry){ .topic = str_of(p[i].topic), .partition_ids = ids + i };
        ids[i] = p[i].index;
        topics[*ret_n - 1].partition_ids_n++;
    }
    return topics;
}

/* The ids of txn_state are those of the records, in the same order. */
_Static_assert(TXN_EMPTY == 0 && TXN_COMPLETE_ABORT == 5, "states are numbered as in the records");

static void put(const struct kf_schema *s, int16_t version, const void *msg, struct buf *ret)
{
    struct why reason;
    err_t e;

    buf_put_be16(ret, (uint16_t)version);
    e = kf_encode(s, version, msg, ret, &reason);
    INVARIANT(!e); /* texts were bounded by the request they came in */
}

void txn_key_put(struct str id, struct buf *ret)
{
    put(key_schema(), KEY_VERSION, &(struct kf_transaction_log_key){ .transactional_id = id }, ret);
}

void txn_record_put(struct str id, const struct txn_next *n, int16_t version, struct buf *ret_key,
                    struct buf *ret_value)
{
    struct kf_transaction_log_value v;
    OWNED_ARENA a = { 0 };

    kf_init(&kf_transaction_log_value_schema, &v);
    v.producer_id = n->producer_id;
    v.producer_epoch = n->epoch;
    v.transaction_timeout_ms = n->timeout_ms;
    v.transaction_status = (int8_t)n->state;
    v.transaction_last_update_timestamp_ms = n->update_ms;
    v.transaction_start_timestamp_ms = n->start_ms;
    v.transaction_partitions = group(n, &a, &v.transaction_partitions_n);
    if (n->state == TXN_EMPTY)
        v.transaction_partitions_n = -1;
    if (version >= TXN_V1) {
        v.previous_producer_id = n->previous_id;
        v.next_producer_id = n->next_id;
        v.client_transaction_version = n->client_version;
    }
    txn_key_put(id, ret_key);
    put(&kf_transaction_log_value_schema, version >= TXN_V1, &v, ret_value);
}

/* Versions 0 and 1 of the key type are offsets' in Kafka's other log; here there is one kind. */
static err_t read_key(struct slice key, struct arena *a, struct str *ret)
{
    struct cursor c = cursor_over(key);
    struct kf_transaction_log_key k;
    int16_t version = (int16_t)cursor_be16(&c);

    if (cursor_bad(&c))
        return ERR_CORRUPT;
    if (version != KEY_VERSION)
        return ERR_UNSUPPORTED;
    if (kf_decode(key_schema(), version, &c, a, &k) || !k.transactional_id.n)
        return ERR_CORRUPT;
    *ret = k.transactional_id;
    return ERR_OK;
}

static err_t read_value(struct slice value, struct arena *a, struct kf_transaction_log_value *ret)
{
    struct cursor c = cursor_over(value);
    int16_t version = (int16_t)cursor_be16(&c);

    if (cursor_bad(&c))
        return ERR_CORRUPT;
    if (version < 0 || version > VALUE_VERSION_MAX)
        return ERR_UNSUPPORTED;
    if (kf_decode(&kf_transaction_log_value_schema, version, &c, a, ret) || ret->producer_id < 0)
        return ERR_CORRUPT;
    /* Dead and PrepareEpochFence never get into a log. */
    return ret->transaction_status < 0 || ret->transaction_status >= TXN_STATES ? ERR_CORRUPT : ERR_OK;
}

static void set_partitions(struct txns *x, struct txn *t, const struct kf_transaction_log_value *v)
{
    t->partitions_n = 0;
    if (t->state != TXN_ONGOING && !txn_completing(t))
        return;
    for (int32_t i = 0; i < v->transaction_partitions_n; i++) {
        const topic_entry *e = &v->transaction_partitions[i];
        const char *name = txns_topic(x, e->topic);

        for (int32_t k = 0; k < e->partition_ids_n; k++)
            (void)txn_add_partition(t, name, e->partition_ids[k]);
    }
}

static void set_fields(struct txn *t, const struct kf_transaction_log_value *v, int16_t last_epoch)
{
    t->producer_id = v->producer_id;
    t->previous_id = v->previous_producer_id;
    t->next_id = v->next_producer_id;
    t->epoch = v->producer_epoch;
    t->last_epoch = last_epoch;
    t->timeout_ms = v->transaction_timeout_ms;
    t->start_ms = v->transaction_start_timestamp_ms;
    t->update_ms = v->transaction_last_update_timestamp_ms;
    t->client_version = v->client_transaction_version;
}

err_t txns_apply(struct txns *x, struct slice key, struct slice value, int16_t last_epoch)
{
    struct kf_transaction_log_value v;
    OWNED_ARENA a = { 0 };
    struct txn *t;
    struct str id;
    err_t e;

    e = read_key(key, &a, &id);
    if (e)
        return e;
    if (!value.p) {
        t = txns_find(x, id);
        if (t)
            txns_remove(x, t);
        return ERR_OK;
    }
    e = read_value(value, &a, &v);
    if (e)
        return e;
    t = txns_find_or_add(x, id);
    set_fields(t, &v, last_epoch);
    txn_set_state(x, t, (enum txn_state)v.transaction_status);
    set_partitions(x, t, &v);
    return ERR_OK;
}
