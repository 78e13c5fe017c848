/* The network for one set of instructions, in the words of `levels.h`. */

/* ---- Products ------------------------------------------------------------------------------------------------------ */

#define GROUP ((int64_t)(sizeof(int32_t) / sizeof(WHOLE))) /* whole numbers whose products are added up at once */

/* The rows of a block: number, pointer, steps from there. Three rows share a pointer, for want of registers. */
#define EACH_ROW(DO)                                                                                    \
    DO(0, a, 0) DO(1, a, 1) DO(2, a, 2) DO(3, b, 0) DO(4, b, 1) DO(5, b, 2) DO(6, c, 0) DO(7, c, 1) DO(8, c, 2) \
    DO(9, d, 0) DO(10, d, 1) DO(11, d, 2)

/* Runs of columns of one panel, each of two vectors; what comes of the last one, which may be cut off, goes by a tile. */
#define EACH_PAIR_OF_VECTORS for (int64_t first = 0; first < PANEL && first < columns; first += 2 * LANES)
#define STORE_ROW(row, pointer, steps)            \
    if (row < rows) {                             \
        STORE(out + row * each, LEFT(row));       \
        STORE(out + row * each + LANES, RIGHT(row)); \
    }
#define STORE_ROWS                                                                       \
    const int whole = columns - first >= 2 * LANES;                                      \
    float *out = whole ? to + first : tile;                                              \
    const int64_t each = whole ? apart : 2 * LANES;                                      \
    EACH_ROW(STORE_ROW)                                                                  \
    for (int row = 0; !whole && row < rows; row++) {                                     \
        copy(tile + row * 2 * LANES, columns - first, to + row * apart + first);         \
    }

/* `rows` rows times one panel of weights in full precision. `rows` is known when this is compiled, so that the sums stay
   in registers. */
LEVEL static inline __attribute__((always_inline)) void NAME(exact_block)(const int rows, const Layer *layer,
                                                                          int64_t panel, const Rows *from, float *to,
                                                                          int64_t apart) {
    const int64_t step = from->step, depth = layer->inputs, columns = layer->outputs - panel;
    float tile[MOST * 2 * LANES];
    EACH_PAIR_OF_VECTORS {
        const float *a = from->exact, *b = a + 3 * step, *c = a + 6 * step, *d = a + 9 * step;
        const float *weight = layer->weight + panel * depth + first, *bias = layer->bias + panel + first;
        const V left = LOAD(bias), right = LOAD(bias + LANES);
#define BEGIN(row, pointer, steps) V left##row = left, right##row = right;
        EACH_ROW(BEGIN)
#undef BEGIN
        for (int64_t at = 0; at < depth; at++, weight += PANEL, a++, b++, c++, d++) {
            __builtin_prefetch(weight + AHEAD);
            __builtin_prefetch(weight + AHEAD + PANEL / 2);
            const V one = LOAD(weight), two = LOAD(weight + LANES);
#define ADD(row, pointer, steps)                         \
    if (row < rows) {                                    \
        const V by = SAME(pointer[steps * step]);        \
        left##row = FUSED(by, one, left##row);           \
        right##row = FUSED(by, two, right##row);         \
    }
            EACH_ROW(ADD)
#undef ADD
        }
#define LEFT(row) left##row
#define RIGHT(row) right##row
        STORE_ROWS
#undef LEFT
#undef RIGHT
    }
}

/* The same of weights in 8 bits, by rows of whole numbers: what these add up to is the same in any order, and on any
   machine. */
