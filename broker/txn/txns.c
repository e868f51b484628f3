#include "broker/txn/txn_internal.h"

#include <stdlib.h>

#include "common/invariant.h"
#include "common/mem.h"

static const char *const state_names[TXN_STATES] = {
    [TXN_EMPTY] = "Empty",
    [TXN_ONGOING] = "Ongoing",
    [TXN_PREPARE_COMMIT] = "PrepareCommit",
    [TXN_PREPARE_ABORT] = "PrepareAbort",
    [TXN_COMPLETE_COMMIT] = "CompleteCommit",
    [TXN_COMPLETE_ABORT] = "CompleteAbort",
};

const char *txn_state_name(enum txn_state s)
{
    return state_names[s];
}

struct txns *txns_new(void)
{
    struct txns *x = mem_new(struct txns);

    list_init(&x->ongoing);
    return x;
}

static void txn_free(struct txn *t)
{
    INVARIANT(!t->shell);
    list_remove(&t->ongoing);
    mem_free(t->partitions);
    mem_free((char *)(uintptr_t)t->id.p);
    mem_free(t);
}

struct txns *txns_free(struct txns *x)
{
    struct slice key;
    void *value;

    if (!x)
        return NULL;
    for (size_t at = 0; map_next(&x->ids, &at, &key, &value);)
        txn_free(value);
    for (size_t at = 0; map_next(&x->topics, &at, &key, &value);)
        mem_free(value);
    map_done(&x->ids);
    map_done(&x->topics);
    mem_free(x);
    return NULL;
}

struct txn *txns_find(const struct txns *x, struct str id)
{
    return map_get_str(&x->ids, id);
}

struct txn *txns_next(const struct txns *x, size_t *at)
{
    struct slice key;
    void *value;

    return map_next(&x->ids, at, &key, &value) ? value : NULL;
}

struct txn *txns_find_or_add(struct txns *x, struct str id)
{
    struct txn *t = txns_find(x, id);

    if (t)
        return t;
    t = mem_new(struct txn);
    t->id = str_make(mem_strndup(id.p, id.n), id.n);
    t->producer_id = t->previous_id = t->next_id = -1;
    t->epoch = t->last_epoch = -1;
    t->start_ms = t->update_ms = -1;
    t->required = -1;
    list_init(&t->ongoing);
    (void)map_set(&x->ids, id.p, id.n, t);
    return t;
}

void txns_remove(struct txns *x, struct txn *t)
{
    INVARIANT(map_remove(&x->ids, t->id.p, t->id.n) == t);
    txn_free(t);
}

const char *txns_topic(struct txns *x, struct str name)
{
    char *own = map_get_str(&x->topics, name);

    if (own)
        return own;
    own = mem_strndup(name.p, name.n);
    (void)map_set(&x->topics, name.p, name.n, own);
    return own;
}

