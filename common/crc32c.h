/* crc32c - CRC-32C (Castagnoli, reflected 0x82f63b78), as in record batches. */
#ifndef KLAMM_COMMON_CRC32C_H
#define KLAMM_COMMON_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* Of `n` bytes; `crc32c(0, ...)` starts, a former result continues. Uses the
 * processor's instructions where it has them. */
uint32_t crc32c(uint32_t crc, const void *p, size_t n);

/* The table version, the same value; for tests and for old processors. */
uint32_t crc32c_portable(uint32_t crc, const void *p, size_t n);

#endif
