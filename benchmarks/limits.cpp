// The limits of one core: multiply-adds in registers, and reads from each level of the caches.
//
//     limits MILLISECONDS BYTES...
//
// Writes the best rate of several tries: operations per second in float32 (a multiply-add counts as
// two), then bytes per second read from a buffer of each size.

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

#if defined(__AVX512F__)
constexpr int kBytes = 64;
#elif defined(__AVX__)
constexpr int kBytes = 32;
#else
constexpr int kBytes = 16;
#endif
typedef float Vector __attribute__((vector_size(kBytes)));
constexpr int kLanes = kBytes / sizeof(float);
constexpr int kTries = 5;
// A multiply-add takes about 4 cycles and two can begin in each: 8 in flight fill the core, 12 are
// safe, and with the factors they fit into the 16 registers that all vector units have.
constexpr int kAccumulators = 12;

volatile float sink;

// The time that this thread had the core: a limit is one whatever others do meanwhile.
double now() {
    timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return time.tv_sec + 1e-9 * time.tv_nsec;
}

void keep(Vector vector) {
    float sum = 0;
    for (int lane = 0; lane < kLanes; ++lane) sum += vector[lane];
    sink = sum;
}

// Returns how many operations were made.
double multiply_add(long repeats) {
    Vector factor, summand, sum[kAccumulators];
    for (int lane = 0; lane < kLanes; ++lane) {
        factor[lane] = 0.999f;
        summand[lane] = 0.001f;
    }
    for (auto &accumulator : sum) accumulator = summand;
    for (long repeat = 0; repeat < repeats; ++repeat) {
#pragma GCC unroll 12
        for (int k = 0; k < kAccumulators; ++k) sum[k] = sum[k] * factor + summand;
    }
    for (auto accumulator : sum) keep(accumulator);
    return 2.0 * kLanes * kAccumulators * repeats;
}

// Returns how many bytes were read.
double read(const Vector *buffer, long n_vectors, long repeats) {
    constexpr int kSums = 8;  // enough that adding is not what takes the time
    Vector sum[kSums] = {};
    n_vectors -= n_vectors % kSums;
    for (long repeat = 0; repeat < repeats; ++repeat) {
        for (long first = 0; first < n_vectors; first += kSums) {
#pragma GCC unroll 8
            for (int k = 0; k < kSums; ++k) sum[k] += buffer[first + k];
        }
        asm volatile("" ::: "memory");  // or the compiler would read the buffer only once
    }
    for (auto partial : sum) keep(partial);
    return double(kBytes) * n_vectors * repeats;
}

// The best rate of some tries, each with as many repeats as fill the time.
template <class Work>
double best_rate(double seconds, Work work) {
    long repeats = 1;
    double taken = 0, best = 0;
    for (;; repeats *= 2) {
        double begin = now();
        work(repeats);
        taken = now() - begin;
        if (taken > seconds / 4) break;
    }
    repeats = long(repeats * seconds / taken) + 1;
    for (int trial = 0; trial < kTries; ++trial) {
        double begin = now();
        double done = work(repeats);
        double rate = done / (now() - begin);
        if (rate > best) best = rate;
    }
    return best;
}

int main(int n_arguments, char **arguments) {
    if (n_arguments < 2) return 2;
    double seconds = atof(arguments[1]) / 1000;
    printf("%.6g\n", best_rate(seconds, multiply_add));
    for (int index = 2; index < n_arguments; ++index) {
        long n_bytes = atol(arguments[index]) / 64 * 64;
        auto *buffer = static_cast<Vector *>(aligned_alloc(64, n_bytes));
        if (buffer == nullptr) return 3;
        memset(buffer, 0, n_bytes);
        long n_vectors = n_bytes / kBytes;
        printf("%.6g\n", best_rate(seconds, [=](long n) { return read(buffer, n_vectors, n); }));
        free(buffer);
    }
    return 0;
}
