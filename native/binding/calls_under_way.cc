#include "binding/calls_under_way.h"

#include <utility>

#include "binding/environment.h"
#include "bits/new_job.h"

namespace binding {
namespace {

constexpr ULONGLONG kGrace = 2000;  // milliseconds that End waits at most

class Cancellation final : public win::Task {
 public:
  Cancellation(bits::Object::Ref job, std::shared_ptr<bits::Creation> creation)
      : job_(std::move(job)), creation_(std::move(creation)) {}
  void Run() noexcept override {
    bits::Discard(*job_);
    creation_->Settle();
  }

 private:
  const bits::Object::Ref job_;
  const std::shared_ptr<bits::Creation> creation_;
};

}  // namespace

std::uint32_t CallsUnderWay::Add(const Napi::Promise& promise, std::shared_ptr<bits::Creation> creation) {
  const bool creates = creation != nullptr;
  entries_.emplace(++last_, Entry{Napi::Persistent(promise.As<Napi::Object>()), std::move(creation), true});
  channel_->Hold(promise.Env());
  if (creates && creations_++ == 0) ListenForExit(promise.Env(), "on");
  return last_;
}

void CallsUnderWay::Remove(Napi::Env env, std::uint32_t id) {
  const auto found = entries_.find(id);
  if (found == entries_.end()) return;
  const bool creates = found->second.creation != nullptr;
  LetGo(env, found->second);
  entries_.erase(found);
  if (creates && --creations_ == 0) ListenForExit(env, "removeListener");
}

void CallsUnderWay::Abandon(const Napi::Value& promise) {
  for (auto& [id, entry] : entries_) {
    if (!entry.promise.Value().StrictEquals(promise)) continue;
    LetGo(promise.Env(), entry);
    if (entry.creation) Withdraw(*pool_, entry.creation);
    return;
  }
}

void CallsUnderWay::LetGo(Napi::Env env, Entry& entry) {
  if (std::exchange(entry.awaited, false)) channel_->Release(env);
}

// process.exit() ends the process without ending the environment.
void CallsUnderWay::ListenForExit(Napi::Env env, const char* method) noexcept {
  try {
    const Napi::Value process = env.Global().Get("process");
    if (!process.IsObject()) return;
    const Napi::Value listen = process.As<Napi::Object>().Get(method);
    if (!listen.IsFunction()) return;
    if (exit_.IsEmpty()) {
      exit_ = Napi::Persistent(Napi::Function::New(
          env, [](const Napi::CallbackInfo& info) { Environment::Of(info.Env()).calls().End(); }, "windows-bits"));
    }
    listen.As<Napi::Function>().Call(process, {Napi::String::New(env, "exit"), exit_.Value()});
  } catch (...) {
    // Somebody has changed `process`, or memory has run out. The call goes on.
  }
}

void CallsUnderWay::End() noexcept {
  for (const auto& [id, entry] : entries_) {
    if (entry.creation) Withdraw(*pool_, entry.creation);
  }
  if (end_ == 0) end_ = GetTickCount64() + kGrace;  // once: the process may end first, then its environment
  for (const auto& [id, entry] : entries_) {
    if (entry.creation) entry.creation->Wait(end_);
  }
}

void CallsUnderWay::Forget() {
  for (auto& [id, entry] : entries_) entry.promise.SuppressDestruct();
  entries_.clear();
  exit_.SuppressDestruct();
}

void Withdraw(win::ComPool& pool, const std::shared_ptr<bits::Creation>& creation) noexcept {
  const bits::Object::Ref job = creation->Withdraw();
  if (!job) return;
  try {
    static_cast<void>(pool.Post(job->strand(), std::make_unique<Cancellation>(job, creation)));
  } catch (...) {
    // Out of memory: the job stays in the queue.
  }
}

}  // namespace binding
