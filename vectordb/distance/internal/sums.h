// The kernels, written once over an instruction set, given as a type in the unnamed namespace of the
// source file that is compiled for it.
//
// That file may hold instructions that this machine does not have, so nothing of it may be what the
// linker puts in place of another file's: hence the unnamed type, and hence nothing else is included
// here.
//
// Set::Lanes holds sixteen floats; with zero(), load(p), load_some(p, n < 16) with zeros behind,
// product(a, b, sum), square(a, b, sum), difference(a, b, sum); kQueriesAtOnce, what the registers hold
// beside four rows; and total4(a, b, c, d, into), the four totals, each halved by adding lane i + n / 2
// to lane i, four times.
#pragma once

#include "vectordb/distance/kernels.h"

namespace vectordb::internal {

template <typename Set>
class Sums {
  using Lanes = typename Set::Lanes;
  static constexpr std::size_t kLanes = 16;
  static constexpr std::size_t kRowsAtOnce = 4;

  struct Products {
    static Lanes step(Lanes a, Lanes b, Lanes sum) noexcept { return Set::product(a, b, sum); }
  };
  struct Squares {
    static Lanes step(Lanes a, Lanes b, Lanes sum) noexcept { return Set::square(a, b, sum); }
  };
  struct Differences {
    static Lanes step(Lanes a, Lanes b, Lanes sum) noexcept { return Set::difference(a, b, sum); }
  };
  struct Whole {
    Lanes operator()(const float* from) const noexcept { return Set::load(from); }
  };
  struct Part {
    std::size_t count;
    Lanes operator()(const float* from) const noexcept { return Set::load_some(from, count); }
  };

  template <typename Step, std::size_t Q, std::size_t R, typename Load>
  [[gnu::always_inline]] static void step_all(const Pairs& of, const float* queries, const float* rows,
                                              Lanes (&sums)[Q][R], Load load) noexcept {
    Lanes query[Q];
    for (std::size_t q = 0; q < Q; ++q) query[q] = load(queries + q * of.query_stride);
    for (std::size_t r = 0; r < R; ++r) {
      const Lanes row = load(rows + r * of.row_stride);
      for (std::size_t q = 0; q < Q; ++q) sums[q][r] = Step::step(query[q], row, sums[q][r]);
    }
  }

  // Q queries with R rows, from query `q_first` and row `r_first` on.
  template <typename Step, std::size_t Q, std::size_t R>
  [[gnu::always_inline]] static void tile(const Pairs& of, std::size_t q_first, std::size_t r_first) noexcept {
    const float* const queries = of.queries + q_first * of.query_stride;
    const float* const rows = of.rows + r_first * of.row_stride;
    Lanes sums[Q][R];
    for (std::size_t q = 0; q < Q; ++q) {
      for (std::size_t r = 0; r < R; ++r) sums[q][r] = Set::zero();
    }
    std::size_t at = 0;
    for (; at + kLanes <= of.dimension; at += kLanes) {
      step_all<Step, Q, R>(of, queries + at, rows + at, sums, Whole());
    }
    if (at < of.dimension) step_all<Step, Q, R>(of, queries + at, rows + at, sums, Part{of.dimension - at});
    for (std::size_t q = 0; q < Q; ++q) give(sums[q], of.sums + (q_first + q) * of.sums_stride + r_first);
  }

  [[gnu::always_inline]] static void give(const Lanes (&sums)[kRowsAtOnce], float* into) noexcept {
    Set::total4(sums[0], sums[1], sums[2], sums[3], into);
  }
  [[gnu::always_inline]] static void give(const Lanes (&sum)[1], float* into) noexcept {
    float totals[kRowsAtOnce];
    Set::total4(sum[0], sum[0], sum[0], sum[0], totals);
    *into = totals[0];
  }

  template <typename Step, std::size_t Q>
  static void all_rows(const Pairs& of, std::size_t q_first) noexcept {
    std::size_t r = 0;
    for (; r + kRowsAtOnce <= of.row_count; r += kRowsAtOnce) tile<Step, Q, kRowsAtOnce>(of, q_first, r);
    for (; r < of.row_count; ++r) tile<Step, Q, 1>(of, q_first, r);
  }

  template <typename Step>
  static void all_pairs(const Pairs& of) noexcept {
    constexpr std::size_t kQueries = Set::kQueriesAtOnce;
    std::size_t q = 0;
    for (; q + kQueries <= of.query_count; q += kQueries) all_rows<Step, kQueries>(of, q);
    for (; q < of.query_count; ++q) all_rows<Step, 1>(of, q);
  }

 public:
  static constexpr Kernels kernels(std::string_view name) noexcept {
    return {name, all_pairs<Products>, all_pairs<Squares>, all_pairs<Differences>};
  }
};

}  // namespace vectordb::internal
