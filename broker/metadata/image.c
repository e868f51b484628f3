#include "broker/metadata/image_internal.h"

enum { PENDING_BYTES_MAX = 256 * 1024 * 1024 };

struct image *image_new(void)
{
    struct image *i = mem_new(struct image);

    i->offset = -1;
    return i;
}

struct image *image_free(struct image *i)
{
    if (!i)
        return NULL;
    image_free_topics(i);
    image_free_nodes(i);
    image_free_rest(i);
    image_free_kept(i);
    image_free_index(i);
    buf_done(&i->pending);
    arena_done(&i->arena);
    mem_free(i);
    return NULL;
}

err_t image_text(const struct applying *a, const char *what, struct str text)
{
    if (!text.n || !memchr(text.p, '\0', text.n))
        return ERR_OK;
    return why(a->reterr, ERR_CORRUPT, "%s at offset %lld has a NUL in a text", what,
               (long long)a->offset);
}

void image_tell(const struct applying *a, const struct image_change *c)
{
    if (a->on_change)
        a->on_change(a->ctx, c);
}

static err_t dispatch(const struct applying *a, enum metadata_record type, const void *msg,
                      struct slice record)
{
    switch (type) {
    case RECORD_REGISTER_BROKER: return apply_register_broker(a, msg);
    case RECORD_UNREGISTER_BROKER: return apply_unregister_broker(a, msg);
    case RECORD_TOPIC: return apply_topic(a, msg);
    case RECORD_PARTITION: return apply_partition(a, msg);
    case RECORD_CONFIG: return apply_config(a, msg);
    case RECORD_PARTITION_CHANGE: return apply_partition_change(a, msg);
    case RECORD_FENCE_BROKER: return apply_fence_broker(a, msg);
    case RECORD_UNFENCE_BROKER: return apply_unfence_broker(a, msg);
    case RECORD_REMOVE_TOPIC: return apply_remove_topic(a, msg);
    case RECORD_FEATURE_LEVEL: return apply_feature_level(a, msg);
    case RECORD_BROKER_REGISTRATION_CHANGE: return apply_registration_change(a, msg);
    case RECORD_REGISTER_CONTROLLER: return apply_register_controller(a, msg);
    case RECORD_CLEAR_ELR: return apply_clear_elr(a, msg);
    case RECORD_DELEGATION_TOKEN:
    case RECORD_REMOVE_DELEGATION_TOKEN:
    case RECORD_USER_SCRAM_CREDENTIAL:
    case RECORD_REMOVE_USER_SCRAM_CREDENTIAL:
    case RECORD_CLIENT_QUOTA:
    case RECORD_PRODUCER_IDS:
    case RECORD_ACCESS_CONTROL_ENTRY:
    case RECORD_REMOVE_ACCESS_CONTROL_ENTRY: return apply_kept(a, type, msg, record);
    case RECORD_NO_OP:
    case RECORD_ZK_MIGRATION_STATE: /* nothing depends on these any more */
    case RECORD_BEGIN_TRANSACTION:
    case RECORD_END_TRANSACTION:
    case RECORD_ABORT_TRANSACTION: /* image_apply has acted on these */
    case RECORD_UNREGISTER_CONTROLLER:
    case RECORD_TYPES: break;
    }
    return ERR_OK;
}

/* Outside of any transaction: one record takes effect. */
static err_t apply_one(const struct applying *a, enum metadata_record type, int16_t version,
                       struct cursor *c, struct slice record)
{
    const struct kf_schema *s = record_schema(type);
    void *msg;
    err_t e;

    arena_clear(&a->i->arena);
    msg = arena_alloc(&a->i->arena, 512);
    e = kf_decode(s, version, c, &a->i->arena, msg);
    if (e || cursor_left(c))
        return why(a->reterr, ERR_CORRUPT, "%s version %d at offset %lld does not parse",
                   kf_schema_name(s), version, (long long)a->offset);
    return dispatch(a, type, msg, record);
}

