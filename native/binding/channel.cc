#include "binding/channel.h"

namespace binding {

std::shared_ptr<Channel> Channel::Open(Napi::Env env) {
  auto channel = std::make_shared<Channel>();
  auto kept = std::make_unique<std::shared_ptr<Channel>>(channel);  // until the function's finalizer has run
  const napi_status status = napi_create_threadsafe_function(
      env, nullptr, nullptr, Napi::String::New(env, "windows-bits"), 0 /* no limit: Send never waits */, 1, kept.get(),
      &Channel::Finalize, nullptr, &Channel::Dispatch, &channel->function_);
  if (status != napi_ok) throw Napi::Error::New(env, "no thread-safe function could be made");
  static_cast<void>(kept.release());
  napi_unref_threadsafe_function(env, channel->function_);
  channel->open_ = true;
  return channel;
}

void Channel::Send(std::unique_ptr<Delivery> delivery) {
  const win::Lock lock(mutex_);
  if (!open_) return;
  if (napi_call_threadsafe_function(function_, delivery.get(), napi_tsfn_nonblocking) == napi_ok) {
    static_cast<void>(delivery.release());
  } else {
    open_ = false;  // closing: the function must not be touched again
  }
}

bool Channel::IsOpen() {
  const win::Lock lock(mutex_);
  return open_;
}

void Channel::Hold(Napi::Env env) noexcept {
  if (holds_++ == 0 && IsOpen()) napi_ref_threadsafe_function(env, function_);
}

void Channel::Release(Napi::Env env) noexcept {
  if (--holds_ == 0 && IsOpen()) napi_unref_threadsafe_function(env, function_);
}

void Channel::Close() noexcept {
  const win::Lock lock(mutex_);
  if (!open_) return;
  open_ = false;
  napi_release_threadsafe_function(function_, napi_tsfn_abort);
}

// node-addon-api does not guard what a thread-safe function runs, so nothing may leave this function.
void Channel::Dispatch(napi_env env, napi_value, void*, void* data) noexcept {
  const std::unique_ptr<Delivery> delivery(static_cast<Delivery*>(data));
  if (env == nullptr) return;
  try {
    const Napi::HandleScope scope(env);
    delivery->Finish(env);
  } catch (...) {
    // The environment is ending; there is nobody left to tell.
  }
}

void Channel::Finalize(napi_env, void* channel, void*) noexcept {
  delete static_cast<std::shared_ptr<Channel>*>(channel);
}

}  // namespace binding
