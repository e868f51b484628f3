#include "tests/lib/messages.h"

#include <string.h>

static void fill_struct(struct message_filler *f, const struct kf_schema *s, uint8_t *msg);

static bool throw_null(struct message_filler *f, const struct kf_field *field)
{
    return field->nullable && f->version >= field->nullable - 1 && rng_below(&f->rng, 4) == 0;
}

static struct slice some_text(struct message_filler *f)
{
    size_t n = rng_below(&f->rng, f->bytes_max + 1);
    char *p = arena_alloc(f->arena, n + 1);

    for (size_t i = 0; i < n; i++)
        p[i] = (char)('a' + rng_below(&f->rng, 26));
    return slice_make(p, n);
}

static void fill_number(struct message_filler *f, const struct kf_field *field, uint8_t *at)
{
    uint64_t bits = rng_next(&f->rng);
    double number = (double)(int16_t)bits + 0.5; /* prints alike everywhere */

    if (field->kind == KF_BOOL)
        *at = bits & 1;
    else if (field->kind == KF_FLOAT64)
        memcpy(at, &number, sizeof(number));
    else
        memcpy(at, &bits, field->kind == KF_UUID ? 8 : kf_element_size(field));
}

static void fill_value(struct message_filler *f, const struct kf_field *field, uint8_t *at)
{
    bool null = !field->is_array && throw_null(f, field);

    switch (field->kind) {
    case KF_STRING:
    case KF_BYTES:
    case KF_RECORDS:
        *(struct slice *)(void *)at = null ? slice_make(NULL, 0) : some_text(f);
        break;
    case KF_ONE:
        fill_struct(f, field->of, at);
        break;
    case KF_MAYBE:
        *(void **)(void *)at = null ? NULL : arena_alloc(f->arena, field->of->size);
        if (!null)
            fill_struct(f, field->of, *(void **)(void *)at);
        break;
    default:
        fill_number(f, field, at);
    }
}

static void fill_array(struct message_filler *f, const struct kf_field *field, uint8_t *msg)
{
    int32_t n = throw_null(f, field) ? -1 : (int32_t)rng_below(&f->rng, f->elements_max + 1);
    size_t size = kf_element_size(field);
    uint8_t *v = n > 0 ? arena_array(f->arena, (size_t)n, size) : NULL;

    for (int32_t i = 0; i < n; i++)
        fill_value(f, field, v + (size_t)i * size);
    *(void **)(void *)(msg + field->offset) = v;
    *(int32_t *)(void *)(msg + field->count_offset) = n;
}

static void fill_struct(struct message_filler *f, const struct kf_schema *s, uint8_t *msg)
{
    kf_init(s, msg);
    for (const struct kf_field *field = s->fields()->v; field->name; field++) {
        if (f->version < field->since || f->version > field->until)
            continue;
        if (field->is_array)
            fill_array(f, field, msg);
        else
            fill_value(f, field, msg + field->offset);
    }
}

void message_fill(struct message_filler *f, const struct kf_schema *s, void *msg)
{
    fill_struct(f, s, msg);
}
