/* A whole parse in one call: tables, network, the path through the slot types, and what of that a caller wants to know.
   `kiloglot.runtime.compiled` gives the forms of the units, and makes a `Parse` of the answer.

   Each step is that of `kernel.c` or `network.c`; what follows the path is that of `kiloglot.runtime.decode`, which
   says what it is for. */

#include "shared.h"

/* A model. */
typedef struct {
    const Table *units, *bag, *words; /* no words where the student knows none */
    const Network *network;
    const float *transitions; /* [types, types] from, to */
    const float *into;        /* [types, types] to, from: the same */
    const float *evoked;      /* [types, intents] what a slot of a type says of the intents; no slot: what is always said */
    int64_t level;            /* the set of instructions that the network is laid out for */
    float temperature;
} Model;

enum { LINE = 64 }; /* bytes of a line of the cache, at which every array in the scratch begins */
enum { BETWEEN_UNITS = '\n', BETWEEN_TEXTS = '\r' };

/* The next `bytes` of a scratch, which may be none: only counted then. */
static void *taken(uint8_t *scratch, int64_t *used, int64_t bytes) {
    void *at = scratch + *used;
    *used += (bytes + LINE - 1) / LINE * LINE;
    return scratch ? at : 0;
}

/* The place of the highest of `count` numbers; the first of equals. */
static int32_t best(const float *numbers, int64_t count) {
    int32_t found = 0;
    for (int32_t at = 1; at < count; at++) found = numbers[at] > numbers[found] ? at : found;
    return found;
}

/* Adds what the slots say to the logits of the intents, each type once. */
static void evoke(const Model *model, const int32_t *path, int64_t units, int64_t intents, float *logits) {
    for (int64_t at = -1; at < units; at++) {
        int64_t before = 0;
        const int32_t type = at < 0 ? 0 : path[at];
        while (before < at && path[before] != type) before++;
        if (at >= 0 && (!type || before < at)) continue;
        for (int64_t each = 0; each < intents; each++) logits[each] += model->evoked[type * intents + each];
    }
}

/* The likeliest intents and their shares, by softmax; of `logits` nothing is left. */
static void rank(float temperature, float *logits, int64_t intents, int64_t top, int32_t *chosen, float *shares) {
    for (int64_t at = 0; at < intents; at++) logits[at] /= temperature;
    const float most = logits[best(logits, intents)];
    float sum = 0;
    for (int64_t at = 0; at < intents; at++) logits[at] = exponential(logits[at] - most);
    for (int64_t at = 0; at < intents; at++) sum += logits[at];
    for (int64_t place = 0; place < top; place++) {
        chosen[place] = best(logits, intents);
        shares[place] = logits[chosen[place]] / sum;
        logits[chosen[place]] = -1; /* Below all that is left. */
    }
}

/* The runs of one type other than 0 in `path`; a run ends where a new slot begins. Each is as certain as its least certain
   unit. Returns how many there are. */
static int32_t write_slots(const int32_t *path, const float *certain, const float *begins, int64_t units,
                           int32_t *slots, float *sure) {
    int32_t count = 0;
    for (int64_t at = 0; at < units; at++) {
        if (!path[at]) continue;
        if (!at || path[at] != path[at - 1] || begins[at] > 0) {
            slots[3 * count] = path[at];
            slots[3 * count + 1] = (int32_t)at;
            sure[count++] = certain[at];
        }
        slots[3 * count - 1] = (int32_t)at + 1;
        if (certain[at] < sure[count - 1]) sure[count - 1] = certain[at];
    }
    return count;
}

/* The forms of units one after another, how long each is, and how many each utterance has, as `kiloglot_read` takes
   them. */
static void part(const uint32_t *codes, int64_t count, uint32_t *forms, int32_t *sizes, int32_t *units_of) {
    *sizes = 0;
    *units_of = 1;
    for (int64_t at = 0; at < count; at++) {
        if (codes[at] == BETWEEN_UNITS) {
            *++sizes = 0;
            ++*units_of;
        } else if (codes[at] == BETWEEN_TEXTS) {
            *++sizes = 0;
            *++units_of = 1;
        } else {
            *forms++ = codes[at];
            ++*sizes;
        }
    }
}

