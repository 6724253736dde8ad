// A job on its way from the service to whoever asked for it.
#pragma once

#include <memory>

#include "bits/object.h"

namespace bits {

// Either the JavaScript thread, which asked for the job, takes it, or the job is cancelled: also when that thread or
// the COM thread, which makes the job, gives up in between.
class Creation {
 public:
  // The side that makes the job.
  [[nodiscard]] bool Begin() noexcept;  // false: not wanted any more, nothing must be made
  [[nodiscard]] bool IsWanted() noexcept;
  [[nodiscard]] bool Offer(Object::Ref job) noexcept;  // false: not wanted any more, the job is to be cancelled
  void End() noexcept;                                 // what has not been offered does not exist
  void Settle() noexcept;                              // the job has been cancelled

  // The side that asked.
  void Take() noexcept;
  // The job will not be taken. Gives the one that is to be cancelled; none when the other side will see to it.
  [[nodiscard]] Object::Ref Withdraw() noexcept;
  // Until it is settled, or until that time (GetTickCount64) at most.
  void Wait(ULONGLONG end) noexcept;

 private:
  enum class Stage { kWaiting, kRunning, kOffered, kSettled };

  win::Mutex mutex_;
  win::Condition settled_;
  Stage stage_ = Stage::kWaiting;
  bool wanted_ = true;
  Object::Ref job_;
};

}  // namespace bits