LEVEL static inline __attribute__((always_inline)) void NAME(coded_block)(const int rows, const Layer *layer,
                                                                          int64_t panel, const Rows *from, float *to,
                                                                          int64_t apart) {
    const int64_t step = from->step, groups = (layer->inputs + GROUP - 1) / GROUP, columns = layer->outputs - panel;
    float tile[MOST * 2 * LANES];
    EACH_PAIR_OF_VECTORS {
        const WHOLE *a = from->whole, *b = a + 3 * step, *c = a + 6 * step, *d = a + 9 * step;
        const int8_t *codes = layer->codes + (panel * groups + first) * GROUP;
        const int32_t *begin = layer->begin + panel + first;
#define BEGIN(row, pointer, steps) I left##row = LOAD_WHOLE(begin), right##row = LOAD_WHOLE(begin + LANES);
        EACH_ROW(BEGIN)
#undef BEGIN
        for (int64_t at = 0; at < groups; at++, codes += GROUP * PANEL, a += GROUP, b += GROUP, c += GROUP, d += GROUP) {
            __builtin_prefetch(codes + AHEAD);
            const W one = CODES(codes), two = CODES(codes + GROUP * LANES);
#define ADD(row, pointer, steps)                                                     \
    if (row < rows) {                                                                \
        const int32_t by = group(pointer + steps * step);                            \
        left##row = NAME(add_products)(left##row, SAME_WHOLE(by), one);              \
        right##row = NAME(add_products)(right##row, SAME_WHOLE(by), two);            \
    }
            EACH_ROW(ADD)
#undef ADD
        }
        const float *scale = layer->scales + panel + first, *bias = layer->bias + panel + first;
        const V scale_left = LOAD(scale), scale_right = LOAD(scale + LANES);
        const V bias_left = LOAD(bias), bias_right = LOAD(bias + LANES);
#define LEFT(row) FUSED(FLOATS(left##row), SAME(from->worth[row]) * scale_left, bias_left)
#define RIGHT(row) FUSED(FLOATS(right##row), SAME(from->worth[row]) * scale_right, bias_right)
        STORE_ROWS
#undef LEFT
#undef RIGHT
    }
}

/* `count` rows times one panel, in blocks of about the same height. */
LEVEL static void NAME(blocks)(const Layer *layer, int64_t panel, Rows from, int64_t count, float *to, int64_t apart) {
    const int64_t passes = (count + MOST - 1) / MOST;
    for (int64_t pass = 0; pass < passes; pass++) {
        const int64_t rows = (count + passes - 1 - pass) / passes;
        switch (layer->codes ? -rows : rows) {
#define CASES(row, pointer, steps)                                                                   \
    case row + 1:                                                                                    \
        if (row < MOST) NAME(exact_block)(row + 1, layer, panel, &from, to, apart);                  \
        break;                                                                                       \
    case -row - 1:                                                                                   \
        if (row < MOST) NAME(coded_block)(row + 1, layer, panel, &from, to, apart);                  \
        break;
            EACH_ROW(CASES)
#undef CASES
        }
        from.exact += rows * from.step;
        from.whole = (const WHOLE *)from.whole + rows * from.step;
        from.worth += rows;
        to += rows * apart;
    }
}

/* `count` numbers as whole ones of 8 bits; returns what one of them is worth. */
LEVEL static float NAME(in_whole)(const float *from, int64_t count, WHOLE *to) {
    const float most = 127.0f;
    V highest = SAME(0.0f);
    float rest[LANES] = {0}, each[LANES], largest = 0;
    int64_t at = 0;
    for (; at + LANES <= count; at += LANES) {
        const V numbers = LOAD(from + at);
        highest = GREATER(highest, GREATER(numbers, SAME(0.0f) - numbers));
    }
    copy(from + at, count - at, rest);
    highest = GREATER(highest, GREATER(LOAD(rest), SAME(0.0f) - LOAD(rest)));
    STORE(each, highest);
    for (int lane = 0; lane < LANES; lane++) largest = each[lane] > largest ? each[lane] : largest;
    const V by = SAME(largest > 0 ? most / largest : 0);
    for (at = 0; at + LANES <= count; at += LANES) STORE_WHOLE(to + at, LOAD(from + at) * by);
    WHOLE last[LANES];
    STORE_WHOLE(last, LOAD(rest) * by);
    for (int64_t lane = 0; lane < count - at; lane++) to[at + lane] = last[lane];
    return largest / most;
}

/* `layer` over windows of rows that lie one after another: run r begins at row starts[r] of `from`, whose rows are
   `step` apart, and has sizes[r] windows. What comes of them lies without gaps in `to`. Numbers of a run are made whole
   together. */
