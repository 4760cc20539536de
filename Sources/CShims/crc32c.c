#include "CShims.h"

#include <string.h>

#if defined(__x86_64__)
#include <nmmintrin.h>

int tandem_crc32c_available(void) {
    __builtin_cpu_init();
    return __builtin_cpu_supports("sse4.2") ? 1 : 0;
}

__attribute__((target("sse4.2")))
uint32_t tandem_crc32c_update(uint32_t state, const void *bytes, size_t count) {
    const unsigned char *next = bytes;
    uint64_t wide = state;
    for (; count >= 8; count -= 8, next += 8) {
        uint64_t word;
        memcpy(&word, next, 8);
        wide = _mm_crc32_u64(wide, word);
    }
    uint32_t narrow = (uint32_t)wide;
    for (; count > 0; count--, next++) narrow = _mm_crc32_u8(narrow, *next);
    return narrow;
}

#elif defined(__aarch64__) && defined(__linux__)
#include <arm_acle.h>
#include <sys/auxv.h>

#ifndef HWCAP_CRC32
#define HWCAP_CRC32 (1 << 7)
#endif

int tandem_crc32c_available(void) { return (getauxval(AT_HWCAP) & HWCAP_CRC32) != 0 ? 1 : 0; }

__attribute__((target("crc")))
uint32_t tandem_crc32c_update(uint32_t state, const void *bytes, size_t count) {
    const unsigned char *next = bytes;
    for (; count >= 8; count -= 8, next += 8) {
        uint64_t word;
        memcpy(&word, next, 8);
        state = __crc32cd(state, word);
    }
    for (; count > 0; count--, next++) state = __crc32cb(state, *next);
    return state;
}

#else

int tandem_crc32c_available(void) { return 0; }

uint32_t tandem_crc32c_update(uint32_t state, const void *bytes, size_t count) {
    (void)bytes;
    (void)count;
    return state;
}

#endif
