// Random numbers: the same as JAX's own for the same key, by the generator of Salmon et al. 2011, "Parallel
// Random Numbers: As Easy as 1, 2, 3", and Giles 2010, "Approximating the erfinv function".

#pragma once

#include <math.h>
#include <string.h>

#include "vectors.h"

namespace omarl {
namespace {

inline Words turned(Words x, int by) { return x << by | x >> (32 - by); }

// The random words of the numbers from `count` on: both halves of Threefry-2x32's block for that counter.
inline Words random_words(const uint32_t (&key)[3], Words count) {
  const int turns[2][4] = {{13, 15, 26, 6}, {17, 29, 16, 24}};
  Words high = Words{} + key[0], low = count + key[1];
  for (uint32_t group = 0; group < 5; ++group) {
    for (int turn : turns[group % 2]) {
      high += low;
      low = turned(low, turn) ^ high;
    }
    high += key[(group + 1) % 3];
    low += key[(group + 2) % 3] + group + 1;
  }
  return high ^ low;
}

// Numbers in [0, 1), from the upper 23 bits of words.
inline Vector unit(Words words) { return (Vector)((words >> 9) | 0x3f800000u) - 1.0f; }

// The inverse of the error function in (-1, 1).
inline Vector inverse_erf(Vector x) {
  const float middle[] = {2.81022636e-08f,  3.43273939e-07f, -3.5233877e-06f, -4.39150654e-06f, 0.00021858087f,
                          -0.00125372503f, -0.00417768164f, 0.246640727f,    1.50140941f};
  const float ends[] = {-0.000200214257f, 0.000100950558f, 0.00134934322f, -0.00367342844f, 0.00573950773f,
                        -0.0076224613f,   0.00943887047f,  1.00167406f,    2.83297682f};
  const Vector w = -logarithm((1.0f - x) * (1.0f + x));
  Vector slope = polynomial(middle, w - 2.5f);
  const Whole far = w >= 5.0f;
  int32_t any = 0;
  for (int64_t lane = 0; lane < kLanes; ++lane) any |= far[lane];
  if (any) {  // one number of 300
    Vector root;
    for (int64_t lane = 0; lane < kLanes; ++lane) root[lane] = sqrtf(w[lane]);
    slope = far ? polynomial(ends, root - 3.0f) : slope;
  }
  return slope * x;
}

// Writes the numbers from `begin` to `end` of the stream of a key of two words to `to`, which begins with number
// 0: standard normal ones, or uniform ones in [0, 1).
template <bool Normal>
void noise(const uint32_t *words, int64_t begin, int64_t end, float *to) {
  const uint32_t key[3] = {words[0], words[1], words[0] ^ words[1] ^ 0x1bd11bdau};
  const float least = -0x1.fffffep-1f;  // the inverse error function is finite from here on
  Words count = {};
  for (int64_t lane = 0; lane < kLanes; ++lane) count[lane] = static_cast<uint32_t>(begin + lane);
  for (int64_t at = begin; at < end; at += kLanes, count += static_cast<uint32_t>(kLanes)) {
    Vector x = unit(random_words(key, count));
    if (Normal) x = 1.41421354f * inverse_erf(x * (1.0f - least) + least);
    if (end - at >= kLanes)
      store(to + at, x);
    else
      memcpy(to + at, &x, (end - at) * sizeof(float));
  }
}

}  // namespace
}  // namespace omarl
