// CRC32C (Castagnoli) by processor instructions, see README.md.
#ifndef TANDEM_CSHIMS_H
#define TANDEM_CSHIMS_H

#include <stddef.h>
#include <stdint.h>

/// 1 where this processor computes CRC32C by itself, else 0.
int tandem_crc32c_available(void);

/// Continues a checksum over `count` bytes; `state` is the inverted register, as in RFC 3720.
/// Only to be called where tandem_crc32c_available() is 1; returns `state` unchanged elsewhere.
uint32_t tandem_crc32c_update(uint32_t state, const void *bytes, size_t count);

#endif
