/* What answers are made of: pure. */
#include "agent/topics/topics_internal.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

typedef struct kf_metadata_response_metadata_response_topic topic_in;
typedef struct kf_metadata_response_metadata_response_partition partition_in;

static int by_name(const void *a, const void *b)
{
    const topic_in *const *x = a, *const *y = b;
    size_t n = (*x)->name.n < (*y)->name.n ? (*x)->name.n : (*y)->name.n;
    int c = memcmp((*x)->name.p, (*y)->name.p, n);

    return c ? c : ((*x)->name.n > (*y)->name.n) - ((*x)->name.n < (*y)->name.n);
}

/* Kafka's own topics are nobody's to manage here. */
static bool is_listed(const topic_in *t, const struct ask *a)
{
    topic_in after = { .name = str_of(a->after ? a->after : "") };
    const topic_in *x = t, *y = &after;

    if (t->error_code || t->is_internal || !t->name.n)
        return false;
    if (a->prefix &&
        (t->name.n < strlen(a->prefix) || memcmp(t->name.p, a->prefix, strlen(a->prefix)) != 0))
        return false;
    return !a->after || by_name(&x, &y) > 0;
}

static int32_t replicas_of(const topic_in *t)
{
    return t->partitions_n ? t->partitions[0].replica_nodes_n : 0;
}

static json_t *list_item_of(const topic_in *t)
{
    int32_t missing = 0;

    for (int32_t i = 0; i < t->partitions_n; i++)
        if (t->partitions[i].isr_nodes_n < t->partitions[i].replica_nodes_n)
            missing += t->partitions[i].replica_nodes_n - t->partitions[i].isr_nodes_n;
    return json_pack("{s:s%, s:i, s:i, s:i}", "name", t->name.p, t->name.n, "partitions",
                     t->partitions_n, "replicas", replicas_of(t), "outOfSync", missing);
}

json_t *topics_page(const struct kf_metadata_response *m, const struct ask *a)
{
    OWNED_MEM const topic_in **found =
        mem_resize_array(NULL, (size_t)m->topics_n + 1, sizeof(*found));
    json_t *items = json_array();
    size_t n = 0;

    for (int32_t i = 0; i < m->topics_n; i++)
        if (is_listed(&m->topics[i], a))
            found[n++] = &m->topics[i];
    qsort(found, n, sizeof(*found), by_name);
    for (size_t i = 0; i < n && i < (size_t)a->max; i++)
        json_array_append_new(items, list_item_of(found[i]));
    return json_pack("{s:o, s:b}", "topics", items, "more", n > (size_t)a->max);
}

static json_t *ids(const int32_t *nodes, int32_t n)
{
    json_t *all = json_array();

    for (int32_t i = 0; i < n; i++)
        json_array_append_new(all, json_integer(nodes[i]));
    return all;
}

static const partition_in *partition_of(const topic_in *t, int32_t index)
{
    for (int32_t i = 0; i < t->partitions_n; i++)
        if (t->partitions[i].partition_index == index)
            return &t->partitions[i];
    return NULL;
}

json_t *topic_partitions_page(const struct kf_metadata_response *m, const struct ask *a)
{
    const topic_in *t = &m->topics[0];
    json_t *items = json_array();
    int32_t end = a->from <= INT32_MAX - a->max ? a->from + a->max : INT32_MAX;

    for (int32_t i = a->from; i < end && i < t->partitions_n; i++) {
        const partition_in *p = partition_of(t, i);

        if (p)
            json_array_append_new(items, json_pack("{s:i, s:i, s:o, s:o}", "partition", i, "leader",
                                                   p->leader_id, "replicas",
                                                   ids(p->replica_nodes, p->replica_nodes_n), "isr",
                                                   ids(p->isr_nodes, p->isr_nodes_n)));
    }
    return json_pack("{s:o, s:b}", "items", items, "more", end < t->partitions_n);
}

static bool holds(const int32_t *nodes, int32_t n, int32_t node)
{
    for (int32_t i = 0; i < n; i++)
        if (nodes[i] == node)
            return true;
    return false;
}

/* Its replica there would be the only one that has all of it. */
static bool is_lost_with(const partition_in *p, int32_t broker)
{
    bool in_sync = holds(p->isr_nodes, p->isr_nodes_n, broker);

    return holds(p->replica_nodes, p->replica_nodes_n, broker) &&
           (p->leader_id < 0 || p->leader_id == broker || p->isr_nodes_n <= in_sync);
}

json_t *topics_losses(const struct kf_metadata_response *m, int32_t broker)
{
    bool alive = false;
    json_t *found = json_object();
    int32_t lost = 0;

    for (int32_t i = 0; i < m->brokers_n; i++)
        alive |= m->brokers[i].node_id == broker;
    for (int32_t i = 0; i < m->topics_n; i++)
        for (int32_t k = 0; k < m->topics[i].partitions_n; k++) {
            const topic_in *t = &m->topics[i];
            OWNED_MEM char *name = NULL;

            if (!is_lost_with(&t->partitions[k], broker) || lost++)
                continue;
            name = mem_printf("%.*s-%d", STR_ARG(t->name), t->partitions[k].partition_index);
            json_object_set_new(found, "such", json_string(name));
        }
    json_object_set_new(found, "alive", json_boolean(alive));
    json_object_set_new(found, "lost", json_integer(lost));
    return found;
}

json_t *topic_description(const struct kf_metadata_response *m)
{
    return json_pack("{s:i, s:i}", "partitions", m->topics[0].partitions_n, "replicas",
                     replicas_of(&m->topics[0]));
}
