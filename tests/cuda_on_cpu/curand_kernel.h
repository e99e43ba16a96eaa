#pragma once
#include "curand.h"

struct curandState {};
inline void curand_init(unsigned long long, unsigned long long, unsigned long long, curandState*) {}
