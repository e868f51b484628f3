/* Partitions move: AlterPartitionReassignments, ListPartitionReassignments (KIP-455).
 *
 * A reassignment from O to T keeps `replicas` = T, then O - T; adding = T - O, removing = O - T. It
 * ends by itself with the ISR change that makes it complete (election.c). A new one, or a
 * cancellation, first takes back what the one under way was adding. */
#include "broker/controller/core.h"

#include "api/kafka/msg/alter_partition_reassignments.h"
#include "api/kafka/msg/list_partition_reassignments.h"

enum { RECOVERING = 1 };

static const struct refusal fine;

/* A list being made, in the call's arena. */
struct list_of {
    int32_t *p;
    int32_t n;
};

static struct list_of list_for(const struct call *k, int32_t most)
{
    return (struct list_of){ arena_array(k->a, (size_t)most + 1, sizeof(int32_t)), 0 };
}

static void add_missing(struct list_of *l, const int32_t *from, int32_t n, const int32_t *unless,
                        int32_t unless_n)
{
    for (int32_t i = 0; i < n; i++) {
        if (!ids_has(unless, unless_n, from[i]) && !ids_has(l->p, l->n, from[i]))
            l->p[l->n++] = from[i];
    }
}

static bool under_way(const struct partition_state *p)
{
    return p->adding_n || p->removing_n;
}

struct refusal assignment_refusal(const struct call *k, int32_t partition, const int32_t *ids,
                                  int32_t n)
{
    if (n < 1)
        return (struct refusal){
            KF_ERR_INVALID_REPLICA_ASSIGNMENT,
            core_text(k, "The manual partition assignment of partition %d is empty.", partition)
        };
    for (int32_t i = 0; i < n; i++) {
        if (!image_broker(k->c->image, ids[i]))
            return (struct refusal){
                KF_ERR_INVALID_REPLICA_ASSIGNMENT,
                core_text(k,
                          "The manual partition assignment includes broker %d, but no such broker is "
                          "registered.",
                          ids[i])
            };
        if (ids_has(ids, i, ids[i]))
            return (struct refusal){
                KF_ERR_INVALID_REPLICA_ASSIGNMENT,
                core_text(k, "The manual partition assignment includes the broker %d more than once.",
                          ids[i])
            };
    }
    return fine;
}

/* Where one partition stands, and the change it is to get. */
struct moving {
    struct call *k;
    const struct topic_state *t;
    const struct partition_state *p;
    int32_t id;
    struct list_of original, isr; /* without what is being added */
};

static void settle_original(struct moving *m)
{
    const struct partition_state *p = m->p;

    m->original = list_for(m->k, p->replicas_n);
    m->isr = list_for(m->k, p->isr_n + 1);
    add_missing(&m->original, p->replicas, p->replicas_n, p->adding, p->adding_n);
    add_missing(&m->isr, p->isr, p->isr_n, p->adding, p->adding_n);
}

/* Those who have everything, or the most that anybody has: the ISR, without one the ELR, without
 * that the last known leader. */
static struct list_of holders(const struct partition_state *p)
{
    if (p->isr_n)
        return (struct list_of){ p->isr, p->isr_n };
    return p->elr_n ? (struct list_of){ p->elr, p->elr_n }
                    : (struct list_of){ p->last_known_elr, p->last_known_elr_n };
}

static bool keeps_data(const struct partition_state *p, const struct list_of *staying)
{
    struct list_of h = holders(p);

    for (int32_t i = 0; i < h.n; i++) {
        if (ids_has(staying->p, staying->n, h.p[i]))
            return true;
    }
    return !h.n;
}

/* Whom to go back to when none of the old ones is in sync: one that is up, if any. */
static int32_t any_original(const struct moving *m)
{
    for (int32_t n = 0; n < m->original.n; n++) {
        if (partition_replica_active(m->k, m->original.p[n]))
            return m->original.p[n];
    }
    return m->original.p[0];
}

static struct refusal cancel(struct moving *m)
{
    bool unclean = !keeps_data(m->p, &m->original);
    struct assignment to;

