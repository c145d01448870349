// Vectors of one set of instructions: what head.cpp and noise.h are written with. They are compiled once for
// each set, so nothing here may have a name outside its file; no template of the standard library is used for
// the same reason: the linker would keep one set's copy of it for all.

#pragma once

#include <stdint.h>

namespace omarl {
namespace {

#ifdef __AVX512F__
constexpr int64_t kLanes = 16;
#else
constexpr int64_t kLanes = 8;
#endif

typedef float Vector __attribute__((vector_size(4 * kLanes)));
typedef float Unaligned __attribute__((vector_size(4 * kLanes), aligned(4), may_alias));
typedef int32_t Whole __attribute__((vector_size(4 * kLanes)));
typedef uint32_t Words __attribute__((vector_size(4 * kLanes)));

template <typename Number>
inline Number smaller(Number a, Number b) {
  return a < b ? a : b;
}
template <typename Number>
inline Number larger(Number a, Number b) {
  return a < b ? b : a;
}

inline Vector load(const float *at) { return *reinterpret_cast<const Unaligned *>(at); }
inline void store(float *at, Vector value) { *reinterpret_cast<Unaligned *>(at) = value; }
inline Vector all(float value) { return value - Vector{}; }

// The polynomial with these coefficients, that of the highest power first.
template <int Count>
inline Vector polynomial(const float (&terms)[Count], Vector x) {
  Vector total = all(terms[0]);
  for (int i = 1; i < Count; ++i) total = total * x + terms[i];
  return total;
}

// e to the power x for numbers of at most 0, within 2 units in the last place; 0 below -87.
inline Vector exponential(Vector x) {
  const float terms[] = {1.9875691500e-4f, 1.3981999507e-3f, 8.3334519073e-3f,
                         4.1665795894e-2f, 1.6666665459e-1f, 5.0000001201e-1f};
  const Vector bounded = x < -87.0f ? all(-87.0f) : x, magic = all(12582912.0f);  // rounds to a whole number
  const Vector whole = (bounded * 1.44269504f + magic) - magic;
  const Vector rest = (bounded - whole * 0.693359375f) + whole * 2.12194440e-4f;
  const Vector part = polynomial(terms, rest) * rest * rest + rest + 1.0f;
  const Whole power = (__builtin_convertvector(whole, Whole) + 127) << 23;
  return x < -87.0f ? Vector{} : part * (Vector)power;
}

// The natural logarithm of positive numbers that are not denormal, within 2 units in the last place.
inline Vector logarithm(Vector x) {
  const float terms[] = {7.0376836292e-2f,  -1.1514610310e-1f, 1.1676998740e-1f, -1.2420140846e-1f, 1.4249322787e-1f,
                         -1.6668057665e-1f, 2.0000714765e-1f,  -2.4999993993e-1f, 3.3333331174e-1f};
  const Whole bits = (Whole)x, apart = bits - 0x3f3504f3;  // the bits of the square root of one half
  const Vector exponent = __builtin_convertvector(apart >> 23, Vector);
  const Vector rest = (Vector)((apart & 0x007fffff) + 0x3f3504f3) - 1.0f, square = rest * rest;
  const Vector series = polynomial(terms, rest) * rest * square - 2.12194440e-4f * exponent - 0.5f * square;
  return rest + series + 0.693359375f * exponent;
}

}  // namespace
}  // namespace omarl
