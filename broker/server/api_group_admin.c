#include "api/kafka/msg/consumer_group_describe.h"
#include "api/kafka/msg/delete_groups.h"
#include "api/kafka/msg/describe_groups.h"
#include "api/kafka/msg/list_groups.h"

#include <ctype.h>

#include "broker/server/group_ask.h"
#include "broker/server/handlers.h"

typedef struct kf_list_groups_response_listed_group listed;

static void ask_each(struct group_asks *all, const struct str *ids, bool operations)
{
    for (int32_t i = 0; i < all->n; i++) {
        all->asks[i].call.group_id = ids[i];
        all->asks[i].call.operations = operations;
    }
    group_asks_begin(all);
}

static void reply_described(struct group_asks *all)
{
    struct kf_describe_groups_response *m = MESSAGE_NEW(all->r->arena, kf_describe_groups_response);

    m->groups_n = all->n;
    m->groups = arena_array(all->r->arena, (size_t)all->n, sizeof(*m->groups));
    for (int32_t i = 0; i < all->n; i++)
        m->groups[i] =
            *(const struct kf_describe_groups_response_described_group *)all->asks[i].call.response;
    request_reply(all->r, &kf_describe_groups_response_schema, m);
}

void api_describe_groups(struct broker *b, struct request *r)
{
    struct kf_describe_groups_request *q = REQUEST_DECODE(r, kf_describe_groups_request);
    struct group_asks *all;

    if (!q)
        return;
    all = group_asks_new(b, r, GROUP_DESCRIBE, q->groups_n);
    all->done = reply_described;
    ask_each(all, q->groups, q->include_authorized_operations);
}

static void reply_deleted(struct group_asks *all)
{
    struct kf_delete_groups_response *m = MESSAGE_NEW(all->r->arena, kf_delete_groups_response);

    m->results_n = all->n;
    m->results = arena_array(all->r->arena, (size_t)all->n, sizeof(*m->results));
    for (int32_t i = 0; i < all->n; i++)
        m->results[i] =
            *(const struct kf_delete_groups_response_deletable_group_result *)all->asks[i]
                 .call.response;
    request_reply(all->r, &kf_delete_groups_response_schema, m);
}

/* Groups whose state at share coordinators could not be deleted stay. */
static void delete_all(struct broker *b, struct request *r, const int16_t *errors, void *ctx)
{
    const struct kf_delete_groups_request *q = ctx;
    struct group_asks *all = group_asks_new(b, r, GROUP_DELETE, q->groups_names_n);

    all->done = reply_deleted;
    for (int32_t i = 0; i < all->n; i++)
        all->asks[i].refused = errors[i] == KF_ERR_COORDINATOR_NOT_AVAILABLE ? errors[i] : 0;
    ask_each(all, q->groups_names, false);
}

void api_delete_groups(struct broker *b, struct request *r)
{
    struct kf_delete_groups_request *q = REQUEST_DECODE(r, kf_delete_groups_request);

    if (q)
        share_forget_groups(b, r, q->groups_names, q->groups_names_n, delete_all, q);
}

static void reply_consumers(struct group_asks *all)
{
    struct kf_consumer_group_describe_response *m =
        MESSAGE_NEW(all->r->arena, kf_consumer_group_describe_response);

    m->groups_n = all->n;
    m->groups = arena_array(all->r->arena, (size_t)all->n, sizeof(*m->groups));
    for (int32_t i = 0; i < all->n; i++)
        m->groups[i] =
            *(const struct kf_consumer_group_describe_response_described_group *)all->asks[i]
                 .call.response;
    request_reply(all->r, &kf_consumer_group_describe_response_schema, m);
}

void api_consumer_group_describe(struct broker *b, struct request *r)
{
    struct kf_consumer_group_describe_request *q =
        REQUEST_DECODE(r, kf_consumer_group_describe_request);
    struct group_asks *all;

    if (!q)
        return;
    all = group_asks_new(b, r, GROUP_CONSUMER_DESCRIBE, q->group_ids_n);
    all->done = reply_consumers;
    ask_each(all, q->group_ids, q->include_authorized_operations);
}

/* Upper and lower case are one: the tools write states as they like. */
static bool same_word(struct str a, struct str b)
{
    if (a.n != b.n)
        return false;
    for (size_t i = 0; i < a.n; i++)
        if (tolower((unsigned char)a.p[i]) != tolower((unsigned char)b.p[i]))
            return false;
    return true;
}

static bool wanted(const struct str *filter, int32_t n, const char *word)
{
    for (int32_t i = 0; i < n; i++)
        if (same_word(filter[i], str_of(word)))
            return true;
    return n <= 0;
}

static void put_listed(struct request *r, const struct group_listing *in, listed *out)
{
    out->group_id = arena_str(r->arena, in->id);
    out->protocol_type = arena_str(r->arena, in->protocol_type);
    out->group_state = str_of(in->state);
    out->group_type = str_of(in->type);
}

static void list_all(struct broker *b, struct request *r, const struct kf_list_groups_request *q,
                     struct kf_list_groups_response *m)
{
    struct groups_walk at = { 0 };
    struct group_listing in;
    size_t n = 0;

    while (groups_next(b, &at, &in))
        n++;
    m->groups = arena_array(r->arena, n, sizeof(*m->groups));
    for (at = (struct groups_walk){ 0 }; groups_next(b, &at, &in);)
        if (wanted(q->states_filter, q->states_filter_n, in.state) &&
            wanted(q->types_filter, q->types_filter_n, in.type))
            put_listed(r, &in, &m->groups[m->groups_n++]);
}

/* Groups that are still being loaded are missing: the error says so, as Kafka's does. */
void api_list_groups(struct broker *b, struct request *r)
{
    struct kf_list_groups_request *q = REQUEST_DECODE(r, kf_list_groups_request);
    struct kf_list_groups_response *m;

    if (!q)
        return;
    m = MESSAGE_NEW(r->arena, kf_list_groups_response);
    if (groups_any_loading(b))
        m->error_code = KF_ERR_COORDINATOR_LOAD_IN_PROGRESS;
    else
        list_all(b, r, q, m);
    request_reply(r, &kf_list_groups_response_schema, m);
}
