// Text that is wiped when it is no longer needed.
#pragma once

#include <windows.h>

#include <string>

namespace win {

class Secret {
 public:
  Secret() = default;
  ~Secret() { SecureZeroMemory(text_.data(), text_.size() * sizeof(wchar_t)); }
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;

  // Makes room for `length` characters, once: growing would leave a copy behind.
  [[nodiscard]] wchar_t* Reserve(std::size_t length) {
    text_.assign(length, L'\0');
    present_ = true;
    return text_.data();
  }
  // For COM structures, which want writable text; null when nothing was given.
  [[nodiscard]] wchar_t* get() const noexcept { return present_ ? const_cast<wchar_t*>(text_.c_str()) : nullptr; }

 private:
  std::wstring text_;
  bool present_ = false;
};

}  // namespace win
