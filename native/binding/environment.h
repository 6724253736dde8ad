// What one Node environment (the main thread, a worker, a reloaded window) has of its own.
#pragma once

#include <napi.h>

#include <memory>

#include "binding/calls_under_way.h"
#include "binding/channel.h"
#include "binding/listener.h"
#include "bits/objects.h"
#include "win/com_pool.h"

namespace binding {

class Environment {
 public:
  // Made at the first call: requiring the package starts no thread.
  [[nodiscard]] static Environment& Of(Napi::Env env);

  explicit Environment(Napi::Env env);
  ~Environment();
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  [[nodiscard]] const std::shared_ptr<Channel>& channel() const noexcept { return channel_; }
  [[nodiscard]] const std::shared_ptr<win::ComPool>& pool() const noexcept { return pool_; }
  [[nodiscard]] Functions& functions() noexcept { return functions_; }
  [[nodiscard]] CallsUnderWay& calls() noexcept { return calls_; }

 private:
  static void CleanUp(void* self) noexcept;

  const std::shared_ptr<Channel> channel_;
  const std::shared_ptr<win::ComPool> pool_;
  Functions functions_;
  CallsUnderWay calls_;
};

}  // namespace binding