/* Parses B `texts` of U `units` in all, none without, all told `locale`: `count` code points, the forms of their units,
   with what no form has between units and between texts; `ideograph` [U] is 1 for each that is one. `places` is the most
   code points that one of the texts has, with what stands between its units, and two.

   Into `whole` go [B, 2] the likeliest locale and how many slots there are, [B, top] the likeliest intents, best first,
   no more than there are, and [U, 3] slots, those of each utterance from its first unit on: type, first unit, one past
   the last. Into `real` go [B] how likely each is no command, 0 where the student does not doubt, [B, top] how likely
   those intents are, and [U] how certain those slots.

   Where `room` bytes of scratch are too few, returns how many are needed, and has answered nothing; else 0, or -1 where
   what is given does not fit together. */
PUBLIC int64_t kiloglot_parse(const Model *model, const uint32_t *codes, int64_t count, const uint8_t *ideograph,
                              int64_t texts, int64_t units, int64_t places, int64_t locale, int64_t top,
                              int32_t *whole, float *real, uint8_t *scratch, int64_t room) {
    const Network *net = model->network;
    const int64_t types = net->slot.outputs, languages = net->language.outputs, embedding = net->embedding.outputs;
    const int64_t intents = net->own.outputs ? net->own.outputs - 1 : net->by_bag.outputs;
    const int64_t word_width = model->words ? model->words->width : 0;
    int64_t used = 0;
    scratch = (uint8_t *)(((uintptr_t)scratch + LINE - 1) & ~(uintptr_t)(LINE - 1));
    room -= LINE;
#define TAKE(of, count) taken(scratch, &used, (int64_t)sizeof(of) * (count))
    uint8_t *reading = TAKE(uint8_t, kiloglot_scratch(places));
    float *unit = TAKE(float, units * model->units->width), *bag = TAKE(float, texts * model->bag->width);
    float *words = TAKE(float, count * word_width);
    uint32_t *forms = TAKE(uint32_t, count);
    int32_t *sizes = TAKE(int32_t, units), *units_of = TAKE(int32_t, texts);
    int64_t *told = TAKE(int64_t, texts), *lengths = TAKE(int64_t, texts), *word_sizes = TAKE(int64_t, texts);
    Asked asked = {.units = unit, .lengths = lengths, .bag = bag, .locale = told, .texts = texts, .rows = units};
    asked.words = words;
    asked.word_sizes = model->words ? word_sizes : 0;
    asked.intent = TAKE(float, texts * intents);
    asked.slot = TAKE(float, units * types);
    asked.begins = TAKE(float, units);
    asked.language = TAKE(float, texts * languages);
    asked.embedding = TAKE(float, texts * embedding);
    asked.foreign = TAKE(float, texts);
    float *scores = TAKE(float, (units + 1) * types), *certain = TAKE(float, units);
    int32_t *path = TAKE(int32_t, units);
#undef TAKE
    if (used > room) return used + LINE;
    part(codes, count, forms, sizes, units_of);
    for (int64_t text = 0; text < texts; text++) {
        told[text] = locale;
        lengths[text] = units_of[text];
    }
    asked.known_words = kiloglot_read(model->units, model->bag, model->words, forms, sizes, ideograph, units_of, texts,
                                      places, reading, unit, bag, words, word_sizes);
    const int64_t more = (int64_t)sizeof(float) * kiloglot_network_scratch(net, &asked);
    if (used + more > room) return used + more + LINE;
    if (kiloglot_network(net, &asked, (int32_t)model->level, (float *)(scratch + used))) return -1;
    int32_t *chosen = whole + 2 * texts, *slots = chosen + top * texts;
    float *shares = real + texts, *sure = shares + top * texts;
    for (int64_t text = 0, first = 0; text < texts; first += lengths[text++]) {
        const int64_t own = lengths[text];
        float *logits = asked.intent + text * intents;
        kiloglot_likeliest(asked.slot + first * types, model->transitions, model->into, own, types, scores, path, certain);
        evoke(model, path, own, intents, logits);
        rank(model->temperature, logits, intents, top, chosen + text * top, shares + text * top);
        whole[2 * text] = best(asked.language + text * languages + 1, languages - 1);
        whole[2 * text + 1] =
            write_slots(path, certain, asked.begins + first, own, slots + 3 * first, sure + first);
        real[text] = net->doubt_odds.outputs ? asked.foreign[text] : 0;
    }
    return 0;
}
