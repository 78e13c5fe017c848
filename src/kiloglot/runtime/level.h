/* One set of instructions, which `levels.h` has described: what is compiled for it, and the end of what is its own. */

#include "numbers_level.h"
#include BODY

#undef LEVEL
#undef NAME
#undef WHOLE
#undef W
#undef SAME_WHOLE
#undef CODES
#undef STORE_WHOLE
