// What the targets of one segment of neurons send back, and how it goes together with what the
// neurons passed on.
//
// Backwards, a tap is one column offset of one connection that leaves the segment. What its targets
// send back is summed up with the same weights as forwards. The derivative by the weight itself is
// the sum, over the columns, of what the target sends back times what the source passed on: both
// read the same rows.
#ifndef NEUROFLYSIM_ADJOINT_KERNEL_H
#define NEUROFLYSIM_ADJOINT_KERNEL_H

namespace neuroflysim {

// Stretches at once, and sums of products that do not wait for each other.
#if defined(__AVX512F__)
constexpr int most_returned = 12, chains = 4;
#elif defined(__AVX__)
constexpr int most_returned = 4, chains = 2;
#else
constexpr int most_returned = 1, chains = 1;
#endif

// Adds up all taps for `count` stretches in a row, and adds to the derivative by each weight.
//
// `passed` has the same shape as `sum`: what the neurons passed on, zeros behind the last one.
// `by_weight` has a stretch for each weight.
template <typename real, bool one_weight, int count>
inline void return_taps(const real* packed, const int32_t* tap_position, const int32_t* tap_weight,
                        int n_taps, const real* weight, std::ptrdiff_t lanes, const real* passed,
                        real* sum, real* by_weight) {
    constexpr int width = vectors<real>::width, step = vectors<real>::step;
    constexpr int parts = vectors<real>::parts;
    constexpr int n_chains = chains < count ? chains : count;
    typedef typename vectors<real>::aligned vector;
    typedef typename vectors<real>::loose loose;
    vector accumulator[count * parts] = {};
    for (int tap = 0; tap < n_taps; tap++) {
        vector w[parts], product[n_chains * parts] = {};
#pragma GCC unroll 8
        for (int k = 0; k < parts; k++)
            if (one_weight)
                w[k] = weight[tap_weight[tap]] - vector{};
            else
                w[k] = *(const loose*)(weight + tap_weight[tap] * std::ptrdiff_t(width) + k * step);
        const real* sent = packed + tap_position[tap] * lanes;
#pragma GCC unroll 16
        for (int k = 0; k < count * parts; k++) {
            const vector back = *(const loose*)(sent + k * step);
            accumulator[k] += w[k % parts] * back;
            product[k % (n_chains * parts)] += *(const vector*)(passed + k * step) * back;
        }
        real* const derivative = by_weight + tap_weight[tap] * std::ptrdiff_t(width);
#pragma GCC unroll 8
        for (int k = 0; k < parts; k++) {
            vector all = product[k];
#pragma GCC unroll 8
            for (int chain = 1; chain < n_chains; chain++) all += product[chain * parts + k];
            *(loose*)(derivative + k * step) += all;
        }
    }
#pragma GCC unroll 16
    for (int k = 0; k < count * parts; k++) *(vector*)(sum + k * step) = accumulator[k];
}

// Picks the instance for a number of stretches.
template <typename real, bool one_weight, int most>
struct return_at_most {
    static void sum(int n, const real* packed, const int32_t* tap_position,
                    const int32_t* tap_weight, int n_taps, const real* weight,
                    std::ptrdiff_t lanes, const real* passed, real* out, real* by_weight) {
        if (n == most)
            return_taps<real, one_weight, most>(packed, tap_position, tap_weight, n_taps, weight,
                                                lanes, passed, out, by_weight);
        else
            return_at_most<real, one_weight, most - 1>::sum(n, packed, tap_position, tap_weight,
                                                            n_taps, weight, lanes, passed, out,
                                                            by_weight);
    }
};

template <typename real, bool one_weight>
struct return_at_most<real, one_weight, 0> {
    static void sum(int, const real*, const int32_t*, const int32_t*, int, const real*,
                    std::ptrdiff_t, const real*, real*, real*) {}
};

// As `sum_segment`, backwards.
template <typename real, bool one_weight>
inline void return_segment(const real* packed, const int32_t* tap_position,
                           const int32_t* tap_weight, int n_taps, const real* weight, int lanes,
                           int n_columns, const real* passed, real* sum, real* by_weight) {
    constexpr int width = vectors<real>::width;
    const int n_stretches = (n_columns * lanes + width - 1) / width;
    const int n_pieces = (n_stretches + most_returned - 1) / most_returned;
    const int piece = (n_stretches + n_pieces - 1) / n_pieces;
    for (int first = 0; first < n_stretches; first += piece) {
        const int left = n_stretches - first;
        return_at_most<real, one_weight, most_returned>::sum(
            left < piece ? left : piece, packed + first * width, tap_position, tap_weight, n_taps,
            weight, lanes, passed + first * width, sum + first * width, by_weight);
    }
}

}  // namespace neuroflysim

#endif
