// The way back to the JavaScript thread: one queue per environment, delivered in portions, between which the event loop
// turns.
#pragma once

#include <napi.h>

#include <array>
#include <cstddef>
#include <memory>

#include "win/sync.h"

namespace binding {

// Something to finish on the JavaScript thread. It owns all that it needs; when the environment ends first, it is
// destroyed unfinished, on any thread.
class Delivery {
 public:
  virtual ~Delivery() = default;
  virtual void Finish(Napi::Env env) = 0;

 private:
  friend class Deliveries;
  std::unique_ptr<Delivery> next_;
};

// In the order of Add. Needs no memory of its own: what has been done can always be delivered.
class Deliveries {
 public:
  Deliveries() = default;
  ~Deliveries();
  Deliveries(const Deliveries&) = delete;
  Deliveries& operator=(const Deliveries&) = delete;

  [[nodiscard]] bool IsEmpty() const noexcept { return !first_; }
  void Add(std::unique_ptr<Delivery> delivery) noexcept;
  [[nodiscard]] std::unique_ptr<Delivery> Take() noexcept;  // null: there are no more
  void MoveTo(Deliveries& empty) noexcept;

 private:
  std::unique_ptr<Delivery> first_;
  Delivery* last_ = nullptr;
};

class Channel {
 public:
  [[nodiscard]] static std::shared_ptr<Channel> Open(Napi::Env env);

  // From any thread. Never waits.
  void Send(std::unique_ptr<Delivery> delivery) noexcept;
  [[nodiscard]] bool IsOpen();

  // From the JavaScript thread. While held, the channel keeps the process alive.
  void Hold(Napi::Env env) noexcept;
  void Release(Napi::Env env) noexcept;
  void Close() noexcept;

 private:
  static void Dispatch(napi_env env, napi_value function, void* channel, void* data) noexcept;
  static void Finalize(napi_env env, void* channel, void* hint) noexcept;
  void DeliverOne(napi_env env) noexcept;
  void Wake(Deliveries& unwanted) noexcept;

  win::Mutex mutex_;  // calling a thread-safe function while it closes is a use after free: both happen under it
  Deliveries deliveries_;
  bool open_ = false;
  bool awake_ = false;  // one call of a thread-safe function is under way: it delivers, and wakes again for the rest

  // A call of a thread-safe function that is made while it runs is run in the same turn of the event loop, a call of
  // another one in the next turn. So a portion is delivered by one of them, and the next portion by the other.
  std::array<napi_threadsafe_function, 2> functions_ = {};
  std::size_t current_ = 0;
  LONGLONG portion_end_ = 0;  // by the performance counter; 0: the portion has not begun
  std::size_t holds_ = 0;
};

}  // namespace binding
