// What the compiler made of the BITS headers.
#pragma once

#include <napi.h>

namespace bits_double {

// `{ [interface]: { iid, slots: { [method]: slot } } }`, as the addon is compiled. A slot is -1 in a 32-bit build.
Napi::Object Abi(Napi::Env env);

}  // namespace bits_double
