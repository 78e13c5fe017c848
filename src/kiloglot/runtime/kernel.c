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

#define FILE "kernel_level.h"
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

typedef struct {
    uint64_t place[LONGEST_WORD];
    uint64_t kind[16];
} Salts;

static void write_salts(Salts *salt) {
    for (int at = 0; at < LONGEST_WORD; at++) salt->place[at] = mix((uint64_t)(at + 1) * GOLDEN);
    for (int at = 0; at < 16; at++) salt->kind[at] = mix((uint64_t)(at + 100) * GOLDEN);
}

/* The hash of a character at a place, the last of which is that of all that follow. */
static uint64_t salted(const Salts *salt, uint32_t code, int64_t place) {
    return mix(code * GOLDEN + salt->place[place < LONGEST_WORD ? place : LONGEST_WORD - 1]);
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

/* The mean row of each of `sets` sets, into `means` [sets, width]: zeros where nothing of a set is known.

   Three passes, so that what the next one needs is on its way from memory: hashes -> rows -> sums. */
static void add_means(const Table *table, Found *found, int64_t sets, float *means, int32_t *counts) {
    const int64_t width = table->width, bytes = width * table->bits / 8;
    for (int64_t at = 0; at < found->count; at++) {
        __builtin_prefetch(table->tags + row_of(found->hash[at], 0, table->rows));
        __builtin_prefetch(table->tags + row_of(found->hash[at], 20, table->rows));
    }
    int64_t known = 0;
    for (int64_t at = 0; at < found->count; at++) {
        int64_t row = looked_up(table, found->hash[at]);
        if (row < 0) continue;
        __builtin_prefetch(table->codes + row * bytes);
        __builtin_prefetch(table->scales + row);
        found->hash[known] = (uint64_t)row;
        found->owner[known++] = found->owner[at];
    }
    for (int64_t at = 0; at < sets * width; at++) means[at] = 0;
    for (int64_t set = 0; set < sets; set++) counts[set] = 0;
    for (int64_t at = 0; at < known; at++) counts[found->owner[at]]++;
    RUN(kiloglot_level(HIGHEST), add_rows, table, (const int64_t *)found->hash, found->owner, known, means);
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
}

/* The sums of each unit as a whole, before they are mixed. */
static void write_words(const Salts *salt, const Units *units, uint64_t *words) {
    const uint32_t *code = units->code;
    for (int64_t unit = 0; unit < units->count; unit++) {
        words[unit] = salt->kind[KIND_WHOLE];
        for (int32_t at = 0; at < units->size[unit]; at++) words[unit] += salted(salt, *code++, at);
    }
}

/* Whether there is an n-gram of `size` characters from `at` on: no lone letters, no long ones over ideographs. */
static int is_ngram(const Running *text, int64_t at, int size) {
    if (size == 1) return text->kind[at] == IDEOGRAPH;
    return size <= LONGEST_IDEOGRAPHS || text->kind[at + 1] != IDEOGRAPH;
}

/* What describes units: themselves, the n-grams inside a word, those around an ideograph told apart by its place. */
static void find_of_units(const Salts *salt, const Running *text, const Units *units, const uint64_t *words,
                          Found *found) {
    found->count = 0;
    for (int64_t unit = 0; unit < units->count; unit++) put(found, words[unit], unit);
    for (int64_t at = 0; at < text->count; at++) {
        const int around = units->ideograph[text->unit[at]];
        uint64_t sum = 0;
        for (int size = 1; size <= LONGEST && at + size <= text->count && size - 1 <= text->reach[at]; size++) {
            sum += salted(salt, text->code[at + size - 1], size - 1);
            if (!is_ngram(text, at, size)) continue;
            if (!around) {
                put(found, sum + salt->kind[size], text->unit[at]);
            } else if (size <= LONGEST_IDEOGRAPHS) {
                for (int place = 0; place < size; place++) {
                    if (text->kind[at + place] != IDEOGRAPH) continue;
                    put(found, mix(sum + salt->kind[size] + salt->place[place]), text->unit[at + place]);
                }
            }
        }
    }
}

/* What describes an utterance: its words, the n-grams of its running text, its pairs of words. */
static void find_of_utterance(const Salts *salt, const Running *text, const Units *units, const uint64_t *words,
                              Found *found) {
    found->count = 0;
    for (int64_t unit = 0; unit < units->count; unit++) {
        put(found, words[unit], 0);
        if (unit && !(units->ideograph[unit] && units->ideograph[unit - 1])) {
            put(found, mix(words[unit - 1] + salt->kind[KIND_PAIR]) + words[unit], 0);
        }
    }
    for (int64_t at = 0; at < text->count; at++) {
        uint64_t sum = 0;
        for (int size = 1; size <= LONGEST && at + size <= text->count; size++) {
            sum += salted(salt, text->code[at + size - 1], size - 1);
            if (is_ngram(text, at, size)) put(found, sum + salt->kind[size], 0);
        }
    }
}

/* ---- Words and their parts: kiloglot.text.parts ------------------------------------------------------------------- */

/* The longest known part of a word that begins at `at` of its `size` characters; 0 where there is none. */
static int longest_part(const Salts *salt, const Table *table, const uint32_t *code, int64_t at, int64_t size,
                        int64_t *row) {
    int longest = 0;
    uint64_t sum = 0;
    for (int length = 1; length <= LONGEST_PART && at + length <= size; length++) {
        sum += salted(salt, code[at + length - 1], length - 1);
        int64_t own = at ? -1 : looked_up(table, mix(sum + salt->kind[KIND_WHOLE]));
        if (own < 0) own = looked_up(table, mix(sum + salt->kind[KIND_PART]));
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
static int64_t write_parts(const Salts *salt, const Table *table, const uint32_t *code, int64_t size, float *rows) {
    int64_t count = 0, row = 0;
    for (int64_t at = 0; at < size;) {
        int length = longest_part(salt, table, code, at, size, &row);
        if (length) write_row(table, row, rows + count++ * table->width);
        at += length ? length : 1;
    }
    return count;
}

/* What is known of the words of an utterance, into `rows` [parts, width]: a known word as it is, the parts of another
   one, and of a run of ideographs. Returns how many there are. */
static int64_t write_known(const Salts *salt, const Table *table, const Units *units, const uint64_t *words,
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
            count += write_parts(salt, table, code, size, rows + count * table->width);
        }
        code += size;
    }
    return count;
}

/* ---- What Python calls: kiloglot.runtime.kernel -------------------------------------------------------------------- */

enum { MOST = 11 }; /* hashes that describe units, at most, for each place of the running text */

PUBLIC int32_t kiloglot_version(void) { return VERSION; }

/* Bytes of scratch for an utterance whose running text has at most so many places. */
PUBLIC int64_t kiloglot_scratch(int64_t places) { return places * (MOST * 12 + 8 + 4 * 4 + 1); }

/* Reads `texts` utterances: the mean rows of each unit's n-grams into `unit` [units, width], of each utterance's into
   `bag` [texts, width], the rows of known words and their parts into `word` [at most the code points, width], where
   there is such a table, and how many each utterance has of these into `word_sizes` [texts]. Returns their sum. */
PUBLIC int64_t kiloglot_read(const Table *unit_table, const Table *bag_table, const Table *word_table,
                             const uint32_t *codes, const int32_t *sizes, const uint8_t *ideograph,
                             const int32_t *units_of, int64_t texts, int64_t places, uint8_t *scratch, float *unit,
                             float *bag, float *word, int64_t *word_sizes) {
    Salts salt;
    write_salts(&salt);
    /* The widest numbers first: each array begins where its kind may. */
    uint64_t *hashes = (uint64_t *)scratch, *words = hashes + MOST * places;
    int32_t *owners = (int32_t *)(words + places), *counts = owners + MOST * places;
    int32_t *unit_at = counts + places, *reach = unit_at + places;
    uint32_t *code_at = (uint32_t *)(reach + places);
    Running text = {code_at, unit_at, reach, (uint8_t *)(code_at + places), 0};
    Found found = {hashes, owners, 0};
    int64_t known = 0;
    for (int64_t at = 0; at < texts; at++) {
        const Units units = {codes, sizes, ideograph, units_of[at]};
        float *own_bag = bag + at * bag_table->width;
        word_sizes[at] = 0;
        if (units.count) {
            write_running(&text, &units);
            write_words(&salt, &units, words);
            find_of_units(&salt, &text, &units, words, &found);
            add_means(unit_table, &found, units.count, unit, counts);
            find_of_utterance(&salt, &text, &units, words, &found);
            add_means(bag_table, &found, 1, own_bag, counts);
            if (word_table) {
                word_sizes[at] = write_known(&salt, word_table, &units, words, word + known * word_table->width);
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

/* The path of the highest sum of `emissions` [units, types] and `transitions` [from, to], which begins after a unit of
   no slot (Viterbi 1967), into `path` [units], and how likely each of its types is, given its neighbours, into `certain`
   [units]; `scores` [units, types] is scratch. The first of equals wins, as everywhere. */
PUBLIC void kiloglot_likeliest(const float *emissions, const float *transitions, int64_t units, int64_t types,
                               float *scores, int32_t *path, float *certain) {
    RUN(kiloglot_level(HIGHEST), write_path, emissions, transitions, units, types, scores, path, certain);
}
