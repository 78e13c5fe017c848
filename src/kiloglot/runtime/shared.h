/* What the files of the kernel share. */

#include <stdint.h>

/* How a function is seen from outside. */
#if defined(_WIN32)
#define PUBLIC __declspec(dllexport)
#else
#define PUBLIC __attribute__((visibility("default")))
#endif

/* e to the power of `x`, with an error of some 1e-7 of it. */
static inline float exponential(float x) {
    union { float number; int32_t bits; } power;
    x = x < -87.0f ? -87.0f : x > 88.0f ? 88.0f : x;
    const float whole = (x * 1.44269504f + 12582912.0f) - 12582912.0f; /* Added and taken away, it rounds. */
    const float rest = (x - whole * 0.693359375f) + whole * 2.12194440e-4f;
    float sum = 1.0f / 5040.0f;
    sum = sum * rest + 1.0f / 720.0f;
    sum = sum * rest + 1.0f / 120.0f;
    sum = sum * rest + 1.0f / 24.0f;
    sum = sum * rest + 1.0f / 6.0f;
    sum = sum * rest + 0.5f;
    sum = sum * rest + 1.0f;
    power.bits = ((int32_t)whole + 127) << 23;
    return (sum * rest + 1.0f) * power.number;
}
