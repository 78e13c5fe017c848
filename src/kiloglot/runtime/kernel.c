/* What every parse does, compiled: characters -> hashed n-grams -> rows of the tables -> mean vectors, and the likeliest
   path through the slot types.

   `kiloglot.text` and `kiloglot.runtime.tables` do the same with NumPy, for training and wherever this does not run;
   they say what each step is for, and `tests/runtime/test_kernel.py` holds both to the same answers. Nothing here allocates, fails, or
   calls a library: sizes are the caller's, who has bounded them. */

#include "shared.h"

#if defined(_WIN32)
int DllMainCRTStartup(void *library, uint32_t reason, void *reserved); /* What Windows calls in place of a C library. */
int DllMainCRTStartup(void *library, uint32_t reason, void *reserved) {
    (void)library, (void)reason, (void)reserved;
    return 1;
}
int _fltused = 0;
#endif

enum { VERSION = 4, LONGEST = 5, LONGEST_IDEOGRAPHS = 4, LONGEST_WORD = 64, LONGEST_PART = 10 };
enum { KIND_WHOLE = 0, KIND_PAIR = 10, KIND_PART = 11 }; /* kinds 1 to LONGEST are n-grams of as many characters */

static const uint64_t GOLDEN = 0x9E3779B97F4A7C15u;

/* ---- The sets of instructions ------------------------------------------------------------------------------------- */

static float widened(uint16_t half);

#define BODY "kernel_level.h"
#include "levels.h"

/* What is known of n-grams: lists of hashes, then of rows. */
typedef struct {
    uint64_t *hash; /* a hash, then the row that it owns */
    int32_t *owner; /* whose mean it counts in */
    int64_t count;
} Found;

/* The running text of one utterance: a space before the first unit, after the last, and between units but ideographs. */
typedef struct {
    uint32_t *code; /* code points */
    int32_t *unit;  /* the unit of each; of a space, the unit that it stands before */
    int32_t *reach; /* code points from each one to the next space */
    uint8_t *kind;  /* SPACE, LETTER or IDEOGRAPH */
    uint64_t *sum;  /* [count, LONGEST] of each n-gram from a place on, of 1 to LONGEST characters, as far as there are */
    int64_t count;
} Running;

enum { SPACE, LETTER, IDEOGRAPH };

/* The units of one utterance. */
typedef struct {
    const uint32_t *code;    /* the code points of their forms, one after another */
    const int32_t *size;     /* [count] code points of each */
    const uint8_t *ideograph; /* [count] whether it is an ideograph */
    int64_t count;
} Units;

/* ---- Hashes: kiloglot.text.hashing ------------------------------------------------------------------------------ */

static uint64_t mix(uint64_t value) {
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9u;
    value = (value ^ (value >> 27)) * 0x94D049BB133111EBu;
    return value ^ (value >> 31);
}

/* What tells places and kinds apart: `mix` of numbers that are known when this is compiled. */
#define MIX_ONE(value) (((value) ^ ((value) >> 30)) * 0xBF58476D1CE4E5B9u)
#define MIX_TWO(value) (((value) ^ ((value) >> 27)) * 0x94D049BB133111EBu)
#define MIX_THREE(value) ((value) ^ ((value) >> 31))
#define SALT(at) MIX_THREE(MIX_TWO(MIX_ONE((uint64_t)(at) * 0x9E3779B97F4A7C15u)))
#define FOUR(at) SALT(at), SALT((at) + 1), SALT((at) + 2), SALT((at) + 3)
#define SIXTEEN(at) FOUR(at), FOUR((at) + 4), FOUR((at) + 8), FOUR((at) + 12)
static const uint64_t PLACE[LONGEST_WORD] = {SIXTEEN(1), SIXTEEN(17), SIXTEEN(33), SIXTEEN(49)};
static const uint64_t KIND[16] = {SIXTEEN(100)};

/* The hash of a character at a place, the last of which is that of all that follow. */
static uint64_t salted(uint32_t code, int64_t place) {
    return mix(code * GOLDEN + PLACE[place < LONGEST_WORD ? place : LONGEST_WORD - 1]);
}

/* ---- Rows: kiloglot.text.vocabulary, kiloglot.runtime.tables ----------------------------------------------------- */

static uint64_t row_of(uint64_t hash, int shift, uint64_t rows) { return (((hash << shift) >> 32) * rows) >> 32; }

