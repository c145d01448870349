// What XLA calls: the computations of head.h as handlers of its foreign function interface.

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstring>
#include <functional>
#include <memory>
#include <mutex>
#include <numeric>
#include <vector>

#include "head.h"
#include "xla/ffi/api/ffi.h"

#ifdef __linux__
#include <sys/syscall.h>
#include <unistd.h>
#endif
#include <cpuid.h>

namespace ffi = xla::ffi;
using Floats = ffi::Buffer<ffi::F32>;
using Result = ffi::Result<Floats>;

namespace {

// The sets of instructions by number, as `compiled.py` counts them.
const omarl::Kernels &set_of(int64_t number) {
  const omarl::Kernels *const sets[] = {&omarl::avx2, &omarl::avx512, &omarl::amx};
  return *sets[number];
}

// Parts of one computation, each done once by whichever thread comes first. The caller takes parts itself, so
// that nothing waits for a thread that is not there.
class Parts {
 public:
  Parts(int64_t count, std::function<void(int64_t)> part) : count_(count), part_(std::move(part)) {}

  void help() {
    for (int64_t next; (next = taken_.fetch_add(1)) < count_;) {
      part_(next);
      std::lock_guard<std::mutex> lock(mutex_);
      if (++done_ == count_) all_done_.notify_all();
    }
  }

  void wait() {
    std::unique_lock<std::mutex> lock(mutex_);
    all_done_.wait(lock, [this] { return done_ == count_; });
  }

 private:
  const int64_t count_;
  const std::function<void(int64_t)> part_;
  std::atomic<int64_t> taken_{0};
  int64_t done_ = 0;
  std::mutex mutex_;
  std::condition_variable all_done_;
};

void in_parts(ffi::ThreadPool &pool, int64_t count, std::function<void(int64_t)> part) {
  const auto parts = std::make_shared<Parts>(count, std::move(part));
  for (int64_t helper = 1; helper < std::min(count, pool.num_threads()); ++helper)
    pool.Schedule([parts] { parts->help(); });
  parts->help();
  parts->wait();
}

// Where part `index` of `count` begins.
int64_t cut(int64_t rows, int64_t index, int64_t count) { return rows * index / count; }

omarl::Sizes sizes_of(const Floats &shared, const Floats &own, int64_t second, bool normalised) {
  return {own.dimensions()[2], shared.dimensions()[1], second, normalised};
}

omarl::Candidates candidates_of(const Floats &shared, const Floats &own) {
  return {own.dimensions()[0], own.dimensions()[1], shared.typed_data(), own.typed_data()};
}

ffi::Error values(ffi::ThreadPool pool, int64_t set, int64_t parts, int64_t second, bool normalised, Floats shared,
                  Floats own, Floats parameters, Result out) {
  const auto sizes = sizes_of(shared, own, second, normalised);
  const auto candidates = candidates_of(shared, own);
  in_parts(pool, parts, [&](int64_t i) {
    set_of(set).values(sizes, parameters.typed_data(), candidates, cut(candidates.rows, i, parts),
                       cut(candidates.rows, i + 1, parts), out->typed_data());
  });
  return ffi::Error::Success();
}

// The sum of what `part` returns for each part of the rows. It is told where they begin and end, and where to add
// gradients of the parameters, which are added up in `gradient`.
template <typename Part>
double sum_of_parts(ffi::ThreadPool &pool, int64_t count, int64_t rows, Result &gradient, const Part &part) {
  const int64_t size = gradient->element_count();
  std::vector<float> gradients(count * size);
  std::vector<double> sums(count);
  in_parts(pool, count, [&](int64_t i) {
    sums[i] = part(i, cut(rows, i, count), cut(rows, i + 1, count), gradients.data() + i * size);
  });
  float *const out = gradient->typed_data();
  std::memcpy(out, gradients.data(), size * sizeof(float));
  for (int64_t i = size; i < count * size; ++i) out[i % size] += gradients[i];
  return std::accumulate(sums.begin(), sums.end(), 0.0);
}

ffi::Error soft_maximum(ffi::ThreadPool pool, int64_t set, int64_t parts, int64_t second, bool normalised,
                        Floats shared, Floats own, Floats beside, Floats parameters, Result mean,
                        Result shared_gradient, Result gradient) {
  const auto sizes = sizes_of(shared, own, second, normalised);
  const auto candidates = candidates_of(shared, own);
  const double total = sum_of_parts(
      pool, parts, candidates.rows, gradient, [&](int64_t, int64_t begin, int64_t end, float *gradient) {
        return set_of(set).soft_maximum(sizes, parameters.typed_data(), candidates, beside.typed_data(), begin, end,
                                        1.0f / candidates.rows, shared_gradient->typed_data(), gradient);
      });
  mean->typed_data()[0] = static_cast<float>(total / candidates.rows);
  return ffi::Error::Success();
}

ffi::Error squared_error(ffi::ThreadPool pool, int64_t set, int64_t parts, int64_t second, bool normalised,
                         Floats shared, Floats own, Floats target, Floats weight, Floats pull, Floats parameters,
                         Result error, Result mean, Result shared_gradient, Result gradient) {
  const auto sizes = sizes_of(shared, own, second, normalised);
  const auto candidates = candidates_of(shared, own);
  const omarl::Fit to{target.typed_data(), weight.typed_data(), pull.typed_data()[0] / candidates.rows};
  std::vector<double> totals(parts);
  const double total = sum_of_parts(
      pool, parts, candidates.rows, gradient, [&](int64_t part, int64_t begin, int64_t end, float *gradient) {
        return set_of(set).squared_error(sizes, parameters.typed_data(), candidates, to, begin, end, &totals[part],
                                         shared_gradient->typed_data(), gradient);
      });
  error->typed_data()[0] = static_cast<float>(total);
  mean->typed_data()[0] = static_cast<float>(std::accumulate(totals.begin(), totals.end(), 0.0) / candidates.rows);
  return ffi::Error::Success();
}

ffi::Error transposed_product(int64_t set, Floats x, Floats g, Result out) {
  std::memset(out->typed_data(), 0, out->size_bytes());
  set_of(set).transposed_product(x.dimensions()[0], x.dimensions()[1], g.dimensions()[1], x.typed_data(),
                                 g.typed_data(), out->typed_data());
  return ffi::Error::Success();
}

ffi::Error noise(ffi::ThreadPool pool, int64_t set, int64_t parts, bool normal, ffi::Buffer<ffi::U32> key,
                 Result out) {
  const auto draw = normal ? set_of(set).normal : set_of(set).uniform;
  const int64_t count = out->element_count();
  in_parts(pool, parts, [&](int64_t i) {
    draw(key.typed_data(), cut(count, i, parts), cut(count, i + 1, parts), out->typed_data());
  });
  return ffi::Error::Success();
}

bool may_use_tiles() {
#if defined(__linux__) && defined(SYS_arch_prctl)
  unsigned a, b, c, d;
  const unsigned tiles_and_bfloat16 = 1u << 24 | 1u << 22;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || (d & tiles_and_bfloat16) != tiles_and_bfloat16) return false;
  const int request_permission = 0x1023, tile_data = 18;
  return syscall(SYS_arch_prctl, request_permission, tile_data) == 0;
#else
  return false;
#endif
}

