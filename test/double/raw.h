// Plain C++ against the same COM servers, for the bench: what a call costs without the addon.
#pragma once

#include <windows.h>

#include <string>

namespace bits_double {

struct RawResult {
  HRESULT hr = S_OK;
  double microseconds = 0;  // for all calls together
};

// `count` calls of IBackgroundCopyJob::GetState, one after another, on a thread in the multithreaded apartment.
[[nodiscard]] RawResult RawGetState(const CLSID& clsid, DWORD context, const GUID& id, unsigned long count);

// The whole queue with what the addon's snapshot reads of each job, one call after another.
[[nodiscard]] RawResult RawList(const CLSID& clsid, DWORD context);

}  // namespace bits_double
