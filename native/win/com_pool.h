// The threads on which COM runs. They are this addon's own, in the multithreaded apartment: never the JavaScript
// thread (Electron's is a single-threaded apartment) and never libuv's pool (a blocked RPC would starve `fs`).
#pragma once

#include <array>
#include <cstddef>
#include <deque>
#include <memory>

#include "win/sync.h"

namespace win {

class Task {
 public:
  virtual ~Task() = default;
  virtual void Run() noexcept = 0;
};

// Tasks of one strand run one after another, in the order they were posted, on whichever thread is free.
class Strand {
  friend class ComPool;
  std::deque<std::unique_ptr<Task>> tasks_;
  bool active_ = false;           // running, or in line to run
  std::shared_ptr<Strand> next_;  // in that line
  ULONGLONG since_ = 0;           // when what is running began
  DWORD thread_ = 0;              // on which it runs
};

class ComPool : public std::enable_shared_from_this<ComPool> {
 public:
  // Keeps the apartment alive while something holds COM pointers obtained in it.
  class Stay {
   public:
    explicit Stay(std::shared_ptr<ComPool> pool);
    ~Stay();
    Stay(const Stay&) = delete;
    Stay& operator=(const Stay&) = delete;
    [[nodiscard]] ComPool& pool() const noexcept { return *pool_; }

   private:
    std::shared_ptr<ComPool> pool_;
  };

  // False when no thread can be had; the task is then destroyed without having run.
  [[nodiscard]] bool Post(const std::shared_ptr<Strand>& strand, std::unique_ptr<Task> task);

  // To be called by a task that is going to wait for others: it gives up its turn to them, as a stuck call does.
  void StandAside() noexcept;

  // The threads end by themselves once nothing stays and nothing is queued. Nobody waits for them: a thread may be
  // inside a call to a service that does not answer. The module is pinned, so a late one still has its code.
  void Close() noexcept;

 private:
  static constexpr std::size_t kMostThreads = 64;

  static DWORD WINAPI ThreadMain(void* argument) noexcept;
  bool Spawn() noexcept;
  void Work() noexcept;
  void RunNext(Lock& lock) noexcept;
  void LineUp(const std::shared_ptr<Strand>& strand) noexcept;
  [[nodiscard]] DWORD TimeUntilTurn() const noexcept;
  [[nodiscard]] bool Finished() const noexcept { return closed_ && stays_ == 0 && !first_; }

  // Nothing here grows while a strand is taken up or put down: a thread of the pool must not run out of memory.
  Mutex mutex_;
  Condition wake_;
  std::shared_ptr<Strand> first_;  // the line of those that may run
  Strand* last_ = nullptr;
  std::array<Strand*, kMostThreads> running_ = {};
  std::size_t idle_ = 0;
  std::size_t threads_ = 0;
  std::size_t stays_ = 0;
  bool closed_ = false;
};

}  // namespace win
