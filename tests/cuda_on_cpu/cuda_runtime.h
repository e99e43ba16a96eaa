// What the programs of brian2cuda use of CUDA, for a CPU: memory is memory, kernels are loops.
//
// So a test can run a program where there is no GPU. Races and limits of the hardware do not show,
// and kernels whose threads wait for each other would need more than this.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#define __global__
#define __device__
#define __host__
#define __shared__
using std::max;
using std::min;

struct cpu_index { int x = 0, y = 0, z = 0; };
inline cpu_index threadIdx, blockIdx, blockDim, gridDim;

// kernel<<<blocks, threads>>>(arguments) is rewritten to cpu_launch(kernel, blocks, threads)(...).
template <class... Parameters> struct cpu_kernel {
    void (*kernel)(Parameters...);
    int blocks, threads;
    template <class... Arguments> void operator()(Arguments... arguments) {
        gridDim.x = blocks, blockDim.x = threads;
        for (blockIdx.x = 0; blockIdx.x < blocks; blockIdx.x++)
            for (threadIdx.x = 0; threadIdx.x < threads; threadIdx.x++)
                kernel((Parameters)arguments...);
    }
};
template <class... P> cpu_kernel<P...> cpu_launch(void (*kernel)(P...), int blocks, int threads) {
    return {kernel, blocks, threads};
}

typedef int cudaError;
enum { cudaSuccess, cudaMemcpyHostToDevice, cudaMemcpyDeviceToHost, cudaMemcpyDeviceToDevice };
enum { cudaLimitMallocHeapSize };
struct cudaDeviceProp {
    int multiProcessorCount = 4, maxThreadsPerBlock = 1024, maxThreadsPerMultiProcessor = 2048;
    int sharedMemPerBlock = 49152, warpSize = 32;
};
struct cudaFuncAttributes {
    int maxThreadsPerBlock = 1024, numRegs = 0, sharedSizeBytes = 0, localSizeBytes = 0;
    int constSizeBytes = 0;
};
inline int cudaSetDevice(int) { return 0; }
inline int cudaGetDeviceProperties(cudaDeviceProp*, int) { return 0; }
inline int cudaDeviceSetLimit(int, size_t) { return 0; }
inline int cudaDeviceSynchronize() { return 0; }
inline int cudaProfilerStop() { return 0; }
inline int cudaGetLastError() { return 0; }
inline const char* cudaGetErrorString(int) { return ""; }
inline int cudaMemGetInfo(size_t* free, size_t* all) { *free = *all = 1 << 30; return 0; }
template <class T> int cudaMalloc(T** to, size_t size) {
    *to = (T*)malloc(size);
    memset((void*)*to, 0x7f, size);  // whoever reads what was never written shall notice
    return 0;
}
inline int cudaFree(void* memory) { free(memory); return 0; }
inline int cudaMemcpy(void* to, const void* from, size_t size, int) {
    memcpy(to, from, size);
    return 0;
}
inline int cudaMemset(void* to, int value, size_t size) { memset(to, value, size); return 0; }
template <class T> int cudaMemcpyToSymbol(T& to, const void* from, size_t size) {
    memcpy((void*)&to, from, size);
    return 0;
}
template <class K> int cudaFuncGetAttributes(cudaFuncAttributes*, K) { return 0; }
template <class K> int cudaOccupancyMaxPotentialBlockSize(int* blocks, int* threads, K, int, int) {
    *blocks = 1, *threads = 256;
    return 0;
}
template <class K> int cudaOccupancyMaxActiveBlocksPerMultiprocessor(int* n, K, int, size_t) {
    *n = 8;
    return 0;
}

inline void __syncthreads() {}
inline void __threadfence() {}
template <class T, class V> T atomicAdd(T* to, V value) { T old = *to; *to += value; return old; }
template <class T, class U, class V> T atomicCAS(T* to, U expected, V value) {
    T old = *to;
    if (old == (T)expected) *to = value;
    return old;
}
template <class To, class From> To cpu_cast(From value) {
    To same;
    memcpy(&same, &value, sizeof(same));
    return same;
}
inline int __int_as_int(int value) { return value; }
inline float __int_as_float(int value) { return cpu_cast<float>(value); }
inline int __float_as_int(float value) { return cpu_cast<int>(value); }
inline double __longlong_as_double(long long value) { return cpu_cast<double>(value); }
inline long long __double_as_longlong(double value) { return cpu_cast<long long>(value); }
