#include "bits/callbacks.h"

#include <atomic>
#include <utility>

#ifdef __GNUC__
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"  // COM interfaces have no destructor; Release deletes the whole
#endif

namespace bits {
namespace {

// Reference counting and QueryInterface for an object that has `Interface` and its bases.
template <class Interface, class... Bases>
class ComObject : public Interface {
 public:
  virtual ~ComObject() = default;

  HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void** out) noexcept override {
    if (out == nullptr) return E_POINTER;
    const bool known = IsEqualIID(iid, __uuidof(IUnknown)) || IsEqualIID(iid, __uuidof(Interface)) ||
                       (IsEqualIID(iid, __uuidof(Bases)) || ...);
    *out = known ? static_cast<Interface*>(this) : nullptr;
    if (known) AddRef();
    return known ? S_OK : E_NOINTERFACE;
  }
  ULONG STDMETHODCALLTYPE AddRef() noexcept override { return ++references_; }
  ULONG STDMETHODCALLTYPE Release() noexcept override {
    const ULONG left = --references_;
    if (left == 0) delete this;
    return left;
  }

 private:
  std::atomic<ULONG> references_{1};
};

template <class Function>
HRESULT Guarded(Function&& function) noexcept {
  try {
    return function();
  } catch (...) {
    return E_OUTOFMEMORY;
  }
}

class Callback final : public ComObject<IBackgroundCopyCallback3, IBackgroundCopyCallback2, IBackgroundCopyCallback> {
 public:
  Callback(std::weak_ptr<Job> job, std::shared_ptr<Listener> listener)
      : job_(std::move(job)), listener_(std::move(listener)) {}

  HRESULT STDMETHODCALLTYPE JobTransferred(IBackgroundCopyJob*) noexcept override {
    return Notify({"jobTransferred", nullptr, nullptr, {}});
  }
  HRESULT STDMETHODCALLTYPE JobError(IBackgroundCopyJob*, IBackgroundCopyError* error) noexcept override {
    return Notify({"jobError", nullptr, Adopt(Object::Kind::kError, error), {}});
  }
  HRESULT STDMETHODCALLTYPE JobModification(IBackgroundCopyJob*, DWORD) noexcept override {
    return Notify({"jobModification", nullptr, nullptr, {}});
  }
  HRESULT STDMETHODCALLTYPE FileTransferred(IBackgroundCopyJob*, IBackgroundCopyFile* file) noexcept override {
    return Notify({"fileTransferred", Adopt(Object::Kind::kFile, file), nullptr, {}});
  }
  HRESULT STDMETHODCALLTYPE FileRangesTransferred(IBackgroundCopyJob*, IBackgroundCopyFile* file, DWORD count,
                                                  const BG_FILE_RANGE* ranges) noexcept override {
    static_cast<void>(Guarded([&] {
      return Notify({"fileRangesTransferred", Adopt(Object::Kind::kFile, file), nullptr, {ranges, ranges + count}});
    }));
    return S_OK;
  }

 private:
  template <class Interface>
  Object::Ref Adopt(Object::Kind kind, Interface* face) const noexcept {
    const std::shared_ptr<Job> job = job_.lock();
    Object::Ref part;
    if (job && face != nullptr) {
      static_cast<void>(Guarded([&] {
        part = job->AdoptPart(kind, ComPtr<Interface>(face));
        return S_OK;
      }));
    }
    return part;
  }

  // Always success: after a failure BITS would call again, or run the job's notification program.
  [[nodiscard]] HRESULT Notify(Notice notice) const noexcept {
    listener_->Notify(std::move(notice));
    return S_OK;
  }

  const std::weak_ptr<Job> job_;
  const std::shared_ptr<Listener> listener_;
};

class CertificateCallback final : public ComObject<IBackgroundCopyServerCertificateValidationCallback> {
 public:
  CertificateCallback(std::weak_ptr<Job> job, std::shared_ptr<CertificateJudge> judge)
      : job_(std::move(job)), judge_(std::move(judge)) {}

  HRESULT STDMETHODCALLTYPE ValidateServerCertificate(IBackgroundCopyJob*, IBackgroundCopyFile* file, DWORD length,
                                                      const BYTE* certificate, DWORD encoding, DWORD store_length,
                                                      const BYTE* store) noexcept override {
    return Guarded([&] {
      CertificateRequest request;
      request.certificate.assign(certificate, certificate + length);
      request.encoding = encoding;
      request.store.assign(store, store + store_length);
      const std::shared_ptr<Job> job = job_.lock();
      if (job && file != nullptr) {
        request.file = job->AdoptPart(Object::Kind::kFile, ComPtr<IBackgroundCopyFile>(file));
      }
      return judge_->Judge(std::move(request));
    });
  }

 private:
  const std::weak_ptr<Job> job_;
  const std::shared_ptr<CertificateJudge> judge_;
};

template <class Made, class Given>
ComPtr<IUnknown> Make(Object& job, const std::shared_ptr<Given>& given) {
  ComPtr<IUnknown> made;
  if (given) TakeOver<IUnknown>(made, new Made(static_cast<Job&>(job).weak_from_this(), given));
  return made;
}

}  // namespace

HRESULT SetNotifyInterface(IBackgroundCopyJob* job, Object& self, const std::shared_ptr<Listener>& listener) {
  const ComPtr<IUnknown> callback = Make<Callback>(self, listener);
  const HRESULT hr = job->SetNotifyInterface(callback.Get());
  if (SUCCEEDED(hr)) static_cast<Job&>(self).set_callback(callback.Get());
  return hr;
}

HRESULT SetServerCertificateValidationInterface(IBackgroundCopyJobHttpOptions3* options, Object& self,
                                                const std::shared_ptr<CertificateJudge>& judge) {
  const ComPtr<IUnknown> callback = Make<CertificateCallback>(self, judge);
  return options->SetServerCertificateValidationInterface(callback.Get());
}

HRESULT GetNotifyInterface(IBackgroundCopyJob* job, Object& self, CallbackOwner* owner) {
  ComPtr<IUnknown> registered;
  const HRESULT hr = job->GetNotifyInterface(&registered);
  if (IsDisconnected(hr)) {
    // Either the connection to the service is gone, or the program whose object was to be handed out.
    BG_JOB_STATE state = BG_JOB_STATE_QUEUED;
    return FAILED(job->GetState(&state)) ? hr : S_OK;
  }
  const auto& known = static_cast<Job&>(self);
  if (registered && known.IsOwnCallback(registered.Get())) {
    *owner = CallbackOwner::kOwn;
  } else if (registered && known.IsAlive(registered)) {
    *owner = CallbackOwner::kOther;
  }
  return hr;
}

}  // namespace bits
