#include "common/properties.h"

#include "common/buf.h"
#include "common/fs.h"

enum { FILE_BYTES_MAX = 1024 * 1024 };

struct entry {
    char *key, *value;
};

struct properties {
    struct entry *entries;
    size_t n, capacity;
};

/* Reads one logical line at a time; a bad escape marks it. */
struct reader {
    const char *p, *end;
    unsigned line;
    bool bad;
};

struct properties *properties_free(struct properties *p)
{
    if (!p)
        return NULL;
    for (size_t i = 0; i < p->n; i++) {
        mem_free(p->entries[i].key);
        mem_free(p->entries[i].value);
    }
    mem_free(p->entries);
    mem_free(p);
    return NULL;
}

static struct entry *find(const struct properties *p, const char *key)
{
    for (size_t i = 0; i < p->n; i++)
        if (strcmp(p->entries[i].key, key) == 0)
            return &p->entries[i];
    return NULL;
}

const char *properties_get(const struct properties *p, const char *key)
{
    const struct entry *e = find(p, key);

    return e ? e->value : NULL;
}

void properties_set(struct properties *p, const char *key, const char *value)
{
    struct entry *e = find(p, key);

    if (e) {
        mem_free(e->value);
        e->value = mem_strdup(value);
        return;
    }
    if (p->n == p->capacity) {
        p->capacity = p->capacity ? 2 * p->capacity : 32;
        p->entries = mem_resize_array(p->entries, p->capacity, sizeof(*p->entries));
    }
    p->entries[p->n++] = (struct entry){ mem_strdup(key), mem_strdup(value) };
}

size_t properties_n(const struct properties *p)
{
    return p->n;
}

const char *properties_key(const struct properties *p, size_t i)
{
    return p->entries[i].key;
}

const char *properties_value(const struct properties *p, size_t i)
{
    return p->entries[i].value;
}

static bool blank(char c)
{
    return c == ' ' || c == '\t' || c == '\f';
}

static bool line_end(char c)
{
    return c == '\n' || c == '\r';
}

static void skip_blanks(struct reader *r)
{
    while (r->p < r->end && blank(*r->p))
        r->p++;
}

/* One line terminator: \n, \r or \r\n. */
static void skip_line_end(struct reader *r)
{
    if (r->p < r->end && *r->p == '\r')
        r->p++;
    else if (r->p < r->end && *r->p == '\n')
        r->p++;
    if (r->p < r->end && r->p[-1] == '\r' && *r->p == '\n')
        r->p++;
    r->line++;
}

static void put_utf8(struct buf *b, unsigned c)
{
    if (c < 0x80) {
        buf_put_u8(b, (uint8_t)c);
    } else if (c < 0x800) {
        buf_put_u8(b, (uint8_t)(0xc0 | c >> 6));
        buf_put_u8(b, (uint8_t)(0x80 | (c & 0x3f)));
    } else {
        buf_put_u8(b, (uint8_t)(0xe0 | c >> 12));
        buf_put_u8(b, (uint8_t)(0x80 | (c >> 6 & 0x3f)));
        buf_put_u8(b, (uint8_t)(0x80 | (c & 0x3f)));
    }
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
        return (c | 0x20) - 'a' + 10;
    return -1;
}

static void read_unicode(struct reader *r, struct buf *ret)
{
    unsigned c = 0;

    for (int i = 0; i < 4; i++, r->p++) {
        int digit = r->p < r->end ? hex_digit(*r->p) : -1;

        if (digit < 0) {
            r->bad = true;
            return;
        }
        c = c << 4 | (unsigned)digit;
    }
    if (!c)
        r->bad = true;
    put_utf8(ret, c);
}

/* What stands behind a backslash. */
static void read_escape(struct reader *r, struct buf *ret)
{
    static const char names[] = "tnrf", values[] = "\t\n\r\f";
    const char *at;

    if (r->p == r->end)
        return;
    if (line_end(*r->p)) {
        skip_line_end(r);
        skip_blanks(r);
        return;
    }
    if (*r->p == 'u') {
        r->p++;
        read_unicode(r, ret);
        return;
    }
    at = strchr(names, *r->p);
    buf_put_u8(ret, (uint8_t)(at && *at ? values[at - names] : *r->p));
    r->p++;
}

/* Up to the end of the logical line, or of the key. */
static void read_part(struct reader *r, bool key, struct buf *ret)
{
    while (r->p < r->end && !line_end(*r->p) && !r->bad) {
        char c = *r->p;

        if (key && (blank(c) || c == '=' || c == ':'))
            return;
        r->p++;
        if (c == '\\')
            read_escape(r, ret);
        else if (c)
            buf_put_u8(ret, (uint8_t)c);
        else
            r->bad = true;
    }
}

static void skip_separator(struct reader *r)
{
    skip_blanks(r);
    if (r->p < r->end && (*r->p == '=' || *r->p == ':'))
        r->p++;
    skip_blanks(r);
}

static void read_line(struct reader *r, struct properties *p)
{
    OWNED_BUF key = { 0 }, value = { 0 };

    skip_blanks(r);
    if (r->p < r->end && (*r->p == '#' || *r->p == '!')) {
        while (r->p < r->end && !line_end(*r->p))
            r->p++;
    } else if (r->p < r->end && !line_end(*r->p)) {
        read_part(r, true, &key);
        skip_separator(r);
        read_part(r, false, &value);
        if (!r->bad)
            properties_set(p, buf_text(&key), buf_text(&value));
    }
    if (!r->bad && r->p < r->end)
        skip_line_end(r);
}

err_t properties_parse(struct str text, struct properties **ret, struct why *reterr)
{
    OWNED(properties) p = mem_new(struct properties);
    struct reader r = { text.p, text.p + text.n, 1, false };

    while (r.p < r.end && !r.bad)
        read_line(&r, p);
    if (r.bad)
        return why(reterr, ERR_MALFORMED, "line %u: \\u needs four hexadecimal digits other than "
                   "0000, and no NUL byte may stand in the file", r.line);
    *ret = p;
    p = NULL;
    return ERR_OK;
}

err_t properties_read(const char *path, struct properties **ret, struct why *reterr)
{
    OWNED_BUF text = { 0 };
    struct why inner;
    err_t e = fs_read_all(fs_posix(), path, FILE_BYTES_MAX, &text);

    if (e)
        return why(reterr, e, "%s: %s", path, err_text(e));
    e = properties_parse(str_make((const char *)text.p, text.n), ret, &inner);
    return e ? why(reterr, e, "%s: %s", path, inner.text) : ERR_OK;
}
