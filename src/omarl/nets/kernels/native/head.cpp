// The computations of head.h with one set of instructions: OMARL_SET is avx2, avx512 or amx, and the compiler
// is told to use it. Rows are taken in blocks whose activations stay in a core's cache.

#include "head.h"

#include "noise.h"
#include "vectors.h"

#ifdef __AMX_TILE__
#include <immintrin.h>
#endif
#include <math.h>
#include <stdlib.h>
#include <string.h>

namespace omarl {
namespace {

#ifdef __AVX512F__
constexpr int64_t kTileRows = 6, kTileVectors = 4;  // 24 of 32 registers add up
#else
constexpr int64_t kTileRows = 6, kTileVectors = 2;  // 12 of 16
#endif
constexpr int64_t kBlock = 160;  // rows of activations in a block, about

inline Vector rectified(Vector x) { return x < 0.0f ? Vector{} : x; }  // NaN stays
inline Vector where_positive(Vector x, Vector value) { return x > 0.0f ? value : Vector{}; }

inline float sum(Vector x) {
#ifdef __AVX512F__
  x += __builtin_shufflevector(x, x, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
  x += __builtin_shufflevector(x, x, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11);
  x += __builtin_shufflevector(x, x, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13);
#else
  x += __builtin_shufflevector(x, x, 4, 5, 6, 7, 0, 1, 2, 3);
  x += __builtin_shufflevector(x, x, 2, 3, 0, 1, 6, 7, 4, 5);
#endif
  return x[0] + x[1];
}

// A matrix seen as [rows, depth], whose entry (i, k) lies at `at[i * row + k * step]`.
struct Factor {
  const float *at;
  int64_t row, step;
};

// What a product is added to, and whether the sum is rectified. With `row` 0 the same row is added to all.
struct Start {
  const float *at;
  int64_t row;
  bool rectify = false;
};

// A tile of `Rows` rows and `Vectors` vectors of a product.
template <int Rows, int Vectors>
inline void tile(int64_t depth, Factor a, const float *b, int64_t b_row, Start start, float *c, int64_t c_row) {
  Vector total[Rows][Vectors];
  for (int i = 0; i < Rows; ++i)
    for (int j = 0; j < Vectors; ++j) total[i][j] = load(start.at + i * start.row + j * kLanes);
  for (int64_t k = 0; k < depth; ++k) {
    Vector right[Vectors];
    for (int j = 0; j < Vectors; ++j) right[j] = load(b + k * b_row + j * kLanes);
    for (int i = 0; i < Rows; ++i) {
      const Vector left = all(a.at[i * a.row + k * a.step]);
      for (int j = 0; j < Vectors; ++j) total[i][j] += left * right[j];
    }
  }
  for (int i = 0; i < Rows; ++i)
    for (int j = 0; j < Vectors; ++j)
      store(c + i * c_row + j * kLanes, start.rectify ? rectified(total[i][j]) : total[i][j]);
}

// The rows of a panel that are left over, fewer than a tile has.
template <int Rows, int Vectors>
inline void rest(int64_t rows, int64_t depth, Factor a, const float *b, int64_t b_row, Start start, float *c,
                 int64_t c_row) {
  if constexpr (Rows > 0) {
    if (rows == Rows)
      tile<Rows, Vectors>(depth, a, b, b_row, start, c, c_row);
    else
      rest<Rows - 1, Vectors>(rows, depth, a, b, b_row, start, c, c_row);
  }
}

template <int Vectors>
inline void panel(int64_t rows, int64_t depth, Factor a, const float *b, int64_t b_row, Start start, float *c,
                  int64_t c_row) {
  for (; rows >= kTileRows; rows -= kTileRows) {
    tile<kTileRows, Vectors>(depth, a, b, b_row, start, c, c_row);
    a.at += kTileRows * a.row;
    start.at += kTileRows * start.row;
    c += kTileRows * c_row;
  }
  rest<kTileRows - 1, Vectors>(rows, depth, a, b, b_row, start, c, c_row);
}

// c [rows, width] = start + a [rows, depth] b [depth, width]; the width is a multiple of 16.
void product(int64_t rows, int64_t depth, int64_t width, Factor a, const float *b, Start start, float *c) {
  int64_t j = 0;
  const auto from = [&] { return Start{start.at + j, start.row, start.rectify}; };
  for (; j + kTileVectors * kLanes <= width; j += kTileVectors * kLanes)
    panel<kTileVectors>(rows, depth, a, b + j, width, from(), c + j, width);
  for (; j < width; j += kLanes) panel<1>(rows, depth, a, b + j, width, from(), c + j, width);
}

// Numbers that one thread works with; what is given out is kept until the thread ends.
class Scratch {
 public:
  ~Scratch() { free(memory_); }

  void reserve(int64_t count) {
    if (count > size_) {
      free(memory_);
      memory_ = static_cast<float *>(aligned_alloc(64, (count * 4 + 63) / 64 * 64));
      size_ = count;
    }
    used_ = 0;
  }

  float *take(int64_t count) { return memory_ + (used_ += (count + 15) / 16 * 16) - (count + 15) / 16 * 16; }

 private:
  float *memory_ = nullptr;
  int64_t size_ = 0, used_ = 0;
};

#ifdef __AMX_TILE__

// Products by AMX, whose tiles multiply bfloat16 numbers and add in float32. A factor is split into two or three
// pieces of 8 bits each that add up to it, or is one piece, where it is a mask of zeros and ones. The products of
// pieces are added whose size matters.
constexpr int kMostPieces = 3;

struct Pieces {
  int left, right;
};
constexpr int64_t kTile = 16;                // rows of a tile, and columns of float32 in it
constexpr int64_t kDepth = 2 * kTile;        // bfloat16 numbers in a row of a tile
constexpr int64_t kTileNumbers = kTile * kDepth;

inline int64_t tiles(int64_t count, int64_t size) { return (count + size - 1) / size; }

// Numbers of float32 that hold all pieces of a matrix.
inline int64_t packed_size(int64_t rows, int64_t depth) {
  return kMostPieces * tiles(rows, kDepth) * tiles(depth, kDepth) * kDepth * kDepth / 2;
}

void begin_tiles() {
  alignas(64) uint8_t sizes[64] = {1};
  for (int tile = 0; tile < 8; ++tile) {
    sizes[16 + 2 * tile] = 64;  // bytes in a row
    sizes[48 + tile] = kTile;
  }
  _tile_loadconfig(sizes);
}
void end_tiles() { _tile_release(); }

// The next piece of 32 numbers, which is taken off them.
inline __m512i take_piece(__m512 (&x)[2]) {
  __m256i part[2];
  for (int half = 0; half < 2; ++half) {
    part[half] = (__m256i)_mm512_cvtneps_pbh(x[half]);
    x[half] = _mm512_sub_ps(x[half], _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(part[half]), 16)));
  }
  return _mm512_inserti64x4(_mm512_castsi256_si512(part[0]), part[1], 1);
}

// 32 numbers of a row from `from` on, zeros beyond `width`; the width is a multiple of 16.
inline void read(const float *row, int64_t from, int64_t width, __m512 (&x)[2]) {
  for (int64_t half = 0; half < 2; ++half)
    x[half] = from + 16 * half < width ? _mm512_loadu_ps(row + from + 16 * half) : _mm512_setzero_ps();
}

// Packs `a` [rows, depth] as the left factor: tiles [piece][rows / 16][depth / 32] of 16 rows each.
void pack_left(int pieces, int64_t rows, int64_t depth, const float *a, uint16_t *to) {
  const int64_t down = tiles(rows, kTile), along = tiles(depth, kDepth);
  for (int64_t r = 0; r < down * kTile; ++r)
    for (int64_t k = 0; k < along; ++k) {
      __m512 x[2] = {};
      if (r < rows) read(a + r * depth, k * kDepth, depth, x);
      for (int piece = 0; piece < pieces; ++piece) {
        uint16_t *tile = to + ((piece * down + r / kTile) * along + k) * kTileNumbers;
        _mm512_store_si512(tile + r % kTile * kDepth, take_piece(x));
      }
    }
}

// The pairs of numbers of two rows that stand below each other: for the columns 0 to 15, and for the others.
inline void pair(__m512i upper, __m512i lower, __m512i (&to)[2]) {
  const __m512i order = _mm512_set_epi64(7, 3, 6, 2, 5, 1, 4, 0);  // the unpacking below works in lanes of 128 bits
  upper = _mm512_permutexvar_epi64(order, upper);
  lower = _mm512_permutexvar_epi64(order, lower);
  const __m512i low = _mm512_unpacklo_epi16(upper, lower), high = _mm512_unpackhi_epi16(upper, lower);
  // Lane i of `low` has columns 4 i to 4 i + 3, lane i of `high` those 16 further on.
  to[0] = low;
  to[1] = high;
}

// Packs `b` [depth, width] as the right factor: tiles [piece][depth / 32][width / 16] of 16 pairs of rows.
void pack_right(int pieces, int64_t depth, int64_t width, const float *b, uint16_t *to) {
  const int64_t down = tiles(depth, kDepth), along = width / kTile;
  for (int64_t k = 0; k < down * kDepth; k += 2)
    for (int64_t j = 0; j < width; j += kDepth) {
      __m512 upper[2] = {}, lower[2] = {};
      if (k < depth) read(b + k * width, j, width, upper);
      if (k + 1 < depth) read(b + (k + 1) * width, j, width, lower);
      for (int piece = 0; piece < pieces; ++piece) {
        __m512i pairs[2];
        pair(take_piece(upper), take_piece(lower), pairs);
        for (int64_t half = 0; half < 2 && j + kTile * half < width; ++half) {
          uint16_t *tile = to + ((piece * down + k / kDepth) * along + j / kTile + half) * kTileNumbers;
          _mm512_store_si512(tile + k % kDepth / 2 * kDepth, pairs[half]);
        }
      }
    }
}

// Rows become columns in a tile of 16 x 16 numbers of 32 bits.
inline void turn(__m512i (&x)[16]) {
  __m512i y[16];
  for (int i = 0; i < 16; i += 2) {
    y[i] = _mm512_unpacklo_epi32(x[i], x[i + 1]);
    y[i + 1] = _mm512_unpackhi_epi32(x[i], x[i + 1]);
  }
  for (int i = 0; i < 16; i += 4)
    for (int j = 0; j < 2; ++j) {
      x[i + 2 * j] = _mm512_unpacklo_epi64(y[i + j], y[i + j + 2]);
      x[i + 2 * j + 1] = _mm512_unpackhi_epi64(y[i + j], y[i + j + 2]);
    }
  for (int i = 0; i < 4; ++i) {
    y[i] = _mm512_shuffle_i32x4(x[i], x[i + 4], 0x88);
    y[i + 4] = _mm512_shuffle_i32x4(x[i], x[i + 4], 0xdd);
    y[i + 8] = _mm512_shuffle_i32x4(x[i + 8], x[i + 12], 0x88);
    y[i + 12] = _mm512_shuffle_i32x4(x[i + 8], x[i + 12], 0xdd);
  }
  for (int i = 0; i < 4; ++i) {
    x[i] = _mm512_shuffle_i32x4(y[i], y[i + 8], 0x88);
    x[i + 8] = _mm512_shuffle_i32x4(y[i], y[i + 8], 0xdd);
    x[i + 4] = _mm512_shuffle_i32x4(y[i + 4], y[i + 12], 0x88);
    x[i + 12] = _mm512_shuffle_i32x4(y[i + 4], y[i + 12], 0xdd);
  }
}

// The bits of the positive ones among 16 numbers.
inline __mmask16 positive(const float *x) {
  return _mm512_cmp_ps_mask(_mm512_loadu_ps(x), _mm512_setzero_ps(), _CMP_GT_OQ);
}

constexpr int kOne = 0x3f80;  // 1 in bfloat16

// Packs the mask of the positive ones in `a` [rows, depth] as the left factor.
void pack_mask_left(int64_t rows, int64_t depth, const float *a, uint16_t *to) {
  const int64_t along = tiles(depth, kDepth);
  for (int64_t r = 0; r < tiles(rows, kTile) * kTile; ++r)
    for (int64_t k = 0; k < along; ++k) {
      __mmask32 bits = 0;
      for (int64_t half = 0; half < 2 && r < rows && k * kDepth + half * 16 < depth; ++half)
        bits |= static_cast<__mmask32>(positive(a + r * depth + k * kDepth + half * 16)) << 16 * half;
      _mm512_store_si512(to + (r / kTile * along + k) * kTileNumbers + r % kTile * kDepth,
                         _mm512_maskz_set1_epi16(bits, kOne));
    }
}

// Packs the mask of the positive ones in `b` [depth, width] as the right factor.
void pack_mask_right(int64_t depth, int64_t width, const float *b, uint16_t *to) {
  const int64_t along = width / kTile;
  for (int64_t k = 0; k < tiles(depth, kDepth) * kDepth; k += 2)
    for (int64_t j = 0; j < along; ++j) {
      __m512i pairs = _mm512_setzero_si512();
      for (int64_t lower = 0; lower < 2 && k + lower < depth; ++lower)
        pairs = _mm512_mask_or_epi32(pairs, positive(b + (k + lower) * width + j * kTile), pairs,
                                     _mm512_set1_epi32(kOne << 16 * lower));
      _mm512_store_si512(to + (k / kDepth * along + j) * kTileNumbers + k % kDepth / 2 * kDepth, pairs);
    }
}

// Packs `x` [rows, width], transposed, as the left factor: `pack_left` of [width, rows]. Each row is multiplied
// by a number of `factors`, if there are any.
void pack_turned(int pieces, int64_t rows, int64_t width, const float *x, const float *factors, uint16_t *to) {
  const int64_t down = width / kTile, along = tiles(rows, kDepth);
  for (int64_t k = 0; k < along; ++k)
    for (int64_t i = 0; i < width; i += kDepth) {
      __m512i pairs[kMostPieces][2][kTile];
      for (int64_t r = 0; r < kTile; ++r) {
        const int64_t row = k * kDepth + 2 * r;
        __m512 upper[2] = {}, lower[2] = {};
        if (row < rows) read(x + row * width, i, width, upper);
        if (row + 1 < rows) read(x + (row + 1) * width, i, width, lower);
        for (int half = 0; half < 2 && factors; ++half) {
          upper[half] *= row < rows ? factors[row] : 0.0f;
          lower[half] *= row + 1 < rows ? factors[row + 1] : 0.0f;
        }
        for (int piece = 0; piece < pieces; ++piece) {
          __m512i both[2];
          pair(take_piece(upper), take_piece(lower), both);
          pairs[piece][0][r] = both[0];
          pairs[piece][1][r] = both[1];
        }
      }
      for (int piece = 0; piece < pieces; ++piece)
        for (int64_t half = 0; half < 2 && i + kTile * half < width; ++half) {
          turn(pairs[piece][half]);
          uint16_t *tile = to + ((piece * down + i / kTile + half) * along + k) * kTileNumbers;
          for (int64_t r = 0; r < kTile; ++r) _mm512_store_si512(tile + r * kDepth, pairs[piece][half][r]);
        }
    }
}

// Down x Along tiles, from tile (i, j) on, of start + the product of packed factors.
template <int Down, int Along>
inline void add_tiles(Pieces pieces, int64_t down, int64_t along, int64_t deep, int64_t i, int64_t j, const uint16_t *a,
                      const uint16_t *b, Start start, float *c, int64_t c_row) {
  const int64_t row = 64, bytes = start.row * 4;
  const float *from = start.at + i * kTile * start.row + j * kTile;
  _tile_loadd(0, from, bytes);
  if constexpr (Along > 1) _tile_loadd(1, from + kTile, bytes);
  if constexpr (Down > 1) _tile_loadd(2, from + kTile * start.row, bytes);
  if constexpr (Down > 1 && Along > 1) _tile_loadd(3, from + kTile * start.row + kTile, bytes);
  for (int64_t k = 0; k < deep; ++k)
    for (int left = 0; left < pieces.left; ++left) {
      const uint16_t *one = a + ((left * down + i) * deep + k) * kTileNumbers;
      _tile_loadd(4, one, row);
      if constexpr (Down > 1) _tile_loadd(5, one + deep * kTileNumbers, row);
      for (int right = 0; right < pieces.right && left + right < larger(pieces.left, pieces.right); ++right) {
        const uint16_t *other = b + ((right * deep + k) * along + j) * kTileNumbers;
        _tile_loadd(6, other, row);
        if constexpr (Along > 1) _tile_loadd(7, other + kTileNumbers, row);
        _tile_dpbf16ps(0, 4, 6);
        if constexpr (Along > 1) _tile_dpbf16ps(1, 4, 7);
        if constexpr (Down > 1) _tile_dpbf16ps(2, 5, 6);
        if constexpr (Down > 1 && Along > 1) _tile_dpbf16ps(3, 5, 7);
      }
    }
  float *const at = c + i * kTile * c_row + j * kTile;
  _tile_stored(0, at, c_row * 4);
  if constexpr (Along > 1) _tile_stored(1, at + kTile, c_row * 4);
  if constexpr (Down > 1) _tile_stored(2, at + kTile * c_row, c_row * 4);
  if constexpr (Down > 1 && Along > 1) _tile_stored(3, at + kTile * c_row + kTile, c_row * 4);
  if (start.rectify)
    for (int64_t r = 0; r < Down * kTile; ++r)
      for (int64_t lane = 0; lane < Along * kTile; lane += kLanes)
        store(at + r * c_row + lane, rectified(load(at + r * c_row + lane)));
}

// c [16 down, width] = start + the product of packed factors of `down` tiles and `deep` tiles in depth.
void packed_product(Pieces pieces, int64_t down, int64_t width, int64_t deep, const uint16_t *a, const uint16_t *b,
                    Start start, float *c) {
  const int64_t along = width / kTile;
  for (int64_t i = 0; i < down; i += 2)
    for (int64_t j = 0; j < along; j += 2) {
      const bool tall = i + 1 < down, wide = j + 1 < along;
      const auto add = tall ? (wide ? add_tiles<2, 2> : add_tiles<2, 1>) : (wide ? add_tiles<1, 2> : add_tiles<1, 1>);
      add(pieces, down, along, deep, i, j, a, b, start, c, width);
    }
}

#else

constexpr int64_t kTile = 1;
inline int64_t packed_size(int64_t, int64_t) { return 0; }
void begin_tiles() {}
void end_tiles() {}

#endif

// How the products of a head are computed: by tiles of so many pieces, or without; and room for packed factors.
struct Products {
  int pieces;
  float *left, *right;
};

#ifdef __AMX_TILE__
constexpr int kPieces = 2;

// Layer normalisation divides what its products are rounded to by a deviation that may be small, and with it the
// gradients that are learnt from. So forward it takes three pieces for learning, and those are only faster than
// float32 where a layer is wide.
inline int forward_pieces(const Sizes &sizes, bool learns) {
  if (!sizes.normalised || !learns) return kPieces;
  return smaller(sizes.first, sizes.second) < 256 ? 0 : 3;
}
#else
constexpr int kPieces = 0;
inline int forward_pieces(const Sizes &, bool) { return 0; }
#endif

// A matrix of weights by which many rows are multiplied.
class Weights {
 public:
  // `room` has `packed_size(depth, width)` numbers.
  void set(const Products &how, int64_t depth, int64_t width, const float *b, float *room) {
    how_ = how, depth_ = depth, width_ = width, b_ = b, packed_ = room;
#ifdef __AMX_TILE__
    if (how.pieces) pack_right(how.pieces, depth, width, b, reinterpret_cast<uint16_t *>(room));
#endif
  }