// What every computation of a head is told besides its arrays.
auto for_a_head() {
  return ffi::Ffi::Bind()
      .Ctx<ffi::ThreadPool>()
      .Attr<int64_t>("set")
      .Attr<int64_t>("parts")
      .Attr<int64_t>("second")
      .Attr<bool>("normalised");
}

}  // namespace

XLA_FFI_DEFINE_HANDLER_SYMBOL(omarl_values, values,
                              for_a_head().Arg<Floats>().Arg<Floats>().Arg<Floats>().Ret<Floats>());
XLA_FFI_DEFINE_HANDLER_SYMBOL(omarl_soft_maximum, soft_maximum,
                              for_a_head()
                                  .Arg<Floats>()
                                  .Arg<Floats>()
                                  .Arg<Floats>()
                                  .Arg<Floats>()
                                  .Ret<Floats>()
                                  .Ret<Floats>()
                                  .Ret<Floats>());
XLA_FFI_DEFINE_HANDLER_SYMBOL(omarl_squared_error, squared_error,
                              for_a_head()
                                  .Arg<Floats>()
                                  .Arg<Floats>()
                                  .Arg<Floats>()
                                  .Arg<Floats>()
                                  .Arg<Floats>()
                                  .Arg<Floats>()
                                  .Ret<Floats>()
                                  .Ret<Floats>()
                                  .Ret<Floats>()
                                  .Ret<Floats>());
XLA_FFI_DEFINE_HANDLER_SYMBOL(omarl_transposed_product, transposed_product,
                              ffi::Ffi::Bind().Attr<int64_t>("set").Arg<Floats>().Arg<Floats>().Ret<Floats>());
XLA_FFI_DEFINE_HANDLER_SYMBOL(omarl_noise, noise,
                              ffi::Ffi::Bind()
                                  .Ctx<ffi::ThreadPool>()
                                  .Attr<int64_t>("set")
                                  .Attr<int64_t>("parts")
                                  .Attr<bool>("normal")
                                  .Arg<ffi::Buffer<ffi::U32>>()
                                  .Ret<Floats>());

// How many of the sets, in the order of `set_of`, this processor and its system can use.
extern "C" int omarl_usable_sets() {
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return 0;
  if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512bw") ||
      !__builtin_cpu_supports("avx512vl") || !__builtin_cpu_supports("avx512dq"))
    return 1;
  return __builtin_cpu_supports("avx512bf16") && may_use_tiles() ? 3 : 2;
}

// The release of jaxlib whose headers this was compiled with.
extern "C" const char *omarl_built_for() { return OMARL_JAXLIB; }
