/* The sets of instructions: what a vector `V` of LANES floats is to each, and what it can do. Whoever includes this names
   a BODY: a file with functions to compile once for each of them, which it then calls by RUN.

   LEVEL and NAME stand before and around the name of such a function. MOST is how many rows of two vectors of sums fit
   into the registers. WHOLE is how the numbers are kept that layers in 8 bits read: as pairs of 16 bits or as groups of
   four in 8 bits, of which SAME_WHOLE repeats one; CODES loads as many groups of weights as a vector of sums (`I`) has
   lanes, and `add_products` adds up. WIDENED makes numbers of LANES bytes. */

#if defined(__x86_64__)

#include <immintrin.h>

/* Adds up the products of groups. Written as instructions since GCC, left to order them, makes all the products of a
   step first and keeps the sums in memory: half as fast. */
static inline __m128i add_products_plain(__m128i sum, __m128i one, __m128i other) {
    __asm__("pmaddwd %2, %1\n\tpaddd %1, %0" : "+x"(sum), "+x"(one) : "x"(other));
    return sum;
}

__attribute__((target("avx2"))) static inline __m256i add_products_avx2(__m256i sum, __m256i one, __m256i other) {
    __m256i product;
    __asm__("vpmaddwd %3, %2, %1\n\tvpaddd %1, %0, %0" : "+x"(sum), "=&x"(product) : "x"(one), "x"(other));
    return sum;
}

__attribute__((target("avx2"))) static inline __m256i add_products_avx_vnni(__m256i sum, __m256i one, __m256i other) {
    __asm__("%{vex%} vpdpbusd %2, %1, %0" : "+x"(sum) : "x"(one), "x"(other));
    return sum;
}

