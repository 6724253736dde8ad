#include "binding/call.h"

#include <string>
#include <utility>

#include "binding/environment.h"

namespace binding {
namespace {

const char* StageName(bits::Outcome::Stage stage) {
  switch (stage) {
    case bits::Outcome::Stage::kInterface: return "interface";
    case bits::Outcome::Stage::kLost: return "lost";
    default: return "call";
  }
}

// "IBackgroundCopyJob::Resume": the JavaScript name differs from the COM name in its first letter only.
std::string ComName(const Method& method) {
  std::string name = method.name;
  name.front() = static_cast<char>(name.front() - 'a' + 'A');
  return std::string(method.interface_name) + "::" + name;
}

class PendingCall final : public Delivery {
 public:
  PendingCall(Napi::Env env, const Method& method, bits::Object::Ref object, std::unique_ptr<Operation> operation)
      : method_(method),
        object_(std::move(object)),
        operation_(std::move(operation)),
        deferred_(Napi::Promise::Deferred::New(env)) {}

  [[nodiscard]] Napi::Promise promise() const { return deferred_.Promise(); }

  void Run() noexcept {
    outcome_ = bits::Perform(*object_, method_.repeat, [&] { return operation_->Run(*object_); });
  }

  void Finish(Napi::Env env) override {
    Environment::Of(env).channel()->Release(env);
    try {
      if (SUCCEEDED(outcome_.hr)) {
        deferred_.Resolve(operation_->Result(env, outcome_.hr));
      } else {
        deferred_.Reject(Failure(env));
      }
    } catch (const Napi::Error& error) {
      deferred_.Reject(error.Value());
    }
  }

 private:
  [[nodiscard]] Napi::Value Failure(Napi::Env env) const {
    Napi::Object failure = Napi::Object::New(env);
    failure.Set("hresult", Write(env, outcome_.hr));
    failure.Set("method", ComName(method_));
    failure.Set("kind", StageName(outcome_.stage));
    return failure;
  }

  const Method& method_;
  const bits::Object::Ref object_;
  const std::unique_ptr<Operation> operation_;
  const Napi::Promise::Deferred deferred_;
  bits::Outcome outcome_;
};

class CallTask final : public win::Task {
 public:
  CallTask(std::shared_ptr<Channel> channel, std::unique_ptr<PendingCall> call)
      : channel_(std::move(channel)), call_(std::move(call)) {}

  void Run() noexcept override {
    if (!channel_->IsOpen()) return;  // the environment has ended: nobody wants this call made
    call_->Run();
    channel_->Send(std::move(call_));
  }

 private:
  const std::shared_ptr<Channel> channel_;
  std::unique_ptr<PendingCall> call_;
};

}  // namespace

Napi::Value StartCall(Napi::Env env, const Method& method, bits::Object::Ref object,
                      std::unique_ptr<Operation> operation) {
  const Environment& environment = Environment::Of(env);
  const std::shared_ptr<win::Strand> strand = object->strand();
  auto call = std::make_unique<PendingCall>(env, method, std::move(object), std::move(operation));
  const Napi::Promise promise = call->promise();
  environment.channel()->Hold(env);
  if (!environment.pool()->Post(strand, std::make_unique<CallTask>(environment.channel(), std::move(call)))) {
    environment.channel()->Release(env);
    throw Napi::Error::New(env, "no thread could be started for COM");
  }
  return promise;
}

}  // namespace binding
