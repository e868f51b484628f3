/* endian - big-endian integers at any address. */
#ifndef KLAMM_COMMON_ENDIAN_H
#define KLAMM_COMMON_ENDIAN_H

#include <stdint.h>
#include <string.h>

#define ENDIAN_PAIR(bits)                                              \
    static inline uint##bits##_t be##bits##_get(const void *p)         \
    {                                                                  \
        uint##bits##_t v;                                              \
                                                                       \
        memcpy(&v, p, sizeof(v));                                      \
        return __builtin_bswap##bits(v);                               \
    }                                                                  \
    static inline void be##bits##_put(void *p, uint##bits##_t v)       \
    {                                                                  \
        v = __builtin_bswap##bits(v);                                  \
        memcpy(p, &v, sizeof(v));                                      \
    }

ENDIAN_PAIR(16)
ENDIAN_PAIR(32)
ENDIAN_PAIR(64)
#undef ENDIAN_PAIR

#endif
