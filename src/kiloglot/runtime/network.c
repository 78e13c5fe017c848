/* The network of a student, from mean vectors to scores, in one call: `kiloglot.runtime.network` lays out its weights,
   and `kiloglot.nn.student` says what each step is for.

   `network_level.h` holds the network itself, and is compiled once for each set of instructions; the caller names one,
   and this machine's processor has the last word. Nothing here allocates or calls a library. Rows are summed alone and
   in one order, so that an utterance gets the same bits whatever is read beside it. */

#include "shared.h"

enum {
    PANEL = 32,   /* columns of a panel of weights */
    AHEAD = 1024, /* weights ahead of those in use that are fetched: they lie in no first-level cache */
    ROOM = 16,    /* floats in a line of the cache, at which every array in the scratch begins */
    MOST_WIDER = 8 /* layers of the reader beyond its first one */
};

/* A linear layer: `outputs` columns, in panels of PANEL, the last one filled up with zeros; no outputs where the student
   has no such layer. Its weights are given in full precision or in 8 bits. */
typedef struct {
    const float *weight;  /* [panels, inputs, PANEL] */
    const int8_t *codes;  /* [panels, groups of inputs, PANEL, inputs of a group]; the last group ends with zeros */
    const int32_t *begin; /* [panels * PANEL] what a sum of each column begins with */
    const float *scales;  /* [panels * PANEL] what a code of each column stands for */
    const float *bias;    /* [panels * PANEL] */
    int64_t inputs;
    int64_t outputs;
} Layer;

/* Rows that a layer reads, `step` numbers apart: as they are, or whole numbers of 8 bits, one of which is `worth` so much
   in each row; each set of instructions keeps them in its own type. */
typedef struct {
    const float *exact;
    const void *whole;
    const float *worth;
    int64_t step;
} Rows;

/* A layer norm. */
typedef struct {
    const float *scale; /* [hidden] */
    const float *bias;  /* [hidden] */
} Norm;

/* The network. What its layers are called is what `kiloglot.nn.graph` calls them. */
typedef struct {
    Layer by_bag, by_words, near; /* the intents, and the reader of words */
    Layer belief, wide, middle, last, slot, begins, language, embedding;
    Layer own, own_belief;        /* of an adapted student */
    Layer doubt_near, doubt_odds; /* of one that doubts */
    Layer wider[MOST_WIDER];      /* more of the reader */
    Norm norms[3];
    const float *locale; /* [1 + locales, hidden] */
    const float *kin;    /* [known] of an adapted student */
    int64_t locales, wider_layers;
    float gain, epsilon, border, steepness, least;
} Network;

/* What is given and asked for: B utterances, U rows of units, P words. */
typedef struct {
    const float *units;        /* [U, unit width]; an utterance without units has one row of zeros */
    const int64_t *lengths;    /* [B] units of each */
    const float *bag;          /* [B, bag width] */
    const int64_t *locale;     /* [B] */
    const float *words;        /* [P, word width] */
    const int64_t *word_sizes; /* [B] words of each; none where the student knows no words */
    int64_t texts, rows, known_words;
    float *intent;    /* [B, intents] */
    float *slot;      /* [U, 1 + slot types] */
    float *begins;    /* [U] */
    float *language;  /* [B, 1 + locales] */
    float *embedding; /* [B, embedding width] */
    float *foreign;   /* [B], of a student that doubts */
} Asked;

/* Where intermediate values lie. Rows of units and words stand apart by as many rows of zeros as a window reaches, so
   that a window is a piece of memory and nothing is copied side by side. */
typedef struct {
    float *units;  /* [U + 2 B + 2, unit] apart */
    float *state;  /* [U + 2 B + 2, hidden] apart */
    float *fresh;  /* [U, hidden + unit] */
    float *words;  /* [P + B + 1, word] apart */
    float *seen;   /* [P + B + 1, reader] apart */
    float *newly;  /* [P, reader] */
    float *mean;   /* [B, unit] */
    float *read;   /* [B, 2 reader] */
    float *guess;  /* [B, known or intents] */
    float *more;   /* [B, widest of a few] */
    float *likely; /* [B, known or intents] */
    float *own;    /* [B, intents + 1] */
    float *about;  /* [B, hidden] */
    float *pooled; /* [B, widest of what outputs are read from] */
    void *whole;   /* what the layer that is run reads, as whole numbers */
    float *worth;   /* [rows of that layer] what one of them is worth */
} Rooms;

