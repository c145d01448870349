// Prints how many operations of float32 a second one thread does that only multiplies and adds in registers.

#include <chrono>
#include <cstdio>

#ifdef __AVX512F__
typedef float Vector __attribute__((vector_size(64)));
constexpr int kSums = 24;
#else
typedef float Vector __attribute__((vector_size(32)));
constexpr int kSums = 12;
#endif

int main() {
  constexpr long kRounds = 2000000;
  volatile float factor = 0.999f, term = 1e-3f;
  double best = 0.0, kept = 0.0;
  for (int turn = 0; turn < 20; ++turn) {
    Vector sums[kSums];
    for (int i = 0; i < kSums; ++i) sums[i] = static_cast<float>(i) - Vector{};
    const Vector by = factor - Vector{}, more = term - Vector{};
    const auto start = std::chrono::steady_clock::now();
    for (long round = 0; round < kRounds; ++round)
#pragma GCC unroll 24
      for (Vector &sum : sums) sum = sum * by + more;
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    for (const Vector &sum : sums) kept += sum[0];
    const double rate = 2.0 * kRounds * kSums * (sizeof(Vector) / 4) / taken.count();
    best = rate > best ? rate : best;
  }
  std::printf("%.4g\n", kept > 0.0 ? best : 0.0);
}
