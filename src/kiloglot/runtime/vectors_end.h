/* The end of vectors, which sets of instructions may share. */

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
#undef I
#undef LOAD_WHOLE
#undef FLOATS
#undef WIDENED