__attribute__((target("avx512f"))) static inline __m512i add_products_avx512(__m512i sum, __m512i one, __m512i other) {
    __asm__("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(one), "v"(other));
    return sum;
}

#define LEVEL
#define NAME(function) function##_plain
#define V __m128
#define LANES 4
#define MOST 6
#define LOAD(from) _mm_loadu_ps(from)
#define STORE(to, value) _mm_storeu_ps(to, value)
#define SAME(number) _mm_set1_ps(number)
#define FUSED(one, other, sum) _mm_add_ps(_mm_mul_ps(one, other), sum)
#define LESSER(one, other) _mm_min_ps(one, other)
#define GREATER(one, other) _mm_max_ps(one, other)
#define RATIO(one, other) ((one) / (other))
#define ROOT(x) _mm_cvtss_f32(_mm_sqrt_ss(_mm_set_ss(x)))
#define WHOLE int16_t
#define I __m128i
#define W __m128i
#define LOAD_WHOLE(from) _mm_loadu_si128((const __m128i *)(from))
#define SAME_WHOLE(number) _mm_set1_epi32(number)
#define WIDENED(bytes) \
    _mm_unpacklo_epi16(_mm_unpacklo_epi8(_mm_cvtsi32_si128(group(bytes)), _mm_setzero_si128()), _mm_setzero_si128())
#define CODES(from) \
    _mm_srai_epi16(_mm_unpacklo_epi8(_mm_setzero_si128(), _mm_loadl_epi64((const __m128i *)(from))), 8)
#define FLOATS(sum) _mm_cvtepi32_ps(sum)
#define STORE_WHOLE(to, numbers) \
    _mm_storel_epi64((__m128i *)(to), _mm_packs_epi32(_mm_cvtps_epi32(numbers), _mm_setzero_si128()))
#include "level.h"
#include "vectors_end.h"

#define LEVEL __attribute__((target("avx2,fma")))
#define NAME(function) function##_avx2
#define V __m256
#define LANES 8
#define MOST 6
#define LOAD(from) _mm256_loadu_ps(from)
#define STORE(to, value) _mm256_storeu_ps(to, value)
#define SAME(number) _mm256_set1_ps(number)
#define FUSED(one, other, sum) _mm256_fmadd_ps(one, other, sum)
#define LESSER(one, other) _mm256_min_ps(one, other)
#define GREATER(one, other) _mm256_max_ps(one, other)
#define RATIO(one, other) ((one) / (other))
#define ROOT(x) _mm_cvtss_f32(_mm_sqrt_ss(_mm_set_ss(x)))
#define WHOLE int16_t
#define I __m256i
#define W __m256i
#define LOAD_WHOLE(from) _mm256_loadu_si256((const __m256i *)(from))
#define SAME_WHOLE(number) _mm256_set1_epi32(number)
#define WIDENED(bytes) _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(bytes)))
#define CODES(from) _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(from)))
#define FLOATS(sum) _mm256_cvtepi32_ps(sum)
#define STORE_WHOLE(to, numbers)                                                                            \
    do {                                                                                                    \
        const __m256i all = _mm256_cvtps_epi32(numbers);                                                    \
        const __m128i low = _mm256_castsi256_si128(all), high = _mm256_extracti128_si256(all, 1);           \
        _mm_storeu_si128((__m128i *)(to), _mm_packs_epi32(low, high));                                      \
    } while (0)
#include "level.h"

#define LEVEL __attribute__((target("avx2,fma")))
#define NAME(function) function##_avx_vnni
#define WHOLE uint8_t
#define W __m256i
#define SAME_WHOLE(number) _mm256_set1_epi32(number)
#define CODES(from) _mm256_loadu_si256((const __m256i *)(from))
#define STORE_WHOLE(to, numbers)                                                                            \
    do {                                                                                                    \
        const __m256i all = _mm256_cvtps_epi32(numbers);                                                    \
        const __m128i low = _mm256_castsi256_si128(all), high = _mm256_extracti128_si256(all, 1);           \
        const __m128i half = _mm_packs_epi32(low, high);                                                    \
        _mm_storel_epi64((__m128i *)(to), _mm_xor_si128(_mm_packs_epi16(half, half), _mm_set1_epi8(-128))); \
    } while (0)
#include "level.h"
#include "vectors_end.h"

/* A division of sixteen numbers takes as long as eight products: the other way, off by 1e-7 at most. */
__attribute__((target("avx512f"))) static inline __m512 ratio_avx512(__m512 one, __m512 other) {
    const __m512 rough = _mm512_rcp14_ps(other);
    return one * _mm512_mul_ps(rough, _mm512_fnmadd_ps(rough, other, _mm512_set1_ps(2.0f)));
}

#define LEVEL __attribute__((target("avx2,fma,avx512f,avx512bw")))
#define NAME(function) function##_avx512
#define V __m512
#define LANES 16
#define MOST 12
#define LOAD(from) _mm512_loadu_ps(from)
#define STORE(to, value) _mm512_storeu_ps(to, value)
#define SAME(number) _mm512_set1_ps(number)
#define FUSED(one, other, sum) _mm512_fmadd_ps(one, other, sum)
#define LESSER(one, other) _mm512_min_ps(one, other)
#define GREATER(one, other) _mm512_max_ps(one, other)
#define RATIO(one, other) ratio_avx512(one, other)
#define ROOT(x) _mm_cvtss_f32(_mm_sqrt_ss(_mm_set_ss(x)))
#define WHOLE uint8_t
#define I __m512i
#define W __m512i
#define LOAD_WHOLE(from) _mm512_loadu_si512(from)
#define SAME_WHOLE(number) _mm512_set1_epi32(number)
#define WIDENED(bytes) _mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)(bytes)))
#define CODES(from) _mm512_loadu_si512(from)
#define FLOATS(sum) _mm512_cvtepi32_ps(sum)
#define STORE_WHOLE(to, numbers)                               \
    _mm_storeu_si128((__m128i *)(to), _mm_xor_si128(_mm512_cvtsepi32_epi8(_mm512_cvtps_epi32(numbers)), \
                                                    _mm_set1_epi8(-128)))
#include "level.h"
#include "vectors_end.h"

/* Calls a function of BODY by a set of instructions. */
#define RUN(level, function, ...)                                                \
    do {                                                                         \
        const int32_t chosen = level;                                            \
        if (chosen == AVX512) function##_avx512(__VA_ARGS__);                    \
        else if (chosen == AVX_VNNI) function##_avx_vnni(__VA_ARGS__);           \
        else if (chosen == AVX2) function##_avx2(__VA_ARGS__);                   \
        else function##_plain(__VA_ARGS__);                                      \
    } while (0)

#else

#include <arm_neon.h>


/* The codes of a pair of inputs, in four columns. */
typedef struct {
    int16x4_t first, second;
} Pairs;

static inline Pairs pairs(const int8_t *from) {
    const int16x8_t wide = vmovl_s8(vld1_s8(from));
    const int16x4_t low = vget_low_s16(wide), high = vget_high_s16(wide);
    return (Pairs){vuzp1_s16(low, high), vuzp2_s16(low, high)};
}

/* Adds up the products of groups. */
static inline int32x4_t add_products_plain(int32x4_t sum, int32_t by, Pairs codes) {
    return vmlal_n_s16(vmlal_n_s16(sum, codes.first, (int16_t)by), codes.second, (int16_t)(by >> 16));
}

static inline int32x4_t add_products_dot(int32x4_t sum, int32x4_t by, int8x16_t codes) {
    __asm__(".arch_extension dotprod\n\tsdot %0.4s, %1.16b, %2.16b" : "+w"(sum) : "w"(by), "w"(codes));
    return sum;
}

#define LEVEL
#define NAME(function) function##_plain
#define V float32x4_t
#define LANES 4
#define MOST 12
#define LOAD(from) vld1q_f32(from)
#define STORE(to, value) vst1q_f32(to, value)
#define SAME(number) vdupq_n_f32(number)
#define FUSED(one, other, sum) vfmaq_f32(sum, one, other)
#define LESSER(one, other) vminq_f32(one, other)
#define GREATER(one, other) vmaxq_f32(one, other)
#define RATIO(one, other) ((one) / (other))
#define ROOT(x) vgetq_lane_f32(vsqrtq_f32(vdupq_n_f32(x)), 0)
#define WHOLE int16_t
#define I int32x4_t
#define W Pairs
#define LOAD_WHOLE(from) vld1q_s32(from)
#define SAME_WHOLE(number) (number)
#define WIDENED(bytes) \
    vreinterpretq_s32_u32(vmovl_u16(vget_low_u16(vmovl_u8(vreinterpret_u8_s32(vdup_n_s32(group(bytes)))))))
#define CODES(from) pairs(from)
#define FLOATS(sum) vcvtq_f32_s32(sum)
#define STORE_WHOLE(to, numbers) vst1_s16(to, vqmovn_s32(vcvtnq_s32_f32(numbers)))
#include "level.h"

#define LEVEL
#define NAME(function) function##_dot
#define WHOLE int8_t
#define W int8x16_t
#define SAME_WHOLE(number) vdupq_n_s32(number)
#define CODES(from) vld1q_s8(from)
#define STORE_WHOLE(to, numbers)                                           \
    do {                                                                   \
        const int16x4_t half = vqmovn_s32(vcvtnq_s32_f32(numbers));        \
        const int8x8_t all = vqmovn_s16(vcombine_s16(half, half));         \
        vst1_lane_s32((int32_t *)(to), vreinterpret_s32_s8(all), 0);       \
    } while (0)
#include "level.h"
#include "vectors_end.h"

#define RUN(level, function, ...)                                  \
    do {                                                           \
        if ((level) == DOT) function##_dot(__VA_ARGS__);           \
        else function##_plain(__VA_ARGS__);                        \
    } while (0)

#endif
