// What the targets of one segment of neurons send back, and how it goes together with what the
// neurons passed on.
//
// Backwards, a tap is one column offset of one connection that leaves the segment. All taps of a
// connection are summed up first, with numbers of synapses that all lanes share. The sum, times the
// strength of the connection, is what comes back; times what the neurons passed on, and added up
// over the columns, it is the derivative by the strength.
#ifndef NEUROFLYSIM_ADJOINT_KERNEL_H
#define NEUROFLYSIM_ADJOINT_KERNEL_H

namespace neuroflysim {

// Stretches at once, and sums of products that do not wait for each other.
#if defined(__AVX512F__)
constexpr int most_returned = 12, chains = 3;
#elif defined(__AVX__)
constexpr int most_returned = 3, chains = 1;
#else
constexpr int most_returned = 1, chains = 1;
#endif

// Lets lines of memory come into the cache.
template <typename real>
inline void fetch(const real* from, int bytes) {
    for (int at = 0; at < bytes; at += 64)
        __builtin_prefetch(reinterpret_cast<const char*>(from) + at);
}

// Taps of a transposed layout; see returned_taps.py.
template <typename real>
struct ReturnedTaps {
    const int32_t* first_tap;  // of each group, and the end of the last
    const int32_t* strength;   // of each group
    const int32_t* position;   // of each tap
    const real* count;         // of each tap
};

// Adds up all groups for `n` stretches in a row, and adds to the derivatives by strengths.
//
// `passed` has the same shape as `sum`: what the neurons passed on, zeros behind the last one.
// A strength is one number for all lanes if `one_strength`, and else as many as a stretch has.
// `by_strength` has a stretch for each.
template <typename real, bool one_strength, int n>
inline void return_groups(const real* packed, const ReturnedTaps<real>& taps, int first, int end,
                          const real* strength, std::ptrdiff_t lanes, const real* passed,
                          real* sum, real* by_strength) {
    constexpr int width = vectors<real>::width, step = vectors<real>::step;
    constexpr int parts = vectors<real>::parts;
    constexpr int n_chains = chains < n ? chains : n;
    typedef typename vectors<real>::aligned vector;
    typedef typename vectors<real>::loose loose;
    vector accumulator[n * parts] = {};
    for (int group = first; group < end; group++) {
        vector sent[n * parts] = {};
        for (int tap = taps.first_tap[group]; tap < taps.first_tap[group + 1]; tap++) {
            const vector count = taps.count[tap] - vector{};
            const real* const from = packed + taps.position[tap] * lanes;
#pragma GCC unroll 16
            for (int k = 0; k < n * parts; k++) sent[k] += count * *(const loose*)(from + k * step);
        }
        const std::ptrdiff_t which = taps.strength[group];
        vector product[n_chains * parts] = {};
#pragma GCC unroll 16
        for (int k = 0; k < n * parts; k++) {
            vector w;
            if (one_strength)
                w = strength[which] - vector{};
            else
                w = *(const loose*)(strength + which * width + k % parts * step);
            accumulator[k] += w * sent[k];
            product[k % (n_chains * parts)] += *(const vector*)(passed + k * step) * sent[k];
        }
#pragma GCC unroll 8
        for (int k = 0; k < parts; k++) {
#pragma GCC unroll 8
            for (int chain = 1; chain < n_chains; chain++)
                product[k] += product[chain * parts + k];
            *(loose*)(by_strength + which * width + k * step) += product[k];
        }
    }
#pragma GCC unroll 16
    for (int k = 0; k < n * parts; k++) *(vector*)(sum + k * step) = accumulator[k];
}

// Picks the instance for a number of stretches.
template <typename real, bool one_strength, int most>
struct return_at_most {
    template <typename... Rest>
    static void sum(int n, const Rest&... rest) {
        if (n == most)
            return_groups<real, one_strength, most>(rest...);
        else
            return_at_most<real, one_strength, most - 1>::sum(n, rest...);
    }
};

template <typename real, bool one_strength>
struct return_at_most<real, one_strength, 0> {
    template <typename... Rest>
    static void sum(int, const Rest&...) {}
};

// As `sum_segment`, backwards.
template <typename real, bool one_strength>
inline void return_segment(const real* packed, const ReturnedTaps<real>& taps, int first, int end,
                           const real* strength, int lanes, int n_columns, const real* passed,
                           real* sum, real* by_strength) {
    constexpr int width = vectors<real>::width;
    const int n_stretches = (n_columns * lanes + width - 1) / width;
    const int n_pieces = (n_stretches + most_returned - 1) / most_returned;
    const int piece = (n_stretches + n_pieces - 1) / n_pieces;
    for (int begin = 0; begin < n_stretches; begin += piece) {
        const int left = n_stretches - begin;
        const real* const from = packed + begin * width;
        const real* const own = passed + begin * width;
        real* const to = sum + begin * width;
        return_at_most<real, one_strength, most_returned>::sum(
            left < piece ? left : piece, from, taps, first, end, strength, std::ptrdiff_t(lanes),
            own, to, by_strength);
    }
}

}  // namespace neuroflysim

#endif
