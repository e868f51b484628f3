#include "api/kafka/fields.h"

/* What one decode carries along. */
struct reader {
    struct cursor *c;
    struct arena *a;
    int16_t version;
    bool flexible;
};

static void read_struct(struct reader *r, const struct kf_schema *s, void *msg);

static bool may_be_null(const struct reader *r, const struct kf_field *f)
{
    return f->nullable && r->version >= f->nullable - 1;
}

/* -1 is null. A length that is more than what is left fails the cursor. */
static int32_t read_length(struct reader *r, const struct kf_field *f, bool is_string)
{
    int64_t n;

    if (r->flexible && !f->classic)
        n = (int64_t)cursor_uvarint(r->c) - 1;
    else
        n = is_string ? (int16_t)cursor_be16(r->c) : (int32_t)cursor_be32(r->c);
    if (n < -1 || (n > 0 && (uint64_t)n > cursor_left(r->c)))
        cursor_fail(r->c);
    return cursor_bad(r->c) ? -1 : (int32_t)n;
}

static struct slice read_bytes(struct reader *r, const struct kf_field *f, bool is_string, bool may_null)
{
    static const uint8_t empty[1];
    int32_t n = read_length(r, f, is_string);

    if (n < 0) {
        if (!may_null)
            cursor_fail(r->c);
        return slice_make(NULL, 0);
    }
    if (!n)
        return slice_make(empty, 0);
    return slice_make(cursor_take(r->c, (size_t)n), (size_t)n);
}

static void read_uuid(struct cursor *c, struct uuid *ret)
{
    const uint8_t *p = cursor_take(c, 16);

    if (p)
        memcpy(ret->b, p, 16);
}

/* One value of the field's kind at `at`; an array's elements are never null. */
static void read_value(struct reader *r, const struct kf_field *f, void *at)
{
    bool null = !f->is_array && may_be_null(r, f);
    struct slice s;
    uint64_t bits;

    switch (f->kind) {
    case KF_BOOL:
        *(bool *)at = cursor_u8(r->c) != 0;
        break;
    case KF_INT8:
        *(int8_t *)at = (int8_t)cursor_u8(r->c);
        break;
    case KF_INT16:
    case KF_UINT16:
        *(uint16_t *)at = cursor_be16(r->c);
        break;
    case KF_INT32:
    case KF_UINT32:
        *(uint32_t *)at = cursor_be32(r->c);
        break;
    case KF_INT64:
        *(uint64_t *)at = cursor_be64(r->c);
        break;
    case KF_FLOAT64:
        bits = cursor_be64(r->c);
        memcpy(at, &bits, sizeof(bits));
        break;
    case KF_UUID:
        read_uuid(r->c, at);
        break;
    case KF_STRING:
        s = read_bytes(r, f, true, null);
        *(struct str *)at = str_make((const char *)s.p, s.n);
        break;
    case KF_BYTES:
    case KF_RECORDS:
        *(struct slice *)at = read_bytes(r, f, false, null);
        break;
    case KF_ONE:
        read_struct(r, f->of, at);
        break;
    case KF_MAYBE:
        break; /* read_maybe */
    }
}

static void read_maybe(struct reader *r, const struct kf_field *f, void *at, bool tagged)
{
    bool present = tagged ? cursor_uvarint(r->c) != 0 : (int8_t)cursor_u8(r->c) >= 0;
    void *msg = NULL;

    if (present && !cursor_bad(r->c)) {
        msg = arena_alloc(r->a, f->of->size);
        read_struct(r, f->of, msg);
    } else if (!may_be_null(r, f)) {
        cursor_fail(r->c);
    }
    *(void **)at = msg;
}

/* The fewest bytes that one element takes on the wire, so that a count is bounded by
 * the bytes that are there before memory is taken for it. */