  // c [rows, width] = start + a [rows, depth] times the weights. Both, and what `start` has for each row, have
  // room for a multiple of `kTile` rows.
  void multiply(int64_t rows, const float *a, Start start, float *c) const {
#ifdef __AMX_TILE__
    if (how_.pieces) {
      uint16_t *left = reinterpret_cast<uint16_t *>(how_.left), *right = reinterpret_cast<uint16_t *>(packed_);
      pack_left(how_.pieces, rows, depth_, a, left);
      packed_product({how_.pieces, how_.pieces}, tiles(rows, kTile), width_, tiles(depth_, kDepth), left, right, start, c);
      return;
    }
#endif
    product(rows, depth_, width_, {a, depth_, 1}, b_, start, c);
  }

#ifdef __AMX_TILE__
  // The same where `a` counts as 1 if it is positive and as 0 otherwise.
  void multiply_mask(int64_t rows, const float *a, Start start, float *c) const {
    uint16_t *left = reinterpret_cast<uint16_t *>(how_.left), *right = reinterpret_cast<uint16_t *>(packed_);
    pack_mask_left(rows, depth_, a, left);
    packed_product({1, how_.pieces}, tiles(rows, kTile), width_, tiles(depth_, kDepth), left, right, start, c);
  }
#endif

 private:
  Products how_;
  int64_t depth_, width_;
  const float *b_;
  float *packed_;
};

// Adds the product of x [rows, m], transposed, and g [rows, n] to c [m, n]; m and n are multiples of 16.
void add_transposed([[maybe_unused]] const Products &how, int64_t rows, int64_t m, int64_t n, const float *x,
                    const float *g, float *c) {
#ifdef __AMX_TILE__
  if (how.pieces) {
    uint16_t *a = reinterpret_cast<uint16_t *>(how.left), *b = reinterpret_cast<uint16_t *>(how.right);
    pack_turned(how.pieces, rows, m, x, nullptr, a);
    pack_right(how.pieces, rows, n, g, b);
    packed_product({how.pieces, how.pieces}, m / kTile, n, tiles(rows, kDepth), a, b, {c, n}, c);
    return;
  }
#endif
  product(m, rows, n, {x, 1, m}, g, {c, n}, c);
}

// Layer normalisation of a block of rows, followed by a ReLU.
struct Normalised {
  int64_t width;
  const float *scale, *offset;
  float *standard;  // [block, width], the normalised input; null where nothing is learnt
  float *inverse;   // [block], one over the standard deviation

