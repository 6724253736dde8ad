// Puts the method table on the exports: `manager`, `job`, `file` …, each an object of functions that take a handle and
// return a promise.
#pragma once

#include <napi.h>

namespace binding {

void ExportMethods(Napi::Env env, Napi::Object exports);

}  // namespace binding
