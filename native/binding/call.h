// A call from start to promise.
#pragma once

#include <napi.h>

#include <string>

#include "binding/method.h"

namespace binding {

// "IBackgroundCopyJob::Resume": the JavaScript name differs from the COM name in its first letter only.
[[nodiscard]] std::string ComName(const Method& method);

// Reads the arguments, posts the call to the object's queue, and returns a promise: of the result, or rejected with a
// failure record `{ hresult, method, kind }`, from which TypeScript makes the Error.
[[nodiscard]] Napi::Value StartCall(const Napi::CallbackInfo& info, const Method& method, bits::Object::Ref object);

// `abandon(promise)`: nobody waits for this call any more. It does not keep the process alive, and a job that it makes
// is cancelled.
Napi::Value Abandon(const Napi::CallbackInfo& info);

}  // namespace binding
