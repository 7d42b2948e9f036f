#include "ringback/trace/internal/task_tree.h"

#include <utility>

#include "ringback/async/group.h"
#include "ringback/async/leaf.h"
#include "ringback/trace/internal/last_run.h"

namespace ringback::trace::internal {

using namespace runtime;

namespace {

using Group = ringback::internal::Group;

// A context is finer than a task: limits, shields and groups have their own. What lies directly below a group is
// a task of its own; all else belongs to the task above it.
bool is_task(const Context& context) noexcept { return context.parent() != nullptr && context.parent()->is_group(); }

// While the locks are held, which the visit takes: reads what may be gone afterwards.
class Reader {
 public:
  Reader(OwnedWork& work, const Ready& ready) : ready_(ready) {
    tasks_.push_back({});
    tasks_[0].info.place = work.place();
    Context* const tree = work.tree();
    tasks_[0].info.state = tree != nullptr ? TaskState::joining : TaskState::queued;
    if (tree != nullptr)
      tree->visit([](Context& context, void* self) { static_cast<Reader*>(self)->read(context); }, this);
    if (has_no_memory_) throw std::bad_alloc();
  }

  void add_to(std::vector<TaskInfo>& into) {
    fold_root();
    // Visited newest first; so the oldest comes to lie on top.
    std::vector<std::pair<std::size_t, std::size_t>> open{{0, 0}};
    while (!open.empty()) {
      const auto [index, depth] = open.back();
      open.pop_back();
      Task& task = tasks_[index];
      task.info.depth = depth;
      into.push_back(std::move(task.info));
      for (const std::size_t child : task.children) open.emplace_back(child, depth + 1);
    }
  }

 private:
  struct Task {
    TaskInfo info;
    std::vector<std::size_t> children;
  };
  struct Open {
    const Context* context;
    std::size_t task;
  };

  void read(Context& context) noexcept {
    try {
      read_any(context);
    } catch (const std::bad_alloc&) {  // Thrown on when the locks have been released.
      has_no_memory_ = true;
    }
  }
  void read_any(Context& context) {
    while (!path_.empty() && path_.back().context != context.parent()) path_.pop_back();
    std::size_t task = path_.empty() ? 0 : path_.back().task;
    if (is_task(context)) {
      tasks_[task].children.push_back(tasks_.size());
      task = tasks_.size();
      tasks_.push_back({});
    }
    path_.push_back({&context, task});
    TaskInfo& info = tasks_[task].info;
    info.is_cancelled = info.is_cancelled || context.is_cancelled_or_expired();
    if (const Leaf* leaf = context.waiting_on()) {
      waits(info, TaskState::waiting, leaf->awaited_by(), context);
      const Leaf::Subject subject = leaf->subject();
      info.waits_for = leaf->what();
      info.subject = subject.name;
      info.descriptor = subject.descriptor;
    } else if (context.is_group() && context.parent() != nullptr) {
      if (info.state == TaskState::ready) waits(info, TaskState::joining, Group::of(context).awaited_by(), context);
    } else if (const auto found = ready_.find(&context); found != ready_.end()) {
      tell_places(info, *found->second);
    }
  }

  static void waits(TaskInfo& info, TaskState state, const Waiter& waiter, const Context& context) {
    info.state = state;
    info.since = since_last_run(context);
    tell_places(info, waiter);
  }

  static void tell_places(TaskInfo& info, const Waiter& innermost) {
    info.place = innermost.place();
    info.awaited_by.clear();
    for (const Waiter* at = innermost.awaited_by(); at != nullptr; at = at->awaited_by()) {
      if (at->place().line() != 0) info.awaited_by.push_back(at->place());
    }
  }

  // Work that has started nothing beside itself is one task, not one below another.
  void fold_root() {
    Task& root = tasks_[0];
    if (root.children.size() != 1) return;
    Task& only = tasks_[root.children[0]];
    const std::source_location started = root.info.place;
    root.info = std::move(only.info);
    if (root.info.place.line() == 0) {
      root.info.place = started;
    } else {
      root.info.awaited_by.push_back(started);
    }
    std::vector<std::size_t> children = std::move(only.children);
    root.children = std::move(children);
  }

  const Ready& ready_;
  std::vector<Task> tasks_;
  std::vector<Open> path_;
  bool has_no_memory_ = false;
};

}  // namespace

void add_tasks_of(OwnedWork& work, const Ready& ready, std::vector<TaskInfo>& into) {
  Reader(work, ready).add_to(into);
}

// As many as add_tasks_of() adds.
std::size_t count_tasks_of(OwnedWork& work) {
  struct Count {
    const Context* tree;
    std::size_t below = 0;
    std::size_t directly_below = 0;
  };
  Context* const tree = work.tree();
  if (tree == nullptr) return 1;
  Count count{tree};
  tree->visit(
      [](Context& context, void* argument) {
        auto& count = *static_cast<Count*>(argument);
        if (!is_task(context)) return;
        ++count.below;
        if (context.parent() == count.tree) ++count.directly_below;
      },
      &count);
  return count.directly_below == 1 ? count.below : count.below + 1;
}

}  // namespace ringback::trace::internal
