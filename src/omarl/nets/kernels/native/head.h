// One critic head over many actions: its values, and the gradient of its mean soft maximum.
//
// A head has two hidden layers. What all actions at one observation share, the first layer's output for the
// context, is computed outside and given as `shared`. Matrices are dense, their last axis varies fastest.

#pragma once

#include <cstdint>

namespace omarl {

// Sizes of a head: entries of an action, and the widths of the two hidden layers, multiples of 16.
struct Sizes {
  int64_t actions, first, second;
  bool normalised;  // layer normalisation before each ReLU

  // How many parameters there are, in the order in which `Parameters` reads them.
  int64_t parameters() const {
    const int64_t plain = actions * first + first * second + 2 * second + 1;
    return plain + (normalised ? 2 * (first + second) : 0);
  }
};

// Where each parameter, or its gradient, lies in one vector of `Sizes::parameters` numbers.
template <typename Number>
struct Parameters {
  Number *own;            // [actions, first]
  Number *hidden;         // [first, second]
  Number *hidden_offset;  // [second]
  Number *last;           // [second]
  Number *last_offset;    // [1]
  Number *scale[2];       // [first] and [second], only where normalised
  Number *offset[2];

  Parameters(Number *at, const Sizes &sizes) {
    const auto next = [&at](int64_t count) { return (at += count) - count; };
    own = next(sizes.actions * sizes.first);
    hidden = next(sizes.first * sizes.second);
    hidden_offset = next(sizes.second);
    last = next(sizes.second);
    last_offset = next(1);
    for (int layer = 0; layer < 2; ++layer) {
      const int64_t width = layer ? sizes.second : sizes.first;
      scale[layer] = sizes.normalised ? next(width) : nullptr;
      offset[layer] = sizes.normalised ? next(width) : nullptr;
    }
  }
};

// The actions that are scored at each of `rows` observations.
struct Candidates {
  int64_t samples, rows;
  const float *shared;  // [rows, first]
  const float *own;     // [samples, rows, actions]
};

// What values are fitted to, one action at each observation.
struct Fit {
  const float *target, *weight;  // [rows]
  float pull;                    // the weight of the sum of the values
};

// What is computed, for the rows from `begin` to `end`, by one set of instructions.
struct Kernels {
  // The value of every action, [samples, rows].
  void (*values)(const Sizes &, const float *parameters, const Candidates &, int64_t begin, int64_t end,
                 float *values);
  // Returns the sum over the rows of logsumexp(values - beside), where `beside` has [samples, rows] log
  // densities. Its gradient times `weight` is written to `shared` [rows, first] and added to `gradient`.
  double (*soft_maximum)(const Sizes &, const float *parameters, const Candidates &, const float *beside,
                         int64_t begin, int64_t end, float weight, float *shared, float *gradient);
  // Returns the sum over the rows of weight (value - target)^2, and adds the values to `total`. The gradient of
  // what it returns, and of `pull` times the values, goes where that of `soft_maximum` goes.
  double (*squared_error)(const Sizes &, const float *parameters, const Candidates &, const Fit &, int64_t begin,
                          int64_t end, double *total, float *shared, float *gradient);
  // Adds the product of x [rows, m], transposed, and g [rows, n] to `sum` [m, n]; n is a multiple of 16.
  void (*transposed_product)(int64_t rows, int64_t m, int64_t n, const float *x, const float *g, float *sum);
  // Writes the numbers from `begin` to `end` of a key's stream (see noise.h) to where they belong in `to`.
  void (*normal)(const uint32_t *key, int64_t begin, int64_t end, float *to);
  void (*uniform)(const uint32_t *key, int64_t begin, int64_t end, float *to);
};

extern const Kernels avx2, avx512, amx;

}  // namespace omarl
