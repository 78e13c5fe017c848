/* What `kernel.c` does with rows of numbers, for one set of instructions, in the words of `levels.h`. */

/* Adds a row of codes of 2 or 4 bits to `sum` [width]: the first part of it lies in the lowest bits, and so on. */
LEVEL static inline __attribute__((always_inline)) void NAME(add_packed)(const int bits, const uint8_t *codes,
                                                                         int64_t bytes, float scale, float *sum) {
    const float middle = bits == 2 ? 1.5f : 8.0f;
    int64_t at = 0;
    for (; at + LANES <= bytes; at += LANES) {
        const NAME(Ints) all = (NAME(Ints))WIDENED(codes + at);
        for (int part = 0; part < 8 / bits; part++) {
            float *own = sum + part * bytes + at;
            const V numbers = FLOATS((I)(all >> (part * bits) & ((1 << bits) - 1)));
            STORE(own, LOAD(own) + SAME(scale) * (numbers - SAME(middle)));
        }
    }
    for (; at < bytes; at++) {
        for (int part = 0; part < 8 / bits; part++) {
            sum[part * bytes + at] += scale * ((float)(codes[at] >> (part * bits) & ((1 << bits) - 1)) - middle);
        }
    }
}

/* Adds `count` rows to the sums [sets, width] of those that own them. */
LEVEL static void NAME(add_rows)(const Table *table, const int64_t *rows, const int32_t *owners, int64_t count,
                                 float *sums) {
    const int64_t bytes = (int64_t)table->width * table->bits / 8;
    for (int64_t each = 0; each < count; each++) {
        const uint8_t *codes = table->codes + rows[each] * bytes;
        const float scale = widened(table->scales[rows[each]]);
        float *sum = sums + owners[each] * (int64_t)table->width;
        if (table->bits == 2) {
            NAME(add_packed)(2, codes, bytes, scale, sum);
        } else if (table->bits == 4) {
            NAME(add_packed)(4, codes, bytes, scale, sum);
        } else {
            for (int64_t at = 0; at < bytes; at++) sum[at] += scale * (float)(int8_t)codes[at];
        }
    }
}

/* The best `score` [types] with a transition to each type, and its emission, into `next` [types]. */
LEVEL static void NAME(follow)(const float *transitions, const float *emission, const float *score, int64_t types,
                               float *next) {
    int64_t to = 0;
    while (to < types && types >= 2 * LANES) { /* Two vectors, since each has to wait for itself. */
        const int64_t place = to + 2 * LANES <= types ? to : types - 2 * LANES; /* The last two, some of them again. */
        const float *own = transitions + place;
        V left = LOAD(own) + SAME(score[0]), right = LOAD(own + LANES) + SAME(score[0]);
        for (int64_t from = 1; from < types; from++) {
            own += types;
            left = GREATER(LOAD(own) + SAME(score[from]), left);
            right = GREATER(LOAD(own + LANES) + SAME(score[from]), right);
        }
        STORE(next + place, left + LOAD(emission + place));
        STORE(next + place + LANES, right + LOAD(emission + place + LANES));
        to += 2 * LANES;
    }
    for (; to < types; to++) {
        float most = transitions[to] + score[0];
        for (int64_t from = 1; from < types; from++) {
            const float sum = transitions[from * types + to] + score[from];
            most = sum > most ? sum : most;
        }
        next[to] = most + emission[to];
    }
}

/* The first of the highest of `count` numbers. */
LEVEL static int32_t NAME(first_of_highest)(const float *numbers, int64_t count) {
    V highest = SAME(numbers[0]);
    int64_t at = 0;
    for (; at + LANES <= count; at += LANES) highest = GREATER(LOAD(numbers + at), highest);
    float each[LANES], most = numbers[0];
    STORE(each, highest);
    for (int lane = 0; lane < LANES; lane++) most = each[lane] > most ? each[lane] : most;
    for (; at < count; at++) most = numbers[at] > most ? numbers[at] : most;
    for (at = 0; numbers[at] != most; at++) {
    }
    return (int32_t)at;
}

/* How likely the type of each unit of the best path is, given those on both sides of it; `score` [types] is scratch. */
LEVEL static void NAME(write_certainty)(const float *emissions, const float *transitions, const float *into,
                                        int64_t units, int64_t types, const int32_t *path, float *score,
                                        float *certain) {
    for (int64_t at = 0; at < units; at++) {
        const float *before = transitions + (at ? path[at - 1] : 0) * types, *own = emissions + at * types;
        for (int64_t to = 0; to < types; to++) score[to] = before[to] + own[to];
        if (at + 1 < units) NAME(add)(into + path[at + 1] * types, types, score);
        certain[at] = 1.0f / NAME(exponentials)(score, types, score[path[at]]); /* The likeliest of its unit. */
    }
}

/* What `kiloglot_likeliest` does. */
LEVEL static void NAME(write_path)(const float *emissions, const float *transitions, const float *into, int64_t units,
                                   int64_t types, float *scores, int32_t *path, float *certain) {
    float *score = scores + units * types;
    for (int64_t to = 0; to < types; to++) scores[to] = transitions[to] + emissions[to];
    for (int64_t at = 1; at < units; at++) {
        NAME(follow)(transitions, emissions + at * types, scores + (at - 1) * types, types, scores + at * types);
    }
    for (int64_t at = units - 1; at >= 0; at--) {
        copy(scores + at * types, types, score);
        if (at < units - 1) NAME(add)(into + path[at + 1] * types, types, score);
        path[at] = NAME(first_of_highest)(score, types);
    }
    NAME(write_certainty)(emissions, transitions, into, units, types, path, score, certain);
}
