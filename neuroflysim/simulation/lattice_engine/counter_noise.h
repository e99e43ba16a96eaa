// Normal deviates that are computed from where they belong: nothing is stored, none comes next.
//
// Threefry4x32 (Salmon, Moraes, Dror and Shaw, SC 2011, doi:10.1145/2063384.2063405) turns a key
// and a counter into four words of 32 bits. Seed, candidate and condition are the key; the block of
// four cells, step, trial and number of the noise are the counter; each cell of the block gets a
// word. A word becomes a normal deviate by the inverse of the normal distribution, which
// `neuroflysim.simulation.counter_noise` approximates by a parabola in each of 63 segments. All of
// it is whole numbers, so that every compiler gives the same bits, however it vectorizes.
#ifndef NEUROFLYSIM_COUNTER_NOISE_H
#define NEUROFLYSIM_COUNTER_NOISE_H

#include <cstddef>
#include <cstdint>
#include <cstring>

#ifdef __CUDACC__
#define NEUROFLYSIM_INLINE __host__ __device__ inline
#else
#define NEUROFLYSIM_INLINE inline
#endif

namespace neuroflysim {

constexpr uint32_t threefry_parity = 0x1BD11BDA;

// Threefry4x32 of the counter a, b, c, d, in place. The key has a fifth word, which makes the
// exclusive or of all of them a constant.
NEUROFLYSIM_INLINE void threefry(const uint32_t* key, uint32_t& a, uint32_t& b, uint32_t& c,
                                 uint32_t& d) {
    a += key[0], b += key[1], c += key[2], d += key[3];
#define NEUROFLYSIM_MIX(x, y, by) x += y, y = (y << by | y >> (32 - by)) ^ x
#pragma GCC unroll 20
    for (int round = 0; round < noise_rounds; round++) {
        switch (round % 8) {
            case 0: NEUROFLYSIM_MIX(a, b, 10); NEUROFLYSIM_MIX(c, d, 26); break;
            case 1: NEUROFLYSIM_MIX(a, d, 11); NEUROFLYSIM_MIX(c, b, 21); break;
            case 2: NEUROFLYSIM_MIX(a, b, 13); NEUROFLYSIM_MIX(c, d, 27); break;
            case 3: NEUROFLYSIM_MIX(a, d, 23); NEUROFLYSIM_MIX(c, b, 5); break;
            case 4: NEUROFLYSIM_MIX(a, b, 6); NEUROFLYSIM_MIX(c, d, 20); break;
            case 5: NEUROFLYSIM_MIX(a, d, 17); NEUROFLYSIM_MIX(c, b, 11); break;
            case 6: NEUROFLYSIM_MIX(a, b, 25); NEUROFLYSIM_MIX(c, d, 10); break;
            default: NEUROFLYSIM_MIX(a, d, 18); NEUROFLYSIM_MIX(c, b, 20);
        }
        if (round % 4 == 3) {
            const int n = round / 4 + 1;
            a += key[n % 5], b += key[(n + 1) % 5], c += key[(n + 2) % 5];
            d += key[(n + 3) % 5] + n;
        }
    }
#undef NEUROFLYSIM_MIX
}

// What a word stands for, in units of 2^-28 standard deviations: 31 bits say how far out it lies,
// the last one on which side. The bits of a number as a float tell its octave, and where in it.
NEUROFLYSIM_INLINE int32_t deviate(uint32_t word) {
    const float magnitude = float(int32_t((word & 0x7fffffffu) | 1));
    uint32_t bits;
    memcpy(&bits, &magnitude, 4);
    const int32_t segment = int32_t(bits >> 22) - (127 << 1), x = bits >> 10 & 0xfff;
    const int32_t* const c = normal_quantiles;
    const int32_t size =
        c[segment] + x * (c[64 + segment] + ((c[128 + segment] * x) >> 12));
    const int32_t sign = int32_t(word) >> 31;
    return (size ^ sign) - sign;
}

// The deviate of one cell.
NEUROFLYSIM_INLINE int32_t deviate_of(uint32_t cell, uint32_t step, uint32_t trial, uint32_t which,
                                      uint32_t seed_low, uint32_t seed_high, uint32_t candidate,
                                      uint32_t condition) {
    const uint32_t key[5] = {seed_low, seed_high, candidate, condition,
                             threefry_parity ^ seed_low ^ seed_high ^ candidate ^ condition};
    uint32_t a = cell / 4, b = step, c = trial, d = which;
    threefry(key, a, b, c, d);
    return deviate(cell % 4 < 2 ? (cell % 4 == 0 ? a : b) : (cell % 4 == 2 ? c : d));
}

#ifndef __CUDACC__

constexpr int noise_width = 16;  // words that are computed together

#ifdef __AVX512F__  // 64 numbers fit into four registers, which is quicker than to load each
typedef int32_t noise_ints __attribute__((vector_size(64)));
typedef float noise_floats __attribute__((vector_size(64)));

inline noise_ints looked_up(const noise_ints* table, noise_ints at) {
    const noise_ints low = __builtin_shuffle(table[0], table[1], at);
    const noise_ints high = __builtin_shuffle(table[2], table[3], at);
    return (at & 32) != 0 ? high : low;
}

inline void to_deviates(const uint32_t* word, int32_t* out) {
    noise_ints w, c[12];
    memcpy(&w, word, sizeof w);
    memcpy(c, normal_quantiles, sizeof c);
    const noise_floats magnitude = __builtin_convertvector((w & 0x7fffffff) | 1, noise_floats);
    const noise_ints bits = (noise_ints)magnitude;
    const noise_ints segment = (bits >> 22) - (127 << 1), x = bits >> 10 & 0xfff;
    const noise_ints slope = looked_up(c + 4, segment) + ((looked_up(c + 8, segment) * x) >> 12);
    const noise_ints sign = w >> 31, size = looked_up(c, segment) + x * slope;
    const noise_ints all = (size ^ sign) - sign;
    memcpy(out, &all, sizeof all);
}
#else
inline void to_deviates(const uint32_t* word, int32_t* out) {
    for (int k = 0; k < noise_width; k++) out[k] = deviate(word[k]);
}
#endif

// What is the same for all cells of one vector of lanes in one step.
struct NoiseOfStep {
    uint32_t seed_low, seed_high, step;
    const int32_t *candidate, *condition, *trial;  // of each lane, repeated up to `noise_width`
};

// From four cells of each block apart to cells one after the other.
template <typename real, int most, int lanes>
inline void spread(const int32_t (&all)[4][most], int first_cell, int n_cells, real scale,
                   real* out) {
    for (int cell = 0; cell < n_cells; cell++) {
        const int at = first_cell + cell;
        const int32_t* const from = all[at % 4] + (at / 4 - first_cell / 4) * lanes;
        for (int lane = 0; lane < lanes; lane++) out[cell * lanes + lane] = scale * real(from[lane]);
    }
}

// The noise of neighbouring cells, shape (cell, lane), times `scale`: for one segment.
//
// `lanes` is a power of 2 and divides `noise_width`. Blocks of four cells are computed whole, also at the ends.
template <typename real, int most_cells>
inline void fill_noise(const NoiseOfStep& of, uint32_t which, int first_cell, int n_cells,
                       int lanes, real scale, real* out) {
    constexpr int most = (most_cells / 4 + 2) * noise_width;
    alignas(64) int32_t all[4][most];
    const int first_block = first_cell / 4;
    const int n_blocks = (first_cell + n_cells - 1) / 4 - first_block + 1;
    const int shift = __builtin_ctz(lanes);  // a division would not be vectorized
    for (int first = 0; first < n_blocks * lanes; first += noise_width) {
        alignas(64) uint32_t words[4][noise_width];
#pragma GCC ivdep
        for (int k = 0; k < noise_width; k++) {
            const uint32_t candidate = of.candidate[k], condition = of.condition[k];
            const uint32_t key[5] = {
                of.seed_low, of.seed_high, candidate, condition,
                threefry_parity ^ of.seed_low ^ of.seed_high ^ candidate ^ condition};
            uint32_t a = first_block + ((first + k) >> shift), b = of.step, c = of.trial[k], d = which;
            threefry(key, a, b, c, d);
            words[0][k] = a, words[1][k] = b, words[2][k] = c, words[3][k] = d;
        }
        for (int j = 0; j < 4; j++) to_deviates(words[j], all[j] + first);
    }
    switch (lanes) {  // of known number, they are copied without a loop
        case 16: return spread<real, most, 16>(all, first_cell, n_cells, scale, out);
        case 8: return spread<real, most, 8>(all, first_cell, n_cells, scale, out);
        case 4: return spread<real, most, 4>(all, first_cell, n_cells, scale, out);
        case 2: return spread<real, most, 2>(all, first_cell, n_cells, scale, out);
        default: return spread<real, most, 1>(all, first_cell, n_cells, scale, out);
    }
}

#endif
}  // namespace neuroflysim

#endif
