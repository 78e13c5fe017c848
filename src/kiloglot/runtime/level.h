/* One set of instructions, which `levels.h` has described: what is compiled for it, and the end of the description. */

#include "numbers_level.h"
#include BODY

#undef LEVEL
#undef NAME
#undef V
#undef LANES
#undef MOST
#undef LOAD
#undef STORE
#undef SAME
#undef FUSED
#undef LESSER
#undef GREATER
#undef RATIO
#undef ROOT
#undef WHOLE
#undef I
#undef W
#undef LOAD_WHOLE
#undef SAME_WHOLE
#undef WIDENED
#undef CODES
#undef FLOATS
#undef STORE_WHOLE
