#include "bits/object.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace bits {
namespace {

constexpr ULONGLONG kIdle = 5000;  // milliseconds after which Refresh asks

// Setting the cost flags or a helper token needs the impersonation level RPC_C_IMP_LEVEL_IMPERSONATE, and the host's
// default may be lower. Each interface has a blanket of its own, and so has IUnknown, through which QueryInterface is
// called: BITS checks there who may use a job. A failure is ignored, because the call that needs the level then says so
// itself: the double's objects in this process are no proxies, and Wine answers E_NOTIMPL.
void SetBlanket(IUnknown* proxy) noexcept {
  static_cast<void>(CoSetProxyBlanket(proxy, RPC_C_AUTHN_DEFAULT, RPC_C_AUTHZ_DEFAULT, COLE_DEFAULT_PRINCIPAL,
                                      RPC_C_AUTHN_LEVEL_CONNECT, RPC_C_IMP_LEVEL_IMPERSONATE, nullptr, EOAC_NONE));
}

class Deletion final : public win::Task {
 public:
  explicit Deletion(Object* object) : object_(object) {}
  void Run() noexcept override { delete object_; }

 private:
  Object* const object_;  // not deleted where the task is, if it cannot be posted
};

}  // namespace

// HRESULT_FROM_WIN32 is a function in the Windows SDK, so that its results cannot be the cases of a switch.
bool IsCertainlyNotExecuted(HRESULT hr) noexcept {
  const HRESULT kCodes[] = {
      RPC_E_DISCONNECTED,
      RPC_E_SERVER_DIED_DNE,
      CO_E_OBJNOTCONNECTED,
      HRESULT_FROM_WIN32(RPC_S_SERVER_UNAVAILABLE),
      HRESULT_FROM_WIN32(RPC_S_CALL_FAILED_DNE),
  };
  return std::find(std::begin(kCodes), std::end(kCodes), hr) != std::end(kCodes);
}

bool IsDisconnected(HRESULT hr) noexcept {
  const HRESULT kCodes[] = {
      RPC_E_SERVER_DIED,
      RPC_E_INVALID_OBJECT,
      RPC_E_INVALID_IPID,
      RPC_E_FAULT,
      CO_E_SERVER_STOPPING,
      CO_E_SERVER_EXEC_FAILURE,
      CO_E_OBJSRV_RPC_FAILURE,
      HRESULT_FROM_WIN32(RPC_S_CALL_FAILED),
      HRESULT_FROM_WIN32(RPC_S_UNKNOWN_IF),
      HRESULT_FROM_WIN32(RPC_S_COMM_FAILURE),
      HRESULT_FROM_WIN32(OR_INVALID_OXID),
      HRESULT_FROM_WIN32(OR_INVALID_OID),
      HRESULT_FROM_WIN32(ERROR_SHUTDOWN_IN_PROGRESS),
  };
  return IsCertainlyNotExecuted(hr) || std::find(std::begin(kCodes), std::end(kCodes), hr) != std::end(kCodes);
}

void Object::Forget() noexcept {
  std::vector<Face> gone;
  const win::Lock lock(mutex_);
  gone.swap(faces_);
}

void Object::Refresh() {
  {
    const win::Lock lock(mutex_);
    if (faces_.empty() || GetTickCount64() - used_ < kIdle) return;
  }
  if (IsDisconnected(Ping())) Forget();
}

void Object::Keep(REFIID iid, ComPtr<IUnknown> face) {
  SetBlanket(face.Get());
  ComPtr<IUnknown> identity;
  if (!IsConnected() && SUCCEEDED(face->QueryInterface(IID_PPV_ARGS(&identity)))) SetBlanket(identity.Get());
  const win::Lock lock(mutex_);
  faces_.push_back({iid, std::move(face)});
  used_ = GetTickCount64();
}

// The pointer that is kept for an interface, or null; and any other one of the object, to ask for it.
ComPtr<IUnknown> Object::Look(REFIID iid, ComPtr<IUnknown>& any) {
  const win::Lock lock(mutex_);
  used_ = GetTickCount64();
  if (!faces_.empty()) any = faces_.front().pointer;
  const auto found =
      std::find_if(faces_.begin(), faces_.end(), [&](const Face& face) { return IsEqualIID(face.iid, iid) != 0; });
  return found == faces_.end() ? nullptr : found->pointer;
}

HRESULT Object::Find(REFIID iid, ComPtr<IUnknown>& out) {
  ComPtr<IUnknown> any;
  out = Look(iid, any);
  if (out) return S_OK;
  // Not under the lock: these are calls to the service.
  if (!any) {
    const HRESULT hr = Reacquire(any);
    if (FAILED(hr)) return hr;
    out = Look(iid, any);
    if (out) return S_OK;
  }
  void* answer = nullptr;
  const HRESULT hr = any->QueryInterface(iid, &answer);
  if (FAILED(hr)) return hr;
  TakeOver(out, static_cast<IUnknown*>(answer));
  Keep(iid, out);
  return S_OK;
}

void Object::Discard(Object* object) noexcept {
  const std::shared_ptr<win::Strand> home = object->home_;
  try {
    const std::shared_ptr<win::ComPool> pool = object->share_pool();
    // No thread to be had means that none ever ran, so that there is nothing to release.
    if (!pool->Post(home, std::make_unique<Deletion>(object))) delete object;
  } catch (...) {
    // Out of memory: the proxies are lost, which is better than releasing them on the wrong thread.
  }
}

}  // namespace bits