static size_t wire_min(const struct reader *r, const struct kf_field *f)
{
    static const uint8_t fixed[] = {
        [KF_BOOL] = 1, [KF_INT8] = 1, [KF_INT16] = 2, [KF_UINT16] = 2, [KF_INT32] = 4,
        [KF_UINT32] = 4, [KF_INT64] = 8, [KF_FLOAT64] = 8, [KF_UUID] = 16,
    };
    size_t n = r->flexible;

    if (f->kind <= KF_UUID)
        return fixed[f->kind];
    if (f->kind != KF_ONE)
        return r->flexible ? 1 : f->kind == KF_STRING ? 2 : 4;
    for (const struct kf_field *in = f->of->fields()->v; in->name; in++) {
        if (r->version < in->since || r->version > in->until || (in->tag && r->version >= in->tagged_since))
            continue;
        if (in->is_array)
            n += r->flexible ? 1 : 4;
        else if (in->kind == KF_ONE || in->kind == KF_MAYBE)
            n += 1;
        else
            n += wire_min(r, in);
    }
    return n ? n : 1;
}

static void read_array(struct reader *r, const struct kf_field *f, uint8_t *msg)
{
    int32_t n = read_length(r, f, false), *count = (int32_t *)(void *)(msg + f->count_offset);
    size_t size = kf_element_size(f);
    uint8_t *v = NULL;

    if (n > 0 && (size_t)n * wire_min(r, f) > cursor_left(r->c))
        cursor_fail(r->c);
    if (n < 0 && !may_be_null(r, f))
        cursor_fail(r->c);
    *count = 0;
    *(void **)(void *)(msg + f->offset) = NULL;
    if (cursor_bad(r->c))
        return;
    if (n > 0)
        v = arena_array(r->a, (size_t)n, size);
    for (int32_t i = 0; i < n && !cursor_bad(r->c); i++)
        read_value(r, f, v + (size_t)i * size);
    *(void **)(void *)(msg + f->offset) = v;
    *count = n;
}

static void read_field(struct reader *r, const struct kf_field *f, uint8_t *msg, bool tagged)
{
    if (f->is_array)
        read_array(r, f, msg);
    else if (f->kind == KF_MAYBE)
        read_maybe(r, f, msg + f->offset, tagged);
    else
        read_value(r, f, msg + f->offset);
}

/* A known tag is read from exactly its bytes; an unknown one is skipped. */
static void read_tagged(struct reader *r, const struct kf_fields *fields, uint8_t *msg, uint32_t tag)
{
    uint32_t n = cursor_uvarint(r->c);
    const uint8_t *p = cursor_take(r->c, n);
    struct cursor part = cursor_over(slice_make(p, n)), *whole = r->c;

    if (!p)
        return;
    for (const struct kf_field *f = fields->v; f->name; f++) {
        if (!f->tag || (uint32_t)(f->tag - 1) != tag || r->version < f->tagged_since ||
            r->version < f->since || r->version > f->until)
            continue;
        r->c = &part;
        read_field(r, f, msg, true);
        r->c = whole;
        if (cursor_bad(&part) || cursor_left(&part))
            cursor_fail(whole);
        return;
    }
}

/* What an absent tagged struct is when null is not its default. */
static void default_struct(struct reader *r, const struct kf_field *f, uint8_t *msg)
{
    void *inner = arena_alloc(r->a, f->of->size);

    kf_init(f->of, inner);
    *(void **)(void *)(msg + f->offset) = inner;
}

static void read_struct(struct reader *r, const struct kf_schema *s, void *msg)
{
    const struct kf_fields *fields = s->fields();
    int64_t last = -1;

    kf_init(s, msg);
    for (const struct kf_field *f = fields->v; f->name && !cursor_bad(r->c); f++) {
        if (r->version < f->since || r->version > f->until)
            continue;
        if (!f->tag || r->version < f->tagged_since)
            read_field(r, f, msg, false);
        else if (f->kind == KF_MAYBE && !f->def_null)
            default_struct(r, f, msg);
    }
    if (!r->flexible)
        return;
    for (uint32_t n = cursor_uvarint(r->c); n && !cursor_bad(r->c); n--) {
        uint32_t tag = cursor_uvarint(r->c);

        /* KIP-482: tags ascend. */
        if ((int64_t)tag <= last)
            cursor_fail(r->c);
        last = tag;
        read_tagged(r, fields, msg, tag);
    }
}

err_t kf_decode(const struct kf_schema *s, int16_t version, struct cursor *c, struct arena *a, void *ret)
{
    struct reader r = { c, a, version, version >= s->flexible };

    if (version < s->min || version > s->max)
        return ERR_UNSUPPORTED;
    read_struct(&r, s, ret);
    return cursor_bad(c) ? ERR_MALFORMED : ERR_OK;
}