enum { APART = 2 }; /* rows of zeros between the units of two utterances */

static int64_t larger(int64_t one, int64_t other) { return one > other ? one : other; }

/* Gives each room its place from `base` on, which may be none; returns the floats that they take. */
static int64_t rooms(const Network *net, const Asked *asked, float *base, Rooms *at) {
    const int64_t texts = asked->texts, rows = asked->rows, words = asked->known_words;
    const int64_t unit = net->language.inputs, hidden = net->wide.outputs, bag = net->embedding.inputs - hidden;
    const int64_t guesses = net->by_bag.outputs, reader = net->near.outputs;
    const int64_t apart = rows + APART * (texts + 1), own = net->own.outputs;
    int64_t used = 0;
#define TAKE(room, floats)                                             \
    do {                                                               \
        at->room = base ? (void *)(base + used) : 0;                   \
        used += ((floats) + ROOM - 1) / ROOM * ROOM;                   \
    } while (0)
    TAKE(units, apart * unit);
    TAKE(state, apart * hidden);
    TAKE(fresh, rows * (hidden + unit));
    TAKE(words, reader ? (words + texts + 1) * (net->near.inputs / 3) : 0);
    TAKE(seen, reader ? (words + texts + 1) * reader : 0);
    TAKE(newly, words * reader);
    TAKE(mean, texts * unit);
    TAKE(read, texts * 2 * reader);
    TAKE(guess, texts * guesses);
    TAKE(more, texts * larger(larger(guesses, hidden), net->doubt_near.outputs));
    TAKE(likely, texts * larger(guesses, own));
    TAKE(own, texts * own);
    TAKE(about, texts * hidden);
    TAKE(pooled, texts * larger(bag + hidden, bag + unit + 2 * reader));
    const int64_t words_apart = reader ? (words + texts + 1) * larger(net->near.inputs / 3, reader) : 0;
    const int64_t of_units = larger(apart * larger(unit, hidden), rows * (hidden + unit + 1));
    const int64_t of_texts = texts * (1 + larger(larger(bag + hidden, bag + unit + 2 * reader), larger(guesses, own)));
    TAKE(whole, (larger(larger(words_apart, of_units), of_texts) + ROOM) / 2 + 1); /* 16 bits at most */
    TAKE(worth, larger(larger(rows, words), texts) + ROOM);
#undef TAKE
    return used;
}

/* ---- What every set of instructions shares ------------------------------------------------------------------------ */

/* The natural logarithm of a normal number above zero. */
static inline float logarithm(float x) {
    union { float number; int32_t bits; } part = {x};
    const int32_t power = (part.bits - 0x3F3504F3) >> 23; /* So that what is left lies about 1. */
    part.bits -= power * (1 << 23);
    const float ratio = (part.number - 1.0f) / (part.number + 1.0f), square = ratio * ratio;
    float sum = 2.0f / 9.0f;
    sum = sum * square + 2.0f / 7.0f;
    sum = sum * square + 2.0f / 5.0f;
    sum = sum * square + 2.0f / 3.0f;
    return (float)power * 0.69314718f + (sum * square + 2.0f) * ratio;
}

static inline float sigmoid(float x) { return 1.0f / (1.0f + exponential(-x)); }

static void copy(const float *from, int64_t count, float *to) {
    for (int64_t at = 0; at < count; at++) to[at] = from[at];
}

static void clear(float *to, int64_t count) {
    for (int64_t at = 0; at < count; at++) to[at] = 0;
}

