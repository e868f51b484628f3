#include "common/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/invariant.h"

void *mem_zero(size_t n)
{
    void *p = calloc(1, n);

    INVARIANT(p != NULL);
    return p;
}

void *mem_resize(void *p, size_t n)
{
    void *q = realloc(p, n);

    INVARIANT(q != NULL || n == 0);
    return q;
}

void *mem_resize_array(void *p, size_t count, size_t size)
{
    size_t n;

    INVARIANT(!__builtin_mul_overflow(count, size, &n));
    return mem_resize(p, n);
}

void *mem_try(size_t n)
{
    return malloc(n);
}

char *mem_strndup(const char *p, size_t n)
{
    char *q = mem_resize(NULL, n + 1);

    if (n)
        memcpy(q, p, n);
    q[n] = '\0';
    return q;
}

char *mem_strdup(const char *p)
{
    return mem_strndup(p, strlen(p));
}

char *mem_printf(const char *format, ...)
{
    va_list args;
    char *p;

    va_start(args, format);
    INVARIANT(vasprintf(&p, format, args) >= 0);
    va_end(args);
    return p;
}

void mem_free(void *p)
{
    free(p);
}
