/* The network of a student, from mean vectors to scores, in one call: `kiloglot.runtime.network` lays out its weights,
   and `kiloglot.nn.student` says what each step is for.

   `network_level.h` holds the network itself, and is compiled once for each set of instructions; the caller names the one
   that the weights are laid out for. Nothing here allocates or calls a library. Rows are summed alone and
   in one order, so that an utterance gets the same bits whatever is read beside it. */

#include "shared.h"

enum {
    AHEAD = 1024, /* weights ahead of those in use that are fetched: they lie in no first-level cache */
    ROOM = 16     /* floats in a line of the cache, at which every array in the scratch begins */
};

/* Rows that a layer reads, `step` numbers apart: as they are, or whole numbers of 8 bits, one of which is `worth` so much
   in each row; each set of instructions keeps them in its own type. */
typedef struct {
    const float *exact;
    const void *whole;
    const float *worth;
    int64_t step;
} Rows;

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

/* ---- The sets of instructions ------------------------------------------------------------------------------------- */

#define BODY "network_level.h"
#include "levels.h"

/* What the whole numbers of a row are to a set of instructions: pairs of 16 bits, or groups of four in 8 bits, as they
   are or with OFFSET added. */
enum { PAIRS, QUADS, QUADS_ABOVE };
enum { OFFSET = 128 };

#if defined(__x86_64__)

#include <cpuid.h>

static const int32_t PRODUCTS[] = {PAIRS, PAIRS, QUADS_ABOVE, QUADS_ABOVE};

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

#else

static const int32_t PRODUCTS[] = {PAIRS, QUADS};

/* The highest set of instructions up to `most`. Programs cannot ask the processor: the caller knows what it has. */
static int32_t highest(int32_t most) { return most < DOT ? most : DOT; }

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
    RUN(level, run, net, asked, &at, starts);
    return 0;
}