/* Copies `count` rows of B utterances, each of `sizes`, apart by `between` rows of zeros. */
static void set_apart(const float *from, const int64_t *sizes, int64_t texts, int64_t width, int64_t between, int least,
                      float *to) {
    clear(to, between * width);
    to += between * width;
    for (int64_t text = 0; text < texts; text++) {
        const int64_t count = larger(sizes[text], least) * width;
        copy(from, count, to);
        from += count;
        to += count;
        clear(to, between * width);
        to += between * width;
    }
}

/* Softmax of `count` numbers. */
static void softmax(const float *from, int64_t count, float *to) {
    float most = from[0], sum = 0;
    for (int64_t at = 1; at < count; at++) most = from[at] > most ? from[at] : most;
    for (int64_t at = 0; at < count; at++) to[at] = exponential(from[at] - most);
    for (int64_t at = 0; at < count; at++) sum += to[at];
    for (int64_t at = 0; at < count; at++) to[at] /= sum;
}

/* A group of whole numbers as one: two of 16 bits, or four of 8. */
static inline int32_t group(const void *from) {
    int32_t all;
    __builtin_memcpy(&all, from, sizeof all);
    return all;
}

/* ---- The sets of instructions ------------------------------------------------------------------------------------- */

/* What the whole numbers of a row are to a set of instructions: pairs of 16 bits, or groups of four in 8 bits, as they
   are or with OFFSET added. */
enum { PAIRS, QUADS, QUADS_ABOVE };
enum { OFFSET = 128 };

#if defined(__x86_64__)

#include <cpuid.h>
#include <immintrin.h>

enum { PLAIN, AVX2, AVX_VNNI, AVX512 };
static const int32_t PRODUCTS[] = {PAIRS, PAIRS, QUADS_ABOVE, QUADS_ABOVE};

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
#define ROOT(x) _mm_cvtss_f32(_mm_sqrt_ss(_mm_set_ss(x)))
#define WHOLE int16_t
#define I __m128i
#define W __m128i
#define LOAD_WHOLE(from) _mm_loadu_si128((const __m128i *)(from))
#define SAME_WHOLE(number) _mm_set1_epi32(number)
#define CODES(from) \
    _mm_srai_epi16(_mm_unpacklo_epi8(_mm_setzero_si128(), _mm_loadl_epi64((const __m128i *)(from))), 8)
#define FLOATS(sum) _mm_cvtepi32_ps(sum)
#define STORE_WHOLE(to, numbers) \
    _mm_storel_epi64((__m128i *)(to), _mm_packs_epi32(_mm_cvtps_epi32(numbers), _mm_setzero_si128()))
#include "network_level.h"

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
#define ROOT(x) _mm_cvtss_f32(_mm_sqrt_ss(_mm_set_ss(x)))
#define WHOLE int16_t
#define I __m256i
#define W __m256i
#define LOAD_WHOLE(from) _mm256_loadu_si256((const __m256i *)(from))
#define SAME_WHOLE(number) _mm256_set1_epi32(number)
#define CODES(from) _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(from)))
#define FLOATS(sum) _mm256_cvtepi32_ps(sum)
#define STORE_WHOLE(to, numbers)                                                                            \
    do {                                                                                                    \
        const __m256i all = _mm256_cvtps_epi32(numbers);                                                    \
        const __m128i low = _mm256_castsi256_si128(all), high = _mm256_extracti128_si256(all, 1);           \
        _mm_storeu_si128((__m128i *)(to), _mm_packs_epi32(low, high));                                      \
    } while (0)
#include "network_level.h"