  // The output in place of the input, x [rows, width].
  void forward(int64_t rows, float *x) const {
    for (int64_t r = 0; r < rows; ++r, x += width) {
      float *y = standard ? standard + r * width : nullptr;
      Vector total = {}, squares = {};
      for (int64_t i = 0; i < width; i += kLanes) total += load(x + i);
      const Vector mean = all(sum(total) / width);
      for (int64_t i = 0; i < width; i += kLanes) {
        const Vector distance = load(x + i) - mean;
        squares += distance * distance;
      }
      inverse[r] = 1.0f / sqrtf(sum(squares) / width + 1e-5f);
      const Vector factor = all(inverse[r]);
      for (int64_t i = 0; i < width; i += kLanes) {
        const Vector value = (load(x + i) - mean) * factor;
        if (y) store(y + i, value);
        store(x + i, rectified(value * load(scale + i) + load(offset + i)));
      }
    }
  }

  // The gradient of the input in place of g [rows, width], that of the output `x`. The gradients of scale and
  // offset are added up.
  void backward(int64_t rows, const float *x, float *g, float *of_scale, float *of_offset) const {
    for (int64_t r = 0; r < rows; ++r, x += width, g += width) {
      const float *y = standard + r * width;
      Vector total = {}, along = {};
      for (int64_t i = 0; i < width; i += kLanes) {
        const Vector outer = where_positive(load(x + i), load(g + i)), value = load(y + i);
        store(of_offset + i, load(of_offset + i) + outer);
        store(of_scale + i, load(of_scale + i) + outer * value);
        const Vector inner = outer * load(scale + i);
        total += inner;
        along += inner * value;
        store(g + i, inner);
      }
      const Vector mean = all(sum(total) / width), slope = all(sum(along) / width), factor = all(inverse[r]);
      for (int64_t i = 0; i < width; i += kLanes) store(g + i, (load(g + i) - mean - load(y + i) * slope) * factor);
    }
  }
};

// One head and room for a block of rows. Row k * count + i is that of candidate k at observation i of `count`.
class Block {
 public:
  Block(const Sizes &sizes, const float *parameters, const Candidates &candidates, bool learns)
      : sizes_(sizes), of_(parameters, sizes), c_(candidates) {
    const int64_t first = sizes.first, second = sizes.second, wanted = kBlock / c_.samples;
    step_ = wanted >= kLanes ? wanted / kLanes * kLanes : larger<int64_t>(wanted, 1);
    const int64_t rows = (step_ * c_.samples + kTile - 1) / kTile * kTile, packed = packed_size(first, second);
    const int64_t room = larger(packed_size(rows, first), packed_size(rows, second)), lanes = pitch(step_) * c_.samples;
    const int64_t normalised = sizes.normalised ? first + second + 2 : 0;
    scratch_.reserve(rows * (sizes.actions + 2 * (first + second) + normalised + 1) + 2 * lanes + 2 * first * second +
                     larger(first, second) + second + 2 * packed + 2 * room + 16 * 20);
    own_ = scratch_.take(rows * sizes.actions);
    values_ = scratch_.take(lanes);
    beside_ = scratch_.take(lanes);
    for (int i = 0; i < 2; ++i) {
      const int64_t width = i ? second : first;
      active_[i] = scratch_.take(rows * width);
      if (sizes.normalised)
        normalised_[i] = {width, of_.scale[i], of_.offset[i], learns ? scratch_.take(rows * width) : nullptr,
                          scratch_.take(rows)};
    }
    how_ = {kPieces, scratch_.take(room), scratch_.take(room)};
    begin_tiles();
    const Products forward{forward_pieces(sizes, learns), how_.left, how_.right};
    hidden_.set(forward, first, second, of_.hidden, scratch_.take(packed));
    if (!learns) return;
    above_ = scratch_.take(rows * second);
    below_ = scratch_.take(rows * first);
    nothing_ = scratch_.take(larger(first, second));
    memset(nothing_, 0, first * sizeof(float));
    masked_ = how_.pieces && !sizes.normalised;
    float *const turned = scratch_.take(first * second);
    for (int64_t i = 0; i < first; ++i)
      for (int64_t j = 0; j < second; ++j)
        turned[j * first + i] = of_.hidden[i * second + j] * (masked_ ? of_.last[j] : 1.0f);
    turned_.set(how_, second, first, turned, scratch_.take(packed));
    slopes_ = scratch_.take(rows);
    masked_hidden_ = scratch_.take(first * second);
    masked_slopes_ = scratch_.take(second);
    memset(masked_hidden_, 0, first * second * sizeof(float));
    memset(masked_slopes_, 0, second * sizeof(float));
  }