LEVEL static void NAME(windows)(const Layer *layer, const float *from, int64_t step, const int64_t *starts,
                                const int64_t *sizes, int64_t runs, const Rooms *at, float *to) {
    for (int64_t run = 0, row = 0; layer->codes && run < runs; run++) {
        const int64_t first = starts[run] * step, count = sizes[run] ? (sizes[run] - 1) * step + layer->inputs : 0;
        const float worth = NAME(in_whole)(from + first, count, (WHOLE *)at->whole + first);
        for (const int64_t end = row + sizes[run]; row < end; row++) at->worth[row] = worth;
    }
    for (int64_t panel = 0; panel < layer->outputs; panel += PANEL) {
        for (int64_t run = 0, row = 0; run < runs; row += sizes[run++]) {
            const int64_t first = starts[run] * step;
            const Rows rows = {from + first, (WHOLE *)at->whole + first, at->worth + row, step};
            NAME(blocks)(layer, panel, rows, sizes[run], to + row * layer->outputs + panel, layer->outputs);
        }
    }
}

/* `layer` over `count` rows, `step` apart, each of which is made whole by itself. */
LEVEL static void NAME(linear)(const Layer *layer, const float *from, int64_t step, int64_t count, const Rooms *at,
                               float *to) {
    const int64_t depth = layer->inputs, filled = (depth + GROUP - 1) / GROUP * GROUP;
    WHOLE *whole = at->whole;
    for (int64_t row = 0; layer->codes && row < count; row++, whole += filled) {
        at->worth[row] = NAME(in_whole)(from + row * step, depth, whole);
        for (int64_t rest = depth; rest < filled; rest++) whole[rest] = 0; /* Its code is zero as well. */
    }
    const Rows rows = {from, at->whole, at->worth, layer->codes ? filled : step};
    for (int64_t panel = 0; panel < layer->outputs; panel += PANEL) {
        NAME(blocks)(layer, panel, rows, count, to + panel, layer->outputs);
    }
}

/* ---- Words --------------------------------------------------------------------------------------------------------- */

/* Reads words beside their neighbours: the state of each, `at->seen`. */
LEVEL static void NAME(word_states)(const Network *net, const Asked *asked, const Rooms *at, const int64_t *starts) {
    const int64_t width = net->near.inputs / 3, reader = net->near.outputs, texts = asked->texts;
    const int64_t *sizes = asked->word_sizes;
    clear(at->seen, (asked->known_words + texts + 1) * reader);
    for (int64_t depth = 0; depth <= net->wider_layers; depth++) {
        const Layer *layer = depth ? &net->wider[depth - 1] : &net->near;
        const float *from = depth ? at->seen : at->words;
        NAME(windows)(layer, from, depth ? reader : width, starts, sizes, texts, at, at->newly);
        NAME(gelus)(at->newly, asked->known_words * reader);
        const float *newly = at->newly;
        for (int64_t text = 0; text < texts; text++) {
            NAME(add)(newly, sizes[text] * reader, at->seen + (starts[text] + 1) * reader);
            newly += sizes[text] * reader;
        }
    }
}

/* What the reader makes of the words of each utterance, into `at->read` [B, 2 reader]: the mean of their states, and the
   largest number above zero. */
LEVEL static void NAME(read_words)(const Network *net, const Asked *asked, const Rooms *at, int64_t *starts) {
    const int64_t width = net->near.inputs / 3, reader = net->near.outputs;
    set_apart(asked->words, asked->word_sizes, asked->texts, width, 1, 0, at->words);
    for (int64_t text = 0, first = 0; text < asked->texts; text++) {
        starts[text] = first; /* A window begins one word before its own. */
        first += asked->word_sizes[text] + 1;
        for (int64_t each = starts[text] + 1; each < first; each++) {
            NAME(direction)(at->words + each * width, width, net->gain, at->words + each * width);
        }
    }
    NAME(word_states)(net, asked, at, starts);
    for (int64_t text = 0; text < asked->texts; text++) {
        const float *seen = at->seen + (starts[text] + 1) * reader;
        float *mean = at->read + text * 2 * reader, *most = mean + reader;
        NAME(mean)(seen, asked->word_sizes[text], reader, mean);
        clear(most, reader);
        for (int64_t each = 0; each < asked->word_sizes[text]; each++, seen += reader) {
            for (int64_t place = 0; place < reader; place++) {
                most[place] = seen[place] > most[place] ? seen[place] : most[place];
            }
        }
    }
}

/* ---- Intents ------------------------------------------------------------------------------------------------------- */

