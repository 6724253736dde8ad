#include "win/values.h"

#include <objbase.h>

#include <cstdint>
#include <iterator>

namespace win {
namespace {

template <class Function>
Function* NtdllFunction(const char* name) noexcept {
  const HMODULE ntdll = GetModuleHandleW(L"ntdll.dll");
  if (ntdll == nullptr) return nullptr;
  // By way of void*: both compilers then agree that the change of type is meant.
  return reinterpret_cast<Function*>(reinterpret_cast<void*>(GetProcAddress(ntdll, name)));
}

// Wine's ntdll has this function, Windows' has not.
auto* WineVersion() noexcept { return NtdllFunction<const char*()>("wine_get_version"); }

constexpr std::size_t kGuidLength = 38;  // with the braces

}  // namespace

std::wstring GuidText(const GUID& guid) {
  wchar_t text[kGuidLength + 1] = {};
  StringFromGUID2(guid, text, static_cast<int>(std::size(text)));
  for (wchar_t& unit : text) {
    if (unit >= L'A' && unit <= L'F') unit = static_cast<wchar_t>(unit - L'A' + L'a');
  }
  return text;
}

std::optional<GUID> ParseGuid(const std::wstring& text) {
  GUID guid = {};
  if (text.size() != kGuidLength || FAILED(IIDFromString(text.c_str(), &guid))) return std::nullopt;
  return guid;
}

std::optional<double> FileTimeMilliseconds(const FILETIME& time) {
  constexpr double kTicksPerMillisecond = 10000;
  constexpr std::int64_t kTicksTo1970 = 116444736000000000;
  const auto ticks =
      static_cast<std::int64_t>((static_cast<std::uint64_t>(time.dwHighDateTime) << 32) | time.dwLowDateTime);
  if (ticks == 0) return std::nullopt;
  return static_cast<double>(ticks - kTicksTo1970) / kTicksPerMillisecond;
}

bool IsWine() noexcept { return WineVersion() != nullptr; }

bool IsSoundText(std::u16string_view text) {
  constexpr char16_t kFirstSurrogate = 0xD800;
  constexpr char16_t kFirstLowSurrogate = 0xDC00;
  constexpr char16_t kLastSurrogate = 0xDFFF;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char16_t unit = text[i];
    if (unit == 0) return false;
    if (unit < kFirstSurrogate || unit > kLastSurrogate) continue;
    const bool paired = unit < kFirstLowSurrogate && i + 1 < text.size() && text[i + 1] >= kFirstLowSurrogate &&
                        text[i + 1] <= kLastSurrogate;
    if (!paired) return false;
    ++i;
  }
  return true;
}

SystemInfo ReadSystemInfo() {
  SystemInfo system;
  // GetVersionEx answers what the host executable's manifest asks for; this one tells the truth.
  OSVERSIONINFOW info = {};
  info.dwOSVersionInfoSize = sizeof(info);
  if (auto* get = NtdllFunction<LONG WINAPI(OSVERSIONINFOW*)>("RtlGetVersion"); get != nullptr && get(&info) == 0) {
    system.windows = std::to_wstring(info.dwMajorVersion) + L"." + std::to_wstring(info.dwMinorVersion) + L"." +
                     std::to_wstring(info.dwBuildNumber);
  }
  if (auto* const get = WineVersion(); get != nullptr) {
    const std::string text = get();
    system.wine.assign(text.begin(), text.end());
  }
  HANDLE token = nullptr;
  if (OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token) != FALSE) {
    system.restricted_token = IsTokenRestricted(token) != FALSE;
    TOKEN_ELEVATION elevation = {};
    DWORD size = sizeof(elevation);
    if (GetTokenInformation(token, TokenElevation, &elevation, size, &size) != FALSE) {
      system.elevated = elevation.TokenIsElevated != 0;
    }
    CloseHandle(token);
  }
  return system;
}

}  // namespace win
