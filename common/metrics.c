#include "common/metrics.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/invariant.h"
#include "common/utf8.h"

#define WHOLE_MAX 9007199254740992.0 /* 2^53 */
#define REPLACEMENT "\xef\xbf\xbd"

static bool is_name(const char *p)
{
    for (const char *c = p; *c; c++)
        if (!(*c >= 'a' && *c <= 'z') && !(*c >= 'A' && *c <= 'Z') && *c != '_' &&
            !(c > p && *c >= '0' && *c <= '9'))
            return false;
    return *p != '\0';
}

/* What stands behind `at` when the page grew too large: cut off whole. */
static void bound(struct metrics *m, size_t at)
{
    if (m->out->n <= (m->bytes_max ? m->bytes_max : METRICS_BYTES_MAX))
        return;
    m->out->n = at;
    m->full = true;
}

void metrics_family(struct metrics *m, const char *name, const char *type, const char *help)
{
    size_t at = m->out->n;

    INVARIANT(is_name(name) && !strpbrk(help, "\\\n"));
    m->family = name;
    if (m->full)
        return;
    buf_printf(m->out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
    bound(m, at);
}

/* What is no ASCII is copied as it stands when it is UTF-8. */
static void put_wide(struct buf *b, struct str value, size_t *at)
{
    size_t from = *at;

    if (utf8_next(value, at) == 0xfffd)
        buf_put_text(b, REPLACEMENT);
    else
        buf_put(b, value.p + from, *at - from);
}

static void put_escaped(struct buf *b, struct str value)
{
    for (size_t i = 0; i < value.n;) {
        char c = value.p[i];

        if ((unsigned char)c >= 0x80) {
            put_wide(b, value, &i);
            continue;
        }
        i++;
        if (c == '\n')
            buf_put_text(b, "\\n");
        else if (c == '\\' || c == '"')
            buf_put(b, (char[]){ '\\', c }, 2);
        else
            buf_put_u8(b, (uint8_t)c);
    }
}

static void put_whole(struct buf *b, uint64_t v)
{
    char digits[20];
    size_t n = sizeof(digits);

    do {
        digits[--n] = (char)('0' + v % 10);
        v /= 10;
    } while (v);
    buf_put(b, digits + n, sizeof(digits) - n);
}

/* The shorter of what reads back as the same. */
static void put_double(struct buf *b, double v)
{
    char text[32];

    (void)snprintf(text, sizeof(text), "%.15g", v);
    if (strtod(text, NULL) == v)
        buf_put_text(b, text);
    else
        buf_printf(b, "%.17g", v);
}

/* Most are counts: those are not worth a printf each. */
static void put_value(struct buf *b, double v)
{
    if (isnan(v)) {
        buf_put_text(b, "NaN");
    } else if (isinf(v)) {
        buf_put_text(b, v > 0 ? "+Inf" : "-Inf");
    } else if (fabs(v) >= WHOLE_MAX || v != trunc(v)) {
        put_double(b, v);
    } else {
        if (v < 0)
            buf_put_u8(b, '-');
        put_whole(b, (uint64_t)fabs(v));
    }
}

void metrics_sample(struct metrics *m, const struct metric_label *labels, unsigned n, double value)
{
    size_t at = m->out->n;

    INVARIANT(m->family && n <= METRICS_LABELS_MAX);
    if (m->full)
        return;
    buf_put_text(m->out, m->family);
    for (unsigned i = 0; i < n; i++) {
        INVARIANT(is_name(labels[i].name));
        buf_put_u8(m->out, i ? ',' : '{');
        buf_put_text(m->out, labels[i].name);
        buf_put(m->out, "=\"", 2);
        put_escaped(m->out, labels[i].value);
        buf_put_u8(m->out, '"');
    }
    if (n)
        buf_put_u8(m->out, '}');
    buf_put_u8(m->out, ' ');
    put_value(m->out, value);
    buf_put_u8(m->out, '\n');
    bound(m, at);
}

void metrics_single(struct metrics *m, const char *name, const char *type, const char *help,
                    double value)
{
    metrics_family(m, name, type, help);
    metrics_sample(m, NULL, 0, value);
}
