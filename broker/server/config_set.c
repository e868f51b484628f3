#include "broker/server/config_set.h"

#include "common/buf.h"
#include "common/invariant.h"
#include "common/map.h"

struct config_set config_set_of(const struct image *i, struct arena *a, int8_t type,
                                struct str name, int32_t more)
{
    struct config_set s = { .capacity = more, .a = a };
    const char *key, *value;
    size_t at = 0;

    while (image_config_next(i, type, name, &at, &key, &value))
        s.capacity++;
    s.v = arena_array(a, (size_t)s.capacity + 1, sizeof(*s.v));
    for (at = 0; image_config_next(i, type, name, &at, &key, &value);)
        config_set_put(&s, str_of(key), str_of(value));
    return s;
}

void config_set_put(struct config_set *s, struct str key, struct str value)
{
    int32_t n = 0;

    while (n < s->n && !str_eq(s->v[n].key, key))
        n++;
    if (!value.p) {
        if (n < s->n)
            s->v[n] = s->v[--s->n];
        return;
    }
    INVARIANT(n < s->capacity);
    s->v[n].key = str_of(arena_text(s->a, key));
    s->v[n].value = str_of(arena_text(s->a, value));
    s->n += n == s->n;
}

const char *config_set_get(const struct config_set *s, const char *key)
{
    for (int32_t n = 0; n < s->n; n++)
        if (str_is(s->v[n].key, key))
            return s->v[n].value.p;
    return NULL;
}

/* The next item of `*list`; false when it is used up. */
static bool next(struct str *list, struct str *ret)
{
    const char *comma;

    if (!list->n)
        return false;
    comma = memchr(list->p, ',', list->n);
    *ret = str_make(list->p, comma ? (size_t)(comma - list->p) : list->n);
    *list = comma ? str_make(comma + 1, list->n - ret->n - 1) : str_make(list->p, 0);
    return true;
}

static bool listed(struct str list, struct str item)
{
    struct str other;

    while (next(&list, &other))
        if (str_eq(other, item))
            return true;
    return false;
}

static void put_item(struct buf *b, struct str item)
{
    if (b->n)
        buf_put_u8(b, ',');
    buf_put(b, item.p, item.n);
}

static const char *text_of(struct arena *a, const struct buf *b)
{
    return arena_text(a, str_make(b->p ? (const char *)b->p : "", b->n));
}

const char *config_list_append(struct arena *a, const char *list, struct str items)
{
    struct str old = str_of(list), item;
    OWNED_BUF b = { 0 };

    while (next(&old, &item))
        if (item.n)
            put_item(&b, item);
    while (next(&items, &item))
        if (!listed(str_make((const char *)b.p, b.n), item))
            put_item(&b, item);
    return text_of(a, &b);
}

const char *config_list_subtract(struct arena *a, const char *list, struct str items)
{
    struct str old = str_of(list), item;
    OWNED_BUF b = { 0 };

    while (next(&old, &item))
        if (item.n && !listed(items, item))
            put_item(&b, item);
    return text_of(a, &b);
}

void config_mark_twice(struct config_named *v, int32_t n)
{
    struct map seen = { 0 };

    for (int32_t i = 0; i < n; i++) {
        struct config_named *first;
        OWNED_BUF b = { 0 };

        buf_put_u8(&b, (uint8_t)v[i].type);
        buf_put(&b, v[i].name.p, v[i].name.n);
        first = map_get(&seen, b.p, b.n);
        v[i].twice = first;
        if (first)
            first->twice = true;
        else
            map_set(&seen, b.p, b.n, &v[i]);
    }
    map_done(&seen);
}

struct str config_key_twice(const struct str *keys, int32_t n)
{
    struct map seen = { 0 };
    struct str found = { 0 };

    for (int32_t i = 0; i < n && !found.p; i++)
        if (map_set(&seen, keys[i].p ? keys[i].p : "", keys[i].n, &seen))
            found = keys[i];
    map_done(&seen);
    return found;
}
