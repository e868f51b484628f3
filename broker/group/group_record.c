#include "broker/group/group_record.h"

#include "api/kafka/msg/share_group_current_member_assignment.h"
#include "api/kafka/msg/share_group_member_metadata.h"
#include "api/kafka/msg/share_group_metadata.h"
#include "api/kafka/msg/share_group_state_partition_metadata.h"
#include "api/kafka/msg/share_group_target_assignment_member.h"
#include "api/kafka/msg/share_group_target_assignment_metadata.h"

struct kind {
    const struct kf_schema *key, *value;
};

static const struct kind kinds[GROUP_RECORD_TYPES] = {
    [GROUP_RECORD_LEGACY_OFFSET] = { &kf_offset_commit_key_schema, &kf_offset_commit_value_schema },
    [GROUP_RECORD_OFFSET] = { &kf_offset_commit_key_schema, &kf_offset_commit_value_schema },
    [GROUP_RECORD_CLASSIC] = { &kf_group_metadata_key_schema, &kf_group_metadata_value_schema },
    [GROUP_RECORD_CONSUMER] = { &kf_consumer_group_metadata_key_schema,
                                &kf_consumer_group_metadata_value_schema },
    [GROUP_RECORD_PARTITION_METADATA] = { &kf_consumer_group_partition_metadata_key_schema,
                                          &kf_consumer_group_partition_metadata_value_schema },
    [GROUP_RECORD_MEMBER] = { &kf_consumer_group_member_metadata_key_schema,
                              &kf_consumer_group_member_metadata_value_schema },
    [GROUP_RECORD_TARGET] = { &kf_consumer_group_target_assignment_metadata_key_schema,
                              &kf_consumer_group_target_assignment_metadata_value_schema },
    [GROUP_RECORD_TARGET_MEMBER] = { &kf_consumer_group_target_assignment_member_key_schema,
                                     &kf_consumer_group_target_assignment_member_value_schema },
    [GROUP_RECORD_CURRENT_MEMBER] = { &kf_consumer_group_current_member_assignment_key_schema,
                                      &kf_consumer_group_current_member_assignment_value_schema },
    [GROUP_RECORD_SHARE_MEMBER] = { &kf_share_group_member_metadata_key_schema,
                                    &kf_share_group_member_metadata_value_schema },
    [GROUP_RECORD_SHARE] = { &kf_share_group_metadata_key_schema,
                             &kf_share_group_metadata_value_schema },
    [GROUP_RECORD_SHARE_TARGET] = { &kf_share_group_target_assignment_metadata_key_schema,
                                    &kf_share_group_target_assignment_metadata_value_schema },
    [GROUP_RECORD_SHARE_TARGET_MEMBER] = { &kf_share_group_target_assignment_member_key_schema,
                                           &kf_share_group_target_assignment_member_value_schema },
    [GROUP_RECORD_SHARE_CURRENT_MEMBER] = { &kf_share_group_current_member_assignment_key_schema,
                                            &kf_share_group_current_member_assignment_value_schema },
    [GROUP_RECORD_SHARE_PARTITIONS] = { &kf_share_group_state_partition_metadata_key_schema,
                                        &kf_share_group_state_partition_metadata_value_schema },
    [GROUP_RECORD_REGEX] = { &kf_consumer_group_regular_expression_key_schema,
                             &kf_consumer_group_regular_expression_value_schema },
};

/* A message that fills the cursor to its end. */
static err_t read_message(const struct kf_schema *s, int16_t version, struct cursor *c,
                          struct arena *a, const void **ret)
{
    void *m = arena_alloc(a, kf_schema_size(s));
    err_t e = kf_decode(s, version, c, a, m);

    *ret = m;
    if (e == ERR_UNSUPPORTED)
        return e;
    return e || cursor_left(c) ? ERR_CORRUPT : ERR_OK;
}

err_t group_record_parse(const struct group_record *r, struct arena *a,
                         struct group_record_view *ret)
{
    struct cursor key = cursor_over(r->key), value = cursor_over(r->value);
    uint16_t type = cursor_be16(&key), version;
    err_t e;

    *ret = (struct group_record_view){ 0 };
    if (cursor_bad(&key))
        return ERR_CORRUPT;
    if (type >= GROUP_RECORD_TYPES || !kinds[type].key)
        return ERR_UNSUPPORTED;
    ret->type = (enum group_record_type)type;
    e = read_message(kinds[type].key, 0, &key, a, &ret->key);
    if (e || !r->value.p)
        return e;
    version = cursor_be16(&value);
    if (cursor_bad(&value))
        return ERR_CORRUPT;
    return read_message(kinds[type].value, (int16_t)version, &value, a, &ret->value);
}

/* What a client sent may be longer than a classic string holds. */
static struct slice encode(struct group_out *out, const struct kf_schema *s, int16_t prefix,
                           int16_t version, const void *m)
{
    struct why reason = { "" };
    OWNED_BUF b = { 0 };
    uint8_t *p;

    buf_put_be16(&b, (uint16_t)prefix);
    if (kf_encode(s, version, m, &b, &reason))
        out->unencodable = true;
    p = arena_alloc(out->arena, b.n);
    memcpy(p, b.p, b.n);
    return slice_make(p, b.n);
}

static struct group_record *next_record(struct group_out *out)
{
    if (out->records_n == out->records_capacity) {
        int capacity = out->records_capacity ? 2 * out->records_capacity : 8;
        struct group_record *grown = arena_array(out->arena, (size_t)capacity, sizeof(*grown));

        if (out->records_n)
            memcpy(grown, out->records, (size_t)out->records_n * sizeof(*grown));
        out->records = grown;
        out->records_capacity = capacity;
    }
    return &out->records[out->records_n++];
}

void group_record_put(struct group_out *out, enum group_record_type type, const void *key,
                      int16_t version, const void *value)
{
    struct group_record *r = next_record(out);

    r->key = encode(out, kinds[type].key, (int16_t)type, 0, key);
    r->value =
        value ? encode(out, kinds[type].value, version, version, value) : slice_make(NULL, 0);
    out->records_bytes += r->key.n + r->value.n;
}

void group_record_put_group(struct group_out *out, enum group_record_type type, struct str group_id,
                            const void *value)
{
    struct kf_consumer_group_metadata_key key = { .group_id = group_id };

    group_record_put(out, type, &key, 0, value);
}

void group_record_put_member(struct group_out *out, enum group_record_type type,
                             struct str group_id, struct str member_id, const void *value)
{
    struct kf_consumer_group_member_metadata_key key = { .group_id = group_id,
                                                         .member_id = member_id };

    group_record_put(out, type, &key, 0, value);
}