  ~Block() { end_tiles(); }

  // How many observations a block has, and how far apart the values of two candidates lie.
  int64_t step() const { return step_; }
  static int64_t pitch(int64_t count) { return (count + kLanes - 1) / kLanes * kLanes; }

  // The values of all actions at the observations from `begin` to `end`, [samples, pitch].
  const float *forward(int64_t begin, int64_t end) {
    const int64_t count = end - begin, rows = count * c_.samples, actions = sizes_.actions;
    const int64_t first = sizes_.first, second = sizes_.second;
    const bool plain = !sizes_.normalised;
    for (int64_t k = 0; k < c_.samples; ++k) {
      float *own = own_ + k * count * actions;
      memcpy(own, c_.own + (k * c_.rows + begin) * actions, count * actions * sizeof(float));
      product(count, actions, first, {own, actions, 1}, of_.own, {c_.shared + begin * first, first, plain},
              active_[0] + k * count * first);
    }
    if (!plain) normalised_[0].forward(rows, active_[0]);
    hidden_.multiply(rows, active_[0], {of_.hidden_offset, 0, plain}, active_[1]);
    if (!plain) normalised_[1].forward(rows, active_[1]);
    const float *x = active_[1];
    for (int64_t k = 0; k < c_.samples; ++k)
      for (int64_t i = 0; i < count; ++i, x += second) {
        Vector total = {};
        for (int64_t j = 0; j < second; j += kLanes) total += load(x + j) * load(of_.last + j);
        values_[k * pitch(count) + i] = sum(total) + of_.last_offset[0];
      }
    return values_;
  }

