#include "common/arena.h"

#include <stdarg.h>
#include <stdio.h>

#include "common/invariant.h"
#include "common/mem.h"

enum { BLOCK_BYTES = 16 * 1024, ALIGN = 16 };

struct arena_block {
    struct arena_block *next;
    size_t n;
    _Alignas(ALIGN) uint8_t bytes[];
};

static void use_block(struct arena *a, struct arena_block *b)
{
    a->p = b->bytes;
    a->end = b->bytes + b->n;
}

void arena_done(struct arena *a)
{
    struct arena_block *next;

    for (struct arena_block *b = a->blocks; b; b = next) {
        next = b->next;
        mem_free(b);
    }
    *a = (struct arena){ 0 };
}

/* Keeps the oldest block: it has the ordinary size unless the first request was huge. */
void arena_clear(struct arena *a)
{
    while (a->blocks && (a->blocks->next || a->blocks->n > BLOCK_BYTES)) {
        struct arena_block *next = a->blocks->next;

        mem_free(a->blocks);
        a->blocks = next;
    }
    a->p = a->end = NULL;
    a->used = 0;
    if (a->blocks)
        use_block(a, a->blocks);
}

void *arena_alloc(struct arena *a, size_t n)
{
    size_t rounded;
    void *p;

    INVARIANT(!__builtin_add_overflow(n, ALIGN - 1, &rounded));
    rounded &= ~(size_t)(ALIGN - 1);
    if (!rounded)
        return a->p;
    if ((size_t)(a->end - a->p) < rounded) {
        size_t bytes = rounded > BLOCK_BYTES ? rounded : BLOCK_BYTES;
        struct arena_block *b = mem_resize(NULL, sizeof(*b) + bytes);

        b->n = bytes;
        b->next = a->blocks;
        a->blocks = b;
        use_block(a, b);
    }
    p = a->p;
    a->p += rounded;
    a->used += rounded;
    return memset(p, 0, rounded);
}

void *arena_array(struct arena *a, size_t count, size_t size)
{
    size_t n;

    INVARIANT(!__builtin_mul_overflow(count, size, &n));
    return arena_alloc(a, n);
}

char *arena_text(struct arena *a, struct str s)
{
    char *p = arena_alloc(a, s.n + 1);

    if (s.n)
        memcpy(p, s.p, s.n);
    return p;
}

struct str arena_str(struct arena *a, struct str s)
{
    return s.p ? str_make(arena_text(a, s), s.n) : s;
}

char *arena_printf(struct arena *a, const char *format, ...)
{
    va_list args;
    char *p;
    int n;

    va_start(args, format);
    n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    INVARIANT(n >= 0);
    p = arena_alloc(a, (size_t)n + 1);
    va_start(args, format);
    vsnprintf(p, (size_t)n + 1, format, args);
    va_end(args);
    return p;
}
