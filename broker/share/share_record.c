#include "broker/share/share_record.h"

#include "api/kafka/msg/share_snapshot.h"
#include "api/kafka/msg/share_update.h"
#include "common/cursor.h"
#include "common/invariant.h"

enum { VALUE_VERSION = 0 };

typedef struct kf_share_snapshot_value_state_batch snapshot_batch;
typedef struct kf_share_update_value_state_batch update_batch;

/* ---- names ---- */

void share_record_put_name(const struct share_key *k, struct buf *ret)
{
    buf_put_be16(ret, (uint16_t)k->group.n);
    buf_put(ret, k->group.p, k->group.n);
    buf_put(ret, k->topic.b, sizeof(k->topic.b));
    buf_put_be32(ret, (uint32_t)k->partition);
}

static bool read_name(struct slice name, struct share_key *ret)
{
    struct cursor c = cursor_over(name);
    uint16_t n = cursor_be16(&c);
    const uint8_t *group = cursor_take(&c, n), *topic = cursor_take(&c, sizeof(ret->topic.b));

    ret->partition = (int32_t)cursor_be32(&c);
    if (cursor_bad(&c) || cursor_left(&c) || n > INT16_MAX)
        return false;
    ret->group = str_make((const char *)group, n);
    memcpy(ret->topic.b, topic, sizeof(ret->topic.b));
    return true;
}

void share_record_get_name(struct slice name, struct share_key *ret)
{
    bool legal = read_name(name, ret);

    INVARIANT(legal);
}

/* ---- writing ---- */

static void put_key(enum share_record_type type, const struct share_key *k, struct buf *ret)
{
    buf_put_be16(ret, (uint16_t)type);
    share_record_put_name(k, ret);
}

static void put_value(const struct kf_schema *s, const void *message, struct buf *ret)
{
    struct why reason;
    err_t e;

    buf_put_be16(ret, VALUE_VERSION);
    e = kf_encode(s, VALUE_VERSION, message, ret, &reason);
    INVARIANT(!e); /* numbers and arrays alone */
}

void share_record_put_snapshot(const struct share_key *k, const struct share_kept *kept,
                               struct buf *ret_key, struct buf *ret_value)
{
    struct kf_share_snapshot_value v;
    OWNED_ARENA a = { 0 };

    put_key(SHARE_RECORD_SNAPSHOT, k, ret_key);
    if (!kept)
        return;
    kf_init(&kf_share_snapshot_value_schema, &v);
    v.snapshot_epoch = kept->snapshot_epoch;
    v.state_epoch = kept->state_epoch;
    v.leader_epoch = kept->leader_epoch;
    v.start_offset = kept->start;
    v.delivery_complete_count = kept->complete_n;
    v.create_timestamp = kept->created_ms;
    v.write_timestamp = kept->written_ms;
    v.state_batches_n = kept->batches.n;
    v.state_batches = arena_array(&a, (size_t)kept->batches.n, sizeof(*v.state_batches));
    for (int32_t i = 0; i < kept->batches.n; i++) {
        const struct share_batch *b = &kept->batches.v[i];

        v.state_batches[i] = (snapshot_batch){ .first_offset = b->first,
                                               .last_offset = b->last,
                                               .delivery_state = b->state,
                                               .delivery_count = b->count };
    }
    put_value(&kf_share_snapshot_value_schema, &v, ret_value);
}

void share_record_put_update(const struct share_key *k, int32_t snapshot_epoch,
                             const struct share_write *w, struct buf *ret_key,
                             struct buf *ret_value)
{
    struct kf_share_update_value v;
    OWNED_ARENA a = { 0 };

