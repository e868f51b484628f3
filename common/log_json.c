#include "common/log_json.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/invariant.h"
#include "common/slice.h"
#include "common/utf8.h"

enum { SPEC_MAX = 24, NUMBER_MAX = 64, KEY_MAX = 64, END_BYTES = 3 /* "}\n */ };

_Static_assert(sizeof(size_t) == sizeof(long long), "%zu is read as %llu is");

struct line {
    char *p;
    size_t n, size; /* size: END_BYTES are kept back */
    bool full;
};

static void put(struct line *l, const char *text, size_t n)
{
    if (l->full || l->n + n > l->size) {
        l->full = true;
        return;
    }
    memcpy(l->p + l->n, text, n);
    l->n += n;
}

static void put_text(struct line *l, const char *text)
{
    put(l, text, strlen(text));
}

static void put_char(struct line *l, struct str s, size_t *at)
{
    size_t from = *at;
    uint32_t c = utf8_next(s, at);
    char escaped[8];

    if (c == '"' || c == '\\')
        put(l, (char[]){ '\\', (char)c }, 2);
    else if (c == '\n')
        put(l, "\\n", 2);
    else if (c < 0x20 || c == 0x7f)
        put(l, escaped, (size_t)snprintf(escaped, sizeof(escaped), "\\u%04x", c));
    else if (c == 0xfffd)
        put_text(l, "\xef\xbf\xbd");
    else
        put(l, s.p + from, *at - from);
}

static void put_escaped(struct line *l, const char *text, size_t n)
{
    struct str s = str_make(text, n);

    for (size_t i = 0; i < n;)
        put_char(l, s, &i);
}

/* --- conversions --- */

struct spec {
    char text[SPEC_MAX]; /* "%5.3lld", with its stars in numbers */
    char conversion;
    int longs;     /* l's; 3: z or j, which are as long */
    int precision; /* -1: none */
};

static bool is_one_of(char c, const char *set)
{
    return c && strchr(set, c);
}

/* `*p` stands behind the '%'. */
static void read_spec(const char **p, va_list *args, struct spec *ret)
{
    const char *point;
    size_t n = 0;

    *ret = (struct spec){ .precision = -1 };
    ret->text[n++] = '%';
    while (is_one_of(**p, "-+ #0123456789.*hlzj")) {
        char c = *(*p)++;
        int star = c == '*' ? va_arg(*args, int) : 0;

        INVARIANT(n < SPEC_MAX - 14);
        ret->longs += c == 'l' ? 1 : c == 'z' || c == 'j' ? 3 : 0;
        if (c == '*')
            n += (size_t)snprintf(ret->text + n, SPEC_MAX - n, "%d", star);
        else
            ret->text[n++] = c;
    }
    point = strchr(ret->text, '.');
    if (point)
        ret->precision = (int)strtol(point + 1, NULL, 10);
    ret->conversion = *(*p)++;
    ret->text[n++] = ret->conversion;
    INVARIANT(is_one_of(ret->conversion, "diuxcspfg"));
}

static void put_number(struct line *l, const struct spec *s, va_list *args)
{
    char text[NUMBER_MAX];
    int n;

    if (is_one_of(s->conversion, "fg"))
        n = snprintf(text, sizeof(text), s->text, va_arg(*args, double));
    else if (s->conversion == 'p')
        n = snprintf(text, sizeof(text), s->text, va_arg(*args, void *));
    else if (s->longs == 0)
        n = snprintf(text, sizeof(text), s->text, va_arg(*args, int));
    else if (s->longs == 1)
        n = snprintf(text, sizeof(text), s->text, va_arg(*args, long));
    else
        n = snprintf(text, sizeof(text), s->text, va_arg(*args, long long));
    put(l, text, (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1);
}

static void put_spec(struct line *l, const struct spec *s, va_list *args)
{
    const char *text;
    char c;

    if (s->conversion == 'c') {
        c = (char)va_arg(*args, int);
        put_escaped(l, &c, 1);
        return;
    }
    if (s->conversion != 's') {
        put_number(l, s, args);
        return;
    }
    text = va_arg(*args, const char *);
    if (!text)
        text = "(null)";
    put_escaped(l, text, s->precision >= 0 ? strnlen(text, (size_t)s->precision) : strlen(text));
}

/* --- fields --- */

/* A value that is one conversion to an integer, and nothing beside it. */
static bool is_number(const char *value, size_t n)
{
    return n >= 2 && value[0] == '%' && is_one_of(value[n - 1], "diu") &&
           strspn(value + 1, "0123456789hlzj") == n - 2;
}

/* The piece of the format from `p` to `end`, its conversions done. */
static void put_piece(struct line *l, const char *p, const char *end, va_list *args)
{
    while (p < end) {
        struct spec s;
        const char *from = p;

        if (*p != '%') {
            while (p < end && *p != '%')
                p++;
            put_escaped(l, from, (size_t)(p - from));
        } else if (p[1] == '%') {
            put_text(l, "%");
            p += 2;
        } else {
            p++;
            read_spec(&p, args, &s);
            put_spec(l, &s, args);
        }
    }
}

/* The length of the key that `p` begins with, or 0. */
static size_t key_of(const char *p)
{
    size_t n = strspn(p, "abcdefghijklmnopqrstuvwxyz_0123456789.");

    return n && n < KEY_MAX && p[n] == '=' ? n : 0;
}

static void put_key(struct line *l, const char *key, size_t n)
{
    put_text(l, ",\"");
    put(l, key, n);
    put_text(l, "\":");
}

/* One that has no room at all is left out, one that has some is cut. */
static void put_one(struct line *l, struct str key, const char *p, const char *end, va_list *args)
{
    bool number = is_number(p, (size_t)(end - p));
    size_t began = l->n, value;

    put_key(l, key.p, key.n);
    if (!number)
        put_text(l, "\"");
    value = l->n;
    if (!l->full)
        put_piece(l, p, end, args);
    if (l->n == value && l->full)
        l->n = began;
    else if (!number)
        l->p[l->n++] = '"'; /* of END_BYTES */
}

static const char *put_field(struct line *l, const char *p, size_t key_n, va_list *args)
{
    const char *value = p + key_n + 1, *end;
    bool quoted = *value == '"';

    value += quoted;
    end = value + strcspn(value, quoted ? "\"" : " ");
    put_one(l, str_make(p, key_n), value, end, args);
    return *end ? end + 1 : end;
}

/* Words up to the next key. */
static const char *put_words(struct line *l, const char *p, va_list *args)
{
    const char *end = p;

    while (*end && (end == p || !key_of(end))) {
        end += strcspn(end, " ");
        end += *end == ' ';
    }
    put_one(l, (struct str)STR_LIT("message"), p, end[-1] == ' ' ? end - 1 : end, args);
    return end;
}

size_t log_json(char *line, size_t size, const char *time, const char *severity, const char *event,
                const char *format, va_list *args)
{
    struct line l = { .p = line, .size = size - END_BYTES };
    const char *p = format;

    put_text(&l, "{\"time\":\"");
    put_text(&l, time);
    put_text(&l, "\",\"severity\":\"");
    put_text(&l, severity);
    put_text(&l, "\",\"event\":\"");
    put_text(&l, event);
    put_text(&l, "\"");
    while (*p && !l.full) {
        size_t n = key_of(p);

        if (*p == ' ')
            p++;
        else
            p = n ? put_field(&l, p, n, args) : put_words(&l, p, args);
    }
    memcpy(line + l.n, "}\n", 2);
    return l.n + 2;
}
