#include "api/kafka/fields.h"

const char *kf_schema_name(const struct kf_schema *s)
{
    return s->name;
}

size_t kf_schema_size(const struct kf_schema *s)
{
    return s->size;
}

int16_t kf_schema_min(const struct kf_schema *s)
{
    return s->min;
}

int16_t kf_schema_max(const struct kf_schema *s)
{
    return s->max;
}

int16_t kf_schema_flexible(const struct kf_schema *s)
{
    return s->flexible;
}

static void set_number(const struct kf_field *f, void *at)
{
    switch (f->kind) {
    case KF_BOOL:
    case KF_INT8:
        *(int8_t *)at = (int8_t)f->def;
        break;
    case KF_INT16:
    case KF_UINT16:
        *(int16_t *)at = (int16_t)f->def;
        break;
    case KF_INT32:
    case KF_UINT32:
        *(int32_t *)at = (int32_t)f->def;
        break;
    case KF_INT64:
        *(int64_t *)at = f->def;
        break;
    case KF_FLOAT64:
        *(double *)at = (double)f->def;
        break;
    case KF_UUID:
    case KF_STRING:
    case KF_BYTES:
    case KF_RECORDS:
    case KF_ONE:
    case KF_MAYBE:
        break;
    }
}

/* Zero bytes are right for everything but what this sets: numbers with a default, text
 * and bytes that are empty rather than null, null arrays, embedded structs. A nullable
 * struct begins as null even where Kafka's default is an empty one, for lack of memory to
 * take it from: such a null is written down, and the decoder makes the empty one. */
static void init_field(const struct kf_field *f, uint8_t *msg)
{
    static const uint8_t empty[1];
    void *at = msg + f->offset;

    if (f->is_array) {
        if (f->def_null)
            *(int32_t *)(void *)(msg + f->count_offset) = -1;
    } else if (f->kind == KF_ONE) {
        kf_init(f->of, at);
    } else if (f->kind == KF_STRING || f->kind == KF_BYTES || f->kind == KF_RECORDS) {
        if (!f->def_null)
            *(struct slice *)at = slice_make(empty, 0);
    } else if (f->def) {
        set_number(f, at);
    }
}

void kf_init(const struct kf_schema *s, void *msg)
{
    if (s->size) /* a message without fields may have no memory */
        memset(msg, 0, s->size);
    for (const struct kf_field *f = s->fields()->v; f->name; f++)
        init_field(f, msg);
}

size_t kf_element_size(const struct kf_field *f)
{
    static const uint8_t sizes[] = {
        [KF_BOOL] = 1, [KF_INT8] = 1, [KF_INT16] = 2, [KF_UINT16] = 2, [KF_INT32] = 4, [KF_UINT32] = 4,
        [KF_INT64] = 8, [KF_FLOAT64] = 8, [KF_UUID] = 16, [KF_STRING] = sizeof(struct str),
        [KF_BYTES] = sizeof(struct slice), [KF_RECORDS] = sizeof(struct slice),
    };

    return f->kind == KF_ONE ? f->of->size : sizes[f->kind];
}

static bool number_is_default(const struct kf_field *f, const void *at)
{
    switch (f->kind) {
    case KF_BOOL:
    case KF_INT8:
        return *(const int8_t *)at == (int8_t)f->def;
    case KF_INT16:
    case KF_UINT16:
        return *(const int16_t *)at == (int16_t)f->def;
    case KF_INT32:
    case KF_UINT32:
        return *(const int32_t *)at == (int32_t)f->def;
    case KF_INT64:
        return *(const int64_t *)at == f->def;
    case KF_FLOAT64:
        return *(const double *)at == (double)f->def;
    case KF_UUID:
        return uuid_is_zero(at);
    case KF_STRING:
    case KF_BYTES:
    case KF_RECORDS:
    case KF_ONE:
    case KF_MAYBE:
        break;
    }
    return false;
}

static bool struct_is_default(const struct kf_schema *s, const uint8_t *msg)
{
    for (const struct kf_field *f = s->fields()->v; f->name; f++)
        if (!kf_is_default(f, msg))
            return false;
    return true;
}

bool kf_is_default(const struct kf_field *f, const void *msg)
{
    const void *at = (const uint8_t *)msg + f->offset;
    const struct slice *s = at;

    if (f->is_array)
        return *(const int32_t *)(const void *)((const uint8_t *)msg + f->count_offset) ==
               (f->def_null ? -1 : 0);
    if (f->kind == KF_ONE)
        return struct_is_default(f->of, at);
    if (f->kind == KF_MAYBE) {
        const void *inner = *(void *const *)at;

        return f->def_null ? inner == NULL : inner != NULL && struct_is_default(f->of, inner);
    }
    if (f->kind == KF_STRING || f->kind == KF_BYTES || f->kind == KF_RECORDS)
        return f->def_null ? s->p == NULL : s->p != NULL && s->n == 0;
    return number_is_default(f, at);
}
