#include "binding/call.h"

#include <string>
#include <utility>

#include "binding/environment.h"

namespace binding {
namespace {

const char* StageName(bits::Outcome::Stage stage) {
  switch (stage) {
    case bits::Outcome::Stage::kInterface:
      return "interface";
    case bits::Outcome::Stage::kLost:
      return "lost";
    case bits::Outcome::Stage::kClosed:
      return "closed";
    default:
      return "call";
  }
}

Napi::Value Failure(Napi::Env env, const Method& method, const bits::Outcome& outcome) {
  Napi::Object failure = Napi::Object::New(env);
  failure.Set("hresult", Write(env, outcome.hr));
  failure.Set("method", outcome.step == nullptr ? ComName(method) : outcome.step);
  failure.Set("kind", StageName(outcome.stage));
  return failure;
}

class PendingCall final : public Delivery {
 public:
  PendingCall(Napi::Env env, const Method& method, bits::Object::Ref object, std::unique_ptr<Operation> operation)
      : method_(method),
        object_(std::move(object)),
        operation_(std::move(operation)),
        creation_(operation_->creation()),
        deferred_(Napi::Promise::Deferred::New(env)),
        pool_(Environment::Of(env).pool()) {}
  ~PendingCall() override {
    if (creation_) Withdraw(*pool_, creation_);  // does nothing to a job that has been taken
  }
  PendingCall(const PendingCall&) = delete;
  PendingCall& operator=(const PendingCall&) = delete;

  // To be called before Run.
  void Enter(Napi::Env env) { id_ = Environment::Of(env).calls().Add(deferred_.Promise(), creation_); }
  [[nodiscard]] std::uint32_t id() const noexcept { return id_; }
  [[nodiscard]] Napi::Promise promise() const { return deferred_.Promise(); }

  void Run() noexcept {
    if (creation_ && !creation_->Begin()) return;
    outcome_ = bits::Perform(*object_, method_.repeat, [&] { return operation_->Run(*object_); });
    if (creation_) creation_->End();
  }

  void Finish(Napi::Env env) override {
    Environment::Of(env).calls().Remove(env, id_);
    if (creation_ && !creation_->IsWanted()) outcome_ = {E_ABORT, bits::Outcome::Stage::kClosed, nullptr};
    try {
      if (SUCCEEDED(outcome_.hr)) {
        deferred_.Resolve(operation_->Result(env, outcome_.hr));
        if (creation_) creation_->Take();
      } else {
        deferred_.Reject(Failure(env, method_, outcome_));
      }
    } catch (const Napi::Error& error) {
      deferred_.Reject(error.Value());
    } catch (...) {  // only memory can run out here
      deferred_.Reject(Failure(env, method_, {E_OUTOFMEMORY}));
    }
  }

 private:
  const Method& method_;
  const bits::Object::Ref object_;
  const std::unique_ptr<Operation> operation_;
  const std::shared_ptr<bits::Creation> creation_;  // of a call that makes a job
  const Napi::Promise::Deferred deferred_;
  const std::shared_ptr<win::ComPool> pool_;
  std::uint32_t id_ = 0;
  bits::Outcome outcome_;
};

class CallTask final : public win::Task {
 public:
  CallTask(std::shared_ptr<Channel> channel, std::unique_ptr<PendingCall> call)
      : channel_(std::move(channel)), call_(std::move(call)) {}

  void Run() noexcept override {
    if (!channel_->IsOpen()) return;  // the environment has ended, and nobody waits for the call
    call_->Run();
    channel_->Send(std::move(call_));
  }

 private:
  const std::shared_ptr<Channel> channel_;
  std::unique_ptr<PendingCall> call_;
};

// Returns whether the call was posted.
bool Post(Napi::Env env, const std::shared_ptr<win::Strand>& strand, std::unique_ptr<PendingCall> call) {
  Environment& environment = Environment::Of(env);
  call->Enter(env);
  const std::uint32_t id = call->id();
  try {
    auto task = std::make_unique<CallTask>(environment.channel(), std::move(call));
    if (environment.pool()->Post(strand, std::move(task))) return true;
  } catch (const std::bad_alloc&) {
    // Then it was not posted either.
  }
  environment.calls().Remove(env, id);
  return false;
}

}  // namespace

std::string ComName(const Method& method) {
  std::string name = method.name;
  name.front() = static_cast<char>(name.front() - 'a' + 'A');
  return std::string(method.interface_name) + "::" + name;
}

Napi::Value StartCall(const Napi::CallbackInfo& info, const Method& method, bits::Object::Ref object) {
  const Napi::Env env = info.Env();
  try {
    const std::shared_ptr<win::Strand> strand = method.apart ? std::make_shared<win::Strand>() : object->strand();
    auto call = std::make_unique<PendingCall>(env, method, std::move(object), method.read(info));
    const Napi::Promise promise = call->promise();
    if (Post(env, strand, std::move(call))) return promise;
  } catch (const std::bad_alloc&) {
    // There is no memory for the arguments.
  }
  const auto deferred = Napi::Promise::Deferred::New(env);
  deferred.Reject(Failure(env, method, {E_OUTOFMEMORY}));
  return deferred.Promise();
}

Napi::Value Abandon(const Napi::CallbackInfo& info) {
  Environment::Of(info.Env()).calls().Abandon(info[0]);
  return info.Env().Undefined();
}

}  // namespace binding
