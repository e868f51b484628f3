#include "broker/group/assignment.h"

#include "common/mem.h"

static int compare(const struct uuid *a, const struct uuid *b)
{
    return memcmp(a->b, b->b, sizeof(a->b));
}

void assignment_done(struct assignment *a)
{
    for (int32_t i = 0; i < a->n; i++)
        mem_free(a->topics[i].partitions);
    mem_free(a->topics);
    *a = (struct assignment){ 0 };
}

int32_t assignment_size(const struct assignment *a)
{
    int32_t n = 0;

    for (int32_t i = 0; i < a->n; i++)
        n += a->topics[i].n;
    return n;
}

/* Where the topic is or would be. */
static int32_t topic_place(const struct assignment *a, const struct uuid *id)
{
    int32_t low = 0, high = a->n;

    while (low < high) {
        int32_t middle = low + (high - low) / 2;

        if (compare(&a->topics[middle].id, id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int32_t partition_place(const struct assigned_topic *t, int32_t partition)
{
    int32_t low = 0, high = t->n;

    while (low < high) {
        int32_t middle = low + (high - low) / 2;

        if (t->partitions[middle] < partition)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct assigned_topic *assignment_topic(const struct assignment *a, const struct uuid *id)
{
    int32_t i = topic_place(a, id);

    return i < a->n && uuid_eq(&a->topics[i].id, id) ? &a->topics[i] : NULL;
}

int32_t assignment_epoch(const struct assignment *a, const struct uuid *id, int32_t partition)
{
    const struct assigned_topic *t = assignment_topic(a, id);
    int32_t i = t ? partition_place(t, partition) : 0;

    return t && i < t->n && t->partitions[i] == partition ? t->epochs[i] : -1;
}

bool assignment_has(const struct assignment *a, const struct uuid *id, int32_t partition)
{
    const struct assigned_topic *t = assignment_topic(a, id);
    int32_t i = t ? partition_place(t, partition) : 0;

    return t && i < t->n && t->partitions[i] == partition;
}

static struct assigned_topic *open_topic(struct assignment *a, int32_t i, const struct uuid *id)
{
    a->topics = mem_resize_array(a->topics, (size_t)a->n + 1, sizeof(*a->topics));
    memmove(&a->topics[i + 1], &a->topics[i], (size_t)(a->n - i) * sizeof(*a->topics));
    a->topics[i] = (struct assigned_topic){ .id = *id };
    a->n++;
    return &a->topics[i];
}

/* Memory for `n` partitions and their epochs; what was there is copied. */
static void resize_topic(struct assigned_topic *t, int32_t n)
{
    int32_t *p = mem_zero(2 * (size_t)n * sizeof(*p)), kept = t->n < n ? t->n : n;

    if (kept) {
        memcpy(p, t->partitions, (size_t)kept * sizeof(*p));
        memcpy(p + n, t->epochs, (size_t)kept * sizeof(*p));
    }
    mem_free(t->partitions);
    t->partitions = p;
    t->epochs = p + n;
}

void assignment_add_topic(struct assignment *a, const struct uuid *id, const int32_t *partitions,
                          const int32_t *epochs, int32_t n)
{
    struct assigned_topic *t;

    if (!n)
        return;
    t = open_topic(a, topic_place(a, id), id);
    resize_topic(t, n);
    memcpy(t->partitions, partitions, (size_t)n * sizeof(*partitions));
    if (epochs)
        memcpy(t->epochs, epochs, (size_t)n * sizeof(*epochs));
    t->n = n;
}

void assignment_add(struct assignment *a, const struct uuid *id, int32_t partition, int32_t epoch)
{
    int32_t i = topic_place(a, id), k;
    struct assigned_topic *t =
        i < a->n && uuid_eq(&a->topics[i].id, id) ? &a->topics[i] : open_topic(a, i, id);

    k = partition_place(t, partition);
    if (k == t->n || t->partitions[k] != partition) {
        resize_topic(t, t->n + 1);
        memmove(&t->partitions[k + 1], &t->partitions[k], (size_t)(t->n - k) * sizeof(int32_t));
        memmove(&t->epochs[k + 1], &t->epochs[k], (size_t)(t->n - k) * sizeof(int32_t));
        t->partitions[k] = partition;
        t->n++;
    }
    t->epochs[k] = epoch;
}

void assignment_put(struct assignment *a, const struct uuid *id, const int32_t *partitions,
                    const int32_t *epochs, int32_t n)
{
    bool ascends = true;

    for (int32_t i = 1; i < n; i++)
        ascends &= partitions[i - 1] < partitions[i];
    if (ascends && !assignment_topic(a, id)) {
        assignment_add_topic(a, id, partitions, epochs, n);
        return;
    }
    for (int32_t i = 0; i < n; i++)
        assignment_add(a, id, partitions[i], epochs ? epochs[i] : 0);
}

struct assignment assignment_copy(const struct assignment *a)
{
    struct assignment ret = { 0 };

    for (int32_t i = 0; i < a->n; i++)
        assignment_add_topic(&ret, &a->topics[i].id, a->topics[i].partitions, a->topics[i].epochs,
                             a->topics[i].n);
    return ret;
}

/* The partitions of `t` that `other` has, or those that it has not. */
static void filter_topic(struct assignment *ret, const struct assigned_topic *t,
                         const struct assigned_topic *other, bool present)
{
    int32_t *kept = mem_zero(2 * (size_t)t->n * sizeof(*kept)), n = 0;

    for (int32_t i = 0, k = 0; i < t->n; i++) {
        while (other && k < other->n && other->partitions[k] < t->partitions[i])
            k++;
        if ((other && k < other->n && other->partitions[k] == t->partitions[i]) != present)
            continue;
        kept[n] = t->partitions[i];
        kept[t->n + n++] = t->epochs[i];
    }
    assignment_add_topic(ret, &t->id, kept, kept + t->n, n);
    mem_free(kept);
}

static struct assignment filter(const struct assignment *a, const struct assignment *b,
                                bool present)
{
    struct assignment ret = { 0 };

    for (int32_t i = 0; i < a->n; i++)
        filter_topic(&ret, &a->topics[i], assignment_topic(b, &a->topics[i].id), present);
    return ret;
}

struct assignment assignment_and(const struct assignment *a, const struct assignment *b)
{
    return filter(a, b, true);
}

struct assignment assignment_minus(const struct assignment *a, const struct assignment *b)
{
    return filter(a, b, false);
}

struct assignment assignment_or(const struct assignment *a, const struct assignment *b)
{
    struct assignment ret = assignment_copy(a), rest = assignment_minus(b, a);

    for (int32_t i = 0; i < rest.n; i++) {
        const struct assigned_topic *t = &rest.topics[i];

        if (!assignment_topic(&ret, &t->id))
            assignment_add_topic(&ret, &t->id, t->partitions, t->epochs, t->n);
        else
            for (int32_t k = 0; k < t->n; k++)
                assignment_add(&ret, &t->id, t->partitions[k], t->epochs[k]);
    }
    assignment_done(&rest);
    return ret;
}

bool assignment_within(const struct assignment *a, const struct assignment *b)
{
    for (int32_t i = 0; i < a->n; i++)
        for (int32_t k = 0; k < a->topics[i].n; k++)
            if (!assignment_has(b, &a->topics[i].id, a->topics[i].partitions[k]))
                return false;
    return true;
}

static bool equal(const struct assignment *a, const struct assignment *b, bool epochs)
{
    if (a->n != b->n)
        return false;
    for (int32_t i = 0; i < a->n; i++) {
        const struct assigned_topic *x = &a->topics[i], *y = &b->topics[i];

        if (!uuid_eq(&x->id, &y->id) || x->n != y->n ||
            memcmp(x->partitions, y->partitions, (size_t)x->n * sizeof(int32_t)) ||
            (epochs && memcmp(x->epochs, y->epochs, (size_t)x->n * sizeof(int32_t))))
            return false;
    }
    return true;
}

bool assignment_eq(const struct assignment *a, const struct assignment *b)
{
    return equal(a, b, false);
}

bool assignment_same(const struct assignment *a, const struct assignment *b)
{
    return equal(a, b, true);
}

void assignment_set_epochs(struct assignment *a, int32_t epoch)
{
    for (int32_t i = 0; i < a->n; i++)
        for (int32_t k = 0; k < a->topics[i].n; k++)
            a->topics[i].epochs[k] = epoch;
}
