// Synaptic input of one segment of neurons from shared weights, for a batch of lanes.
//
// Outputs are packed by cell type, row of the lattice and column, lanes innermost, with zeros (or
// copies, on a periodic lattice) around each row, so that no tap needs a test for the border. A
// segment is a stretch of neighbouring columns of one row; a tap is one column offset of one
// connection that reaches it. All neurons of a segment share the taps: their input is a sum of
// shifted rows, each times one weight for each lane.
//
// Rows are laid out in stretches of 64 bytes, a line of the cache. They are computed in GCC's own
// vectors, as wide as the machine's: of wider ones GCC makes much slower code.
#ifndef NEUROFLYSIM_LATTICE_KERNEL_H
#define NEUROFLYSIM_LATTICE_KERNEL_H

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace neuroflysim {

#if defined(__AVX512F__)
constexpr int vector_bytes = 64;
constexpr int most_accumulators = 12;  // stretches, of one vector each: 32 registers
#elif defined(__AVX__)
constexpr int vector_bytes = 32;
constexpr int most_accumulators = 6;  // of two vectors: 16 registers
#else
constexpr int vector_bytes = 16;
constexpr int most_accumulators = 2;  // of four vectors
#endif

template <typename real>
struct vectors {
    static constexpr int width = 64 / sizeof(real);  // of a stretch
    static constexpr int step = vector_bytes / sizeof(real), parts = width / step;
    typedef real aligned __attribute__((vector_size(vector_bytes)));
    // Rows begin at any multiple of the number of lanes.
    typedef real loose __attribute__((vector_size(vector_bytes), aligned(sizeof(real)), may_alias));
};

// The first address in `array` at the beginning of a line of the cache: Brian2's arrays begin
// anywhere, and a vector across two lines takes twice as long to load.
template <typename real>
inline real* on_line(real* array) {
    const uintptr_t address = reinterpret_cast<uintptr_t>(array);
    return array + (64 - address % 64) % 64 / sizeof(real);
}

// Adds up all taps for `count` stretches in a row.
//
// A weight is one number for all lanes if `one_weight`, and else as many as a stretch has.
template <typename real, bool one_weight, int count>
inline void sum_taps(const real* packed, const int32_t* tap_position, const int32_t* tap_offset,
                     int n_taps, const real* weight, std::ptrdiff_t lanes, real* sum) {
    constexpr int width = vectors<real>::width, step = vectors<real>::step;
    constexpr int parts = vectors<real>::parts;
    typedef typename vectors<real>::aligned vector;
    typedef typename vectors<real>::loose loose;
    vector accumulator[count * parts] = {};
    for (int tap = 0; tap < n_taps; tap++) {
        vector w[parts];
#pragma GCC unroll 8
        for (int k = 0; k < parts; k++)
            if (one_weight)
                w[k] = weight[tap_offset[tap]] - vector{};
            else
                w[k] = *(const loose*)(weight + tap_offset[tap] * std::ptrdiff_t(width) + k * step);
        const real* source = packed + tap_position[tap] * lanes;
#pragma GCC unroll 16
        for (int k = 0; k < count * parts; k++)
            accumulator[k] += w[k % parts] * *(const loose*)(source + k * step);
    }
#pragma GCC unroll 16
    for (int k = 0; k < count * parts; k++) *(vector*)(sum + k * step) = accumulator[k];
}

// Picks the instance for a number of stretches.
template <typename real, bool one_weight, int most>
struct at_most {
    static void sum(int n, const real* packed, const int32_t* tap_position,
                    const int32_t* tap_offset, int n_taps, const real* weight,
                    std::ptrdiff_t lanes, real* out) {
        if (n == most)
            sum_taps<real, one_weight, most>(packed, tap_position, tap_offset, n_taps, weight,
                                             lanes, out);
        else
            at_most<real, one_weight, most - 1>::sum(n, packed, tap_position, tap_offset, n_taps,
                                                     weight, lanes, out);
    }
};

template <typename real, bool one_weight>
struct at_most<real, one_weight, 0> {
    static void sum(int, const real*, const int32_t*, const int32_t*, int, const real*,
                    std::ptrdiff_t, real*) {}
};

// Input of `n_columns` neighbouring columns into `sum`, shape (column, lane): whole stretches, on
// lines of the cache.
//
// `lanes` divides the width of a stretch. Weights are repeated to fill one, so that it spans
// several columns when there are few lanes.
template <typename real, bool one_weight>
inline void sum_segment(const real* packed, const int32_t* tap_position, const int32_t* tap_offset,
                        int n_taps, const real* weight, int lanes, int n_columns, real* sum) {
    constexpr int width = vectors<real>::width;
    const int n_stretches = (n_columns * lanes + width - 1) / width;
    // Pieces of equal length: a short one at the end would wait for its own additions.
    const int n_pieces = (n_stretches + most_accumulators - 1) / most_accumulators;
    const int piece = (n_stretches + n_pieces - 1) / n_pieces;
    for (int first = 0; first < n_stretches; first += piece) {
        const int left = n_stretches - first;
        at_most<real, one_weight, most_accumulators>::sum(
            left < piece ? left : piece, packed + first * width, tap_position, tap_offset, n_taps,
            weight, lanes, sum + first * width);
    }
}

// Repeats outputs of a segment where its cells are seen from the other side of a periodic lattice.
template <typename real>
inline void copy_to_margins(const int32_t* copy_from, const int32_t* copy_position,
                            const int32_t* segment_first_copy, int segment, int lanes,
                            const real* row, real* packed) {
    const int first = segment_first_copy[segment], last = segment_first_copy[segment + 1];
    if (lanes == vectors<real>::width)  // of known size: copied without a call
        for (int c = first; c < last; c++)
            std::memcpy(packed + copy_position[c] * std::ptrdiff_t(lanes),
                        row + copy_from[c] * lanes, 64);
    else
        for (int c = first; c < last; c++)
            std::memcpy(packed + copy_position[c] * std::ptrdiff_t(lanes),
                        row + copy_from[c] * lanes, lanes * sizeof(real));
}

}  // namespace neuroflysim

#endif
