#include "agent/rebalance/survey.h"

#include <stdlib.h>

#include "api/kafka/errors.h"
#include "common/mem.h"

void survey_done(struct survey *s)
{
    arena_done(&s->a);
    memset(s, 0, sizeof(*s));
}

bool survey_holds(const int32_t *nodes, int32_t n, int32_t id)
{
    for (int32_t i = 0; i < n; i++)
        if (nodes[i] == id)
            return true;
    return false;
}

static int by_id(const void *x, const void *y)
{
    const struct survey_broker *a = x, *b = y;

    return (a->id > b->id) - (a->id < b->id);
}

static int by_name(const void *x, const void *y)
{
    const struct survey_partition *a = x, *b = y;
    int c = str_cmp(a->topic, b->topic);

    return c ? c : (a->partition > b->partition) - (a->partition < b->partition);
}

struct survey_broker *survey_find_broker(const struct survey *s, int32_t id)
{
    struct survey_broker key = { .id = id };

    return s->brokers_n ? bsearch(&key, s->brokers, s->brokers_n, sizeof(key), by_id) : NULL;
}

struct survey_partition *survey_find(const struct survey *s, struct str topic, int32_t partition)
{
    struct survey_partition key = { .topic = topic, .partition = partition };

    return s->partitions_n ? bsearch(&key, s->partitions, s->partitions_n, sizeof(key), by_name) : NULL;
}

static void set_brokers(struct survey *s, const struct kf_metadata_response *m, const int32_t *drain,
                        unsigned drain_n)
{
    s->brokers = arena_array(&s->a, (size_t)m->brokers_n + drain_n + 1, sizeof(*s->brokers));
    for (int32_t i = 0; i < m->brokers_n; i++)
        s->brokers[s->brokers_n++] = (struct survey_broker){
            .id = m->brokers[i].node_id, .host = arena_text(&s->a, m->brokers[i].host),
            .port = (uint16_t)m->brokers[i].port, .zone = arena_str(&s->a, m->brokers[i].rack),
        };
    qsort(s->brokers, s->brokers_n, sizeof(*s->brokers), by_id);
    for (unsigned i = 0; i < drain_n; i++) {
        struct survey_broker *b = survey_find_broker(s, drain[i]);

        if (!b) {
            s->brokers[s->brokers_n] = (struct survey_broker){ .id = drain[i] };
            b = &s->brokers[s->brokers_n++];
        }
        b->drains = true;
        qsort(s->brokers, s->brokers_n, sizeof(*s->brokers), by_id);
    }
}

static int32_t *copy(struct survey *s, const int32_t *nodes, int32_t n)
{
    int32_t *to = arena_array(&s->a, (size_t)(n > 0 ? n : 0) + 1, sizeof(*to));

    if (n > 0)
        memcpy(to, nodes, (size_t)n * sizeof(*to));
    return to;
}

static err_t add_partition(struct survey *s, struct str topic,
                           const struct kf_metadata_response_metadata_response_partition *p,
                           struct why *reterr)
{
    if (p->replica_nodes_n < 1 || p->replica_nodes_n > REBALANCE_REPLICAS_MAX)
        return why(reterr, ERR_MALFORMED, "%.*s-%d: %d replicas are not 1 to %d", STR_ARG(topic),
                   p->partition_index, p->replica_nodes_n, REBALANCE_REPLICAS_MAX);
    s->partitions[s->partitions_n++] = (struct survey_partition){
        .topic = topic, .partition = p->partition_index, .leader = p->leader_id,
        .replicas = copy(s, p->replica_nodes, p->replica_nodes_n), .replicas_n = p->replica_nodes_n,
        .isr = copy(s, p->isr_nodes, p->isr_nodes_n), .isr_n = p->isr_nodes_n > 0 ? p->isr_nodes_n : 0,
    };
    return ERR_OK;
}

static err_t set_partitions(struct survey *s, const struct kf_metadata_response *m, struct why *reterr)
{
    size_t n = 0;
    err_t e = ERR_OK;

    for (int32_t t = 0; t < m->topics_n; t++)
        n += (size_t)(m->topics[t].partitions_n > 0 ? m->topics[t].partitions_n : 0);
    if (n > REBALANCE_PARTITIONS_MAX)
        return why(reterr, ERR_TOO_LARGE, "%zu partitions are more than %d", n, REBALANCE_PARTITIONS_MAX);
    s->partitions = arena_array(&s->a, n + 1, sizeof(*s->partitions));
    for (int32_t t = 0; t < m->topics_n && !e; t++) {
        struct str topic = arena_str(&s->a, m->topics[t].name);

        if (m->topics[t].error_code)
            return why(reterr, ERR_AGAIN, "topic %.*s: %s", STR_ARG(topic),
                       kf_error_name(m->topics[t].error_code));
        for (int32_t p = 0; p < m->topics[t].partitions_n && !e; p++)
            e = add_partition(s, topic, &m->topics[t].partitions[p], reterr);
    }
    qsort(s->partitions, s->partitions_n, sizeof(*s->partitions), by_name);
    return e;
}

