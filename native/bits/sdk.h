// The one place that includes the BITS headers.
#pragma once

#include <objbase.h>

#include <bits.h>
#include <bits5_0.h>  // the Windows SDK's bits.h includes it already; MinGW's stops at 3.0
#include <wrl/client.h>

#include "bits/newer.h"  // what toolchains lack

namespace bits {

using Microsoft::WRL::ComPtr;

// Takes a reference over. ComPtr::Attach is for that, but MinGW-w64's adds a reference of its own.
template <class Interface>
void TakeOver(ComPtr<Interface>& to, Interface* owned) noexcept {
  *to.ReleaseAndGetAddressOf() = owned;
}

// The interfaces that are called, by the names that failures and capabilities are reported with.
#define BITS_INTERFACES(X)          \
  X(IBackgroundCopyManager)         \
  X(IBackgroundCopyJob)             \
  X(IBackgroundCopyJob2)            \
  X(IBackgroundCopyJob3)            \
  X(IBackgroundCopyJob4)            \
  X(IBackgroundCopyJob5)            \
  X(IBackgroundCopyJobHttpOptions)  \
  X(IBackgroundCopyJobHttpOptions2) \
  X(IBackgroundCopyJobHttpOptions3) \
  X(IBitsTokenOptions)              \
  X(IBackgroundCopyFile)            \
  X(IBackgroundCopyFile2)           \
  X(IBackgroundCopyFile3)           \
  X(IBackgroundCopyFile4)           \
  X(IBackgroundCopyFile5)           \
  X(IBackgroundCopyFile6)           \
  X(IBackgroundCopyError)           \
  X(IBitsPeerCacheAdministration)   \
  X(IBitsPeerCacheRecord)           \
  X(IBitsPeer)

template <class Interface>
inline constexpr const char* kInterfaceName = "IUnknown";

#define BITS_NAME(name) \
  template <>           \
  inline constexpr const char* kInterfaceName<name> = #name;
BITS_INTERFACES(BITS_NAME)
#undef BITS_NAME

}  // namespace bits
