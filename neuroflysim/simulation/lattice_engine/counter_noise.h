// Normal deviates that are computed from where they belong: nothing is stored, none comes next.
//
// Threefry4x32 (Salmon, Moraes, Dror and Shaw, SC 2011, doi:10.1145/2063384.2063405) turns a key
// and a counter into four words of 32 bits. Seed, candidate and condition are the key; the block of
// four cells, step, trial and number of the noise are the counter; each cell of the block gets a
// word. A word becomes a normal deviate by the inverse of the normal distribution, which
// `neuroflysim.simulation.counter_noise` approximates by a parabola in each of 62 segments. All of
// it is whole numbers, so that every compiler gives the same bits, however it vectorizes.
#ifndef NEUROFLYSIM_COUNTER_NOISE_H
#define NEUROFLYSIM_COUNTER_NOISE_H

#include <cstddef>
#include <cstdint>
#include <cstring>

// Inlined always, for a loop over what is called is not vectorized.
#ifdef __CUDACC__
#define NEUROFLYSIM_INLINE __host__ __device__ __forceinline__
#else
#define NEUROFLYSIM_INLINE inline __attribute__((always_inline))
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
    const int32_t most = normal_quantiles[segment], bend = normal_quantiles[64 + segment];
    const int32_t size = most + x * ((bend >> 16) + (((bend & 0xffff) * x) >> 12));
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

constexpr int noise_width = 16;  // words that are computed together, at most

#if defined(__AVX512F__) && !defined(__clang__)  // 64 numbers fit into four registers, which is quicker than to load each
typedef int32_t noise_ints __attribute__((vector_size(64)));
typedef float noise_floats __attribute__((vector_size(64)));

NEUROFLYSIM_INLINE noise_ints looked_up(const noise_ints* table, noise_ints at) {
    const noise_ints low = __builtin_shuffle(table[0], table[1], at);
    const noise_ints high = __builtin_shuffle(table[2], table[3], at);
    return (at & 32) != 0 ? high : low;
}

// The same as `deviate`, of 16 words.
NEUROFLYSIM_INLINE void to_deviates(const uint32_t* word, int32_t* out) {
    noise_ints w, c[8];
    memcpy(&w, word, sizeof w);
    memcpy(c, normal_quantiles, sizeof c);
    const noise_floats magnitude = __builtin_convertvector((w & 0x7fffffff) | 1, noise_floats);
    const noise_ints bits = (noise_ints)magnitude;
    const noise_ints segment = (bits >> 22) - (127 << 1), x = bits >> 10 & 0xfff;
    const noise_ints most = looked_up(c, segment), bend = looked_up(c + 4, segment);
    const noise_ints size = most + x * ((bend >> 16) + (((bend & 0xffff) * x) >> 12));
    const noise_ints sign = w >> 31, all = (size ^ sign) - sign;
    memcpy(out, &all, sizeof all);
}
#else
NEUROFLYSIM_INLINE void to_deviates(const uint32_t* word, int32_t* out) {
    for (int k = 0; k < 16; k++) out[k] = deviate(word[k]);
}
#endif

// What is the same for all cells of one vector of lanes in one step.
struct NoiseOfStep {
    uint32_t seed_low, seed_high, step;
    const int32_t *candidate, *condition, *trial;  // of each lane, repeated up to `noise_width`
};

// The noise of as many blocks of four cells as a number of words have, shape (cell, lane).
template <typename real, int lanes, int words>
inline void noise_of_blocks(const NoiseOfStep& of, uint32_t which, int first_block, real scale,
                            real* out) {
    alignas(64) uint32_t word[4 * words];
    alignas(64) int32_t all[4 * words];
#pragma GCC ivdep
    for (int k = 0; k < words; k++) {
        const uint32_t candidate = of.candidate[k], condition = of.condition[k];
        const uint32_t key[5] = {
            of.seed_low, of.seed_high, candidate, condition,
            threefry_parity ^ of.seed_low ^ of.seed_high ^ candidate ^ condition};
        uint32_t a = first_block + k / lanes, b = of.step, c = of.trial[k], d = which;
        threefry(key, a, b, c, d);
        word[k] = a, word[words + k] = b, word[2 * words + k] = c, word[3 * words + k] = d;
    }
    for (int k = 0; k < 4 * words; k += 16) to_deviates(word + k, all + k);
    for (int block = 0; block < words / lanes; block++)
#pragma GCC unroll 4
        for (int j = 0; j < 4; j++)
#pragma GCC unroll 16
            for (int lane = 0; lane < lanes; lane++)
                out[(4 * block + j) * lanes + lane] =
                    scale * real(all[j * words + block * lanes + lane]);
}

template <typename real, int lanes>
inline void noise_of_cells(const NoiseOfStep& of, uint32_t which, int first_block, int n_blocks,
                           real scale, real* out) {
    constexpr int few = lanes < noise_width ? noise_width / 2 : noise_width;
    for (int done = 0; done < n_blocks;) {
        real* const to = out + 4 * done * lanes;
        if ((n_blocks - done) * lanes > few) {
            noise_of_blocks<real, lanes, noise_width>(of, which, first_block + done, scale, to);
            done += noise_width / lanes;
        } else {
            noise_of_blocks<real, lanes, few>(of, which, first_block + done, scale, to);
            done += few / lanes;
        }
    }
}

// Numbers that `fill_noise` may write for so many cells in so many lanes.
constexpr int noise_size(int most_cells, int lanes) {
    return 4 * ((most_cells / 4 + 2) * lanes + noise_width);
}

// Writes the noise of neighbouring cells, times `scale`, and returns where it begins, shape
// (cell, lane): for one segment.
//
// `lanes` is a power of 2, at most `noise_width`. Blocks of cells are computed whole, also at ends.
template <typename real>
inline const real* fill_noise(const NoiseOfStep& of, uint32_t which, int first_cell, int n_cells,
                              int lanes, real scale, real* out) {
    const int block = first_cell / 4, n = (first_cell + n_cells - 1) / 4 - block + 1;
    switch (lanes) {  // of known number, they are written without a loop
        case 16: noise_of_cells<real, 16>(of, which, block, n, scale, out); break;
        case 8: noise_of_cells<real, 8>(of, which, block, n, scale, out); break;
        case 4: noise_of_cells<real, 4>(of, which, block, n, scale, out); break;
        case 2: noise_of_cells<real, 2>(of, which, block, n, scale, out); break;
        default: noise_of_cells<real, 1>(of, which, block, n, scale, out);
    }
    return out + first_cell % 4 * lanes;
}

#endif
}  // namespace neuroflysim

#endif