#define LEVEL __attribute__((target("avx2,fma")))
#define NAME(function) function##_avx_vnni
#define V __m256
#define LANES 8
#define MOST 6
#define LOAD(from) _mm256_loadu_ps(from)
#define STORE(to, value) _mm256_storeu_ps(to, value)
#define SAME(number) _mm256_set1_ps(number)
#define FUSED(one, other, sum) _mm256_fmadd_ps(one, other, sum)
#define LESSER(one, other) _mm256_min_ps(one, other)
#define GREATER(one, other) _mm256_max_ps(one, other)
#define ROOT(x) _mm_cvtss_f32(_mm_sqrt_ss(_mm_set_ss(x)))
#define WHOLE uint8_t
#define I __m256i
#define W __m256i
#define LOAD_WHOLE(from) _mm256_loadu_si256((const __m256i *)(from))
#define SAME_WHOLE(number) _mm256_set1_epi32(number)
#define CODES(from) _mm256_loadu_si256((const __m256i *)(from))
#define FLOATS(sum) _mm256_cvtepi32_ps(sum)
#define STORE_WHOLE(to, numbers)                                                                            \
    do {                                                                                                    \
        const __m256i all = _mm256_cvtps_epi32(numbers);                                                    \
        const __m128i low = _mm256_castsi256_si128(all), high = _mm256_extracti128_si256(all, 1);           \
        const __m128i half = _mm_packs_epi32(low, high);                                                    \
        _mm_storel_epi64((__m128i *)(to), _mm_xor_si128(_mm_packs_epi16(half, half), _mm_set1_epi8(-128))); \
    } while (0)
#include "network_level.h"

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
#define ROOT(x) _mm_cvtss_f32(_mm_sqrt_ss(_mm_set_ss(x)))
#define WHOLE uint8_t
#define I __m512i
#define W __m512i
#define LOAD_WHOLE(from) _mm512_loadu_si512(from)
#define SAME_WHOLE(number) _mm512_set1_epi32(number)
#define CODES(from) _mm512_loadu_si512(from)
#define FLOATS(sum) _mm512_cvtepi32_ps(sum)
#define STORE_WHOLE(to, numbers)                               \
    _mm_storeu_si128((__m128i *)(to), _mm_xor_si128(_mm512_cvtsepi32_epi8(_mm512_cvtps_epi32(numbers)), \
                                                    _mm_set1_epi8(-128)))
#include "network_level.h"

/* The sets of instructions that the processor has, and the system saves when it switches between programs; one bit
   each. */
static int found(void) {
    uint32_t a, b, c, d, saved, unused;
    int has = 1 << PLAIN;
    if (!__get_cpuid(1, &a, &b, &c, &d)) return has;
    if (!(c & bit_OSXSAVE) || !(c & bit_FMA)) return has;
    __asm__ volatile("xgetbv" : "=a"(saved), "=d"(unused) : "c"(0));
    if ((saved & 0x06) != 0x06 || !__get_cpuid_count(7, 0, &a, &b, &c, &d) || !(b & bit_AVX2)) return has;
    has |= 1 << AVX2;
    if ((saved & 0xE6) == 0xE6 && (b & bit_AVX512F) && (b & bit_AVX512BW) && (c & bit_AVX512VNNI)) has |= 1 << AVX512;
    if (a && __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a & 1 << 4)) has |= 1 << AVX_VNNI;
    return has;
}

/* The highest set of instructions up to `most`. The processor is asked once: in a virtual machine that takes
   microseconds. Threads that ask at once learn the same. */
static int32_t highest(int32_t most) {
    static volatile int known = 0;
    if (!known) known = found();
    int32_t level = most < AVX512 ? most : AVX512;
    while (level > PLAIN && !(known >> level & 1)) level--;
    return level;
}

#define RUN(level)                                                          \
    do {                                                                    \
        if (level == AVX512) run_avx512(net, asked, &at, starts);           \
        else if (level == AVX_VNNI) run_avx_vnni(net, asked, &at, starts);  \
        else if (level == AVX2) run_avx2(net, asked, &at, starts);          \
        else run_plain(net, asked, &at, starts);                            \
    } while (0)

#else

#include <arm_neon.h>

enum { PLAIN, DOT };
static const int32_t PRODUCTS[] = {PAIRS, QUADS};

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
#define ROOT(x) vgetq_lane_f32(vsqrtq_f32(vdupq_n_f32(x)), 0)
#define WHOLE int16_t
#define I int32x4_t
#define W Pairs
#define LOAD_WHOLE(from) vld1q_s32(from)
#define SAME_WHOLE(number) (number)
#define CODES(from) pairs(from)
#define FLOATS(sum) vcvtq_f32_s32(sum)
#define STORE_WHOLE(to, numbers) vst1_s16(to, vqmovn_s32(vcvtnq_s32_f32(numbers)))
#include "network_level.h"

