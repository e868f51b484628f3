#include "broker/log/clean_txn.h"

#include <stdlib.h>

#include "common/mem.h"

enum { MARKER_BYTES_MAX = 4096 };

/* An aborted transaction whose marker has not come yet. */
struct aborted_going {
    struct aborted_txn txn;
    bool seen; /* a batch of it */
};

static int by_first(const void *a, const void *b)
{
    const struct aborted_txn *x = a, *y = b;

    return (x->first_offset > y->first_offset) - (x->first_offset < y->first_offset);
}

void clean_txns_init(struct clean_txns *t, struct slice entries, int64_t from)
{
    struct aborted_txn a;

    *t = (struct clean_txns){ 0 };
    t->aborted = mem_zero((entries.n / TXN_ENTRY + 1) * sizeof(*t->aborted));
    for (size_t i = 0; txn_entry_get(entries, i, &a); i++)
        if (a.last_offset >= from)
            t->aborted[t->aborted_n++] = a;
    qsort(t->aborted, t->aborted_n, sizeof(*t->aborted), by_first);
}

void clean_txns_done(struct clean_txns *t)
{
    struct slice key;
    void *value;

    for (size_t at = 0; map_next(&t->going, &at, &key, &value);)
        mem_free(value);
    map_done(&t->going);
    map_done(&t->committed);
    mem_free(t->aborted);
}

static void reach(struct clean_txns *t, int64_t offset)
{
    while (t->reached < t->aborted_n && t->aborted[t->reached].first_offset <= offset) {
        struct aborted_going *g = mem_new(struct aborted_going);

        g->txn = t->aborted[t->reached++];
        mem_free(map_set(&t->going, &g->txn.producer_id, sizeof(g->txn.producer_id), g));
    }
}

bool clean_txns_data(struct clean_txns *t, const struct kf_batch *b)
{
    struct aborted_going *g;

    if (!(b->attributes & KF_ATTR_TRANSACTIONAL))
        return false;
    reach(t, b->last_offset);
    g = map_get(&t->going, &b->producer_id, sizeof(b->producer_id));
    if (g) {
        g->seen = true;
        return true;
    }
    (void)map_set(&t->committed, &b->producer_id, sizeof(b->producer_id), t);
    return false;
}

/* -1: emptied by an earlier cleaning. */
static int marker_type(const struct kf_batch *b)
{
    OWNED_BUF scratch = { 0 };
    struct kf_records records;
    struct kf_record r;

    if (!b->count || kf_records_open(b, &scratch, MARKER_BYTES_MAX, &records) ||
        kf_records_next(&records, &r))
        return -1;
    return kf_control_type(r.key);
}

static bool abort_marker(struct clean_txns *t, const struct kf_batch *b)
{
    struct aborted_going *g = map_remove(&t->going, &b->producer_id, sizeof(b->producer_id));
    bool seen = g && g->seen;

    if (seen && t->index)
        txn_entry_put(t->index, &g->txn);
    mem_free(g);
    return !seen;
}

bool clean_txns_marker(struct clean_txns *t, const struct kf_batch *b)
{
    reach(t, b->last_offset);
    switch (marker_type(b)) {
    case KF_CONTROL_ABORT:
        return abort_marker(t, b);
    case KF_CONTROL_COMMIT:
        return !map_remove(&t->committed, &b->producer_id, sizeof(b->producer_id));
    case -1:
        return true;
    default:
        return false;
    }
}
