// Keeps something for much later: written to memory past the caches, which have other work.
#ifndef NEUROFLYSIM_KEEP_H
#define NEUROFLYSIM_KEEP_H

#include <cstddef>
#include <cstdint>
#include <cstring>
#if defined(__AVX512F__)
#include <immintrin.h>
#endif

namespace neuroflysim {

inline void keep(void* to, const void* from, std::size_t n_bytes) {
#if defined(__AVX512F__)
    if (reinterpret_cast<uintptr_t>(to) % 64 == 0 && n_bytes % 64 == 0) {
        for (std::size_t at = 0; at < n_bytes; at += 64)
            _mm512_stream_si512(reinterpret_cast<__m512i*>(static_cast<char*>(to) + at),
                                _mm512_loadu_si512(static_cast<const char*>(from) + at));
        return;
    }
#endif
    std::memcpy(to, from, n_bytes);
}

// What was kept before is there for other threads after this.
inline void kept() {
#if defined(__AVX512F__)
    _mm_sfence();
#endif
}

}  // namespace neuroflysim

#endif
