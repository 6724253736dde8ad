#include "binding/host.h"

#include <memory>
#include <utility>

#include "binding/call.h"
#include "binding/environment.h"
#include "binding/listener.h"
#include "binding/values.h"
#include "win/values.h"

// The version in package.json, which binding.gyp passes on: the loader refuses a binary of another version.
#define WINDOWS_BITS_TEXT_OF(tokens) #tokens
#define WINDOWS_BITS_TEXT(tokens) WINDOWS_BITS_TEXT_OF(tokens)

namespace binding {
namespace {

// Other class ids are for tests: their stand-in for BITS is reached through the same code as BITS itself.
Napi::Value OpenManager(const Napi::CallbackInfo& info) {
  CLSID clsid = __uuidof(BackgroundCopyManager);
  DWORD context = CLSCTX_LOCAL_SERVER;
  if (!info[0].IsUndefined()) Read({info[0], 0}, clsid);
  if (!info[1].IsUndefined()) Read({info[1], 1}, context);
  const bits::Object::Ref manager = bits::Manager::Create(Environment::Of(info.Env()).pool(), clsid, context);
  return Write(info.Env(), manager);
}

class ReleaseTask final : public win::Task {
 public:
  explicit ReleaseTask(bits::Object::Ref manager) : manager_(std::move(manager)) {}
  void Run() noexcept override {
    try {
      static_cast<bits::Manager&>(*manager_).ForgetAll();
    } catch (...) {
      // Out of memory: the proxies go with the objects.
    }
  }

 private:
  const bits::Object::Ref manager_;
};

// Queued behind the manager's calls: its proxies are released on a COM thread.
Napi::Value ReleaseManager(const Napi::CallbackInfo& info) {
  const bits::Object::Ref manager = ReadHandle({info[0], 0}, bits::Object::Kind::kManager);
  static_cast<void>(
      Environment::Of(info.Env()).pool()->Post(manager->strand(), std::make_unique<ReleaseTask>(manager)));
  return info.Env().Undefined();
}

Napi::Value SystemInfo(const Napi::CallbackInfo& info) {
  const win::SystemInfo system = win::ReadSystemInfo();
  Napi::Object object = Napi::Object::New(info.Env());
  object.Set("windows", Write(info.Env(), system.windows));
  object.Set("wine", system.wine.empty() ? info.Env().Null() : Write(info.Env(), system.wine));
  object.Set("elevated", Napi::Boolean::New(info.Env(), system.elevated));
  object.Set("restrictedToken", Napi::Boolean::New(info.Env(), system.restricted_token));
  return object;
}

}  // namespace

void ExportHost(Napi::Env env, Napi::Object exports) {
  exports.Set("version", Napi::String::New(env, WINDOWS_BITS_TEXT(WINDOWS_BITS_VERSION)));
  exports.Set("openManager", Napi::Function::New<&OpenManager>(env, "openManager"));
  exports.Set("releaseManager", Napi::Function::New<&ReleaseManager>(env, "releaseManager"));
  exports.Set("abandon", Napi::Function::New<&Abandon>(env, "abandon"));
  exports.Set("answerCertificate", Napi::Function::New<&AnswerCertificate>(env, "answerCertificate"));
  exports.Set("systemInfo", Napi::Function::New<&SystemInfo>(env, "systemInfo"));
}

}  // namespace binding