static err_t pend(struct image *i, int64_t offset, struct slice record, struct why *reterr)
{
    if (i->pending.n + record.n > PENDING_BYTES_MAX)
        return why(reterr, ERR_CORRUPT, "a metadata transaction holds more than %d bytes",
                   PENDING_BYTES_MAX);
    buf_put_be64(&i->pending, (uint64_t)offset);
    buf_put_be32(&i->pending, (uint32_t)record.n);
    buf_put(&i->pending, record.p, record.n);
    return ERR_OK;
}

static err_t apply_pending(struct applying *a)
{
    struct buf pending = a->i->pending;
    struct cursor all = cursor_over(buf_slice(&pending));
    err_t e = ERR_OK;

    a->i->pending = (struct buf){ 0 };
    while (!e && cursor_left(&all)) {
        enum metadata_record type;
        int16_t version;
        struct slice record;
        struct cursor c;

        a->offset = (int64_t)cursor_be64(&all);
        record.n = cursor_be32(&all);
        record.p = cursor_take(&all, record.n);
        c = cursor_over(record);
        e = record_open(&c, &type, &version, a->reterr);
        if (!e)
            e = apply_one(a, type, version, &c, record);
    }
    buf_done(&pending);
    return e;
}

/* Begin, End and Abort; true when the record was one of them. */
static bool transaction(struct applying *a, enum metadata_record type, err_t *ret)
{
    bool open = a->i->in_transaction;

    if (type != RECORD_BEGIN_TRANSACTION && type != RECORD_END_TRANSACTION &&
        type != RECORD_ABORT_TRANSACTION)
        return false;
    *ret = ERR_OK;
    if (open == (type == RECORD_BEGIN_TRANSACTION)) {
        *ret = why(a->reterr, ERR_CORRUPT, "metadata transaction %s at offset %lld, but %s is open",
                   open ? "begins" : "ends", (long long)a->offset, open ? "one" : "none");
        return true;
    }
    a->i->in_transaction = !open;
    if (type == RECORD_END_TRANSACTION)
        *ret = apply_pending(a);
    buf_clear(&a->i->pending);
    return true;
}

err_t image_apply(struct image *i, int64_t offset, struct slice record, image_change_fn on_change,
                  void *ctx, struct why *reterr)
{
    struct applying a = { i, offset, on_change, ctx, reterr };
    struct cursor c = cursor_over(record);
    enum metadata_record type;
    int16_t version;
    err_t e = record_open(&c, &type, &version, reterr);

    if (e)
        return e;
    if (!transaction(&a, type, &e))
        e = i->in_transaction ? pend(i, offset, record, reterr)
                              : apply_one(&a, type, version, &c, record);
    if (!e)
        i->offset = offset;
    return e;
}

int64_t image_offset(const struct image *i)
{
    return i->offset;
}

bool image_in_transaction(const struct image *i)
{
    return i->in_transaction;
}

size_t vec_find(const struct vec *v, vec_cmp cmp, const void *key, bool *ret_found)
{
    size_t low = 0, high = v->n;

    /* What comes in order goes to the end: loading a snapshot never searches. */
    if (v->n && cmp(v->p[v->n - 1], key) < 0)
        low = v->n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (cmp(v->p[mid], key) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    *ret_found = low < v->n && cmp(v->p[low], key) == 0;
    return low;
}

void *vec_get(const struct vec *v, vec_cmp cmp, const void *key)
{
    bool found;
    size_t at = vec_find(v, cmp, key, &found);

    return found ? v->p[at] : NULL;
}

void vec_insert(struct vec *v, size_t at, void *item)
{
    INVARIANT(at <= v->n);
    if (v->n == v->capacity) {
        v->capacity = v->capacity ? v->capacity * 2 : 8;
        v->p = mem_resize_array(v->p, v->capacity, sizeof(*v->p));
    }
    memmove(v->p + at + 1, v->p + at, (v->n - at) * sizeof(*v->p));
    v->p[at] = item;
    v->n++;
}

void vec_remove(struct vec *v, size_t at)
{
    INVARIANT(at < v->n);
    v->n--;
    memmove(v->p + at, v->p + at + 1, (v->n - at) * sizeof(*v->p));
}
