// The one place that includes the BITS headers.
#pragma once

#include <objbase.h>

#include <bits.h>
#include <bits5_0.h>  // the Windows SDK's bits.h includes it already; MinGW's stops at 3.0
#include <wrl/client.h>

namespace bits {

using Microsoft::WRL::ComPtr;

// What a failure is reported as: "IBackgroundCopyJob::Resume".
template <class Interface>
inline constexpr const char* kInterfaceName = nullptr;

#define BITS_INTERFACE(name) \
  template <>                \
  inline constexpr const char* kInterfaceName<name> = #name

BITS_INTERFACE(IBackgroundCopyManager);
BITS_INTERFACE(IBackgroundCopyJob);
BITS_INTERFACE(IBackgroundCopyFile);
BITS_INTERFACE(IBackgroundCopyError);

#undef BITS_INTERFACE

}  // namespace bits
