// Windows value types as plain C++ ones: GUID text, FILETIME, UTF-16 checks.
#pragma once

#include <windows.h>

#include <optional>
#include <string>
#include <string_view>

namespace win {

// "{xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx}" in lower case.
[[nodiscard]] std::wstring GuidText(const GUID& guid);
[[nodiscard]] std::optional<GUID> ParseGuid(const std::wstring& text);

// Milliseconds since 1970-01-01 UTC; nothing for a FILETIME of zero, which BITS uses for "not yet".
[[nodiscard]] std::optional<double> FileTimeMilliseconds(const FILETIME& time);

// Whether COM would get exactly this text: no NUL, which would cut it short, and no lone surrogate.
[[nodiscard]] bool IsSoundText(std::u16string_view text);

// Whether this is Wine and not Windows. docs/decisions/0010-wine.md: all that is done for Wine.
[[nodiscard]] bool IsWine() noexcept;

struct SystemInfo {
  std::wstring windows;           // "10.0.19045"
  std::wstring wine;              // "8.0", or empty on Windows
  bool elevated = false;          // has an administrator's rights
  bool restricted_token = false;  // as sandboxes have it: BITS lets such a process neither make nor change jobs
};
[[nodiscard]] SystemInfo ReadSystemInfo();

}  // namespace win
