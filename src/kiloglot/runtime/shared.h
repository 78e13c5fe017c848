/* What the files of the kernel share: what they are given, and what they do for one another. */

#include <stdint.h>

/* How a function is seen from outside. */
#if defined(_WIN32)
#define PUBLIC __declspec(dllexport)
#else
#define PUBLIC __attribute__((visibility("default")))
#endif

#define INLINE static inline __attribute__((always_inline))

/* The sets of instructions: what all machines of a kind have, then more. */
#if defined(__x86_64__)
enum { PLAIN, AVX2, AVX_VNNI, AVX512, HIGHEST = AVX512 };
#else
enum { PLAIN, DOT, HIGHEST = DOT };
#endif

PUBLIC int32_t kiloglot_level(int32_t most);

static inline int64_t larger(int64_t one, int64_t other) { return one > other ? one : other; }

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

static inline void copy(const float *from, int64_t count, float *to) {
    for (int64_t at = 0; at < count; at++) to[at] = from[at];
}

static inline void clear(float *to, int64_t count) {
    for (int64_t at = 0; at < count; at++) to[at] = 0;
}

/* A group of whole numbers as one: two of 16 bits, or four of 8. */
static inline int32_t group(const void *from) {
    int32_t all;
    __builtin_memcpy(&all, from, sizeof all);
    return all;
}

/* ---- What is handed over ------------------------------------------------------------------------------------------- */

/* A table of rows, as `kiloglot.runtime.tables.Table` has it. */
typedef struct {
    const uint16_t *tags;   /* [rows] */
    const uint8_t *codes;   /* [rows, width * bits / 8] */
    const uint16_t *scales; /* [rows] in half precision */
    uint64_t rows;
    int32_t width;
    int32_t bits; /* 2, 4 or 8 */
} Table;

enum {
    PANEL = 32,    /* columns of a panel of weights */
    MOST_WIDER = 8 /* layers of a reader beyond its first one */
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

/* ---- What the files do for one another: each says so where it is ----------------------------------------------------- */

PUBLIC int64_t kiloglot_scratch(int64_t places);
PUBLIC int64_t kiloglot_read(const Table *unit_table, const Table *bag_table, const Table *word_table,
                             const uint32_t *codes, const int32_t *sizes, const uint8_t *ideograph,
                             const int32_t *units_of, int64_t texts, int64_t places, uint8_t *scratch, float *unit,
                             float *bag, float *word, int64_t *word_sizes);
PUBLIC void kiloglot_likeliest(const float *emissions, const float *transitions, const float *into, int64_t units,
                               int64_t types, float *scores, int32_t *path, float *certain);
PUBLIC int64_t kiloglot_network_scratch(const Network *net, const Asked *asked);
PUBLIC int32_t kiloglot_network(const Network *net, const Asked *asked, int32_t level, float *scratch);
