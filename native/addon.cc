// Registers the addon, nothing more.
#include <napi.h>

#include "binding/host.h"
#include "binding/methods.h"

static Napi::Object Initialize(Napi::Env env, Napi::Object exports) {
  binding::ExportHost(env, exports);
  binding::ExportMethods(env, exports);
  return exports;
}

NODE_API_MODULE(NODE_GYP_MODULE_NAME, Initialize)
