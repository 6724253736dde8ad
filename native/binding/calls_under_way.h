// The calls that have not been answered yet. While somebody waits for one, the process is kept alive, as by any other
// request of Node's. Used on the JavaScript thread only.
#pragma once

#include <napi.h>

#include <cstdint>
#include <map>
#include <memory>

#include "binding/channel.h"
#include "bits/creation.h"
#include "win/com_pool.h"

namespace binding {

class CallsUnderWay {
 public:
  CallsUnderWay(std::shared_ptr<Channel> channel, std::shared_ptr<win::ComPool> pool)
      : channel_(std::move(channel)), pool_(std::move(pool)) {}

  // `creation`: of a call that makes a job; otherwise null.
  [[nodiscard]] std::uint32_t Add(const Napi::Promise& promise, std::shared_ptr<bits::Creation> creation);
  void Remove(Napi::Env env, std::uint32_t id);
  // Nobody waits for this call any more.
  void Abandon(const Napi::Value& promise);

  // The environment or the process ends. Cancels the jobs that are being made, and waits for that for a moment: when
  // the process ends, so do the threads that cancel them.
  void End() noexcept;
  // The environment has ended, and frees its references by itself.
  void Forget();

 private:
  struct Entry {
    Napi::ObjectReference promise;
    std::shared_ptr<bits::Creation> creation;
    bool awaited;
  };

  void LetGo(Napi::Env env, Entry& entry);
  void ListenForExit(Napi::Env env, const char* method) noexcept;

  const std::shared_ptr<Channel> channel_;
  const std::shared_ptr<win::ComPool> pool_;
  std::map<std::uint32_t, Entry> entries_;
  std::uint32_t last_ = 0;
  std::size_t creations_ = 0;
  ULONGLONG end_ = 0;
  Napi::FunctionReference exit_;
};

// Withdraws a job that is being made; when it has been made already, it is cancelled on a thread of the pool.
void Withdraw(win::ComPool& pool, const std::shared_ptr<bits::Creation>& creation) noexcept;

}  // namespace binding
