/* slice, str - borrowed bytes and borrowed text, with a length.
 *
 * p == NULL is null, which Kafka tells apart from empty. A str is not NUL
 * terminated; it is UTF-8 by convention, never by guarantee. */
#ifndef KLAMM_COMMON_SLICE_H
#define KLAMM_COMMON_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct slice {
    const uint8_t *p;
    size_t n;
};

struct str {
    const char *p;
    size_t n;
};

/* printf("%.*s", STR_ARG(s)) */
#define STR_ARG(s) (int)(s).n, (s).p ? (s).p : ""
/* A literal as a str, also in static initialisers. */
#define STR_LIT(text) { (text), sizeof(text) - 1 }

static inline struct str str_of(const char *text)
{
    return (struct str){ text, text ? strlen(text) : 0 };
}

static inline struct str str_make(const char *p, size_t n)
{
    return (struct str){ p, n };
}

static inline struct slice slice_make(const void *p, size_t n)
{
    return (struct slice){ p, n };
}

static inline bool str_eq(struct str a, struct str b)
{
    return a.n == b.n && (a.p == NULL) == (b.p == NULL) && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool str_is(struct str a, const char *text)
{
    return a.p && a.n == strlen(text) && memcmp(a.p, text, a.n) == 0;
}

static inline bool slice_eq(struct slice a, struct slice b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/* Bytewise order, shorter first on a tie. */
static inline int str_cmp(struct str a, struct str b)
{
    int c = memcmp(a.p ? a.p : "", b.p ? b.p : "", a.n < b.n ? a.n : b.n);

    return c ? c : (a.n > b.n) - (a.n < b.n);
}

#endif