  // The sum of logsumexp(values - beside) over the observations; `values_` becomes its gradient times `weight`.
  double soften(int64_t begin, int64_t end, const float *beside, float weight) {
    const int64_t count = end - begin, apart = pitch(count);
    for (int64_t k = 0; k < c_.samples; ++k)
      memcpy(beside_ + k * apart, beside + k * c_.rows + begin, count * sizeof(float));
    double total = 0.0;
    for (int64_t i = 0; i < count; i += kLanes) {
      Vector largest = all(-INFINITY), mass = {};
      for (int64_t at = i; at < c_.samples * apart; at += apart) {
        const Vector x = load(values_ + at) - load(beside_ + at);
        store(values_ + at, x);
        largest = x > largest ? x : largest;
      }
      for (int64_t at = i; at < c_.samples * apart; at += apart) {
        const Vector part = exponential(load(values_ + at) - largest);
        store(values_ + at, part);
        mass += part;
      }
      const Vector factor = weight / mass;
      for (int64_t at = i; at < c_.samples * apart; at += apart) store(values_ + at, load(values_ + at) * factor);
      for (int64_t lane = 0; lane < smaller(kLanes, count - i); ++lane) total += largest[lane] + logf(mass[lane]);
    }
    return total;
  }

  // The sum of weight (values - target)^2; `values_` becomes the gradient of `squared_error`.
  double fit(int64_t begin, int64_t end, const Fit &to, double *sum_of_values) {
    double total = 0.0;
    for (int64_t i = begin; i < end; ++i) {
      float &value = values_[i - begin];
      const float distance = value - to.target[i], weighed = to.weight[i] * distance;
      total += weighed * distance;
      *sum_of_values += value;
      value = 2.0f * weighed + to.pull;
    }
    return total;
  }

