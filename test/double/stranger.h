// Stands for a callback object of another program. None of its methods is called; QueryInterface answers as told.
#pragma once

#include <windows.h>

#include <atomic>

#ifdef __GNUC__
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"  // COM interfaces have no destructor; Release deletes the whole
#endif

namespace bits_double {

class Stranger final : public IUnknown {
 public:
  // `hr`: what QueryInterface answers for anything but IUnknown, after `delay` milliseconds. A proxy, too, answers for
  // IUnknown by itself, and for others by asking the process that the object is in.
  Stranger(HRESULT hr, DWORD delay) noexcept : hr_(hr), delay_(delay) {}
  virtual ~Stranger() = default;

  HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void** out) noexcept override {
    const bool is_unknown = IsEqualIID(iid, __uuidof(IUnknown));
    if (!is_unknown) Sleep(delay_);
    *out = is_unknown || SUCCEEDED(hr_) ? this : nullptr;
    if (*out != nullptr) AddRef();
    return is_unknown ? S_OK : hr_;
  }
  ULONG STDMETHODCALLTYPE AddRef() noexcept override { return ++references_; }
  ULONG STDMETHODCALLTYPE Release() noexcept override {
    const ULONG left = --references_;
    if (left == 0) delete this;
    return left;
  }

 private:
  const HRESULT hr_;
  const DWORD delay_;
  std::atomic<ULONG> references_{1};
};

}  // namespace bits_double
