#include "api/kafka/msg/describe_topic_partitions.h"

#include <stdlib.h>

#include "broker/server/broker.h"
#include "broker/server/handlers.h"
#include "broker/server/topic_view.h"

typedef struct kf_describe_topic_partitions_response_describe_topic_partitions_response_topic topic_out;
typedef struct kf_describe_topic_partitions_response_describe_topic_partitions_response_partition
    partition_out;

/* Topics are answered in order of name, so many partitions at a time; the cursor says
 * where the next request goes on. */
struct listing {
    struct broker *b;
    struct request *r;
    struct kf_describe_topic_partitions_response *m;
    int32_t left;
};

static int compare_names(const void *a, const void *b)
{
    return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

/* The asked names, or all, sorted, each once, from the cursor's on. */
static int32_t wanted_names(struct broker *b, struct request *r,
                            const struct kf_describe_topic_partitions_request *q, struct str **ret)
{
    bool all = q->topics_n <= 0;
    size_t n = all ? image_topics_n(b->image) : (size_t)q->topics_n, at = 0;
    struct str *names = arena_array(r->arena, n, sizeof(*names));
    int32_t kept = 0;

    for (size_t i = 0; i < n; i++)
        names[i] = all ? str_of(image_topic_next(b->image, &at)->name) : q->topics[i].name;
    qsort(names, n, sizeof(*names), compare_names);
    for (size_t i = 0; i < n; i++) {
        if (kept && str_eq(names[kept - 1], names[i]))
            continue;
        if (q->cursor && str_cmp(names[i], q->cursor->topic_name) < 0)
            continue;
        names[kept++] = names[i];
    }
    *ret = names;
    return kept;
}

static void put_partition(const struct listing *l, const struct partition_state *p, int32_t index,
                          partition_out *out)
{
    struct partition_view v = partition_view(l->b->image, p, l->r->listener_name, l->r->arena);

    out->error_code = v.error;
    out->partition_index = index;
    out->leader_id = v.leader_id;
    out->leader_epoch = p->leader_epoch;
    out->replica_nodes = p->replicas;
    out->replica_nodes_n = p->replicas_n;
    out->isr_nodes = p->isr;
    out->isr_nodes_n = p->isr_n;
    out->eligible_leader_replicas = p->elr;
    out->eligible_leader_replicas_n = p->elr_n;
    out->last_known_elr = p->last_known_elr;
    out->last_known_elr_n = p->last_known_elr_n;
    out->offline_replicas = v.offline;
    out->offline_replicas_n = v.offline_n;
}

static void set_cursor(struct listing *l, struct str topic, int32_t partition)
{
    l->m->next_cursor = arena_new(l->r->arena, struct kf_describe_topic_partitions_response_cursor);
    l->m->next_cursor->topic_name = topic;
    l->m->next_cursor->partition_index = partition;
}

static void put_topic(struct listing *l, struct str name, int32_t from)
{
    const struct topic_state *t = image_topic(l->b->image, name);
    topic_out *out = &l->m->topics[l->m->topics_n++];
    int32_t n;

    out->name = name;
    out->topic_authorized_operations = INT32_MIN;
    if (!t) {
        out->error_code = topic_name_fault(name) ? KF_ERR_INVALID_TOPIC_EXCEPTION
                                                 : KF_ERR_UNKNOWN_TOPIC_OR_PARTITION;
        return;
    }
    out->topic_id = t->id;
    out->is_internal = topic_is_internal(name);
    if (from < 0 || from > t->partitions_n)
        from = 0;
    n = t->partitions_n - from < l->left ? t->partitions_n - from : l->left;
    out->partitions = arena_array(l->r->arena, (size_t)n, sizeof(*out->partitions));
    out->partitions_n = n;
    for (int32_t i = 0; i < n; i++)
        put_partition(l, &t->partitions[from + i], from + i, &out->partitions[i]);
    l->left -= n;
    if (from + n < t->partitions_n)
        set_cursor(l, name, from + n);
}

void api_describe_topic_partitions(struct broker *b, struct request *r)
{
    struct kf_describe_topic_partitions_request *q =
        REQUEST_DECODE(r, kf_describe_topic_partitions_request);
    struct listing l = { .b = b, .r = r };
    struct str *names;
    int32_t n;

    if (!q)
        return;
    l.m = MESSAGE_NEW(r->arena, kf_describe_topic_partitions_response);
    l.left = (int32_t)config_int(b->config, "max.request.partition.size.limit");
    if (q->response_partition_limit > 0 && q->response_partition_limit < l.left)
        l.left = q->response_partition_limit;
    n = wanted_names(b, r, q, &names);
    l.m->topics = arena_array(r->arena, (size_t)n, sizeof(*l.m->topics));
    for (int32_t i = 0; i < n && !l.m->next_cursor; i++) {
        bool at_cursor = q->cursor && str_eq(names[i], q->cursor->topic_name);

        if (l.left)
            put_topic(&l, names[i], at_cursor ? q->cursor->partition_index : 0);
        else
            set_cursor(&l, names[i], 0);
    }
    request_reply(r, &kf_describe_topic_partitions_response_schema, l.m);
}