  // Writes the gradient of `shared`, and adds that of the parameters, where `values_` is that of the values.
  // What is added up until `finish` is not in yet.
  void backward(int64_t begin, int64_t end, float *shared, const Parameters<float> &to) {
    const int64_t count = end - begin, rows = count * c_.samples, first = sizes_.first;
    for (int64_t r = 0; r < rows; ++r) {
      slopes_[r] = values_[r / count * pitch(count) + r % count];
      to.last_offset[0] += slopes_[r];
    }
    masked_ ? through_mask(rows) : through_activations(rows, to);
    if (sizes_.normalised) normalised_[0].backward(rows, active_[0], below_, to.scale[0], to.offset[0]);
    for (int64_t i = 0; i < count; ++i)
      for (int64_t j = 0; j < first; j += kLanes) {
        Vector total = {};
        for (int64_t r = i; r < rows; r += count) {
          const int64_t at = r * first + j;
          Vector g = load(below_ + at);
          if (masked_) g *= slopes_[r];
          if (!sizes_.normalised) store(below_ + at, g = where_positive(load(active_[0] + at), g));
          total += g;
        }
        store(shared + (begin + i) * first + j, total);
      }
    product(sizes_.actions, rows, first, {own_, 1, sizes_.actions}, below_, {to.own, first}, to.own);
  }

