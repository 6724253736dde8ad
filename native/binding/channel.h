// The way back to the JavaScript thread: one thread-safe function per environment.
#pragma once

#include <napi.h>

#include <memory>

#include "win/sync.h"

namespace binding {

// Something to finish on the JavaScript thread. It owns all that it needs; when the environment ends first, it is
// destroyed unfinished, on any thread.
class Delivery {
 public:
  virtual ~Delivery() = default;
  virtual void Finish(Napi::Env env) = 0;
};

class Channel {
 public:
  [[nodiscard]] static std::shared_ptr<Channel> Open(Napi::Env env);

  // From any thread. Never waits.
  void Send(std::unique_ptr<Delivery> delivery);
  [[nodiscard]] bool IsOpen();

  // From the JavaScript thread. While held, the channel keeps the process alive.
  void Hold(Napi::Env env) noexcept;
  void Release(Napi::Env env) noexcept;
  void Close() noexcept;

 private:
  static void Dispatch(napi_env env, napi_value function, void* context, void* data) noexcept;
  static void Finalize(napi_env env, void* channel, void* hint) noexcept;

  win::Mutex mutex_;  // calling a thread-safe function while it closes is a use after free: both happen under it
  napi_threadsafe_function function_ = nullptr;
  bool open_ = false;
  std::size_t holds_ = 0;
};

}  // namespace binding
