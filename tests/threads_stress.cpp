// Many jobs of few and of many shares in turn, each share of which must be made once.
#include "threads.h"

#include <cstdio>
#include <vector>

int main() {
    long wrong = 0;
    std::vector<std::atomic<int>> made(64);
    for (int job = 0; job < 300000; job++) {
        const int n_shares = job % 2 ? 40 : 3, n_threads = 2 + job % 3;
        for (auto& share : made) share = 0;
        neuroflysim::helpers().run(n_threads, n_shares, [&](int k) { made.at(k)++; });
        for (int k = 0; k < 64; k++) wrong += made[k] != (k < n_shares);
    }
    printf("%ld\n", wrong);
}
