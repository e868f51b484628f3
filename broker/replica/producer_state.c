#include "broker/replica/producer_state.h"

#include "common/invariant.h"
#include "common/mem.h"

struct kept_batch {
    int32_t first_sequence, last_sequence;
    int64_t base_offset, last_offset;
    int64_t timestamp;
};

/* A transaction with data here. */
struct txn {
    struct list node;      /* s->txns */
    struct list by_marker; /* s->ended */
    int64_t first, last;   /* last: of the marker, -1 while it is open */
};

struct producer {
    int64_t id;
    int16_t epoch;
    int32_t coordinator_epoch;
    int64_t last_timestamp;
    struct txn *open;
    unsigned batches_n;
    struct kept_batch batches[PRODUCER_BATCHES]; /* oldest first */
};

struct ticket {
    uint64_t number;
    int16_t epoch;
    int32_t lowest_sequence; /* of the batches that wait for the coordinator */
    bool bumps;
    int64_t drawn_ms;
};

/* --- looking up --- */

static struct producer *find(const struct producer_state *s, int64_t id)
{
    return map_get(&s->producers, &id, sizeof(id));
}

static const struct kept_batch *newest(const struct producer *p)
{
    return p->batches_n ? &p->batches[p->batches_n - 1] : NULL;
}

static void lists_ready(struct producer_state *s)
{
    if (s->txns.next)
        return;
    list_init(&s->txns);
    list_init(&s->ended);
}

static struct producer *find_or_add(struct producer_state *s, int64_t id)
{
    struct producer *p = find(s, id);

    if (p)
        return p;
    p = mem_new(struct producer);
    p->id = id;
    p->epoch = -1;
    p->coordinator_epoch = -1;
    (void)map_set(&s->producers, &id, sizeof(id), p);
    return p;
}

static void drop_all(struct map *m)
{
    struct slice key;
    void *value;

    for (size_t at = 0; map_next(m, &at, &key, &value);)
        mem_free(value);
    map_done(m);
}

static void txn_free(struct txn *t)
{
    list_remove(&t->node);
    list_remove(&t->by_marker);
    mem_free(t);
}

void producer_state_done(struct producer_state *s)
{
    lists_ready(s);
    list_each(node, &s->txns)
        txn_free(list_item(node, struct txn, node));
    drop_all(&s->producers);
    drop_all(&s->tickets);
    s->next_offset = 0;
}

static void ring_move(struct list *to, struct list *from)
{
    list_init(to);
    list_push(from, to);
    list_remove(from);
}

void producer_state_move(struct producer_state *to, struct producer_state *from)
{
    producer_state_done(to);
    lists_ready(from);
    to->producers = from->producers;
    to->tickets = from->tickets;
    to->last_ticket = from->last_ticket;
    to->next_offset = from->next_offset;
    ring_move(&to->txns, &from->txns);
    ring_move(&to->ended, &from->ended);
    *from = (struct producer_state){ 0 };
}

size_t producer_state_n(const struct producer_state *s)
{
    return s->producers.n;
}

/* --- deciding --- */

/* Sequences run from 0 to INT32_MAX and start over. */
static int32_t next_sequence(int32_t last)
{
    return last == INT32_MAX ? 0 : last + 1;
}

static const struct kept_batch *find_duplicate(const struct producer *p,
                                               const struct producer_batch *b)
{
    if (!p || p->epoch != b->epoch || b->first_sequence < 0)
        return NULL;
    for (unsigned i = 0; i < p->batches_n; i++)
        if (p->batches[i].first_sequence == b->first_sequence &&
            p->batches[i].last_sequence == b->last_sequence)
            return &p->batches[i];
    return NULL;
}

static const struct ticket *ticket_of(const struct producer_state *s, int64_t id)
{
    return map_get(&s->tickets, &id, sizeof(id));
}

bool producer_needs_ticket(const struct producer_state *s, const struct producer_batch *b)
{
    const struct producer *p = find(s, b->producer_id);

    return b->transactional && !(p && p->open && p->epoch == b->epoch) && !find_duplicate(p, b);
}