  // Adds what `through_mask` added up over all blocks.
  void finish(const Parameters<float> &to) const {
    if (!masked_) return;
    for (int64_t j = 0; j < sizes_.second; j += kLanes) {
      const Vector last = load(of_.last + j), slopes = load(masked_slopes_ + j);
      Vector of_last = load(to.last + j) + slopes * load(of_.hidden_offset + j);
      for (int64_t at = j; at < sizes_.first * sizes_.second; at += sizes_.second) {
        const Vector found = load(masked_hidden_ + at);
        of_last += found * load(of_.hidden + at);
        store(to.hidden + at, load(to.hidden + at) + found * last);
      }
      store(to.last + j, of_last);
      store(to.hidden_offset + j, load(to.hidden_offset + j) + slopes * last);
    }
  }

 private:
  // The gradient of the first layer's output in `below_`, and those of the layers above it.
  void through_activations(int64_t rows, const Parameters<float> &to) {
    const int64_t first = sizes_.first, second = sizes_.second;
    for (int64_t j = 0; j < second; j += kLanes) last_layer(rows, j, to);
    if (sizes_.normalised) {
      normalised_[1].backward(rows, active_[1], above_, to.scale[1], to.offset[1]);
      for (int64_t j = 0; j < second; j += kLanes) {
        Vector total = load(to.hidden_offset + j);
        for (int64_t r = 0; r < rows; ++r) total += load(above_ + r * second + j);
        store(to.hidden_offset + j, total);
      }
    }
    add_transposed(how_, rows, first, second, active_[0], above_, to.hidden);
    turned_.multiply(rows, above_, {nothing_, 0}, below_);
  }

