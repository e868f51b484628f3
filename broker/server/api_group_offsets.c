#include "api/kafka/msg/offset_commit.h"
#include "api/kafka/msg/offset_delete.h"
#include "api/kafka/msg/offset_fetch.h"

#include "broker/server/group_ask.h"
#include "broker/server/handlers.h"

enum { GROUPS_SINCE = 8, ERROR_SINCE = 2 };

typedef struct kf_offset_fetch_request_offset_fetch_request_group group_in;
typedef struct kf_offset_fetch_request_offset_fetch_request_topics topics_in;
typedef struct kf_offset_fetch_response_offset_fetch_response_group group_out;
typedef struct kf_offset_fetch_response_offset_fetch_response_topics topics_out;
typedef struct kf_offset_fetch_response_offset_fetch_response_topic old_topic_out;

void api_offset_commit(struct broker *b, struct request *r)
{
    struct kf_offset_commit_request *q = REQUEST_DECODE(r, kf_offset_commit_request);

    if (q)
        group_ask_simple(b, r, GROUP_OFFSET_COMMIT, q->group_id, q,
                         &kf_offset_commit_response_schema);
}

void api_offset_delete(struct broker *b, struct request *r)
{
    struct kf_offset_delete_request *q = REQUEST_DECODE(r, kf_offset_delete_request);

    if (q)
        group_ask_simple(b, r, GROUP_OFFSET_DELETE, q->group_id, q,
                         &kf_offset_delete_response_schema);
}

/* ---- OffsetFetch: versions below 8 ask for one group, in other words ---- */

static group_in *group_of_old(struct arena *a, const struct kf_offset_fetch_request *q)
{
    group_in *g = arena_new(a, group_in);

    kf_init(&kf_offset_fetch_request_offset_fetch_request_group_schema, g);
    g->group_id = q->group_id;
    g->topics_n = q->topics_n;
    g->topics = arena_array(a, q->topics_n < 0 ? 0 : (size_t)q->topics_n, sizeof(*g->topics));
    for (int32_t i = 0; i < q->topics_n; i++)
        g->topics[i] = (topics_in){ .name = q->topics[i].name,
                                    .partition_indexes = q->topics[i].partition_indexes,
                                    .partition_indexes_n = q->topics[i].partition_indexes_n };
    return g;
}

static void put_old_topic(struct arena *a, const topics_out *in, old_topic_out *out)
{
    out->name = in->name;
    out->partitions_n = in->partitions_n;
    out->partitions = arena_array(a, (size_t)in->partitions_n, sizeof(*out->partitions));
    for (int32_t i = 0; i < in->partitions_n; i++) {
        out->partitions[i].partition_index = in->partitions[i].partition_index;
        out->partitions[i].committed_offset = in->partitions[i].committed_offset;
        out->partitions[i].committed_leader_epoch = in->partitions[i].committed_leader_epoch;
        out->partitions[i].metadata = in->partitions[i].metadata;
        out->partitions[i].error_code = in->partitions[i].error_code;
    }
}

/* The error of the group at every partition: version 1 has no other place for it. */
static void put_old_errors(struct arena *a, const group_in *g, int16_t error,
                           struct kf_offset_fetch_response *m)
{
    m->topics_n = g->topics_n < 0 ? 0 : g->topics_n;
    m->topics = arena_array(a, (size_t)m->topics_n, sizeof(*m->topics));
    for (int32_t i = 0; i < m->topics_n; i++) {
        old_topic_out *t = &m->topics[i];

        t->name = g->topics[i].name;
        t->partitions_n = g->topics[i].partition_indexes_n;
        t->partitions = arena_array(a, (size_t)t->partitions_n, sizeof(*t->partitions));
        for (int32_t k = 0; k < t->partitions_n; k++) {
            t->partitions[k].partition_index = g->topics[i].partition_indexes[k];
            t->partitions[k].committed_offset = t->partitions[k].committed_leader_epoch = -1;
            t->partitions[k].metadata = str_make("", 0);
            t->partitions[k].error_code = error;
        }
    }
}

static void reply_old(struct group_asks *all)
{
    struct kf_offset_fetch_response *m = MESSAGE_NEW(all->r->arena, kf_offset_fetch_response);
    const group_out *g = all->asks[0].call.response;

    if (g->error_code) {
        m->error_code = all->r->api_version >= ERROR_SINCE ? g->error_code : KF_ERR_NONE;
        put_old_errors(all->r->arena, all->asks[0].call.request, g->error_code, m);
    } else {
        m->topics_n = g->topics_n;
        m->topics = arena_array(all->r->arena, (size_t)g->topics_n, sizeof(*m->topics));
        for (int32_t i = 0; i < g->topics_n; i++)
            put_old_topic(all->r->arena, &g->topics[i], &m->topics[i]);
    }
    request_reply(all->r, &kf_offset_fetch_response_schema, m);
}

static void reply_groups(struct group_asks *all)
{
    struct kf_offset_fetch_response *m = MESSAGE_NEW(all->r->arena, kf_offset_fetch_response);

    m->groups_n = all->n;
    m->groups = arena_array(all->r->arena, (size_t)all->n, sizeof(*m->groups));
    for (int32_t i = 0; i < all->n; i++)
        m->groups[i] = *(const group_out *)all->asks[i].call.response;
    request_reply(all->r, &kf_offset_fetch_response_schema, m);
}

void api_offset_fetch(struct broker *b, struct request *r)
{
    struct kf_offset_fetch_request *q = REQUEST_DECODE(r, kf_offset_fetch_request);
    bool old = r->api_version < GROUPS_SINCE;
    struct group_asks *all;

    if (!q)
        return;
    all = group_asks_new(b, r, GROUP_OFFSET_FETCH, old ? 1 : q->groups_n);
    for (int32_t i = 0; i < all->n; i++) {
        group_in *g = old ? group_of_old(r->arena, q) : &q->groups[i];

        all->asks[i].call.group_id = g->group_id;
        all->asks[i].call.request = g;
        all->asks[i].call.stable = q->require_stable;
    }
    all->done = old ? reply_old : reply_groups;
    group_asks_begin(all);
}