bool producer_ticket_valid(const struct producer_state *s, int64_t id, uint64_t ticket)
{
    const struct ticket *t = ticket_of(s, id);

    return t && t->number == ticket;
}

/* Of what waits for the coordinator the lowest sequence comes first; a client that bumps its epoch
 * with every transaction never continues one that is not known here. */
static bool fits_ticket(const struct ticket *t, const struct producer *p,
                        const struct producer_batch *b)
{
    if (!t || b->first_sequence < 0)
        return true;
    if (t->bumps && b->first_sequence && !(p && p->batches_n))
        return false;
    return b->first_sequence <= t->lowest_sequence;
}

/* One who is not known, or not any more, may begin with any sequence. */
static bool follows(const struct producer *p, const struct producer_batch *b)
{
    if (!p || p->epoch < 0 || b->first_sequence < 0)
        return true;
    if (p->epoch != b->epoch || !p->batches_n)
        return b->first_sequence == 0;
    return b->first_sequence == next_sequence(newest(p)->last_sequence);
}

static enum producer_verdict duplicate(const struct kept_batch *old, const struct producer_batch *b,
                                       struct producer_batch *ret)
{
    *ret = *b;
    ret->base_offset = old->base_offset;
    ret->last_offset = old->last_offset;
    ret->timestamp = old->timestamp;
    return PRODUCER_DUPLICATE;
}

enum producer_verdict producer_decide(const struct producer_state *s,
                                      const struct producer_batch *b, bool verified,
                                      uint64_t ticket, struct producer_batch *ret_old)
{
    const struct producer *p = find(s, b->producer_id);
    const struct ticket *t = ticket_of(s, b->producer_id);
    const struct kept_batch *old = find_duplicate(p, b);

    if (old)
        return duplicate(old, b, ret_old);
    if (p && b->epoch < p->epoch)
        return PRODUCER_OLD_EPOCH;
    if (verified && producer_needs_ticket(s, b) && (!t || !ticket || t->number != ticket))
        return PRODUCER_NO_TXN;
    if (!fits_ticket(t, p, b) || !follows(p, b))
        return PRODUCER_OUT_OF_ORDER;
    if (p && p->open && !b->transactional)
        return PRODUCER_NO_TXN;
    return PRODUCER_APPEND;
}

/* With transactions of version 2 the marker bears a new epoch: one that does not is late, unless it
 * is the same marker again, or the epochs are used up. */
static bool marker_is_late(const struct producer *p, const struct producer_marker *m)
{
    if (m->epoch < p->epoch)
        return true;
    return m->version >= TRANSACTION_V2 && m->epoch == p->epoch && p->open && m->epoch != INT16_MAX;
}

enum producer_verdict producer_marker_decide(const struct producer_state *s,
                                             const struct producer_marker *m)
{
    const struct producer *p = find(s, m->producer_id);

    if (!p)
        return PRODUCER_APPEND;
    if (marker_is_late(p, m))
        return PRODUCER_OLD_EPOCH;
    return m->coordinator_epoch < p->coordinator_epoch ? PRODUCER_OLD_COORDINATOR : PRODUCER_APPEND;
}

uint64_t producer_verify(struct producer_state *s, const struct producer_batch *b, bool bumps,
                         int64_t now_ms)
{
    struct ticket *t = map_get(&s->tickets, &b->producer_id, sizeof(b->producer_id));

    if (!t) {
        t = mem_new(struct ticket);
        *t = (struct ticket){ .number = ++s->last_ticket, .epoch = b->epoch, .bumps = bumps,
                              .lowest_sequence = b->first_sequence, .drawn_ms = now_ms };
        (void)map_set(&s->tickets, &b->producer_id, sizeof(b->producer_id), t);
    } else if (b->epoch > t->epoch ||
               (b->epoch == t->epoch && b->first_sequence < t->lowest_sequence)) {
        t->epoch = b->epoch;
        t->lowest_sequence = b->first_sequence;
    }
    return t->number;
}