err_t survey_metadata(struct survey *s, const struct kf_metadata_response *m, const int32_t *drain,
                      unsigned drain_n, struct why *reterr)
{
    survey_done(s);
    if (m->brokers_n < 1 || m->brokers_n > REBALANCE_BROKERS_MAX)
        return why(reterr, ERR_MALFORMED, "%d brokers are not 1 to %d", m->brokers_n, REBALANCE_BROKERS_MAX);
    set_brokers(s, m, drain, drain_n);
    return set_partitions(s, m, reterr);
}

static void take_size(struct survey_partition *p, int64_t bytes, int64_t since_ms)
{
    int64_t rate = since_ms > 0 && bytes > p->bytes ? (bytes - p->bytes) * 1000 / since_ms : 0;

    if (rate > p->traffic)
        p->traffic = rate;
    if (!since_ms && bytes > p->bytes)
        p->bytes = bytes;
}

err_t survey_log_dirs(struct survey *s, int32_t broker, const struct kf_describe_log_dirs_response *r,
                      int64_t since_ms, struct why *reterr)
{
    struct survey_broker *b = survey_find_broker(s, broker);

    if (r->error_code)
        return why(reterr, ERR_IO, "broker %d: DescribeLogDirs: %s", broker, kf_error_name(r->error_code));
    for (int32_t d = 0; d < r->results_n; d++) {
        const struct kf_describe_log_dirs_response_describe_log_dirs_result *dir = &r->results[d];

        if (b && !since_ms && dir->total_bytes > 0 && dir->usable_bytes >= 0) {
            b->capacity_bytes += dir->total_bytes;
            b->used_bytes += dir->total_bytes - dir->usable_bytes;
        }
        for (int32_t t = 0; t < dir->topics_n; t++)
            for (int32_t i = 0; i < dir->topics[t].partitions_n; i++) {
                struct survey_partition *p =
                    survey_find(s, dir->topics[t].name, dir->topics[t].partitions[i].partition_index);

                if (p)
                    take_size(p, dir->topics[t].partitions[i].partition_size, since_ms);
            }
    }
    return ERR_OK;
}

err_t survey_ongoing(struct survey *s, const struct kf_list_partition_reassignments_response *r,
                     struct why *reterr)
{
    if (r->error_code)
        return why(reterr, ERR_IO, "ListPartitionReassignments: %s", kf_error_name(r->error_code));
    for (int32_t t = 0; t < r->topics_n; t++)
        for (int32_t i = 0; i < r->topics[t].partitions_n; i++) {
            const struct kf_list_partition_reassignments_response_ongoing_partition_reassignment *o =
                &r->topics[t].partitions[i];
            struct survey_partition *p = survey_find(s, r->topics[t].name, o->partition_index);

            if (!p || p->moving)
                continue;
            p->moving = true;
            p->adding = copy(s, o->adding_replicas, o->adding_replicas_n);
            p->adding_n = o->adding_replicas_n > 0 ? o->adding_replicas_n : 0;
            s->moving_n++;
        }
    return ERR_OK;
}

static bool is_empty(const struct survey *s, int32_t broker)
{
    for (unsigned p = 0; p < s->partitions_n; p++)
        if (survey_holds(s->partitions[p].replicas, s->partitions[p].replicas_n, broker))
            return false;
    return true;
}

struct rebalance_input survey_input(const struct survey *s, struct arena *a)
{
    struct rebalance_broker *brokers = arena_array(a, s->brokers_n + 1, sizeof(*brokers));
    struct rebalance_partition *partitions = arena_array(a, s->partitions_n + 1, sizeof(*partitions));

    for (unsigned i = 0; i < s->brokers_n; i++) {
        const struct survey_broker *b = &s->brokers[i];

        brokers[i] = (struct rebalance_broker){ b->id, b->zone, b->capacity_bytes, b->used_bytes,
                                                b->drains             ? REBALANCE_DRAINS
                                                : is_empty(s, b->id) ? REBALANCE_IS_NEW
                                                                      : REBALANCE_STAYS };
    }
    for (unsigned i = 0; i < s->partitions_n; i++) {
        const struct survey_partition *p = &s->partitions[i];

        partitions[i] = (struct rebalance_partition){ p->topic, p->partition, p->replicas, p->replicas_n,
                                                      p->leader, p->bytes, p->traffic };
    }
    return (struct rebalance_input){ brokers, s->brokers_n, partitions, s->partitions_n };
}