#define LEVEL
#define NAME(function) function##_dot
#define V float32x4_t
#define LANES 4
#define MOST 12
#define LOAD(from) vld1q_f32(from)
#define STORE(to, value) vst1q_f32(to, value)
#define SAME(number) vdupq_n_f32(number)
#define FUSED(one, other, sum) vfmaq_f32(sum, one, other)
#define LESSER(one, other) vminq_f32(one, other)
#define GREATER(one, other) vmaxq_f32(one, other)
#define ROOT(x) vgetq_lane_f32(vsqrtq_f32(vdupq_n_f32(x)), 0)
#define WHOLE int8_t
#define I int32x4_t
#define W int8x16_t
#define LOAD_WHOLE(from) vld1q_s32(from)
#define SAME_WHOLE(number) vdupq_n_s32(number)
#define CODES(from) vld1q_s8(from)
#define FLOATS(sum) vcvtq_f32_s32(sum)
#define STORE_WHOLE(to, numbers)                                           \
    do {                                                                   \
        const int16x4_t half = vqmovn_s32(vcvtnq_s32_f32(numbers));        \
        const int8x8_t all = vqmovn_s16(vcombine_s16(half, half));         \
        vst1_lane_s32((int32_t *)(to), vreinterpret_s32_s8(all), 0);       \
    } while (0)
#include "network_level.h"

/* The highest set of instructions up to `most`. Programs cannot ask the processor: the caller knows what it has. */
static int32_t highest(int32_t most) { return most < DOT ? most : DOT; }

#define RUN(level)                                              \
    do {                                                        \
        if (level == DOT) run_dot(net, asked, &at, starts);     \
        else run_plain(net, asked, &at, starts);                \
    } while (0)

#endif

/* ---- What Python calls: kiloglot.runtime.network -------------------------------------------------------------------- */

/* The highest set of instructions up to `most`: 0 what all machines of this kind have, then, on x86-64, 1 AVX2, 2 AVX2
   with VNNI, 3 AVX-512 with VNNI; on aarch64 1 dot products, which only the caller can know of. */
PUBLIC int32_t kiloglot_level(int32_t most) { return highest(most); }

/* How layers in 8 bits have to be laid out for a set of instructions: how many inputs form a group, and what is added to
   the whole numbers of a row, so that each sum has to begin with as much less. */
PUBLIC int32_t kiloglot_group(int32_t level) { return PRODUCTS[level] == PAIRS ? 2 : 4; }
PUBLIC int32_t kiloglot_offset(int32_t level) { return PRODUCTS[level] == QUADS_ABOVE ? OFFSET : 0; }

/* Floats of scratch that `asked` needs, whole lines of the cache and some to begin at one. */
PUBLIC int64_t kiloglot_network_scratch(const Network *net, const Asked *asked) {
    Rooms at;
    return rooms(net, asked, 0, &at) + ROOM + 4 * asked->texts;
}

/* Runs the network by the set of instructions that it is laid out for; `scratch` is room to work in. Returns 0, or 1
   where what is given does not fit together, and nothing was run. */
PUBLIC int32_t kiloglot_network(const Network *net, const Asked *asked, int32_t level, float *scratch) {
    int64_t rows = 0, words = 0;
    for (int64_t text = 0; text < asked->texts; text++) {
        if (asked->lengths[text] < 0 || asked->locale[text] < 0 || asked->locale[text] > net->locales) return 1;
        rows += larger(asked->lengths[text], 1);
        if (!net->near.outputs) continue;
        if (asked->word_sizes[text] < 0) return 1;
        words += asked->word_sizes[text];
    }
    if (rows != asked->rows || words != asked->known_words) return 1;
    Rooms at;
    float *const base = (float *)(((uintptr_t)scratch + 63) & ~(uintptr_t)63);
    int64_t *const starts = (int64_t *)(base + rooms(net, asked, base, &at)); /* [2 B] where runs of rows begin, their sizes */
    RUN(level);
    return 0;
}
