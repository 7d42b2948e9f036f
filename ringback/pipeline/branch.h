// Ways that part and meet again: one of several pipelines, all of them, or one for each element.
//
//   auto route = branch("route", when(is_question, answer), when(is_order, order), refuse);
//   auto both = parallel(search_web, search_archive) | stage("merge", merge);     // merge(Hits web, Hits archive)
//   auto parts = stage("split", split) | parallel_map(summarise, 8) | stage("join", join);
//
// Each is a run of its own, and so is each pipeline in it, below that.
#pragma once

#include <functional>
#include <tuple>

#include "ringback/pipeline/pipeline.h"

namespace ringback {

namespace runtime {

// A pipeline, and what its input must be to take it. See branch().
template <typename Predicate, typename In, typename Out>
struct When {
  Predicate predicate;
  Pipeline<In, Out> pipeline;
};

}  // namespace runtime
template <typename Predicate, typename In, typename Out>
runtime::When<Predicate, In, Out> when(Predicate predicate, Pipeline<In, Out> pipeline) {
  static_assert(std::is_invocable_r_v<bool, const Predicate&, const In&>,
                "when() takes a plain function of what the pipeline takes that gives a bool");
  return {std::move(predicate), std::move(pipeline)};
}

namespace internal {

template <typename In, typename Out>
class Branch final : public Body<In, Out> {
 public:
  struct Way {
    std::function<bool(const In&)> predicate;  // none: the last one
    NodeRef<In, Out> node;
  };
  template <typename Predicate>
  static Way way(const When<Predicate, In, Out>& when) {
    return {when.predicate, PipelineAccess::node(when.pipeline)};
  }
  static Way way(const Pipeline<In, Out>& otherwise) { return {nullptr, PipelineAccess::node(otherwise)}; }

  explicit Branch(std::vector<Way> ways) : ways_(std::move(ways)) {}

  work_t<Out> begin(In in, Run run) const override {
    std::size_t way = 0;
    while (ways_[way].predicate && !ways_[way].predicate(in)) ++way;
    return run_part(ways_[way].node, std::move(in), run);
  }

 private:
  const std::vector<Way> ways_;
};

// If making one operation throws, the others have not begun and need no clean-up.
template <typename In, typename... Outs>
auto gather_all(const std::tuple<NodeRef<In, Outs>...>& nodes, const In& in, const Run& run) {
  const QuietDrop quiet;
  return std::apply([&](const auto&... node) { return gather(run_whole(node, In(in), run)...); }, nodes);
}
template <typename In, typename... Outs>
Task<std::tuple<stored_t<result_t<Outs>>...>> run_all(const std::tuple<NodeRef<In, Outs>...>& nodes, In in, Run run) {
  co_return co_await gather_all(nodes, in, run);
}

template <typename In, typename... Outs>
class Parallel final : public Body<In, std::tuple<stored_t<result_t<Outs>>...>> {
 public:
  explicit Parallel(std::tuple<NodeRef<In, Outs>...> nodes) : nodes_(std::move(nodes)) {}

  Task<std::tuple<stored_t<result_t<Outs>>...>> begin(In in, Run run) const override {
    return run_all<In, Outs...>(nodes_, std::move(in), std::move(run));
  }

 private:
  const std::tuple<NodeRef<In, Outs>...> nodes_;
};

template <typename In, typename Out>
Task<std::vector<stored_t<result_t<Out>>>> run_each(const NodeRef<In, Out>& node, std::vector<In> inputs, Run run,
                                                    std::size_t limit) {
  auto one = [&node, &run](In in) { return run_whole(node, std::move(in), run); };
  co_return co_await map(std::move(inputs), limit, one);
}

template <typename In, typename Out>
class ParallelMap final : public Body<std::vector<In>, std::vector<stored_t<result_t<Out>>>> {
 public:
  ParallelMap(NodeRef<In, Out> node, std::size_t limit) noexcept : node_(std::move(node)), limit_(limit) {}

  Task<std::vector<stored_t<result_t<Out>>>> begin(std::vector<In> inputs, Run run) const override {
    return run_each(node_, std::move(inputs), std::move(run), limit_);
  }

 private:
  const NodeRef<In, Out> node_;
  const std::size_t limit_;
};

}  // namespace internal

// `branch(name, when(...), when(...), otherwise)`: the first pipeline whose predicate is true of the input,
// `otherwise` where none is. All take and give the same types. Predicates are asked in order, in place.
// Errors: what a predicate throws.
template <typename... Ways>
auto branch(std::string name, const Ways&... ways) {
  static_assert(sizeof...(Ways) >= 1, "branch() ends with the pipeline that is taken otherwise");
  using Otherwise = std::tuple_element_t<sizeof...(Ways) - 1, std::tuple<Ways...>>;
  static_assert(internal::is_pipeline<Otherwise>, "branch() ends with the pipeline that is taken otherwise");
  using Branch = internal::Branch<typename Otherwise::input_type, typename Otherwise::output_type>;
  std::vector<typename Branch::Way> all{Branch::way(ways)...};
  internal::NodeCore core{std::move(name), {}, all.back().node->place, false, false};
  for (const auto& way : all) core.is_watched = core.is_watched || way.node->is_watched;
  return internal::pipeline_of<typename Otherwise::input_type, typename Otherwise::output_type>(
      std::move(core), std::make_shared<Branch>(std::move(all)));
}

// All at once, each with a copy of the input; a std::tuple of what they give, in order (a std::vector of one
// that gives a Stream, std::monostate of one that gives nothing). The first failure cancels the others.
template <typename In, typename... Outs>
auto parallel(const Pipeline<In, Outs>&... pipelines) {
  static_assert(sizeof...(Outs) >= 1, "parallel() of nothing gives nothing");
  static_assert(std::copy_constructible<In>, "each pipeline of parallel() gets a copy of the input");
  using All = std::tuple<internal::stored_t<internal::result_t<Outs>>...>;
  const bool is_watched = (internal::PipelineAccess::node(pipelines)->is_watched || ...);
  const std::source_location place = internal::PipelineAccess::node(std::get<0>(std::tie(pipelines...)))->place;
  return internal::pipeline_of<In, All>(
      {"parallel", {}, place, is_watched, false},
      std::make_shared<internal::Parallel<In, Outs...>>(std::make_tuple(internal::PipelineAccess::node(pipelines)...)));
}

// The pipeline for each element of a vector, `max_concurrency` (at least 1) at once; results in order. The
// first failure cancels the others.
template <typename In, typename Out>
auto parallel_map(const Pipeline<In, Out>& pipeline, std::size_t max_concurrency) {
  RINGBACK_CHECK(max_concurrency >= 1, "parallel_map() with a limit of 0 could never run anything: give at least 1");
  using All = std::vector<internal::stored_t<internal::result_t<Out>>>;
  const auto& node = internal::PipelineAccess::node(pipeline);
  return internal::pipeline_of<std::vector<In>, All>(
      {"parallel_map", {}, node->place, node->is_watched, false},
      std::make_shared<internal::ParallelMap<In, Out>>(node, max_concurrency));
}

}  // namespace ringback
