#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/kafka/fields.h"

struct printer {
    struct buf *out;
    int16_t version;
};

static void print_struct(struct printer *p, const struct kf_schema *s, const uint8_t *msg);

/* base_offset -> "baseOffset" */
static void print_name(struct buf *b, const char *snake)
{
    bool up = false;

    buf_put_u8(b, '"');
    for (const char *c = snake; *c; c++) {
        if (*c == '_') {
            up = true;
            continue;
        }
        buf_put_u8(b, (uint8_t)(up && *c >= 'a' && *c <= 'z' ? *c - 'a' + 'A' : *c));
        up = false;
    }
    buf_put_text(b, "\":");
}

static void print_text(struct buf *b, struct str s)
{
    buf_put_u8(b, '"');
    for (size_t i = 0; i < s.n; i++) {
        uint8_t c = (uint8_t)s.p[i];

        if (c == '"' || c == '\\')
            buf_printf(b, "\\%c", c);
        else if (c < 0x20)
            buf_printf(b, "\\u%04x", c);
        else
            buf_put_u8(b, c);
    }
    buf_put_u8(b, '"');
}

static void print_base64(struct buf *b, struct slice s)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    buf_put_u8(b, '"');
    for (size_t i = 0; i < s.n; i += 3) {
        size_t left = s.n - i;
        uint32_t v = (uint32_t)s.p[i] << 16 | (left > 1 ? (uint32_t)s.p[i + 1] << 8 : 0) |
                     (left > 2 ? s.p[i + 2] : 0);

        for (unsigned d = 0; d < 4; d++)
            buf_put_u8(b, (uint8_t)(d <= left ? digits[v >> (18 - 6 * d) & 63] : '='));
    }
    buf_put_u8(b, '"');
}

/* The shortest digits that read back the same, always with a sign that it is no integer. */
static void print_double(struct buf *b, double v)
{
    char text[32];
    int digits = 15;

    do
        (void)snprintf(text, sizeof(text), "%.*g", digits, v);
    while (++digits <= 17 && strtod(text, NULL) != v);
    buf_put_text(b, text);
    if (!strpbrk(text, ".en"))
        buf_put_text(b, ".0");
}

static void print_value(struct printer *p, const struct kf_field *f, const void *at)
{
    struct buf *b = p->out;
    const struct slice *s = at;

    switch (f->kind) {
    case KF_BOOL:
        buf_put_text(b, *(const bool *)at ? "true" : "false");
        break;
    case KF_INT8:
        buf_printf(b, "%d", *(const int8_t *)at);
        break;
    case KF_INT16:
        buf_printf(b, "%d", *(const int16_t *)at);
        break;
    case KF_UINT16:
        buf_printf(b, "%u", *(const uint16_t *)at);
        break;
    case KF_INT32:
        buf_printf(b, "%" PRId32, *(const int32_t *)at);
        break;
    case KF_UINT32:
        buf_printf(b, "%" PRIu32, *(const uint32_t *)at);
        break;
    case KF_INT64:
        buf_printf(b, "%" PRId64, *(const int64_t *)at);
        break;
    case KF_FLOAT64:
        print_double(b, *(const double *)at);
        break;
    case KF_UUID:
        buf_printf(b, "\"%s\"", uuid_print(at).text);
        break;
    case KF_STRING:
        if (s->p)
            print_text(b, str_make((const char *)s->p, s->n));
        else
            buf_put_text(b, "null");
        break;
    case KF_BYTES:
    case KF_RECORDS:
        if (s->p)
            print_base64(b, *s);
        else
            buf_put_text(b, "null");
        break;
    case KF_ONE:
        print_struct(p, f->of, at);
        break;
    case KF_MAYBE:
        if (*(void *const *)at)
            print_struct(p, f->of, *(void *const *)at);
        else
            buf_put_text(b, "null");
        break;
    }
}

static void print_array(struct printer *p, const struct kf_field *f, const uint8_t *msg)
{
    int32_t n = *(const int32_t *)(const void *)(msg + f->count_offset);
    const uint8_t *v = *(const uint8_t *const *)(const void *)(msg + f->offset);
    size_t size = kf_element_size(f);

    if (n < 0) {
        buf_put_text(p->out, "null");
        return;
    }
    buf_put_u8(p->out, '[');
    for (int32_t i = 0; i < n; i++) {
        if (i)
            buf_put_u8(p->out, ',');
        print_value(p, f, v + (size_t)i * size);
    }
    buf_put_u8(p->out, ']');
}

static void print_struct(struct printer *p, const struct kf_schema *s, const uint8_t *msg)
{
    bool first = true;

    buf_put_u8(p->out, '{');
    for (const struct kf_field *f = s->fields()->v; f->name; f++) {
        if (p->version < f->since || p->version > f->until)
            continue;
        if (f->tag && p->version >= f->tagged_since && kf_is_default(f, msg))
            continue;
        if (!first)
            buf_put_u8(p->out, ',');
        first = false;
        print_name(p->out, f->name);
        if (f->is_array)
            print_array(p, f, msg);
        else
            print_value(p, f, msg + f->offset);
    }
    buf_put_u8(p->out, '}');
}

void kf_print(const struct kf_schema *s, int16_t version, const void *msg, struct buf *ret)
{
    struct printer p = { ret, version };

    print_struct(&p, s, msg);
}
