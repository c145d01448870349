// Runs every set of instructions that is named over many sizes, in buffers that have exactly the room that
// head.h asks for, so that a sanitizer sees whatever lies outside. Ends with 1 if two sets disagree.

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "head.h"

#ifdef __linux__
#include <sys/syscall.h>
#include <unistd.h>
#endif

using omarl::Candidates;
using omarl::Kernels;
using omarl::Sizes;

static float draw() { return std::rand() / (RAND_MAX / 2.0f) - 1.0f; }

static std::vector<float> drawn(int64_t count) {
  std::vector<float> numbers(count);
  for (float &number : numbers) number = 0.3f * draw();
  return numbers;
}

// The largest difference, relative to the largest number.
static double difference(const std::vector<float> &a, const std::vector<float> &b) {
  double most = 0.0, size = 1e-3;
  for (size_t i = 0; i < a.size(); ++i) {
    most = std::fmax(most, std::fabs(double(a[i]) - b[i]));
    size = std::fmax(size, std::fabs(b[i]));
  }
  return most / size;
}

int main(int count, char **names) {
  std::vector<const Kernels *> sets;
  for (int i = 1; i < count; ++i) {
    if (!std::strcmp(names[i], "avx2")) sets.push_back(&omarl::avx2);
    if (!std::strcmp(names[i], "avx512")) sets.push_back(&omarl::avx512);
    if (!std::strcmp(names[i], "amx")) sets.push_back(&omarl::amx);
  }
#if defined(__linux__) && defined(SYS_arch_prctl)
  syscall(SYS_arch_prctl, 0x1023, 18);  // permission for AMX's tiles
#endif
  for (int round = 0; round < 200; ++round) {
    const int64_t least = round % 50 ? 1 : 16;  // from 256 units on, AMX computes normalised layers too
    const Sizes sizes{1 + std::rand() % 20, 16 * (least + std::rand() % 5), 16 * (least + std::rand() % 5), round % 2 == 0};
    const int64_t samples = 1 + std::rand() % (round % 10 ? 20 : 300), rows = 1 + std::rand() % 60;
    const auto parameters = drawn(sizes.parameters()), shared = drawn(rows * sizes.first);
    const auto own = drawn(samples * rows * sizes.actions), beside = drawn(samples * rows);
    const Candidates candidates{samples, rows, shared.data(), own.data()}, single{1, rows, shared.data(), own.data()};
    const omarl::Fit fit{beside.data(), beside.data(), 0.1f};
    double total = 0.0;
    const int64_t middle = rows / 2;
    std::vector<float> first;
    for (const Kernels *set : sets) {
      std::vector<float> values(samples * rows), of_shared(rows * sizes.first), gradient(sizes.parameters());
      for (int half = 0; half < 2; ++half) {
        const int64_t begin = half ? middle : 0, end = half ? rows : middle;
        set->values(sizes, parameters.data(), candidates, begin, end, values.data());
        set->soft_maximum(sizes, parameters.data(), candidates, beside.data(), begin, end, 1.0f / rows,
                          of_shared.data(), gradient.data());
        set->squared_error(sizes, parameters.data(), single, fit, begin, end, &total, of_shared.data(),
                           gradient.data());
      }
      const uint32_t key[] = {1, 2};
      std::vector<float> noise(samples);
      for (const auto draw : {set->normal, set->uniform}) {
        draw(key, 0, samples / 2, noise.data());
        draw(key, samples / 2, samples, noise.data());
      }
      if (first.empty()) first = values;
      if (difference(values, first) > 1e-4) return std::printf("values differ in round %d\n", round), 1;
    }
  }
  return std::printf("%zu sets, 200 sizes\n", sets.size()), 0;
}
