/* regex_internal - the program of an expression; for broker/group/regex*.c alone. */
#ifndef KLAMM_BROKER_GROUP_REGEX_INTERNAL_H
#define KLAMM_BROKER_GROUP_REGEX_INTERNAL_H

#include "broker/group/regex.h"

enum { REGEX_PROGRAM_MAX = 20000, REGEX_DEPTH_MAX = 250 };

/* Of the 128 ASCII characters. */
struct regex_set {
    uint64_t bits[2];
};

enum regex_op {
    REGEX_CHAR,  /* one of `set` */
    REGEX_SPLIT, /* to the next and to `to` */
    REGEX_JUMP,  /* to `to` */
    REGEX_BEGIN,
    REGEX_END,
    REGEX_WORD,
    REGEX_NOT_WORD,
    REGEX_MATCH,
};

struct regex_code {
    enum regex_op op;
    int32_t to; /* relative to this one, so that code can be copied */
    struct regex_set set;
};

struct regex {
    struct regex_code *code;
    int32_t n, capacity;
};

static inline bool regex_set_has(const struct regex_set *s, uint32_t c)
{
    return c < 128 && (s->bits[c / 64] >> (c % 64) & 1);
}

static inline void regex_set_add(struct regex_set *s, uint32_t c)
{
    if (c < 128)
        s->bits[c / 64] |= 1ull << (c % 64);
}

/* regex_class.c. Adds the range, its other cases too when `fold`. */
void regex_set_range(struct regex_set *s, uint32_t low, uint32_t high, bool fold);
void regex_set_or(struct regex_set *s, const struct regex_set *other, bool negate);
/* \d \D \s \S \w \W; false for any other letter. */
bool regex_perl_class(uint32_t letter, struct regex_set *ret);
/* The name between [: and :]; false: there is none such. */
bool regex_posix_class(struct str name, struct regex_set *ret);
/* A category or script of Unicode: what of it is ASCII. */
bool regex_unicode_class(struct str name, struct regex_set *ret);

/* regex_parse.c */
err_t regex_compile(struct regex *r, struct str pattern, struct why *reterr);

#endif