/* --- applying --- */

static void void_ticket(struct producer_state *s, int64_t id)
{
    mem_free(map_remove(&s->tickets, &id, sizeof(id)));
}

static void set_epoch(struct producer *p, int16_t epoch)
{
    if (p->epoch == epoch)
        return;
    p->epoch = epoch;
    p->batches_n = 0;
}

/* Among those of the log they begin in order; out of a snapshot they come as they like. */
static void open_txn(struct producer_state *s, struct producer *p, int64_t first)
{
    struct txn *t = mem_new(struct txn);
    struct list *after;

    lists_ready(s);
    after = s->txns.prev;
    t->first = first;
    t->last = -1;
    list_init(&t->by_marker);
    while (after != &s->txns && list_item(after, struct txn, node)->first > first)
        after = after->prev;
    list_push(after->next, &t->node); /* before the one behind */
    p->open = t;
}

static void keep_batch(struct producer *p, const struct kept_batch *b)
{
    if (p->batches_n == PRODUCER_BATCHES)
        memmove(p->batches, p->batches + 1, sizeof(p->batches[0]) * --p->batches_n);
    p->batches[p->batches_n++] = *b;
}

void producer_apply(struct producer_state *s, const struct producer_batch *b)
{
    struct producer *p;

    s->next_offset = b->last_offset + 1;
    if (b->producer_id < 0)
        return;
    p = find_or_add(s, b->producer_id);
    set_epoch(p, b->epoch);
    keep_batch(p, &(struct kept_batch){ b->first_sequence, b->last_sequence, b->base_offset,
                                        b->last_offset, b->timestamp });
    p->last_timestamp = b->timestamp;
    if (b->transactional && !p->open)
        open_txn(s, p, b->base_offset);
    void_ticket(s, b->producer_id);
}

static int64_t oldest_open(const struct producer_state *s)
{
    for (struct list *at = s->txns.next; at != &s->txns; at = at->next)
        if (list_item(at, struct txn, node)->last < 0)
            return list_item(at, struct txn, node)->first;
    return -1;
}

static void end_txn(struct producer_state *s, struct producer *p, const struct producer_marker *m,
                    struct producer_txn *ret)
{
    int64_t other;

    p->open->last = m->offset;
    list_push(&s->ended, &p->open->by_marker);
    other = oldest_open(s);
    *ret = (struct producer_txn){ .producer_id = p->id, .first_offset = p->open->first,
                                  .last_offset = m->offset, .aborted = !m->commit,
                                  .last_stable_offset = other < 0 ? m->offset + 1 : other };
    p->open = NULL;
}

bool producer_marker_apply(struct producer_state *s, const struct producer_marker *m,
                           struct producer_txn *ret)
{
    struct producer *p = find_or_add(s, m->producer_id);
    bool had = p->open;

    s->next_offset = m->offset + 1;
    set_epoch(p, m->epoch);
    p->coordinator_epoch = m->coordinator_epoch;
    p->last_timestamp = m->timestamp;
    if (had)
        end_txn(s, p, m, ret);
    void_ticket(s, m->producer_id);
    return had;
}

int64_t producer_state_last_stable(struct producer_state *s, int64_t high_watermark)
{
    const struct txn *first;

    lists_ready(s);
    list_each(node, &s->ended) {
        struct txn *t = list_item(node, struct txn, by_marker);

        if (t->last >= high_watermark)
            break;
        txn_free(t);
    }
    if (list_empty(&s->txns))
        return high_watermark;
    first = list_item(s->txns.next, struct txn, node);
    return first->first < high_watermark ? first->first : high_watermark;
}

bool producer_state_cut(struct producer_state *s, int64_t log_end)
{
    if (s->next_offset <= log_end)
        return true;
    producer_state_done(s);
    return false;
}

/* --- forgetting --- */

typedef bool (*silent_fn)(const void *value, int64_t since_ms);