    if (!under_way(m->p))
        return (struct refusal){ KF_ERR_NO_REASSIGNMENT_IN_PROGRESS,
                                 "No partition reassignment is in progress." };
    if (unclean) {
        if (!change_unclean_enabled(m->k->c, str_of(m->t->name)))
            return (struct refusal){
                KF_ERR_INVALID_REPLICA_ASSIGNMENT,
                core_text(m->k,
                          "Unable to revert partition assignment for %s:%d because it would require "
                          "an unclean leader election.",
                          m->t->name, m->id)
            };
        m->isr.p[m->isr.n++] = any_original(m);
    }
    to = (struct assignment){ .replicas = m->original.p, .replicas_n = m->original.n };
    change_put(m->k,
               &(struct change){ .topic = m->t,
                                 .partition = m->id,
                                 .isr = m->isr.p,
                                 .isr_n = m->isr.n,
                                 .leaving = -1,
                                 .recovery = unclean ? RECOVERING : -1,
                                 .to = &to },
               NULL);
    return fine;
}

static struct refusal check_move(const struct moving *m, const int32_t *ids, int32_t n,
                                 bool factor_may_change)
{
    struct refusal f = assignment_refusal(m->k, m->id, ids, n);
    int32_t factor = m->p->replicas_n - m->p->removing_n;

    if (!f.error && !factor_may_change && n != factor)
        f = (struct refusal){ KF_ERR_INVALID_REPLICATION_FACTOR,
                              core_text(m->k, "The replication factor is changed from %d to %d",
                                        factor, n) };
    return f;
}

/* The replicas that an earlier reassignment was adding and this one does not want go at once,
 * unless nobody else has everything: then they go with the rest when this one is complete. */
static struct refusal move(struct moving *m, const int32_t *ids, int32_t n, bool factor_may_change)
{
    const struct partition_state *p = m->p;
    struct list_of adding = list_for(m->k, n);
    struct list_of removing = list_for(m->k, 2 * p->replicas_n);
    struct list_of replicas = list_for(m->k, n + p->replicas_n), isr = list_for(m->k, p->isr_n);
    struct refusal f = check_move(m, ids, n, factor_may_change);
    struct assignment to;

    if (f.error)
        return f;
    add_missing(&adding, ids, n, m->original.p, m->original.n);
    add_missing(&removing, m->original.p, m->original.n, ids, n);
    add_missing(&replicas, ids, n, NULL, 0);
    add_missing(&replicas, removing.p, removing.n, NULL, 0);
    if (!keeps_data(p, &replicas)) {
        struct list_of h = holders(p);

        add_missing(&removing, h.p, h.n, ids, n);
        add_missing(&replicas, removing.p, removing.n, NULL, 0);
    }
    for (int32_t i = 0; i < p->isr_n; i++) {
        if (ids_has(replicas.p, replicas.n, p->isr[i]))
            isr.p[isr.n++] = p->isr[i];
    }
    to = (struct assignment){ replicas.p, adding.p, removing.p, replicas.n, adding.n, removing.n };
    change_put(m->k,
               &(struct change){ .topic = m->t,
                                 .partition = m->id,
                                 .isr = isr.p,
                                 .isr_n = isr.n,
                                 .leaving = -1,
                                 .recovery = -1,
                                 .to = &to },
               NULL);
    return fine;
}

static struct refusal alter(struct call *k, struct str name,
                            const struct kf_alter_partition_reassignments_request_reassignable_partition *q,
                            bool factor_may_change)
{
    struct moving m = { .k = k, .t = image_topic(k->c->image, name), .id = q->partition_index };

    m.p = core_partition(m.t, m.id);
    if (!m.t)
        return (struct refusal){ KF_ERR_UNKNOWN_TOPIC_OR_PARTITION,
                                 core_text(k, "Unable to find a topic named %.*s.", STR_ARG(name)) };
    if (!m.p)
        return (struct refusal){ KF_ERR_UNKNOWN_TOPIC_OR_PARTITION,
                                 core_text(k, "Unable to find partition %s:%d.", m.t->name, m.id) };
    if (k->out->n >= RECORDS_PER_CALL_MAX)
        return (struct refusal){ KF_ERR_POLICY_VIOLATION,
                                 core_text(k, "At most %d partitions can be moved at once.",
                                           RECORDS_PER_CALL_MAX) };
    settle_original(&m);
    return q->replicas_n < 0 ? cancel(&m) : move(&m, q->replicas, q->replicas_n, factor_may_change);
}

