// Synaptic input of one segment of neurons from shared weights, for a batch of lanes.
//
// Outputs are packed by cell type, row of the lattice and column, lanes innermost, with zeros (or
// copies, on a periodic lattice) around each row, so that no tap needs a test for the border. A
// segment is a stretch of neighbouring columns of one row; a tap is one column offset of one
// connection that reaches it. All neurons of a segment share the taps: their input is a sum of
// shifted rows, each times one weight for each lane.
//
// Vectors are GCC's own, 64 bytes wide: the compiler lowers them to what the machine has.
#ifndef NEUROFLYSIM_LATTICE_KERNEL_H
#define NEUROFLYSIM_LATTICE_KERNEL_H

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace neuroflysim {

template <typename real>
struct vectors {
    static constexpr int width = 64 / sizeof(real);
    typedef real aligned __attribute__((vector_size(64)));
    // Rows begin at any multiple of the number of lanes.
    typedef real loose __attribute__((vector_size(64), aligned(sizeof(real)), may_alias));
};

#ifdef __AVX512F__
constexpr int most_accumulators = 12;  // of 32 registers
#else
constexpr int most_accumulators = 4;  // a 64-byte vector takes two or four registers
#endif

// Adds up all taps for `count` vectors in a row.
template <typename real, int count>
inline void sum_taps(const real* packed, const int32_t* tap_position, const int32_t* tap_weight,
                     int n_taps, const real* weight, std::ptrdiff_t lanes, real* sum) {
    constexpr int width = vectors<real>::width;
    typedef typename vectors<real>::aligned vector;
    typedef typename vectors<real>::loose loose;
    vector accumulator[count] = {};
    for (int tap = 0; tap < n_taps; tap++) {
        const vector w = *(const loose*)(weight + tap_weight[tap] * std::ptrdiff_t(width));
        const real* source = packed + tap_position[tap] * lanes;
#pragma GCC unroll 16
        for (int k = 0; k < count; k++) accumulator[k] += w * *(const loose*)(source + k * width);
    }
#pragma GCC unroll 16
    for (int k = 0; k < count; k++) *(loose*)(sum + k * width) = accumulator[k];
}

// Picks the instance for the number of vectors that are left at the end of a segment.
template <typename real, int most>
struct at_most {
    static void sum(int n, const real* packed, const int32_t* tap_position,
                    const int32_t* tap_weight, int n_taps, const real* weight,
                    std::ptrdiff_t lanes, real* out) {
        if (n == most)
            sum_taps<real, most>(packed, tap_position, tap_weight, n_taps, weight, lanes, out);
        else
            at_most<real, most - 1>::sum(n, packed, tap_position, tap_weight, n_taps, weight,
                                         lanes, out);
    }
};

template <typename real>
struct at_most<real, 0> {
    static void sum(int, const real*, const int32_t*, const int32_t*, int, const real*,
                    std::ptrdiff_t, real*) {}
};

// Input of `n_columns` neighbouring columns into `sum`, shape (column, lane). `sum` must have room
// for one vector more than that.
//
// `lanes` divides the width of a vector. Weights are repeated to fill a vector, so that one vector
// spans several columns when there are few lanes.
template <typename real>
inline void sum_segment(const real* packed, const int32_t* tap_position, const int32_t* tap_weight,
                        int n_taps, const real* weight, int lanes, int n_columns, real* sum) {
    constexpr int width = vectors<real>::width;
    const int n_vectors = (n_columns * lanes + width - 1) / width;
    for (int first = 0; first < n_vectors; first += most_accumulators) {
        const int left = n_vectors - first;
        at_most<real, most_accumulators>::sum(
            left < most_accumulators ? left : most_accumulators, packed + first * width,
            tap_position, tap_weight, n_taps, weight, lanes, sum + first * width);
    }
}

}  // namespace neuroflysim

#endif
