/* mem - heap with one rule: small allocations do not fail.
 *
 * A process that cannot get a few hundred bytes cannot answer either, so
 * mem_new and kin abort. What a peer can make large is bounded first and goes
 * through mem_try, which may return NULL. */
#ifndef KLAMM_COMMON_MEM_H
#define KLAMM_COMMON_MEM_H

#include <stddef.h>

/* Zeroed memory of `n` bytes; aborts when there is none. n > 0. */
void *mem_zero(size_t n);

/* As realloc, aborts when there is no memory; new bytes are undefined. */
void *mem_resize(void *p, size_t n);

/* `count` elements of `size` bytes, the product checked; aborts on overflow. */
void *mem_resize_array(void *p, size_t count, size_t size);

/* Uninitialised memory or NULL. */
void *mem_try(size_t n);

/* A copy of `n` bytes plus a terminating NUL; aborts when there is no memory. */
char *mem_strndup(const char *p, size_t n);
char *mem_strdup(const char *p);

/* Printed into new memory of the caller. */
char *mem_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* NULL is fine. */
void mem_free(void *p);

#define mem_new(type) ((type *)mem_zero(sizeof(type)))

/* OWNED(segment) s = NULL; frees by segment_free(s) when the scope ends.
 * DEFINE_OWNED(segment) stands in segment.h after segment_free. */
#define DEFINE_OWNED(name)                                      \
    static inline void name##_owned_done(struct name **p)       \
    {                                                           \
        name##_free(*p);                                        \
    }
#define OWNED(name) __attribute__((cleanup(name##_owned_done))) struct name *

static inline void mem_owned_done(void *p)
{
    mem_free(*(void **)p);
}
/* OWNED_MEM char *s = mem_strdup(..); */
#define OWNED_MEM __attribute__((cleanup(mem_owned_done)))

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define container_of(ptr, type, member) ((type *)((char *)(ptr) - offsetof(type, member)))

#endif
