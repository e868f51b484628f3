#include "broker/group/subscription.h"

#include "common/invariant.h"

static err_t parse(const struct kf_schema *s, struct slice bytes, struct arena *a,
                   int16_t *ret_version, void *ret)
{
    struct cursor c = cursor_over(bytes);
    int16_t version = (int16_t)cursor_be16(&c);

    if (cursor_bad(&c) || version < 0)
        return ERR_MALFORMED;
    *ret_version = version;
    return kf_decode(s, version > kf_schema_max(s) ? kf_schema_max(s) : version, &c, a, ret)
               ? ERR_MALFORMED
               : ERR_OK;
}

err_t subscription_parse(struct slice bytes, struct arena *a, int16_t *ret_version,
                         struct kf_consumer_protocol_subscription *ret)
{
    return parse(&kf_consumer_protocol_subscription_schema, bytes, a, ret_version, ret);
}

/* Partitions that no topic can have would only cost memory. */
static void add(struct assignment *ret, const struct image *image, struct str topic,
                const int32_t *partitions, int32_t n)
{
    const struct topic_state *t = image_topic(image, topic);

    for (int32_t i = 0; t && i < n; i++)
        if (partitions[i] >= 0 && partitions[i] < t->partitions_n)
            assignment_add(ret, &t->id, partitions[i], 0);
}

err_t assignment_parse(struct slice bytes, const struct image *image, struct assignment *ret)
{
    struct kf_consumer_protocol_assignment m;
    OWNED_ARENA a = { 0 };
    int16_t version;

    *ret = (struct assignment){ 0 };
    if (!bytes.n)
        return ERR_OK;
    if (parse(&kf_consumer_protocol_assignment_schema, bytes, &a, &version, &m))
        return ERR_MALFORMED;
    if (m.user_data.n)
        return ERR_UNSUPPORTED;
    for (int32_t i = 0; i < m.assigned_partitions_n; i++)
        add(ret, image, m.assigned_partitions[i].topic, m.assigned_partitions[i].partitions,
            m.assigned_partitions[i].partitions_n);
    return ERR_OK;
}

struct assignment subscription_owned(const struct kf_consumer_protocol_subscription *s,
                                     const struct image *image)
{
    struct assignment ret = { 0 };

    for (int32_t i = 0; i < s->owned_partitions_n; i++)
        add(&ret, image, s->owned_partitions[i].topic, s->owned_partitions[i].partitions,
            s->owned_partitions[i].partitions_n);
    return ret;
}

struct slice assignment_print(const struct assignment *from, const struct image *image,
                              int16_t version, struct arena *a)
{
    const struct kf_schema *s = &kf_consumer_protocol_assignment_schema;
    struct kf_consumer_protocol_assignment m;
    struct why reason = { "" };
    OWNED_BUF b = { 0 };
    uint8_t *copy;

    kf_init(s, &m);
    m.assigned_partitions = arena_array(a, (size_t)from->n, sizeof(*m.assigned_partitions));
    for (int32_t i = 0; i < from->n; i++) {
        const struct topic_state *t = image_topic_by_id(image, &from->topics[i].id);

        if (!t)
            continue;
        m.assigned_partitions[m.assigned_partitions_n].topic = str_of(t->name);
        m.assigned_partitions[m.assigned_partitions_n].partitions = from->topics[i].partitions;
        m.assigned_partitions[m.assigned_partitions_n++].partitions_n = from->topics[i].n;
    }
    version = version < 0 ? 0 : version > kf_schema_max(s) ? kf_schema_max(s) : version;
    buf_put_be16(&b, (uint16_t)version);
    INVARIANT(kf_encode(s, version, &m, &b, &reason) == ERR_OK);
    copy = arena_alloc(a, b.n);
    memcpy(copy, b.p, b.n);
    return slice_make(copy, b.n);
}
