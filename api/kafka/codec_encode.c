#include "api/kafka/fields.h"

struct writer {
    struct buf *out;
    int16_t version;
    bool flexible;
    const char *message;
    struct why *why;
};

static err_t write_struct(struct writer *w, const struct kf_schema *s, const void *msg);

static err_t refuse(const struct writer *w, const struct kf_field *f, const char *rule)
{
    return why(w->why, ERR_UNSUPPORTED, "%s: %s %s in version %d", w->message, f->name, rule, w->version);
}

static bool may_be_null(const struct writer *w, const struct kf_field *f)
{
    return f->nullable && w->version >= f->nullable - 1;
}

/* n == -1 is null. */
static err_t write_length(struct writer *w, const struct kf_field *f, int64_t n, bool is_string)
{
    if (n < 0 && !may_be_null(w, f))
        return refuse(w, f, "may not be null");
    if (n > (is_string && !w->flexible ? INT16_MAX : INT32_MAX - 1))
        return refuse(w, f, "is too long");
    if (w->flexible && !f->classic)
        buf_put_uvarint(w->out, (uint32_t)(n + 1));
    else if (is_string)
        buf_put_be16(w->out, (uint16_t)n);
    else
        buf_put_be32(w->out, (uint32_t)n);
    return ERR_OK;
}

static err_t write_bytes(struct writer *w, const struct kf_field *f, struct slice s, bool is_string)
{
    err_t e = write_length(w, f, s.p ? (int64_t)s.n : -1, is_string);

    if (!e)
        buf_put(w->out, s.p, s.n);
    return e;
}

static err_t write_value(struct writer *w, const struct kf_field *f, const void *at)
{
    const struct str *s = at;
    uint64_t bits;

    switch (f->kind) {
    case KF_BOOL:
    case KF_INT8:
        buf_put_u8(w->out, *(const uint8_t *)at);
        return ERR_OK;
    case KF_INT16:
    case KF_UINT16:
        buf_put_be16(w->out, *(const uint16_t *)at);
        return ERR_OK;
    case KF_INT32:
    case KF_UINT32:
        buf_put_be32(w->out, *(const uint32_t *)at);
        return ERR_OK;
    case KF_INT64:
        buf_put_be64(w->out, *(const uint64_t *)at);
        return ERR_OK;
    case KF_FLOAT64:
        memcpy(&bits, at, sizeof(bits));
        buf_put_be64(w->out, bits);
        return ERR_OK;
    case KF_UUID:
        buf_put(w->out, at, 16);
        return ERR_OK;
    case KF_STRING:
        return write_bytes(w, f, slice_make(s->p, s->n), true);
    case KF_BYTES:
    case KF_RECORDS:
        return write_bytes(w, f, *(const struct slice *)at, false);
    case KF_ONE:
        return write_struct(w, f->of, at);
    case KF_MAYBE:
        break; /* write_maybe */
    }
    return ERR_OK;
}

static err_t write_maybe(struct writer *w, const struct kf_field *f, const void *msg, bool tagged)
{
    if (!msg && !may_be_null(w, f))
        return refuse(w, f, "may not be null");
    if (tagged)
        buf_put_uvarint(w->out, msg != NULL);
    else
        buf_put_u8(w->out, msg ? 1 : 0xff);
    return msg ? write_struct(w, f->of, msg) : ERR_OK;
}

static err_t write_array(struct writer *w, const struct kf_field *f, const uint8_t *msg)
{
    int32_t n = *(const int32_t *)(const void *)(msg + f->count_offset);
    const uint8_t *v = *(const uint8_t *const *)(const void *)(msg + f->offset);
    size_t size = kf_element_size(f);
    err_t e = write_length(w, f, n, false);

    for (int32_t i = 0; !e && i < n; i++)
        e = write_value(w, f, v + (size_t)i * size);
    return e;
}

static err_t write_field(struct writer *w, const struct kf_field *f, const uint8_t *msg, bool tagged)
{
    if (f->is_array)
        return write_array(w, f, msg);
    if (f->kind == KF_MAYBE)
        return write_maybe(w, f, *(const void *const *)(const void *)(msg + f->offset), tagged);
    return write_value(w, f, msg + f->offset);
}

static bool is_present(const struct writer *w, const struct kf_field *f)
{
    return w->version >= f->since && w->version <= f->until;
}

static bool is_tagged(const struct writer *w, const struct kf_field *f)
{
    return f->tag && w->version >= f->tagged_since;
}

static err_t write_tagged(struct writer *w, const struct kf_field *f, const uint8_t *msg)
{
    OWNED_BUF part = { 0 };
    struct buf *whole = w->out;
    err_t e;

    w->out = &part;
    e = write_field(w, f, msg, true);
    w->out = whole;
    buf_put_uvarint(whole, (uint32_t)(f->tag - 1));
    buf_put_uvarint(whole, (uint32_t)part.n);
    buf_put(whole, part.p, part.n);
    return e;
}

/* Only those that differ from their default, tags ascending (KIP-482). */
static err_t write_tags(struct writer *w, const struct kf_fields *fields, const uint8_t *msg)
{
    const struct kf_field *set[32];
    unsigned n = 0, at;
    err_t e = ERR_OK;

    for (const struct kf_field *f = fields->v; f->name; f++) {
        if (!is_present(w, f) || !is_tagged(w, f) || kf_is_default(f, msg))
            continue;
        if (n == sizeof(set) / sizeof(set[0]))
            return refuse(w, f, "is one tagged field too many");
        for (at = n++; at && set[at - 1]->tag > f->tag; at--)
            set[at] = set[at - 1];
        set[at] = f;
    }
    buf_put_uvarint(w->out, n);
    for (unsigned i = 0; !e && i < n; i++)
        e = write_tagged(w, set[i], msg);
    return e;
}

static err_t write_struct(struct writer *w, const struct kf_schema *s, const void *msg)
{
    const struct kf_fields *fields = s->fields();
    err_t e = ERR_OK;

    for (const struct kf_field *f = fields->v; !e && f->name; f++) {
        if (!is_present(w, f)) {
            if (!f->ignorable && !kf_is_default(f, msg))
                e = refuse(w, f, "is set but does not exist");
        } else if (!is_tagged(w, f)) {
            e = write_field(w, f, msg, false);
        }
    }
    return e || !w->flexible ? e : write_tags(w, fields, msg);
}

err_t kf_encode(const struct kf_schema *s, int16_t version, const void *msg, struct buf *ret,
                struct why *reterr)
{
    struct writer w = { ret, version, version >= s->flexible, s->name, reterr };

    if (version < s->min || version > s->max)
        return why(reterr, ERR_UNSUPPORTED, "%s: version %d is outside of %d to %d", s->name, version,
                   s->min, s->max);
    return write_struct(&w, s, msg);
}
