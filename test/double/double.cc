#include <napi.h>

#include <objbase.h>
#include <wrl/client.h>

#include <string>

namespace {

Napi::Value Hello(const Napi::CallbackInfo& info) {
  Microsoft::WRL::ComPtr<IUnknown> nothing;
  return Napi::String::New(info.Env(), nothing == nullptr ? "double" : "?");
}

Napi::Value Fail(const Napi::CallbackInfo& info) { throw Napi::Error::New(info.Env(), "thrown in C++"); }

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  exports.Set("hello", Napi::Function::New(env, Hello));
  exports.Set("fail", Napi::Function::New(env, Fail));
  return exports;
}

}  // namespace

NODE_API_MODULE(bits_double, Init)