/* Where it is, or belongs: sorted by the names' places in memory, which no record shows. */
static int32_t place_of(const struct txn *t, const char *topic, int32_t index, bool *ret_found)
{
    int32_t low = 0, high = t->partitions_n;

    *ret_found = false;
    while (low < high) {
        int32_t middle = low + (high - low) / 2;
        const struct txn_partition *p = &t->partitions[middle];

        if (p->topic == topic && p->index == index) {
            *ret_found = true;
            return middle;
        }
        if ((uintptr_t)p->topic < (uintptr_t)topic || (p->topic == topic && p->index < index))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool txn_add_partition(struct txn *t, const char *topic, int32_t index)
{
    bool found;
    int32_t at = place_of(t, topic, index, &found);

    if (found)
        return false;
    if (t->partitions_n == t->partitions_capacity) {
        t->partitions_capacity = t->partitions_capacity ? 2 * t->partitions_capacity : 4;
        t->partitions = mem_resize_array(t->partitions, (size_t)t->partitions_capacity,
                                         sizeof(*t->partitions));
    }
    memmove(t->partitions + at + 1, t->partitions + at,
            (size_t)(t->partitions_n - at) * sizeof(*t->partitions));
    t->partitions[at] = (struct txn_partition){ topic, index };
    t->partitions_n++;
    return true;
}

/* By name: a client's, which is not one of our pointers. */
static int32_t find_partition(const struct txn *t, struct str topic, int32_t index)
{
    for (int32_t i = 0; i < t->partitions_n; i++)
        if (t->partitions[i].index == index && str_is(topic, t->partitions[i].topic))
            return i;
    return -1;
}

bool txn_has_partition(const struct txn *t, struct str topic, int32_t index)
{
    return find_partition(t, topic, index) >= 0;
}

bool txn_completing(const struct txn *t)
{
    return t->state == TXN_PREPARE_COMMIT || t->state == TXN_PREPARE_ABORT;
}

bool txn_marked(struct txn *t, struct str topic, int32_t index)
{
    int32_t at = find_partition(t, topic, index);

    INVARIANT(txn_completing(t));
    if (at >= 0) {
        memmove(t->partitions + at, t->partitions + at + 1,
                (size_t)(t->partitions_n - at - 1) * sizeof(*t->partitions));
        t->partitions_n--;
    }
    return t->partitions_n == 0;
}

void txn_set_state(struct txns *x, struct txn *t, enum txn_state s)
{
    t->state = s;
    list_remove(&t->ongoing);
    if (s == TXN_ONGOING)
        list_push(&x->ongoing, &t->ongoing);
}

void txns_written(struct txn *t, int64_t end)
{
    if (t)
        t->required = end;
}

static void check(const struct txn *t)
{
    INVARIANT(t->producer_id >= 0 && t->state < TXN_STATES);
    INVARIANT(!t->partitions_n || t->state == TXN_ONGOING || txn_completing(t));
    INVARIANT(t->state != TXN_EMPTY || t->start_ms == -1);
    INVARIANT(list_empty(&t->ongoing) == (t->state != TXN_ONGOING));
}

void txns_check(const struct txns *x)
{
    const struct txn *t;

    for (size_t at = 0; (t = txns_next(x, &at));)
        check(t);
}

static int by_id(const void *a, const void *b)
{
    return str_cmp((*(const struct txn *const *)a)->id, (*(const struct txn *const *)b)->id);
}

static int by_name(const void *a, const void *b)
{
    const struct txn_partition *p = a, *q = b;
    int c = strcmp(p->topic, q->topic);

    return c ? c : (p->index > q->index) - (p->index < q->index);
}

static void dump(const struct txn *t, struct buf *ret)
{
    size_t n = (size_t)t->partitions_n * sizeof(*t->partitions);
    OWNED_MEM struct txn_partition *sorted = mem_zero(n + 1);

    buf_printf(ret, "%.*s %s pid=%lld/%lld/%lld epoch=%d timeout=%d start=%lld update=%lld v=%d [",
               STR_ARG(t->id), txn_state_name(t->state), (long long)t->producer_id,
               (long long)t->previous_id, (long long)t->next_id, t->epoch, t->timeout_ms,
               (long long)t->start_ms, (long long)t->update_ms, t->client_version);
    if (n)
        memcpy(sorted, t->partitions, n);
    qsort(sorted, (size_t)t->partitions_n, sizeof(*sorted), by_name);
    for (int32_t i = 0; i < t->partitions_n; i++)
        buf_printf(ret, " %s-%d", sorted[i].topic, sorted[i].index);
    buf_put_text(ret, " ]\n");
}

void txns_dump(const struct txns *x, struct buf *ret)
{
    OWNED_MEM const struct txn **sorted = mem_zero((x->ids.n + 1) * sizeof(*sorted));
    const struct txn *t;
    size_t n = 0;

    for (size_t at = 0; (t = txns_next(x, &at));)
        sorted[n++] = t;
    qsort(sorted, n, sizeof(*sorted), by_id);
    for (size_t i = 0; i < n; i++)
        dump(sorted[i], ret);
}