/* Intents by the n-grams of utterances, and by their words where the student was told any, into `at->guess`. */
LEVEL static void NAME(guesses)(const Network *net, const Asked *asked, const Rooms *at, int64_t *starts) {
    const int64_t texts = asked->texts, count = net->by_bag.outputs;
    NAME(linear)(&net->by_bag, asked->bag, net->by_bag.inputs, texts, at, at->guess);
    if (net->near.outputs) {
        NAME(read_words)(net, asked, at, starts);
        NAME(linear)(&net->by_words, at->read, net->by_words.inputs, texts, at, at->more);
        NAME(add)(at->more, texts * count, at->guess);
    }
    for (int64_t text = 0; text < texts; text++) NAME(softmax)(at->guess + text * count, count, at->likely + text * count);
}

/* How far an utterance is of an adapted student's own kind, in [0, 1]. */
LEVEL static float NAME(akin)(const Network *net, const float *likely) {
    float kin = 0, most = likely[0];
    for (int64_t at = 0; at < net->by_bag.outputs; at++) {
        kin += likely[at] * net->kin[at];
        most = likely[at] > most ? likely[at] : most;
    }
    const float kinship = logarithm(kin + net->least) - logarithm(most + net->least);
    return sigmoid((kinship - net->border) * net->steepness);
}

/* The intents of an adapted student, with what is foreign spread over them; units are told what it believes. */
LEVEL static void NAME(own_intents)(const Network *net, const Asked *asked, const Rooms *at) {
    const int64_t unit = net->language.inputs, bag = net->own.inputs - unit, count = net->own.outputs - 1;
    const int64_t hidden = net->wide.outputs;
    for (int64_t text = 0; text < asked->texts; text++) {
        float *both = at->pooled + text * (bag + unit);
        NAME(direction)(asked->bag + text * bag, bag, 1.0f, both);
        NAME(direction)(at->mean + text * unit, unit, 1.0f, both + bag);
    }
    NAME(linear)(&net->own, at->pooled, bag + unit, asked->texts, at, at->own);
    for (int64_t text = 0; text < asked->texts; text++) {
        const float akin = NAME(akin)(net, at->likely + text * net->by_bag.outputs);
        float *own = at->own + text * (count + 1), *intent = asked->intent + text * count;
        if (net->own_belief.outputs) {
            NAME(softmax)(own, count, intent);
            NAME(linear)(&net->own_belief, intent, count, 1, at, at->more);
            NAME(add)(at->more, hidden, at->about + text * hidden);
        }
        NAME(softmax)(own, count + 1, own);
        const float spread = (own[count] * akin + (1.0f - akin)) / (float)count;
        for (int64_t each = 0; each < count; each++) intent[each] = logarithm(own[each] * akin + spread + net->least);
    }
}

/* ---- Units in context ---------------------------------------------------------------------------------------------- */

/* Reads units beside their neighbours: the state of each, `at->state`. */
LEVEL static void NAME(context)(const Network *net, const Asked *asked, const Rooms *at, int64_t *starts) {
    const int64_t hidden = net->wide.outputs, unit = net->language.inputs, texts = asked->texts;
    int64_t *sizes = starts + texts;
    clear(at->state, (asked->rows + APART * (texts + 1)) * hidden);
    for (int64_t text = 0, first = 0; text < texts; text++) {
        sizes[text] = larger(asked->lengths[text], 1);
        starts[text] = first;
        first += sizes[text] + APART;
    }
    const Layer *const layers[3] = {&net->wide, &net->middle, &net->last};
    for (int depth = 0; depth < 3; depth++) {
        /* The first window reaches two units to each side, the others one. */
        const float *from = depth ? at->state + (APART - 1) * hidden : at->units;
        NAME(windows)(layers[depth], from, depth ? hidden : unit, starts, sizes, texts, at, at->fresh);
        float *fresh = at->fresh;
        for (int64_t text = 0; text < texts; text++) {
            float *state = at->state + (starts[text] + APART) * hidden;
            for (int64_t each = 0; each < sizes[text]; each++, fresh += hidden, state += hidden) {
                if (!depth) NAME(add)(at->about + text * hidden, hidden, fresh);
                NAME(normed)(&net->norms[depth], fresh, hidden, net->epsilon);
                NAME(gelus)(fresh, hidden);
                NAME(add)(fresh, hidden, state);
            }
        }
    }
}