/* The row that an n-gram owns, -1 where it is not known. */
static int64_t looked_up(const Table *table, uint64_t hash) {
    uint16_t tag = (uint16_t)hash ? (uint16_t)hash : 1;
    uint64_t first = row_of(hash, 0, table->rows);
    if (table->tags[first] == tag) return (int64_t)first;
    uint64_t second = row_of(hash, 20, table->rows);
    return table->tags[second] == tag ? (int64_t)second : -1;
}

static float widened(uint16_t half) {
    union { uint32_t bits; float number; } wide;
    uint32_t exponent = (half >> 10) & 31, fraction = half & 1023;
    if (exponent) {
        wide.bits = ((exponent + 112) << 23) | (fraction << 13);
    } else {
        wide.number = (float)fraction * 5.9604644775390625e-8f; /* 2^-24 */
    }
    wide.bits |= (uint32_t)(half & 0x8000) << 16;
    return wide.number;
}

/* Rows are found and added up in three steps, each of which fetches from memory what the next one needs: where hashes may
   lie, which of them are known, and their sums. What lies between two steps of one table is done for another one. */

static void fetch_tags(const Table *table, const Found *found) {
    for (int64_t at = 0; at < found->count; at++) {
        __builtin_prefetch(table->tags + row_of(found->hash[at], 0, table->rows));
        __builtin_prefetch(table->tags + row_of(found->hash[at], 20, table->rows));
    }
}

/* In place of hashes: the rows of those that are known. */
static void look_up(const Table *table, Found *found) {
    const int64_t bytes = (int64_t)table->width * table->bits / 8;
    int64_t known = 0;
    for (int64_t at = 0; at < found->count; at++) {
        const int64_t row = looked_up(table, found->hash[at]);
        if (row < 0) continue;
        __builtin_prefetch(table->codes + row * bytes);
        __builtin_prefetch(table->scales + row);
        found->hash[known] = (uint64_t)row;
        found->owner[known++] = found->owner[at];
    }
    found->count = known;
}

/* The mean row of each of `sets` sets, into `means` [sets, width]: zeros where nothing of a set is known. */
static void add_means(const Table *table, const Found *found, int64_t sets, float *means, int32_t *counts) {
    const int64_t width = table->width;
    clear(means, sets * width);
    for (int64_t set = 0; set < sets; set++) counts[set] = 0;
    for (int64_t at = 0; at < found->count; at++) counts[found->owner[at]]++;
    RUN(kiloglot_level(HIGHEST), add_rows, table, (const int64_t *)found->hash, found->owner, found->count, means);
    for (int64_t set = 0; set < sets; set++) {
        if (counts[set] < 2) continue;
        for (int64_t at = 0; at < width; at++) means[set * width + at] /= (float)counts[set];
    }
}

/* ---- N-grams: kiloglot.text.ngrams -------------------------------------------------------------------------------- */

static void put(Found *found, uint64_t hash, int64_t owner) {
    found->hash[found->count] = mix(hash);
    found->owner[found->count++] = (int32_t)owner;
}

static void write_place(Running *text, uint32_t code, int64_t unit, int kind) {
    text->code[text->count] = code;
    text->unit[text->count] = (int32_t)unit;
    text->kind[text->count++] = (uint8_t)kind;
}

static void write_running(Running *text, const Units *units) {
    const uint32_t *code = units->code;
    text->count = 0;
    for (int64_t unit = 0; unit < units->count; unit++) {
        int joins = unit && units->ideograph[unit] && units->ideograph[unit - 1];
        if (!joins) write_place(text, ' ', unit, SPACE);
        for (int32_t at = 0; at < units->size[unit]; at++) {
            write_place(text, *code++, unit, units->ideograph[unit] ? IDEOGRAPH : LETTER);
        }
    }
    write_place(text, ' ', units->count - 1, SPACE);
    int64_t space = text->count;
    for (int64_t at = text->count - 1; at >= 0; at--) {
        text->reach[at] = (int32_t)(space - at);
        if (text->kind[at] == SPACE) space = at;
    }
    for (int64_t at = 0; at < text->count; at++) {
        uint64_t sum = 0, *own = text->sum + at * LONGEST;
        for (int size = 1; size <= LONGEST && at + size <= text->count; size++) {
            own[size - 1] = sum += salted(text->code[at + size - 1], size - 1);
        }
    }
}