static bool producer_is_silent(const void *value, int64_t since_ms)
{
    const struct producer *p = value;

    return !p->open && p->last_timestamp <= since_ms;
}

static bool ticket_is_old(const void *value, int64_t since_ms)
{
    return ((const struct ticket *)value)->drawn_ms <= since_ms;
}

/* The map may not change while it is walked: first the keys, then the removals. */
static void drop_silent(struct map *m, silent_fn silent, int64_t since_ms)
{
    OWNED_BUF keys = { 0 };
    struct slice key;
    void *value;

    for (size_t at = 0; map_next(m, &at, &key, &value);)
        if (silent(value, since_ms))
            buf_put(&keys, key.p, key.n);
    for (size_t at = 0; at < keys.n; at += sizeof(int64_t))
        mem_free(map_remove(m, keys.p + at, sizeof(int64_t)));
}

void producer_state_expire(struct producer_state *s, int64_t now_ms, int64_t age_ms)
{
    drop_silent(&s->producers, producer_is_silent, now_ms - age_ms);
    drop_silent(&s->tickets, ticket_is_old, now_ms - age_ms);
}

/* --- telling --- */

static struct producer_view view(const struct producer *p)
{
    const struct kept_batch *last = newest(p);

    return (struct producer_view){
        .id = p->id, .epoch = p->epoch, .last_sequence = last ? last->last_sequence : -1,
        .last_offset = last ? last->last_offset : -1,
        .offset_delta = last ? (int32_t)(last->last_offset - last->base_offset) : 0,
        .last_timestamp = p->last_timestamp, .coordinator_epoch = p->coordinator_epoch,
        .txn_first_offset = p->open ? p->open->first : -1,
    };
}

bool producer_state_next(const struct producer_state *s, size_t *at, struct producer_view *ret)
{
    struct slice key;
    void *value;

    if (!map_next(&s->producers, at, &key, &value))
        return false;
    *ret = view(value);
    return true;
}

bool producer_state_find(const struct producer_state *s, int64_t id, struct producer_view *ret)
{
    const struct producer *p = find(s, id);

    if (p)
        *ret = view(p);
    return p != NULL;
}

bool producer_state_add(struct producer_state *s, const struct producer_view *v)
{
    int64_t first = (int64_t)v->last_sequence - v->offset_delta;
    struct producer *p;

    if (find(s, v->id))
        return false;
    p = find_or_add(s, v->id);
    p->epoch = v->epoch;
    p->coordinator_epoch = v->coordinator_epoch;
    p->last_timestamp = v->last_timestamp;
    if (v->last_sequence < 0)
        first = -1;
    else if (first < 0) /* the sequence wrapped inside the batch */
        first += (int64_t)INT32_MAX + 1;
    if (v->last_offset >= 0 && v->offset_delta >= 0)
        keep_batch(p, &(struct kept_batch){ (int32_t)first, v->last_sequence,
                                            v->last_offset - v->offset_delta, v->last_offset,
                                            v->last_timestamp });
    if (v->txn_first_offset >= 0)
        open_txn(s, p, v->txn_first_offset);
    return true;
}

static void check_producer(const struct producer *p)
{
    INVARIANT(p->batches_n <= PRODUCER_BATCHES);
    for (unsigned i = 1; i < p->batches_n; i++)
        INVARIANT(p->batches[i].base_offset > p->batches[i - 1].last_offset);
    INVARIANT(!p->open || p->open->last < 0);
}

void producer_state_check(const struct producer_state *s)
{
    int64_t first = -1, last = -1;
    struct slice key;
    void *value;

    for (size_t at = 0; map_next(&s->producers, &at, &key, &value);)
        check_producer(value);
    if (!s->txns.next)
        return;
    list_each(node, &s->txns) {
        INVARIANT(list_item(node, struct txn, node)->first >= first);
        first = list_item(node, struct txn, node)->first;
    }
    list_each(ended, &s->ended) {
        INVARIANT(list_item(ended, struct txn, by_marker)->last > last);
        last = list_item(ended, struct txn, by_marker)->last;
    }
}
