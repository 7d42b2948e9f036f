#include "ringback/trace/tasks.h"

#include <algorithm>
#include <chrono>

#include "ringback/base/function_name.h"
#include "ringback/trace/internal/last_run.h"
#include "ringback/trace/internal/survey.h"
#include "ringback/trace/internal/threads.h"

namespace ringback::trace {
namespace {

constexpr std::size_t kDeepestShown = 40;

std::string at(const std::source_location& place) {
  if (place.line() == 0) return "a task";
  return std::string(runtime::FunctionName(place).view()) + " at " + place.file_name() + ":" +
         std::to_string(place.line());
}

std::string milliseconds(Duration length) {
  return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(length).count()) + " ms";
}

std::string subject_of(const TaskInfo& task) {
  std::string text = task.subject.empty() ? "" : " of " + task.subject;
  if (task.descriptor >= 0) text += " (descriptor " + std::to_string(task.descriptor) + ")";
  return text;
}

// What is the same for tasks that are alike: all but since when, and of which peer.
struct Description {
  explicit Description(const TaskInfo& task, const std::string& margin) : head(at(task.place) + ": ") {
    head += task.state == TaskState::waiting ? "waits for " + task.waits_for : std::string(to_string(task.state));
    if (task.is_cancelled) remark = ", cancelled";
    for (const std::source_location& outer : task.awaited_by) lines_below += "\n" + margin + "    for " + at(outer);
    lines_below += "\n";
  }
  bool operator==(const Description&) const = default;

  std::string head;
  std::string remark;
  std::string lines_below;
};

class Writer {
 public:
  explicit Writer(const std::vector<TaskInfo>& tasks) : tasks_(tasks) {}

  std::string text() {
    for (std::size_t i = 0; i < tasks_.size();) i = write_alike(i);
    return std::move(text_);
  }

 private:
  bool has_below(std::size_t i) const { return i + 1 < tasks_.size() && tasks_[i + 1].depth > tasks_[i].depth; }

  // The task, and those after it that are as it is, where nothing is below them. Gives the next one.
  std::size_t write_alike(std::size_t first) {
    const TaskInfo& task = tasks_[first];
    if (task.depth > kDeepestShown) return first + 1;
    const std::string margin(2 + 2 * task.depth, ' ');
    const Description description(task, margin);
    std::optional<Duration> longest = task.since;
    std::size_t next = first + 1;
    for (; !has_below(first) && next < tasks_.size() && tasks_[next].depth == task.depth && !has_below(next); ++next) {
      if (Description(tasks_[next], margin) != description) break;
      longest = std::max(longest, tasks_[next].since);
    }
    text_ += margin + (next - first > 1 ? std::to_string(next - first) + " x " : "");
    text_ += description.head + subject_of(task);
    if (is_of_others(first, next)) text_ += " and others";
    text_ += description.remark;
    if (longest.has_value()) text_ += ", for " + milliseconds(*longest);
    if (task.depth == kDeepestShown && has_below(first)) text_ += ", and more below it";
    text_ += description.lines_below;
    return next;
  }

  bool is_of_others(std::size_t first, std::size_t next) const {
    return std::any_of(tasks_.begin() + static_cast<std::ptrdiff_t>(first),
                       tasks_.begin() + static_cast<std::ptrdiff_t>(next),
                       [&](const TaskInfo& each) { return subject_of(each) != subject_of(tasks_[first]); });
  }

