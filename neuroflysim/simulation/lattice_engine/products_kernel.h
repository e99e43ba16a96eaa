// Sums of the products of all pairs of features over the sites of a lattice, for a batch of lanes.
//
// Features lie in the shape (feature, site, lane), a stretch of lanes at each site. A tile of few
// features by few others stays in registers while the sites pass: so each vector that is loaded
// enters several products, and no sum is written before all sites are in it.
#ifndef NEUROFLYSIM_PRODUCTS_KERNEL_H
#define NEUROFLYSIM_PRODUCTS_KERNEL_H

namespace neuroflysim {

#ifdef __AVX512F__
constexpr int tile = 4;  // 16 sums and 8 factors, of 32 registers
#else
constexpr int tile = 3;  // 9 sums and 6 factors, of 16 registers
#endif

//: Sites at a time: their features stay in the second cache.
constexpr int most_sites = 48;

constexpr int whole_tiles(int n_features) { return (n_features + tile - 1) / tile * tile; }

// Averages an output over the columns of each site, into shape (site, stretch of lanes).
//
// Two sites at a time: an addition takes several cycles, and waits for the one before.
template <typename real>
inline void average_columns(const real* packed, const int32_t* position, const int32_t* site_column,
                            int n_sites, int n_pooled, std::ptrdiff_t lanes, real* feature) {
    constexpr int width = vectors<real>::width, step = vectors<real>::step;
    constexpr int parts = vectors<real>::parts;
    typedef typename vectors<real>::aligned vector;
    typedef typename vectors<real>::loose loose;
    const real number = n_pooled;
    for (int site = 0; site < n_sites; site += 2) {
        const int next = site + 1 < n_sites ? site + 1 : site;
        const int32_t* const columns[2] = {site_column + site * n_pooled,
                                           site_column + next * n_pooled};
        vector sum[2][parts] = {};
        for (int at = 0; at < n_pooled; at++)
#pragma GCC unroll 2
            for (int which = 0; which < 2; which++) {
                const real* const output = packed + position[columns[which][at]] * lanes;
#pragma GCC unroll 8
                for (int part = 0; part < parts; part++)
                    sum[which][part] += *(const loose*)(output + part * step);
            }
#pragma GCC unroll 8
        for (int part = 0; part < parts; part++) {
            *(vector*)(feature + site * width + part * step) = sum[0][part] / number;
            *(vector*)(feature + next * width + part * step) = sum[1][part] / number;
        }
    }
}

// Adds weight * product to `total`, shape (pair, lane), pairs in the order of an upper triangle.
//
// There is room for `whole_tiles(n_features)` features.
template <typename real>
inline void add_products(const real* feature, int n_features, int n_sites, int lanes,
                         double weight, double* total) {
    constexpr int width = vectors<real>::width, step = vectors<real>::step;
    typedef typename vectors<real>::aligned vector;
    const std::ptrdiff_t pitch = std::ptrdiff_t(n_sites) * width;
    for (int first = 0; first < lanes; first += step)
        for (int row = 0; row < n_features; row += tile)
            for (int column = row; column < n_features; column += tile) {
                const real* const ones = feature + row * pitch + first;
                const real* const others = feature + column * pitch + first;
                vector sum[tile][tile] = {};
                for (std::ptrdiff_t at = 0; at < pitch; at += width) {
                    vector other[tile];
#pragma GCC unroll 4
                    for (int k = 0; k < tile; k++)
                        other[k] = *(const vector*)(others + k * pitch + at);
#pragma GCC unroll 4
                    for (int k = 0; k < tile; k++) {
                        const vector one = *(const vector*)(ones + k * pitch + at);
#pragma GCC unroll 4
                        for (int j = 0; j < tile; j++) sum[k][j] += one * other[j];
                    }
                }
                for (int one = row; one < row + tile && one < n_features; one++)
                    for (int other = column; other < column + tile && other < n_features; other++) {
                        if (other < one) continue;
                        const std::ptrdiff_t pair =
                            std::ptrdiff_t(one) * n_features - one * (one + 1) / 2 + other;
                        alignas(64) real product[step];
                        *(vector*)product = sum[one - row][other - column];
                        for (int lane = first; lane < first + step && lane < lanes; lane++)
                            total[pair * lanes + lane] += weight * product[lane - first];
                    }
            }
}

}  // namespace neuroflysim

#endif
