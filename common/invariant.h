/* invariant - "we are wrong" stops the process, in every build.
 *
 * Use it for what no input, peer or disk can cause. What they can cause is an
 * err_t. The condition has no side effects. */
#ifndef KLAMM_COMMON_INVARIANT_H
#define KLAMM_COMMON_INVARIANT_H

#define INVARIANT(condition)                                   \
    do {                                                       \
        if (__builtin_expect(!(condition), 0))                 \
            invariant_broken(__FILE__, __LINE__, #condition);  \
    } while (0)

/* Writes one line to standard error and aborts. */
_Noreturn void invariant_broken(const char *file, int line, const char *condition);

#endif