  const std::vector<TaskInfo>& tasks_;
  std::string text_;
};

std::string headline(const ExecutorNumbers& numbers) {
  std::string text(numbers.kind);
  if (!numbers.thread.empty()) text += ", thread " + numbers.thread + " (" + std::to_string(numbers.thread_id) + ")";
  if (!numbers.is_driven) return text + ": nobody runs it now; started on it:\n";
  if (!numbers.has_answered) return text + ": does not answer, a task holds it; started on it:\n";
  text += ": " + std::to_string(numbers.tasks) + (numbers.tasks == 1 ? " task, " : " tasks, ");
  text += std::to_string(numbers.ready) + " ready, " + std::to_string(numbers.timers) + " timers, ";
  return text + std::to_string(numbers.requests) + " requests to the kernel" +
         (numbers.is_asleep ? "; asleep: only another thread can wake it\n" : "\n");
}

struct Line {
  std::string_view name;
  std::string_view type;
  std::uint64_t (*value)(const ExecutorNumbers&);
};
std::uint64_t microseconds(Duration length) {
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(length).count());
}
constexpr Line kLines[] = {
    {"ringback_tasks", "gauge", [](const ExecutorNumbers& of) -> std::uint64_t { return of.tasks; }},
    {"ringback_ready", "gauge", [](const ExecutorNumbers& of) -> std::uint64_t { return of.ready; }},
    {"ringback_timers", "gauge", [](const ExecutorNumbers& of) -> std::uint64_t { return of.timers; }},
    {"ringback_requests", "gauge", [](const ExecutorNumbers& of) -> std::uint64_t { return of.requests; }},
    {"ringback_answered", "gauge", [](const ExecutorNumbers& of) -> std::uint64_t { return of.has_answered ? 1 : 0; }},
    {"ringback_jobs_total", "counter", [](const ExecutorNumbers& of) { return of.jobs_run; }},
    {"ringback_lag_microseconds", "gauge", [](const ExecutorNumbers& of) { return microseconds(of.lag_last); }},
    {"ringback_lag_max_microseconds", "gauge", [](const ExecutorNumbers& of) { return microseconds(of.lag_max); }},
};

// The value of a Prometheus label, quoted and escaped.
std::string label_value(std::string_view text) {
  std::string value = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') value += '\\';
    value += c == '\n' ? ' ' : c;
  }
  return value + "\"";
}

}  // namespace

std::string_view to_string(TaskState state) noexcept {
  switch (state) {
    case TaskState::queued: return "has not begun";
    case TaskState::ready: return "ready";
    case TaskState::waiting: return "waits";
    case TaskState::joining: return "waits for what is below";
  }
  return "";
}

std::vector<ExecutorTasks> tasks(Duration patience) { return internal::survey(internal::What::tasks, patience); }

std::vector<ExecutorNumbers> metrics(Duration patience) {
  std::vector<ExecutorNumbers> numbers;
  for (ExecutorTasks& executor : internal::survey(internal::What::numbers, patience)) {
    numbers.push_back(std::move(executor.numbers));
  }
  return numbers;
}

bool is_everyone_asleep(const std::vector<ExecutorTasks>& executors) noexcept {
  return !executors.empty() && std::all_of(executors.begin(), executors.end(),
                                           [](const ExecutorTasks& each) { return each.numbers.is_asleep; });
}

std::string dump(Duration patience) {
  const std::vector<ExecutorTasks> executors = tasks(patience);
  if (executors.empty()) return "ringback: no tasks\n";
  std::string text = "ringback: tasks\n";
  for (const ExecutorTasks& executor : executors) {
    text += headline(executor.numbers) + Writer(executor.tasks).text();
  }
  if (is_everyone_asleep(executors)) {
    text += "everyone is asleep: no task is ready, no timer is set, the kernel has no request\n";
  }
  return text;
}

std::string prometheus(const std::vector<ExecutorNumbers>& executors) {
  std::string text;
  for (const Line& line : kLines) {
    text.append("# TYPE ").append(line.name).append(" ").append(line.type).append("\n");
    for (std::size_t i = 0; i < executors.size(); ++i) {
      text.append(line.name).append("{executor=").append(label_value(executors[i].kind));
      text.append(",thread=").append(label_value(executors[i].thread)).append(",number=\"").append(std::to_string(i));
      text.append("\"} ").append(std::to_string(line.value(executors[i]))).append("\n");
    }
  }
  return text;
}

struct SinceWhen::Noting {
  Noting() { internal::want_last_run(1); }
  ~Noting() { internal::want_last_run(-1); }
  Noting(const Noting&) = delete;
  Noting& operator=(const Noting&) = delete;

  internal::Listening listening;
};

SinceWhen::SinceWhen() : noting_(std::make_unique<Noting>()) {}
SinceWhen::~SinceWhen() = default;

}  // namespace ringback::trace
