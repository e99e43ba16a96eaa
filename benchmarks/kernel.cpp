// The sums of the lattice engine alone, in a loop: what kernel.py changes, and what that costs.
#include "synaptic_sums.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

typedef neuroflysim::vectors<float> vectors;

static std::vector<int32_t> table(FILE* file) {
    int32_t size = 0;
    if (fread(&size, sizeof size, 1, file) != 1) abort();
    std::vector<int32_t> values(size);
    if (fread(values.data(), sizeof(int32_t), size, file) != size_t(size)) abort();
    return values;
}

static double now() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

// Arguments: file of tables, floats by which the packed array begins off a line of the cache,
// rounds. Prints the median and the least seconds of a step.
int main(int, char** argument) {
    FILE* file = fopen(argument[1], "rb");
    const auto size = table(file), position = table(file), first_tap = table(file);
    const auto tap_position = table(file), tap_offset = table(file), counts = table(file);
    const int off_line = atoi(argument[2]), rounds = atoi(argument[3]);
    const int n_positions = counts[0], n_offsets = counts[1], lanes = counts[2];
    const bool one_weight = counts[3];
    std::vector<float> memory[2], weight(size_t(n_offsets) * vectors::width, 1e-3f);
    float* packed[2];
    for (int k = 0; k < 2; k++) {
        memory[k].assign(size_t(n_positions) * lanes + 64, 1);
        packed[k] = neuroflysim::on_line(memory[k].data()) + off_line;
    }
    std::vector<double> seconds;
    for (int round = 0; round < rounds; round++) {
        const float* now_packed = packed[round % 2];
        float* next = packed[1 - round % 2];
        const double begin = now();
        for (size_t s = 0; s < size.size(); s++) {
            alignas(64) float sum[33 * vectors::width];
            const int tap = first_tap[s], n_taps = first_tap[s + 1] - tap;
            if (one_weight)
                neuroflysim::sum_segment<float, true>(now_packed, &tap_position[tap],
                                                      &tap_offset[tap], n_taps, weight.data(),
                                                      lanes, size[s], sum);
            else
                neuroflysim::sum_segment<float, false>(now_packed, &tap_position[tap],
                                                       &tap_offset[tap], n_taps, weight.data(),
                                                       lanes, size[s], sum);
            std::copy_n(sum, size_t(size[s]) * lanes, next + size_t(position[s]) * lanes);
        }
        seconds.push_back(now() - begin);
    }
    std::sort(seconds.begin(), seconds.end());
    printf("%.9f %.9f\n", seconds[rounds / 2], seconds[0]);
}
