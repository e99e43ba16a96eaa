// Enough of curand to compile programs that draw no random numbers.
#pragma once
#include "cuda_runtime.h"

typedef void* curandGenerator_t;
enum curandStatus_t { CURAND_STATUS_SUCCESS };
enum { CURAND_RNG_PSEUDO_DEFAULT };
inline const char* _curandGetErrorEnum(curandStatus_t) { return ""; }
inline curandStatus_t cpu_nothing(...) { return CURAND_STATUS_SUCCESS; }
#define curandCreateGenerator cpu_nothing
#define curandDestroyGenerator cpu_nothing
#define curandSetPseudoRandomGeneratorSeed cpu_nothing
#define curandSetGeneratorOffset cpu_nothing
#define curandGenerateUniform cpu_nothing
#define curandGenerateUniformDouble cpu_nothing
#define curandGenerateNormal cpu_nothing
#define curandGenerateNormalDouble cpu_nothing
#define curandGeneratePoisson cpu_nothing