    put_key(SHARE_RECORD_UPDATE, k, ret_key);
    kf_init(&kf_share_update_value_schema, &v);
    v.snapshot_epoch = snapshot_epoch;
    v.leader_epoch = w->leader_epoch;
    v.start_offset = w->start;
    v.delivery_complete_count = w->complete_n;
    v.state_batches_n = w->batches_n;
    v.state_batches = arena_array(&a, (size_t)w->batches_n, sizeof(*v.state_batches));
    for (int32_t i = 0; i < w->batches_n; i++) {
        const struct share_batch *b = &w->batches[i];

        v.state_batches[i] = (update_batch){ .first_offset = b->first,
                                             .last_offset = b->last,
                                             .delivery_state = b->state,
                                             .delivery_count = b->count };
    }
    put_value(&kf_share_update_value_schema, &v, ret_value);
}

/* ---- reading ---- */

/* The two messages' batches are the same four fields. */
_Static_assert(sizeof(snapshot_batch) == sizeof(update_batch), "batches of both are alike");

static err_t read_batches(const snapshot_batch *in, int32_t n, struct arena *a,
                          struct share_record_view *ret)
{
    struct share_batch *out = arena_array(a, (size_t)n, sizeof(*out));

    for (int32_t i = 0; i < n; i++) {
        out[i] = (struct share_batch){ in[i].first_offset, in[i].last_offset, in[i].delivery_state,
                                       in[i].delivery_count };
        if (!share_batch_legal(&out[i]))
            return ERR_CORRUPT;
    }
    ret->batches = out;
    ret->batches_n = n;
    return ERR_OK;
}

static err_t read_snapshot(struct cursor *c, struct arena *a, struct share_record_view *ret)
{
    struct kf_share_snapshot_value v;

    if (kf_decode(&kf_share_snapshot_value_schema, VALUE_VERSION, c, a, &v) || cursor_left(c) ||
        v.start_offset < -1)
        return ERR_CORRUPT;
    ret->kept = (struct share_kept){ .snapshot_epoch = v.snapshot_epoch,
                                     .state_epoch = v.state_epoch,
                                     .leader_epoch = v.leader_epoch,
                                     .start = v.start_offset,
                                     .complete_n = v.delivery_complete_count,
                                     .created_ms = v.create_timestamp,
                                     .written_ms = v.write_timestamp };
    return read_batches(v.state_batches, v.state_batches_n, a, ret);
}

static err_t read_update(struct cursor *c, struct arena *a, struct share_record_view *ret)
{
    struct kf_share_update_value v;

    if (kf_decode(&kf_share_update_value_schema, VALUE_VERSION, c, a, &v) || cursor_left(c) ||
        v.start_offset < -1)
        return ERR_CORRUPT;
    ret->kept = (struct share_kept){ .snapshot_epoch = v.snapshot_epoch,
                                     .leader_epoch = v.leader_epoch,
                                     .start = v.start_offset,
                                     .complete_n = v.delivery_complete_count };
    return read_batches((const snapshot_batch *)(const void *)v.state_batches, v.state_batches_n, a,
                        ret);
}

err_t share_record_parse(struct slice key, struct slice value, struct arena *a,
                         struct share_record_view *ret)
{
    struct cursor k = cursor_over(key), v = cursor_over(value);
    uint16_t type = cursor_be16(&k), version;
    struct share_key parts;

    *ret = (struct share_record_view){ .type = (enum share_record_type)type, .deleted = !value.p };
    if (cursor_bad(&k))
        return ERR_CORRUPT;
    if (type > SHARE_RECORD_UPDATE)
        return ERR_UNSUPPORTED;
    ret->name = slice_make(key.p + 2, key.n - 2);
    if (!read_name(ret->name, &parts))
        return ERR_CORRUPT;
    if (!value.p)
        return type == SHARE_RECORD_SNAPSHOT ? ERR_OK : ERR_UNSUPPORTED;
    version = cursor_be16(&v);
    if (cursor_bad(&v))
        return ERR_CORRUPT;
    if (version != VALUE_VERSION)
        return ERR_UNSUPPORTED;
    return type == SHARE_RECORD_SNAPSHOT ? read_snapshot(&v, a, ret) : read_update(&v, a, ret);
}