/* ---- Outputs ------------------------------------------------------------------------------------------------------- */

/* Slots, and where they begin; the mean state of each utterance goes into `at->about`, which is free by now. */
LEVEL static void NAME(slots)(const Network *net, const Asked *asked, const Rooms *at, const int64_t *starts) {
    const int64_t hidden = net->wide.outputs, unit = net->language.inputs, texts = asked->texts;
    const int64_t *sizes = starts + texts;
    float *both = at->fresh;
    for (int64_t text = 0; text < texts; text++) {
        const int64_t first = starts[text] + APART;
        NAME(mean)(at->state + first * hidden, asked->lengths[text], hidden, at->about + text * hidden);
        for (int64_t each = first; each < first + sizes[text]; each++, both += hidden + unit) {
            copy(at->state + each * hidden, hidden, both);
            copy(at->units + each * unit, unit, both + hidden);
        }
    }
    NAME(linear)(&net->slot, at->fresh, hidden + unit, asked->rows, at, asked->slot);
    NAME(linear)(&net->begins, at->fresh, hidden + unit, asked->rows, at, asked->begins);
}

/* Locale, embedding, and whether it is no command. */
LEVEL static void NAME(of_texts)(const Network *net, const Asked *asked, const Rooms *at) {
    const int64_t hidden = net->wide.outputs, unit = net->language.inputs, texts = asked->texts;
    const int64_t bag = net->by_bag.inputs, wide = net->embedding.outputs, reader = net->near.outputs;
    NAME(linear)(&net->language, at->mean, unit, texts, at, asked->language);
    for (int64_t text = 0; text < texts; text++) {
        copy(asked->bag + text * bag, bag, at->pooled + text * (bag + hidden));
        copy(at->about + text * hidden, hidden, at->pooled + text * (bag + hidden) + bag);
    }
    NAME(linear)(&net->embedding, at->pooled, bag + hidden, texts, at, asked->embedding);
    for (int64_t text = 0; text < texts; text++) {
        NAME(direction)(asked->embedding + text * wide, wide, 1.0f, asked->embedding + text * wide);
    }
    if (!net->doubt_near.outputs) return;
    for (int64_t text = 0; text < texts; text++) {
        float *about = at->pooled + text * (bag + unit + 2 * reader);
        copy(asked->bag + text * bag, bag, about);
        copy(at->mean + text * unit, unit, about + bag);
        copy(at->read + text * 2 * reader, 2 * reader, about + bag + unit);
    }
    NAME(linear)(&net->doubt_near, at->pooled, net->doubt_near.inputs, texts, at, at->more);
    NAME(gelus)(at->more, texts * net->doubt_near.outputs);
    NAME(linear)(&net->doubt_odds, at->more, net->doubt_odds.inputs, texts, at, asked->foreign);
    for (int64_t text = 0; text < texts; text++) asked->foreign[text] = sigmoid(asked->foreign[text]);
}

/* ---- All of it ----------------------------------------------------------------------------------------------------- */

LEVEL static void NAME(run)(const Network *net, const Asked *asked, const Rooms *at, int64_t *starts) {
    const int64_t texts = asked->texts, unit = net->language.inputs, hidden = net->wide.outputs;
    const float *own = asked->units;
    set_apart(own, asked->lengths, texts, unit, APART, 1, at->units);
    for (int64_t text = 0; text < texts; text++) {
        NAME(mean)(own, asked->lengths[text], unit, at->mean + text * unit);
        own += larger(asked->lengths[text], 1) * unit;
    }
    NAME(guesses)(net, asked, at, starts);
    NAME(linear)(&net->belief, at->likely, net->by_bag.outputs, texts, at, at->about);
    for (int64_t text = 0; text < texts; text++) {
        NAME(add)(net->locale + asked->locale[text] * hidden, hidden, at->about + text * hidden);
    }
    if (net->own.outputs) {
        NAME(own_intents)(net, asked, at);
    } else {
        copy(at->guess, texts * net->by_bag.outputs, asked->intent);
    }
    NAME(context)(net, asked, at, starts);
    NAME(slots)(net, asked, at, starts);
    NAME(of_texts)(net, asked, at);
}

#undef EACH_ROW
#undef EACH_PAIR_OF_VECTORS
#undef STORE_ROW
#undef STORE_ROWS
#undef GROUP
