/* Values as Kafka prints them. */
#include "broker/server/config_keys.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker/server/config.h"
#include "common/buf.h"

enum { DIGITS_MAX = 17 };

/* The shortest decimal digits that read back as `v` > 0, without the point; the exponent of the
 * first. */
static int shortest(double v, char *ret, size_t size)
{
    char text[40];
    int precision = 1;
    size_t n = 0;

    do
        snprintf(text, sizeof(text), "%.*e", precision - 1, v);
    while (strtod(text, NULL) != v && precision++ < DIGITS_MAX);
    for (const char *p = text; *p && *p != 'e' && n + 1 < size; p++)
        if (*p != '.')
            ret[n++] = *p;
    ret[n] = '\0';
    return (int)strtol(strchr(text, 'e') + 1, NULL, 10);
}

/* Java's Double.toString: plain from 10^-3 to below 10^7, at least one digit behind the point. */
static const char *double_text(double v, struct arena *a)
{
    char digits[DIGITS_MAX + 2];
    const char *sign = v < 0 ? "-" : "";
    int e, n;

    if (v == 0 || isnan(v) || isinf(v))
        return v == 0 ? "0.0" : isnan(v) ? "NaN" : v > 0 ? "Infinity" : "-Infinity";
    e = shortest(fabs(v), digits, sizeof(digits));
    n = (int)strlen(digits);
    if (e < -3 || e >= 7)
        return arena_printf(a, "%s%c.%sE%d", sign, digits[0], n > 1 ? digits + 1 : "0", e);
    if (e < 0)
        return arena_printf(a, "%s0.%.*s%s", sign, -e - 1, "000", digits);
    if (n > e + 1)
        return arena_printf(a, "%s%.*s.%s", sign, e + 1, digits, digits + e + 1);
    return arena_printf(a, "%s%s%.*s.0", sign, digits, e + 1 - n, "0000000");
}

static const char *list_text(const char *text, struct arena *a)
{
    OWNED_BUF b = { 0 };
    struct str item;
    bool first = true;

    while (config_next_item(&text, &item)) {
        if (!first)
            buf_put_u8(&b, ',');
        buf_put(&b, item.p, item.n);
        first = false;
    }
    return arena_text(a, str_make(b.p ? (const char *)b.p : "", b.n));
}

static const char *trimmed_text(const char *text, struct arena *a)
{
    struct str s = str_of(text);

    while (s.n && (*s.p == ' ' || (*s.p >= '\t' && *s.p <= '\r')))
        s.p++, s.n--;
    while (s.n && (s.p[s.n - 1] == ' ' || (s.p[s.n - 1] >= '\t' && s.p[s.n - 1] <= '\r')))
        s.n--;
    return arena_text(a, s);
}

const char *config_key_text(const struct config_key *k, const char *text, struct arena *a)
{
    int64_t number = 0;
    bool flag = false;

    switch (k->type) {
    case CONFIG_BOOLEAN:
        (void)config_parse_bool(text, &flag);
        return flag ? "true" : "false";
    case CONFIG_INT:
    case CONFIG_SHORT:
    case CONFIG_LONG:
        (void)config_parse_int64(text, &number);
        return arena_printf(a, "%" PRId64, number);
    case CONFIG_DOUBLE:
        return double_text(strtod(text, NULL), a);
    case CONFIG_LIST:
        return list_text(text, a);
    case CONFIG_STRING:
    case CONFIG_CLASS:
    case CONFIG_PASSWORD:
    case CONFIG_UNKNOWN:
        break;
    }
    return trimmed_text(text, a);
}
