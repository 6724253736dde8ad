#include "win/com_pool.h"

#include <objbase.h>

#include <algorithm>
#include <utility>

namespace win {
namespace {

// How many calls run at a time. A call that has been running longer than kStuck does not count: a service or a UNC
// path that does not answer must not delay the other jobs, so another thread takes its place.
constexpr std::size_t kParallel = 4;
constexpr ULONGLONG kStuck = 500;  // milliseconds

// From the first thread on, the module must stay loaded: threads, callbacks and proxies outlive the environment.
void PinModule() noexcept {
  HMODULE self = nullptr;
  GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_PIN,
                     reinterpret_cast<LPCWSTR>(&PinModule), &self);
}

}  // namespace

ComPool::Stay::Stay(std::shared_ptr<ComPool> pool) : pool_(std::move(pool)) {
  const Lock lock(pool_->mutex_);
  ++pool_->stays_;
}

ComPool::Stay::~Stay() {
  {
    const Lock lock(pool_->mutex_);
    --pool_->stays_;
  }
  pool_->wake_.WakeOne();
}

bool ComPool::Post(const std::shared_ptr<Strand>& strand, std::unique_ptr<Task> task) {
  {
    const Lock lock(mutex_);
    if (threads_ == 0 && !Spawn()) return false;
    strand->tasks_.push_back(std::move(task));
    if (strand->active_) return true;
    LineUp(strand);
  }
  wake_.WakeOne();
  return true;
}

void ComPool::StandAside() noexcept {
  {
    const Lock lock(mutex_);
    for (Strand* strand : running_) {
      if (strand != nullptr && strand->thread_ == GetCurrentThreadId()) strand->since_ = 0;
    }
  }
  wake_.WakeOne();
}

void ComPool::Close() noexcept {
  {
    const Lock lock(mutex_);
    closed_ = true;
  }
  wake_.WakeOne();
}

bool ComPool::Spawn() noexcept {
  PinModule();
  std::unique_ptr<std::shared_ptr<ComPool>> self(new (std::nothrow) std::shared_ptr<ComPool>(shared_from_this()));
  if (!self) return false;
  const HANDLE thread = CreateThread(nullptr, 0, &ComPool::ThreadMain, self.get(), 0, nullptr);
  if (thread == nullptr) return false;
  static_cast<void>(self.release());
  CloseHandle(thread);
  ++threads_;
  ++idle_;
  return true;
}

DWORD WINAPI ComPool::ThreadMain(void* argument) noexcept {
  const std::unique_ptr<std::shared_ptr<ComPool>> self(static_cast<std::shared_ptr<ComPool>*>(argument));
  // On a thread of our own this cannot meet another apartment. If it fails, so does every call, with the same code.
  const HRESULT entered = CoInitializeEx(nullptr, COINIT_MULTITHREADED | COINIT_DISABLE_OLE1DDE);
  (*self)->Work();
  if (SUCCEEDED(entered)) CoUninitialize();
  return 0;
}

// There is always one idle thread: it takes what comes, or watches the clock for a running call to count as stuck.
void ComPool::Work() noexcept {
  Lock lock(mutex_);
  while (!Finished()) {
    const DWORD delay = TimeUntilTurn();
    if (delay == 0) {
      RunNext(lock);
      if (idle_ > kParallel + 1) break;  // it stood in for a stuck call, and is no longer needed
    } else {
      wake_.Wait(lock, delay);
    }
  }
  --idle_;
  --threads_;
  lock.unlock();
  wake_.WakeOne();  // the next one sees that it is over, or takes what this one was woken for
}

void ComPool::LineUp(const std::shared_ptr<Strand>& strand) noexcept {
  strand->active_ = true;
  (first_ ? last_->next_ : first_) = strand;
  last_ = strand.get();
}

void ComPool::RunNext(Lock& lock) noexcept {
  const std::shared_ptr<Strand> strand = std::move(first_);
  first_ = std::move(strand->next_);
  std::unique_ptr<Task> task = std::move(strand->tasks_.front());
  strand->tasks_.pop_front();
  strand->since_ = GetTickCount64();
  strand->thread_ = GetCurrentThreadId();
  Strand*& place = *std::find(running_.begin(), running_.end(), nullptr);  // there are no more threads than places
  place = strand.get();
  if (--idle_ == 0 && threads_ < running_.size()) Spawn();

  lock.unlock();
  task->Run();
  task.reset();
  lock.lock();

  ++idle_;
  place = nullptr;
  strand->active_ = false;
  if (!strand->tasks_.empty()) LineUp(strand);
}

// 0: the next strand may run now. Otherwise how long to wait, in milliseconds.
DWORD ComPool::TimeUntilTurn() const noexcept {
  if (!first_) return INFINITE;
  const ULONGLONG now = GetTickCount64();
  std::size_t lively = 0;
  ULONGLONG oldest = now;
  for (const Strand* strand : running_) {
    if (strand == nullptr || now - strand->since_ >= kStuck) continue;
    ++lively;
    oldest = std::min(oldest, strand->since_);
  }
  return lively < kParallel ? 0 : static_cast<DWORD>(oldest + kStuck - now);
}

}  // namespace win
