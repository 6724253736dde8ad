// The double as a COM server of this process.
#pragma once

#include <windows.h>

#include <functional>

namespace bits_double {

extern const CLSID kClsid;

// Registers the class, on a thread in the multithreaded apartment that lives until Stop.
[[nodiscard]] HRESULT Start();
void Stop();

// Runs something on a thread of its own, in that apartment. Nobody waits for it.
void RunInApartment(std::function<void()> work);

}  // namespace bits_double