  // The same by products with the mask of the second layer's active units, which is one exact piece: the value's
  // gradient at that layer is slope * mask * last. `below_` is to be multiplied by the slopes; the transposed
  // first layer times slope * mask is added up in `masked_hidden_`, and slope * mask in `masked_slopes_`. The
  // last layer's gradient follows from both, because the second layer's output is mask * (x hidden + offset).
  void through_mask([[maybe_unused]] int64_t rows) {
#ifdef __AMX_TILE__
    const int64_t first = sizes_.first, second = sizes_.second;
    for (int64_t j = 0; j < second; j += kLanes) {
      Vector total = load(masked_slopes_ + j);
      for (int64_t r = 0; r < rows; ++r) total += where_positive(load(active_[1] + r * second + j), all(slopes_[r]));
      store(masked_slopes_ + j, total);
    }
    uint16_t *a = reinterpret_cast<uint16_t *>(how_.left), *b = reinterpret_cast<uint16_t *>(how_.right);
    pack_turned(how_.pieces, rows, first, active_[0], slopes_, a);
    pack_mask_right(rows, second, active_[1], b);
    packed_product({how_.pieces, 1}, first / kTile, second, tiles(rows, kDepth), a, b, {masked_hidden_, second},
                   masked_hidden_);
    turned_.multiply_mask(rows, active_[1], {nothing_, 0}, below_);
#endif
  }

  // The gradient of the last layer's weights in the columns from `j` on, and that of what it takes, in
  // `above_`; without normalisation before the ReLU, and added up for the hidden layer's offset.
  void last_layer(int64_t rows, int64_t j, const Parameters<float> &to) {
    const Vector last = load(of_.last + j);
    Vector of_last = load(to.last + j), of_offset = load(to.hidden_offset + j);
    for (int64_t r = 0, at = j; r < rows; ++r, at += sizes_.second) {
      const Vector slope = all(slopes_[r]), x = load(active_[1] + at);
      Vector g = slope * last;
      of_last += slope * x;
      if (!sizes_.normalised) of_offset += g = where_positive(x, g);
      store(above_ + at, g);
    }
    store(to.last + j, of_last);
    store(to.hidden_offset + j, of_offset);
  }

  Sizes sizes_;
  Parameters<const float> of_;
  Candidates c_;
  int64_t step_;
  Normalised normalised_[2];
  float *own_;                // [block, actions]
  float *active_[2];          // [block, first] and [block, second], after the ReLU
  float *values_, *beside_;   // [samples, pitch]
  float *above_, *below_;     // [block, second] and [block, first], gradients
  float *nothing_;            // [first], zeros
  float *slopes_;             // [block], the gradient of the values
  bool masked_ = false;       // whether `through_mask` computes the gradients
  float *masked_hidden_, *masked_slopes_;  // [first, second] and [second]
  Products how_;
  Weights hidden_, turned_;
  static thread_local Scratch scratch_;
};

thread_local Scratch Block::scratch_;

void values(const Sizes &sizes, const float *parameters, const Candidates &candidates, int64_t begin, int64_t end,
            float *out) {
  Block block(sizes, parameters, candidates, false);
  for (int64_t at = begin, until; at < end; at = until) {
    until = smaller(end, at + block.step());
    const float *found = block.forward(at, until);
    for (int64_t k = 0; k < candidates.samples; ++k)
      memcpy(out + k * candidates.rows + at, found + k * Block::pitch(until - at), (until - at) * sizeof(float));
  }
}

// The sum over all blocks of what `loss` returns, which leaves the gradient of the values in their place.
template <typename Loss>
double learn(const Sizes &sizes, const float *parameters, const Candidates &candidates, int64_t begin, int64_t end,
             float *shared, float *gradient, const Loss &loss) {
  Block block(sizes, parameters, candidates, true);
  const Parameters<float> to(gradient, sizes);
  double total = 0.0;
  for (int64_t at = begin, until; at < end; at = until) {
    until = smaller(end, at + block.step());
    block.forward(at, until);
    total += loss(block, at, until);
    block.backward(at, until, shared, to);
  }
  block.finish(to);
  return total;
}

double soft_maximum(const Sizes &sizes, const float *parameters, const Candidates &candidates, const float *beside,
                    int64_t begin, int64_t end, float weight, float *shared, float *gradient) {
  return learn(sizes, parameters, candidates, begin, end, shared, gradient,
               [=](Block &block, int64_t at, int64_t until) { return block.soften(at, until, beside, weight); });
}

double squared_error(const Sizes &sizes, const float *parameters, const Candidates &candidates, const Fit &to,
                     int64_t begin, int64_t end, double *total, float *shared, float *gradient) {
  return learn(sizes, parameters, candidates, begin, end, shared, gradient,
               [=](Block &block, int64_t at, int64_t until) { return block.fit(at, until, to, total); });
}

void transposed_product(int64_t rows, int64_t m, int64_t n, const float *x, const float *g, float *sum) {
  const int64_t step = 2 * kBlock;
  for (int64_t at = 0; at < rows; at += step)
    product(m, smaller(rows - at, step), n, {x + at * m, 1, m}, g + at * n, {sum, n}, sum);
}

}  // namespace

extern const Kernels OMARL_SET;
const Kernels OMARL_SET = {values, soft_maximum, squared_error, transposed_product, noise<true>, noise<false>};

}  // namespace omarl
