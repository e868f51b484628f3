/* arena - memory that dies together.
 *
 * One per request: the decoded message, the reply and all scratch live in it and
 * are dropped by one arena_clear, which keeps the first block for the next
 * request. The zero struct is an empty arena. Pointers stay valid until clear. */
#ifndef KLAMM_COMMON_ARENA_H
#define KLAMM_COMMON_ARENA_H

#include "common/slice.h"

struct arena_block;

struct arena {
    struct arena_block *blocks; /* newest first */
    uint8_t *p;
    uint8_t *end;
    size_t used; /* bytes handed out since the last clear */
};

void arena_done(struct arena *a);
void arena_clear(struct arena *a);
/* Zeroed, aligned to 16. Aborts when memory is out: bound `n` before. */
void *arena_alloc(struct arena *a, size_t n);
/* `count` zeroed elements of `size`; aborts when the product overflows. */
void *arena_array(struct arena *a, size_t count, size_t size);
char *arena_text(struct arena *a, struct str s);      /* NUL terminated copy */
struct str arena_str(struct arena *a, struct str s);  /* copy; null stays null */
char *arena_printf(struct arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define arena_new(a, type) ((type *)arena_alloc((a), sizeof(type)))
#define OWNED_ARENA __attribute__((cleanup(arena_done))) struct arena

#endif