/* The sums of each unit as a whole, before they are mixed. */
static void write_words(const Units *units, uint64_t *words) {
    const uint32_t *code = units->code;
    for (int64_t unit = 0; unit < units->count; unit++) {
        words[unit] = KIND[KIND_WHOLE];
        for (int32_t at = 0; at < units->size[unit]; at++) words[unit] += salted(*code++, at);
    }
}

/* Whether there is an n-gram of `size` characters from `at` on: no lone letters, no long ones over ideographs. */
static int is_ngram(const Running *text, int64_t at, int size) {
    if (size == 1) return text->kind[at] == IDEOGRAPH;
    return size <= LONGEST_IDEOGRAPHS || text->kind[at + 1] != IDEOGRAPH;
}

/* What describes units: themselves, the n-grams inside a word, those around an ideograph told apart by its place. */
static void find_of_units(const Running *text, const Units *units, const uint64_t *words,
                          Found *found) {
    found->count = 0;
    for (int64_t unit = 0; unit < units->count; unit++) put(found, words[unit], unit);
    for (int64_t at = 0; at < text->count; at++) {
        const int around = units->ideograph[text->unit[at]];
        for (int size = 1; size <= LONGEST && at + size <= text->count && size - 1 <= text->reach[at]; size++) {
            if (!is_ngram(text, at, size)) continue;
            const uint64_t hash = text->sum[at * LONGEST + size - 1] + KIND[size];
            if (!around) {
                put(found, hash, text->unit[at]);
            } else if (size <= LONGEST_IDEOGRAPHS) {
                for (int place = 0; place < size; place++) {
                    if (text->kind[at + place] != IDEOGRAPH) continue;
                    put(found, mix(hash + PLACE[place]), text->unit[at + place]);
                }
            }
        }
    }
}

/* What describes an utterance: its words, the n-grams of its running text, its pairs of words. */
static void find_of_utterance(const Running *text, const Units *units, const uint64_t *words,
                              Found *found) {
    found->count = 0;
    for (int64_t unit = 0; unit < units->count; unit++) {
        put(found, words[unit], 0);
        if (unit && !(units->ideograph[unit] && units->ideograph[unit - 1])) {
            put(found, mix(words[unit - 1] + KIND[KIND_PAIR]) + words[unit], 0);
        }
    }
    for (int64_t at = 0; at < text->count; at++) {
        for (int size = 1; size <= LONGEST && at + size <= text->count; size++) {
            if (is_ngram(text, at, size)) put(found, text->sum[at * LONGEST + size - 1] + KIND[size], 0);
        }
    }
}

/* ---- Words and their parts: kiloglot.text.parts ------------------------------------------------------------------- */

/* The longest known part of a word that begins at `at` of its `size` characters; 0 where there is none. */
static int longest_part(const Table *table, const uint32_t *code, int64_t at, int64_t size,
                        int64_t *row) {
    int longest = 0;
    uint64_t sum = 0;
    for (int length = 1; length <= LONGEST_PART && at + length <= size; length++) {
        sum += salted(code[at + length - 1], length - 1);
        int64_t own = at ? -1 : looked_up(table, mix(sum + KIND[KIND_WHOLE]));
        if (own < 0) own = looked_up(table, mix(sum + KIND[KIND_PART]));
        if (own < 0) continue;
        longest = length;
        *row = own;
    }
    return longest;
}

static void write_row(const Table *table, int64_t row, float *numbers) {
    const int32_t owner = 0;
    clear(numbers, table->width);
    RUN(kiloglot_level(HIGHEST), add_rows, table, &row, &owner, 1, numbers);
}

/* The rows of the known parts of a word, into `rows` [parts, width]; returns how many there are. */
static int64_t write_parts(const Table *table, const uint32_t *code, int64_t size, float *rows) {
    int64_t count = 0, row = 0;
    for (int64_t at = 0; at < size;) {
        int length = longest_part(table, code, at, size, &row);
        if (length) write_row(table, row, rows + count++ * table->width);
        at += length ? length : 1;
    }
    return count;
}

/* What is known of the words of an utterance, into `rows` [parts, width]: a known word as it is, the parts of another
   one, and of a run of ideographs. Returns how many there are. */
