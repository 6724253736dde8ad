// The two Windows primitives that the pool and the channel need. Used instead of std::mutex and
// std::condition_variable because MinGW builds those on kernel semaphores and per-thread state with destructors.
#pragma once

#include <windows.h>

#include <mutex>

namespace win {

class Mutex {
 public:
  Mutex() = default;
  ~Mutex() = default;
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;

  void lock() noexcept { AcquireSRWLockExclusive(&lock_); }
  void unlock() noexcept { ReleaseSRWLockExclusive(&lock_); }

 private:
  friend class Condition;
  SRWLOCK lock_ = SRWLOCK_INIT;
};

using Lock = std::unique_lock<Mutex>;

class Condition {
 public:
  // Returns when woken, when `milliseconds` have passed, or for no reason: callers look at their own state.
  void Wait(Lock& lock, DWORD milliseconds = INFINITE) noexcept {
    SleepConditionVariableSRW(&condition_, &lock.mutex()->lock_, milliseconds, 0);
  }
  void WakeOne() noexcept { WakeConditionVariable(&condition_); }

 private:
  CONDITION_VARIABLE condition_ = CONDITION_VARIABLE_INIT;
};

}  // namespace win
