#include "ringback/exec/internal/turn_order.h"

#include <utility>
#include <vector>

namespace ringback::internal {

Job* shuffled(Job* first, Driver& driver) {
  Job* chain = nullptr;
  std::vector<Job*> jobs;
  for (Job* job = first; job != nullptr; job = job->next_job) jobs.push_back(job);
  for (std::size_t left = jobs.size(); left != 0; --left) {
    std::swap(jobs[left - 1], jobs[driver.random() % left]);
    jobs[left - 1]->next_job = std::exchange(chain, jobs[left - 1]);
  }
  return chain;
}

}  // namespace ringback::internal
