#include "api/kafka/msg/alter_replica_log_dirs.h"
#include "api/kafka/msg/describe_log_dirs.h"

#include "broker/server/broker.h"
#include "broker/server/handlers.h"
#include "broker/server/moving.h"

typedef struct kf_describe_log_dirs_response_describe_log_dirs_result dir_out;
typedef struct kf_describe_log_dirs_response_describe_log_dirs_topic dir_topic_out;
typedef struct kf_describe_log_dirs_response_describe_log_dirs_partition dir_partition_out;
typedef struct kf_alter_replica_log_dirs_request_alter_replica_log_dir dir_in;
typedef struct kf_alter_replica_log_dirs_request_alter_replica_log_dir_topic dir_topic_in;
typedef struct kf_alter_replica_log_dirs_response_alter_replica_log_dir_topic_result topic_result;

/* --- describe --- */

static bool is_asked(const struct kf_describe_log_dirs_request *q, const struct partition *p)
{
    if (q->topics_n < 0)
        return true;
    for (int32_t i = 0; i < q->topics_n; i++) {
        if (!str_is(q->topics[i].topic, p->topic->name))
            continue;
        for (int32_t k = 0; k < q->topics[i].partitions_n; k++)
            if (q->topics[i].partitions[k] == p->index)
                return true;
    }
    return false;
}

/* False: neither the replica nor a future one is in this directory. */
static bool replica_in(const struct partition *p, const struct broker_dir *d,
                       dir_partition_out *ret)
{
    int64_t bytes, lag;

    *ret = (dir_partition_out){ .partition_index = p->index };
    if (!p->log)
        return false;
    if (p->dir == d->dir) {
        ret->partition_size = log_size_bytes(p->log);
        return true; /* the high watermark is never beyond this log's end: no lag */
    }
    if (!moving_view(p, d, &bytes, &lag))
        return false;
    ret->partition_size = bytes;
    ret->offset_lag = lag;
    ret->is_future_key = true;
    return true;
}

static void put_replica(struct request *r, const struct partition *p, const dir_partition_out *one,
                        dir_out *out)
{
    dir_topic_out *t = out->topics_n ? &out->topics[out->topics_n - 1] : NULL;

    if (!t || !str_is(t->name, p->topic->name)) {
        t = &out->topics[out->topics_n++];
        t->name = str_of(p->topic->name);
        t->partitions =
            arena_array(r->arena, (size_t)p->topic->partitions_n, sizeof(*t->partitions));
    }
    t->partitions[t->partitions_n++] = *one;
}

static void put_dir(struct broker *b, struct request *r,
                    const struct kf_describe_log_dirs_request *q, const struct broker_dir *dir,
                    dir_out *out)
{
    struct replicas_walk at = { 0 };
    dir_partition_out one;
    struct partition *p;

    kf_init(&kf_describe_log_dirs_response_describe_log_dirs_result_schema, out);
    out->log_dir = str_of(log_dir_path(dir->dir));
    out->is_cordoned = dir->cordoned;
    if (dir->offline || log_dir_space(dir->dir, &out->usable_bytes, &out->total_bytes))
        out->error_code = KF_ERR_KAFKA_STORAGE_ERROR;
    if (!q->topics_n) /* the space alone is asked for, again and again */
        return;
    out->topics = arena_array(r->arena, b->replicas.by_name.n, sizeof(*out->topics));
    while ((p = replicas_next(&b->replicas, &at)))
        if (replica_in(p, dir, &one) && is_asked(q, p))
            put_replica(r, p, &one, out);
}

void api_describe_log_dirs(struct broker *b, struct request *r)
{
    struct kf_describe_log_dirs_request *q = REQUEST_DECODE(r, kf_describe_log_dirs_request);
    struct kf_describe_log_dirs_response *m;

    if (!q)
        return;
    m = MESSAGE_NEW(r->arena, kf_describe_log_dirs_response);
    m->results = arena_array(r->arena, b->dirs_n, sizeof(*m->results));
    m->results_n = (int32_t)b->dirs_n;
    for (unsigned i = 0; i < b->dirs_n; i++)
        put_dir(b, r, q, &b->dirs[i], &m->results[i]);
    request_reply(r, &kf_describe_log_dirs_response_schema, m);
}

/* --- alter --- */

static void alter_topic(struct broker *b, struct request *r, struct str path,
                        const dir_topic_in *in, topic_result *out)
{
    size_t n = in->partitions_n > 0 ? (size_t)in->partitions_n : 0;

    kf_init(&kf_alter_replica_log_dirs_response_alter_replica_log_dir_topic_result_schema, out);
    out->topic_name = in->name;
    out->partitions = arena_array(r->arena, n, sizeof(*out->partitions));
    out->partitions_n = (int32_t)n;
    for (size_t i = 0; i < n; i++) {
        out->partitions[i].partition_index = in->partitions[i];
        out->partitions[i].error_code = moving_ask(b, path, in->name, in->partitions[i]);
    }
}

static size_t topics_asked(const struct kf_alter_replica_log_dirs_request *q)
{
    size_t n = 0;

    for (int32_t i = 0; i < q->dirs_n; i++)
        n += q->dirs[i].topics_n > 0 ? (size_t)q->dirs[i].topics_n : 0;
    return n;
}

void api_alter_replica_log_dirs(struct broker *b, struct request *r)
{
    struct kf_alter_replica_log_dirs_request *q =
        REQUEST_DECODE(r, kf_alter_replica_log_dirs_request);
    struct kf_alter_replica_log_dirs_response *m;

    if (!q)
        return;
    m = MESSAGE_NEW(r->arena, kf_alter_replica_log_dirs_response);
    m->results = arena_array(r->arena, topics_asked(q), sizeof(*m->results));
    for (int32_t i = 0; i < q->dirs_n; i++) {
        const dir_in *d = &q->dirs[i];

        for (int32_t k = 0; k < d->topics_n; k++)
            alter_topic(b, r, d->path, &d->topics[k], &m->results[m->results_n++]);
    }
    request_reply(r, &kf_alter_replica_log_dirs_response_schema, m);
}
