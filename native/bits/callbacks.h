// The COM objects that BITS calls, on RPC threads. They make no COM call and never throw; what they report is handed on
// without waiting.
#pragma once

#include <memory>
#include <vector>

#include "bits/objects.h"

namespace bits {

// What BITS reported. A reason to read the job, and not its state: callbacks come late, twice, or not at all.
struct Notice {
  const char* type = nullptr;  // the callback's name in camelCase
  Object::Ref file;
  Object::Ref error;
  std::vector<BG_FILE_RANGE> ranges;
};

class Listener {
 public:
  virtual ~Listener() = default;
  virtual void Notify(Notice notice) noexcept = 0;
};

struct CertificateRequest {
  std::vector<BYTE> certificate;
  DWORD encoding = 0;
  std::vector<BYTE> store;
  Object::Ref file;
};

class CertificateJudge {
 public:
  virtual ~CertificateJudge() = default;
  // May wait, for a bounded time: BITS wants an answer. S_OK accepts.
  [[nodiscard]] virtual HRESULT Judge(CertificateRequest request) noexcept = 0;
};

// A null listener, or judge, withdraws the callback.
[[nodiscard]] HRESULT SetNotifyInterface(IBackgroundCopyJob* job, Object& self,
                                         const std::shared_ptr<Listener>& listener);
[[nodiscard]] HRESULT SetServerCertificateValidationInterface(IBackgroundCopyJobHttpOptions3* options, Object& self,
                                                              const std::shared_ptr<CertificateJudge>& judge);

// kNone is also for the callback of a program that has ended, which BITS notices when it calls it the next time.
enum class CallbackOwner { kNone, kOwn, kOther };
[[nodiscard]] HRESULT GetNotifyInterface(IBackgroundCopyJob* job, Object& self, CallbackOwner* owner);

}  // namespace bits
