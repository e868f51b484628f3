#include "api/kafka/msg/describe_transactions.h"
#include "api/kafka/msg/list_transactions.h"

#include <regex.h>
#include <stdlib.h>

#include "broker/server/broker.h"
#include "broker/server/handlers.h"
#include "broker/server/txn_coordinator.h"
#include "common/clock.h"

enum { PATTERN_BYTES_MAX = 4096 };

typedef struct kf_describe_transactions_response_transaction_state described;
typedef struct kf_describe_transactions_response_topic_data topic_out;
typedef struct kf_list_transactions_response_transaction_state listed;

/* --- DescribeTransactions --- */

static int by_topic(const void *a, const void *b)
{
    const struct txn_partition *p = a, *q = b;
    int c = strcmp(p->topic, q->topic);

    return c ? c : (p->index > q->index) - (p->index < q->index);
}

static void put_partitions(struct request *r, const struct txn *t, described *out)
{
    size_t n = (size_t)t->partitions_n;
    struct txn_partition *p = arena_array(r->arena, n, sizeof(*p));
    int32_t *ids = arena_array(r->arena, n, sizeof(*ids));

    if (n)
        memcpy(p, t->partitions, n * sizeof(*p));
    qsort(p, n, sizeof(*p), by_topic);
    out->topics = arena_array(r->arena, n, sizeof(*out->topics));
    for (size_t i = 0; i < n; i++) {
        if (!i || strcmp(p[i].topic, p[i - 1].topic))
            out->topics[out->topics_n++] =
                (topic_out){ arena_str(r->arena, str_of(p[i].topic)), ids + i, 0 };
        ids[i] = p[i].index;
        out->topics[out->topics_n - 1].partitions_n++;
    }
}

static void describe(struct broker *b, struct request *r, struct str id, described *out)
{
    const struct txn *t;

    kf_init(&kf_describe_transactions_response_transaction_state_schema, out);
    out->transactional_id = id;
    out->transaction_state = str_make("", 0);
    out->error_code = id.n ? transactions_find(b, id, &t) : KF_ERR_INVALID_REQUEST;
    if (!out->error_code && !t)
        out->error_code = KF_ERR_TRANSACTIONAL_ID_NOT_FOUND;
    if (out->error_code)
        return;
    out->transaction_state = str_of(txn_state_name(t->state));
    out->transaction_timeout_ms = t->timeout_ms;
    out->transaction_start_time_ms = t->start_ms;
    out->producer_id = t->producer_id;
    out->producer_epoch = t->epoch;
    put_partitions(r, t, out);
}

void api_describe_transactions(struct broker *b, struct request *r)
{
    struct kf_describe_transactions_request *q =
        REQUEST_DECODE(r, kf_describe_transactions_request);
    struct kf_describe_transactions_response *m;

    if (!q)
        return;
    m = MESSAGE_NEW(r->arena, kf_describe_transactions_response);
    m->transaction_states_n = q->transactional_ids_n;
    m->transaction_states = arena_array(r->arena, (size_t)q->transactional_ids_n,
                                        sizeof(*m->transaction_states));
    for (int32_t i = 0; i < q->transactional_ids_n; i++)
        describe(b, r, q->transactional_ids[i], &m->transaction_states[i]);
    request_reply(r, &kf_describe_transactions_response_schema, m);
}

/* --- ListTransactions --- */

struct list_filter {
    const struct kf_list_transactions_request *q;
    unsigned states;      /* bits; 0 with state_filters: none is known */
    bool has_pattern;
    regex_t pattern;
    int64_t now_ms;
};

static int state_named(struct str name)
{
    for (int s = 0; s < TXN_STATES; s++)
        if (str_is(name, txn_state_name((enum txn_state)s)))
            return s;
    return -1;
}

/* Names that Apache's coordinator knows and no id here ever has. */
static bool passing_state(struct str name)
{
    return str_is(name, "Dead") || str_is(name, "PrepareEpochFence");
}

static void read_states(struct list_filter *f, struct request *r,
                        struct kf_list_transactions_response *m)
{
    m->unknown_state_filters = arena_array(r->arena, (size_t)f->q->state_filters_n,
                                           sizeof(*m->unknown_state_filters));
    for (int32_t i = 0; i < f->q->state_filters_n; i++) {
        int s = state_named(f->q->state_filters[i]);

        if (s >= 0)
            f->states |= 1u << s;
        else if (!passing_state(f->q->state_filters[i]))
            m->unknown_state_filters[m->unknown_state_filters_n++] = f->q->state_filters[i];
    }
}

/* The whole id must match. */
static bool read_pattern(struct list_filter *f, struct request *r)
{
    struct str p = f->q->transactional_id_pattern;

    if (!p.p || !p.n)
        return true;
    if (p.n > PATTERN_BYTES_MAX || memchr(p.p, '\0', p.n))
        return false;
    f->has_pattern = !regcomp(&f->pattern, arena_printf(r->arena, "^(%.*s)$", STR_ARG(p)),
                              REG_EXTENDED | REG_NOSUB);
    return f->has_pattern;
}

static bool wants_producer(const struct kf_list_transactions_request *q, int64_t id)
{
    for (int32_t i = 0; i < q->producer_id_filters_n; i++)
        if (q->producer_id_filters[i] == id)
            return true;
    return q->producer_id_filters_n <= 0;
}

static bool wanted(const struct list_filter *f, const struct txn *t)
{
    if (f->q->state_filters_n > 0 && !(f->states & (1u << t->state)))
        return false;
    if (!wants_producer(f->q, t->producer_id))
        return false;
    if (f->q->duration_filter >= 0 && f->now_ms - t->start_ms <= f->q->duration_filter)
        return false;
    return !f->has_pattern || !regexec(&f->pattern, t->id.p, 0, NULL, 0);
}

static void list(struct broker *b, struct request *r, const struct list_filter *f,
                 struct kf_list_transactions_response *m)
{
    struct transactions_walk at = { 0 };
    const struct txn *t;
    size_t n = 0;

    while ((t = transactions_next(b, &at)))
        n += wanted(f, t);
    m->transaction_states = arena_array(r->arena, n, sizeof(*m->transaction_states));
    for (at = (struct transactions_walk){ 0 }; (t = transactions_next(b, &at));)
        if (wanted(f, t))
            m->transaction_states[m->transaction_states_n++] =
                (listed){ arena_str(r->arena, t->id), t->producer_id,
                          str_of(txn_state_name(t->state)) };
}

void api_list_transactions(struct broker *b, struct request *r)
{
    struct list_filter f = { .q = REQUEST_DECODE(r, kf_list_transactions_request),
                             .now_ms = clock_wall_ms() };
    struct kf_list_transactions_response *m;

    if (!f.q)
        return;
    m = MESSAGE_NEW(r->arena, kf_list_transactions_response);
    if (transactions_any_loading(b)) {
        m->error_code = KF_ERR_COORDINATOR_LOAD_IN_PROGRESS;
    } else if (!read_pattern(&f, r)) {
        m->error_code = KF_ERR_INVALID_REGULAR_EXPRESSION;
    } else {
        read_states(&f, r, m);
        list(b, r, &f, m);
    }
    if (f.has_pattern)
        regfree(&f.pattern);
    request_reply(r, &kf_list_transactions_response_schema, m);
}