static int64_t write_known(const Table *table, const Units *units, const uint64_t *words,
                           float *rows) {
    const uint32_t *code = units->code;
    int64_t count = 0;
    for (int64_t unit = 0; unit < units->count;) {
        int64_t size = units->size[unit], row = -1;
        if (units->ideograph[unit]) {
            while (++unit < units->count && units->ideograph[unit]) size += units->size[unit];
        } else {
            row = looked_up(table, mix(words[unit++]));
        }
        if (row >= 0) {
            write_row(table, row, rows + count++ * table->width);
        } else {
            count += write_parts(table, code, size, rows + count * table->width);
        }
        code += size;
    }
    return count;
}

/* ---- What Python calls: kiloglot.runtime.kernel -------------------------------------------------------------------- */

enum { MOST = 11, MOST_OF_ALL = 7 }; /* hashes for each place of the running text, at most: of units, of an utterance */

PUBLIC int32_t kiloglot_version(void) { return VERSION; }

/* Bytes of scratch for an utterance whose running text has at most so many places. */
PUBLIC int64_t kiloglot_scratch(int64_t places) {
    return places * ((MOST + MOST_OF_ALL) * 12 + (1 + LONGEST) * 8 + 4 * 4 + 1);
}

/* Reads `texts` utterances: the mean rows of each unit's n-grams into `unit` [units, width], of each utterance's into
   `bag` [texts, width], the rows of known words and their parts into `word` [at most the code points, width], where
   there is such a table, and how many each utterance has of these into `word_sizes` [texts]. Returns their sum. */
PUBLIC int64_t kiloglot_read(const Table *unit_table, const Table *bag_table, const Table *word_table,
                             const uint32_t *codes, const int32_t *sizes, const uint8_t *ideograph,
                             const int32_t *units_of, int64_t texts, int64_t places, uint8_t *scratch, float *unit,
                             float *bag, float *word, int64_t *word_sizes) {
    /* The widest numbers first: each array begins where its kind may. */
    uint64_t *hashes = (uint64_t *)scratch, *all = hashes + MOST * places, *words = all + MOST_OF_ALL * places;
    uint64_t *sums = words + places;
    int32_t *owners = (int32_t *)(sums + LONGEST * places), *owners_of_all = owners + MOST * places;
    int32_t *counts = owners_of_all + MOST_OF_ALL * places, *unit_at = counts + places, *reach = unit_at + places;
    uint32_t *code_at = (uint32_t *)(reach + places);
    Running text = {code_at, unit_at, reach, (uint8_t *)(code_at + places), sums, 0};
    Found of_units = {hashes, owners, 0}, of_all = {all, owners_of_all, 0};
    int64_t known = 0;
    for (int64_t at = 0; at < texts; at++) {
        const Units units = {codes, sizes, ideograph, units_of[at]};
        float *own_bag = bag + at * bag_table->width;
        word_sizes[at] = 0;
        if (units.count) {
            write_running(&text, &units);
            write_words(&units, words);
            find_of_units(&text, &units, words, &of_units);
            fetch_tags(unit_table, &of_units);
            find_of_utterance(&text, &units, words, &of_all);
            fetch_tags(bag_table, &of_all);
            look_up(unit_table, &of_units);
            look_up(bag_table, &of_all);
            add_means(unit_table, &of_units, units.count, unit, counts);
            add_means(bag_table, &of_all, 1, own_bag, counts);
            if (word_table) {
                word_sizes[at] = write_known(word_table, &units, words, word + known * word_table->width);
            }
        } else {
            for (int64_t place = 0; place < bag_table->width; place++) own_bag[place] = 0;
        }
        known += word_sizes[at];
        for (int64_t each = 0; each < units.count; each++) codes += sizes[each];
        sizes += units.count;
        ideograph += units.count;
        unit += units.count * unit_table->width;
    }
    return known;
}

/* The path of the highest sum of `emissions` [units, types] and `transitions` [from, to], which `into` [to, from] has as
   well, that begins after a unit of no slot (Viterbi 1967), into `path` [units], and how likely each of its types is,
   given its neighbours, into `certain` [units]; `scores` [units + 1, types] is scratch. The first of equals wins, as
   everywhere. */
PUBLIC void kiloglot_likeliest(const float *emissions, const float *transitions, const float *into, int64_t units,
                               int64_t types, float *scores, int32_t *path, float *certain) {
    RUN(kiloglot_level(HIGHEST), write_path, emissions, transitions, into, units, types, scores, path, certain);
}
