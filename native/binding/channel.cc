#include "binding/channel.h"

#include <utility>

namespace binding {

namespace {

// How long one turn of the event loop delivers, what JavaScript does with the results included.
constexpr LONGLONG kPortion = 2;  // milliseconds

LONGLONG Milliseconds(LONGLONG milliseconds) noexcept {
  LARGE_INTEGER frequency;
  QueryPerformanceFrequency(&frequency);
  return milliseconds * frequency.QuadPart / 1000;
}

LONGLONG Now() noexcept {
  LARGE_INTEGER now;
  QueryPerformanceCounter(&now);
  return now.QuadPart;
}

}  // namespace

Deliveries::~Deliveries() {
  while (Take()) {
  }
}

void Deliveries::Add(std::unique_ptr<Delivery> delivery) noexcept {
  Delivery* const added = delivery.get();
  (first_ ? last_->next_ : first_) = std::move(delivery);
  last_ = added;
}

std::unique_ptr<Delivery> Deliveries::Take() noexcept {
  std::unique_ptr<Delivery> taken = std::move(first_);
  if (taken) first_ = std::move(taken->next_);
  return taken;
}

void Deliveries::MoveTo(Deliveries& empty) noexcept {
  empty.first_ = std::move(first_);
  empty.last_ = last_;
}

std::shared_ptr<Channel> Channel::Open(Napi::Env env) {
  auto channel = std::make_shared<Channel>();
  for (napi_threadsafe_function& function : channel->functions_) {
    auto kept = std::make_unique<std::shared_ptr<Channel>>(channel);  // until the function's finalizer has run
    const napi_status status = napi_create_threadsafe_function(
        env, nullptr, nullptr, Napi::String::New(env, "windows-bits"), 0 /* no limit: Send never waits */, 1,
        kept.get(), &Channel::Finalize, channel.get(), &Channel::Dispatch, &function);
    if (status != napi_ok) throw Napi::Error::New(env, "no thread-safe function could be made");
    static_cast<void>(kept.release());
    napi_unref_threadsafe_function(env, function);
  }
  channel->open_ = true;
  return channel;
}

void Channel::Send(std::unique_ptr<Delivery> delivery) noexcept {
  Deliveries unwanted;  // destroyed when the mutex is free again: some send something when they are destroyed
  const win::Lock lock(mutex_);
  if (!open_) return;
  deliveries_.Add(std::move(delivery));
  if (!awake_) Wake(unwanted);
}

bool Channel::IsOpen() {
  const win::Lock lock(mutex_);
  return open_;
}

// One of the functions is enough to keep the event loop turning for both.
void Channel::Hold(Napi::Env env) noexcept {
  if (holds_++ == 0 && IsOpen()) napi_ref_threadsafe_function(env, functions_.front());
}

void Channel::Release(Napi::Env env) noexcept {
  if (--holds_ == 0 && IsOpen()) napi_unref_threadsafe_function(env, functions_.front());
}

void Channel::Close() noexcept {
  Deliveries unwanted;
  const win::Lock lock(mutex_);
  if (!open_) return;
  open_ = false;
  deliveries_.MoveTo(unwanted);
  for (const napi_threadsafe_function function : functions_)
    napi_release_threadsafe_function(function, napi_tsfn_abort);
}

// Under the mutex.
void Channel::Wake(Deliveries& unwanted) noexcept {
  awake_ = true;
  if (napi_call_threadsafe_function(functions_.at(current_), nullptr, napi_tsfn_nonblocking) == napi_ok) return;
  open_ = false;  // closing: the functions must not be touched again
  deliveries_.MoveTo(unwanted);
}

// One at a time, since what JavaScript has waiting for it runs when Dispatch has returned, and before the next one: a
// callback finds done what the results before it have led to.
void Channel::DeliverOne(napi_env env) noexcept {
  std::unique_ptr<Delivery> delivery;
  {
    const win::Lock lock(mutex_);
    if (portion_end_ == 0) portion_end_ = Now() + Milliseconds(kPortion);
    delivery = deliveries_.Take();
  }
  // node-addon-api does not guard what a thread-safe function runs, so nothing may leave this function.
  try {
    const Napi::HandleScope scope(env);
    if (delivery) delivery->Finish(env);
  } catch (...) {
    // The environment is ending; there is nobody left to tell.
  }
  delivery.reset();

  Deliveries unwanted;
  const win::Lock lock(mutex_);
  if (Now() >= portion_end_) {
    current_ = 1 - current_;
    portion_end_ = 0;
  }
  awake_ = false;
  if (open_ && !deliveries_.IsEmpty()) Wake(unwanted);
}

// A function that is closing has no environment, and perhaps no channel any more.
void Channel::Dispatch(napi_env env, napi_value, void* channel, void*) noexcept {
  if (env != nullptr) static_cast<Channel*>(channel)->DeliverOne(env);
}

void Channel::Finalize(napi_env, void* channel, void*) noexcept {
  delete static_cast<std::shared_ptr<Channel>*>(channel);
}

}  // namespace binding