void decide_alter_partition_reassignments(struct call *k, const void *request, void *response)
{
    const struct kf_alter_partition_reassignments_request *r = request;
    struct kf_alter_partition_reassignments_response *res = response;

    res->allow_replication_factor_change = r->allow_replication_factor_change;
    res->responses = arena_array(k->a, (size_t)r->topics_n + 1, sizeof(*res->responses));
    for (int32_t n = 0; n < r->topics_n; n++) {
        __typeof__(res->responses) t = &res->responses[res->responses_n++];

        t->name = r->topics[n].name;
        t->partitions =
            arena_array(k->a, (size_t)r->topics[n].partitions_n + 1, sizeof(*t->partitions));
        for (int32_t p = 0; p < r->topics[n].partitions_n; p++) {
            struct refusal f = alter(k, t->name, &r->topics[n].partitions[p],
                                     r->allow_replication_factor_change);

            t->partitions[t->partitions_n++] = (__typeof__(*t->partitions)){
                r->topics[n].partitions[p].partition_index, f.error, str_of(f.message)
            };
        }
    }
}

/* The reply rests on the image until the next record is applied: it copies. */
static int32_t *copy(struct call *k, const int32_t *ids, int32_t n)
{
    int32_t *to = arena_array(k->a, (size_t)n + 1, sizeof(*to));

    if (n)
        memcpy(to, ids, (size_t)n * sizeof(*to));
    return to;
}

typedef struct kf_list_partition_reassignments_response_ongoing_topic_reassignment ongoing;

static void list_partition(struct call *k, const struct topic_state *t, int32_t id, ongoing *ret)
{
    const struct partition_state *p = core_partition(t, id);

    if (!p || !under_way(p))
        return;
    ret->partitions[ret->partitions_n++] = (__typeof__(*ret->partitions)){
        id,
        copy(k, p->replicas, p->replicas_n),
        p->replicas_n,
        copy(k, p->adding, p->adding_n),
        p->adding_n,
        copy(k, p->removing, p->removing_n),
        p->removing_n,
    };
}

static bool any_under_way(const struct topic_state *t)
{
    for (int32_t id = 0; id < t->partitions_n; id++) {
        if (t->partitions[id].directories && under_way(&t->partitions[id]))
            return true;
    }
    return false;
}

/* `ids` NULL: all of the topic. */
static void list_topic(struct call *k, const struct topic_state *t, const int32_t *ids, int32_t n,
                       struct kf_list_partition_reassignments_response *res)
{
    ongoing *o = &res->topics[res->topics_n];

    if (!t || !any_under_way(t))
        return;
    o->name = str_of(arena_text(k->a, str_of(t->name)));
    o->partitions = arena_array(k->a, (size_t)(ids ? n : t->partitions_n) + 1, sizeof(*o->partitions));
    for (int32_t i = 0; i < (ids ? n : t->partitions_n); i++)
        list_partition(k, t, ids ? ids[i] : i, o);
    res->topics_n += o->partitions_n > 0;
}

void decide_list_partition_reassignments(struct call *k, const void *request, void *response)
{
    const struct kf_list_partition_reassignments_request *r = request;
    struct kf_list_partition_reassignments_response *res = response;
    const struct topic_state *t;
    size_t at = 0;

    if (r->topics_n < 0) {
        res->topics = arena_array(k->a, image_topics_n(k->c->image) + 1, sizeof(*res->topics));
        while ((t = image_topic_next(k->c->image, &at)))
            list_topic(k, t, NULL, 0, res);
        return;
    }
    res->topics = arena_array(k->a, (size_t)r->topics_n + 1, sizeof(*res->topics));
    for (int32_t n = 0; n < r->topics_n; n++) {
        static const int32_t none;
        __typeof__(&r->topics[0]) q = &r->topics[n];

        list_topic(k, image_topic(k->c->image, q->name),
                   q->partition_indexes ? q->partition_indexes : &none, q->partition_indexes_n, res);
    }
}
