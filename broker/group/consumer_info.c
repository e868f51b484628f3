#include "broker/group/consumer.h"

#include <stdlib.h>

#include "broker/group/group_internal.h"

static int compare(const void *a, const void *b)
{
    return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

int32_t strs_normalize(struct str *v, int32_t n)
{
    int32_t kept = 0;

    if (n > 1)
        qsort(v, (size_t)n, sizeof(*v), compare);
    for (int32_t i = 0; i < n; i++)
        if (!kept || !str_eq(v[kept - 1], v[i]))
            v[kept++] = v[i];
    return kept;
}

bool strs_have(const struct str *v, int32_t n, struct str s)
{
    return n && bsearch(&s, v, (size_t)n, sizeof(*v), compare);
}

static struct classic_protocols protocols_keep(const struct classic_protocols *p)
{
    struct classic_protocols ret = { mem_zero(((size_t)p->n + 1) * sizeof(*ret.p)), p->n };

    for (int32_t i = 0; i < p->n; i++) {
        ret.p[i].name = str_keep(p->p[i].name);
        ret.p[i].metadata = slice_keep(p->p[i].metadata);
    }
    return ret;
}

struct consumer_info consumer_info_keep(const struct consumer_info *i)
{
    struct consumer_info ret = *i;

    ret.instance_id = str_keep(i->instance_id);
    ret.rack_id = str_keep(i->rack_id);
    ret.assignor = str_keep(i->assignor);
    ret.client_id = str_keep(i->client_id);
    ret.client_host = str_keep(i->client_host);
    ret.regex = str_keep(i->regex);
    ret.topics = mem_zero(((size_t)i->topics_n + 1) * sizeof(*ret.topics));
    for (int32_t k = 0; k < i->topics_n; k++)
        ret.topics[k] = str_keep(i->topics[k]);
    if (i->classic)
        ret.protocols = protocols_keep(&i->protocols);
    return ret;
}

void consumer_info_drop(struct consumer_info *i)
{
    str_drop(&i->instance_id);
    str_drop(&i->rack_id);
    str_drop(&i->assignor);
    str_drop(&i->client_id);
    str_drop(&i->client_host);
    str_drop(&i->regex);
    for (int32_t k = 0; k < i->topics_n; k++)
        str_drop(&i->topics[k]);
    mem_free(i->topics);
    classic_protocols_free(&i->protocols);
    *i = (struct consumer_info){ 0 };
}

bool consumer_info_same_topics(const struct consumer_info *a, const struct consumer_info *b)
{
    if (a->topics_n != b->topics_n)
        return false;
    for (int32_t k = 0; k < a->topics_n; k++)
        if (!str_eq(a->topics[k], b->topics[k]))
            return false;
    return true;
}

static bool same_protocols(const struct consumer_info *a, const struct consumer_info *b)
{
    if (a->classic != b->classic || a->protocols.n != b->protocols.n)
        return false;
    for (int32_t k = 0; k < a->protocols.n; k++)
        if (!str_eq(a->protocols.p[k].name, b->protocols.p[k].name) ||
            !slice_eq(a->protocols.p[k].metadata, b->protocols.p[k].metadata))
            return false;
    return !a->classic || a->session_timeout_ms == b->session_timeout_ms;
}

bool consumer_info_eq(const struct consumer_info *a, const struct consumer_info *b)
{
    return str_eq(a->instance_id, b->instance_id) && str_eq(a->rack_id, b->rack_id) &&
           str_eq(a->assignor, b->assignor) && str_eq(a->client_id, b->client_id) &&
           str_eq(a->client_host, b->client_host) && str_eq(a->regex, b->regex) &&
           a->rebalance_timeout_ms == b->rebalance_timeout_ms && consumer_info_same_topics(a, b) &&
           same_protocols(a, b);
}

static void take_protocols(const struct kf_consumer_group_member_metadata_value *v, struct arena *a,
                           struct consumer_info *ret)
{
    const struct kf_consumer_group_member_metadata_value_classic_member_metadata *c =
        v->classic_member_metadata;

    ret->classic = c != NULL;
    if (!c)
        return;
    ret->session_timeout_ms = c->session_timeout_ms;
    ret->protocols.n = c->supported_protocols_n;
    ret->protocols.p = arena_array(a, (size_t)c->supported_protocols_n, sizeof(*ret->protocols.p));
    for (int32_t i = 0; i < c->supported_protocols_n; i++) {
        ret->protocols.p[i].name = c->supported_protocols[i].name;
        ret->protocols.p[i].metadata = c->supported_protocols[i].metadata;
    }
}

struct consumer_info consumer_info_of(const struct kf_consumer_group_member_metadata_value *v,
                                      struct arena *a)
{
    struct consumer_info ret = {
        .instance_id = v->instance_id,
        .rack_id = v->rack_id,
        .assignor = v->server_assignor,
        .client_id = v->client_id,
        .client_host = v->client_host,
        .regex = v->subscribed_topic_regex.p ? v->subscribed_topic_regex : str_make("", 0),
        .rebalance_timeout_ms = v->rebalance_timeout_ms,
    };
    size_t n = (size_t)(v->subscribed_topic_names_n > 0 ? v->subscribed_topic_names_n : 0);

    ret.topics = arena_array(a, n, sizeof(*ret.topics));
    if (n)
        memcpy(ret.topics, v->subscribed_topic_names, n * sizeof(*ret.topics));
    ret.topics_n = strs_normalize(ret.topics, (int32_t)n);
    take_protocols(v, a, &ret);
    return ret;
}
