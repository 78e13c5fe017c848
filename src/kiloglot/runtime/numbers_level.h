/* Functions of numbers, one by one or a row at a time, for one set of instructions, in the words of
   `levels.h`. */

typedef int32_t NAME(Ints) __attribute__((vector_size(4 * LANES)));

/* `exponential` of shared.h, of many numbers at once: the same bits. */
LEVEL static inline V NAME(exponential)(V x) {
    x = LESSER(GREATER(x, SAME(-87.0f)), SAME(88.0f));
    const V whole = (x * SAME(1.44269504f) + SAME(12582912.0f)) - SAME(12582912.0f);
    const V rest = (x - whole * SAME(0.693359375f)) + whole * SAME(2.12194440e-4f);
    V sum = SAME(1.0f / 5040.0f);
    sum = sum * rest + SAME(1.0f / 720.0f);
    sum = sum * rest + SAME(1.0f / 120.0f);
    sum = sum * rest + SAME(1.0f / 24.0f);
    sum = sum * rest + SAME(1.0f / 6.0f);
    sum = sum * rest + SAME(0.5f);
    sum = sum * rest + SAME(1.0f);
    const NAME(Ints) power = (__builtin_convertvector(whole, NAME(Ints)) + 127) << 23;
    return (sum * rest + SAME(1.0f)) * (V)power;
}

/* The sum of `count` numbers, or of the squares of what each differs from `middle` by. */
LEVEL static inline float NAME(total)(const float *numbers, int64_t count, float middle, int squares) {
    V sums = SAME(0.0f);
    int64_t at = 0;
    for (; at + LANES <= count; at += LANES) {
        const V off = LOAD(numbers + at) - SAME(middle);
        if (squares) {
            sums = FUSED(off, off, sums);
        } else {
            sums = sums + off;
        }
    }
    float each[LANES], sum = 0;
    STORE(each, sums);
    for (int lane = 0; lane < LANES; lane++) sum += each[lane];
    for (; at < count; at++) {
        const float off = numbers[at] - middle;
        sum += squares ? off * off : off;
    }
    return sum;
}

/* e to the power of how far each of `count` numbers lies below `most`, in place; returns their sum. */
LEVEL static inline float NAME(exponentials)(float *numbers, int64_t count, float most) {
    int64_t at = 0;
    for (; at + LANES <= count; at += LANES) {
        STORE(numbers + at, NAME(exponential)(LOAD(numbers + at) - SAME(most)));
    }
    if (at < count) {
        float rest[LANES] = {0};
        copy(numbers + at, count - at, rest);
        STORE(rest, NAME(exponential)(LOAD(rest) - SAME(most)));
        copy(rest, count - at, numbers + at);
    }
    return NAME(total)(numbers, count, 0.0f, 0);
}

/* GELU by the error function, as a ratio of two polynomials that is off by 4e-7 at most (fitted to it on [0, 4], least
   largest error; beyond 4 it is 1 to the last bit but one). */
LEVEL static inline V NAME(gelu)(V x) {
    const V y = GREATER(LESSER(x * SAME(0.70710678f), SAME(4.0f)), SAME(-4.0f)), s = y * y;
    V over = SAME(1.974828819584218e-06f);
    over = FUSED(over, s, SAME(2.8804256e-04f));
    over = FUSED(over, s, SAME(4.003679e-03f));
    over = FUSED(over, s, SAME(5.3467576e-02f));
    over = FUSED(over, s, SAME(1.9624969e-01f));
    over = FUSED(over, s, SAME(1.128379f));
    V under = SAME(3.748091e-05f);
    under = FUSED(under, s, SAME(1.2163688e-03f));
    under = FUSED(under, s, SAME(1.5444486e-02f));
    under = FUSED(under, s, SAME(1.1647673e-01f));
    under = FUSED(under, s, SAME(5.0725293e-01f));
    under = FUSED(under, s, SAME(1.0f));
    return x * SAME(0.5f) * (SAME(1.0f) + RATIO(y * over, under));
}

LEVEL static inline void NAME(gelus)(float *numbers, int64_t count) {
    int64_t at = 0;
    for (; at + LANES <= count; at += LANES) STORE(numbers + at, NAME(gelu)(LOAD(numbers + at)));
    if (at == count) return;
    float rest[LANES] = {0};
    for (int64_t each = at; each < count; each++) rest[each - at] = numbers[each];
    STORE(rest, NAME(gelu)(LOAD(rest)));
    copy(rest, count - at, numbers + at);
}

/* Layer norm in place. */
LEVEL static inline void NAME(normed)(const Norm *norm, float *numbers, int64_t count, float epsilon) {
    const float mean = NAME(total)(numbers, count, 0.0f, 0) / (float)count;
    const float each = 1.0f / ROOT(NAME(total)(numbers, count, mean, 1) / (float)count + epsilon);
    for (int64_t at = 0; at < count; at++) {
        numbers[at] = (numbers[at] - mean) * each * norm->scale[at] + norm->bias[at];
    }
}

/* A vector of length `size`; zeros stay zeros. */
LEVEL static inline void NAME(direction)(const float *from, int64_t count, float size, float *to) {
    const float length = ROOT(NAME(total)(from, count, 0.0f, 1)), by = length > 0 ? size / length : 0;
    for (int64_t at = 0; at < count; at++) to[at] = from[at] * by;
}

LEVEL static inline void NAME(add)(const float *from, int64_t count, float *to) {
    for (int64_t at = 0; at < count; at++) to[at] += from[at];
}

/* The mean of `rows` rows, `step` apart; zeros where there are none. */
LEVEL static inline void NAME(mean)(const float *from, int64_t rows, int64_t width, float *to) {
    clear(to, width);
    for (int64_t row = 0; row < rows; row++) NAME(add)(from + row * width, width, to);
    for (int64_t at = 0; rows && at < width; at++) to[at] /= (float)rows;
}

/* Softmax of `count` numbers. */
LEVEL static inline void NAME(softmax)(const float *from, int64_t count, float *to) {
    float most = from[0];
    for (int64_t at = 1; at < count; at++) most = from[at] > most ? from[at] : most;
    if (to != from) copy(from, count, to);
    const float sum = NAME(exponentials)(to, count, most);
    for (int64_t at = 0; at < count; at++) to[at] /= sum;
}
