// A call from start to promise.
#pragma once

#include <napi.h>

#include <memory>

#include "binding/method.h"

namespace binding {

// Posts the call to the object's queue and returns a promise: of the result, or rejected with a failure record
// `{ hresult, method, kind }`, from which TypeScript makes the Error.
[[nodiscard]] Napi::Value StartCall(Napi::Env env, const Method& method, bits::Object::Ref object,
                                    std::unique_ptr<Operation> operation);

}  // namespace binding
