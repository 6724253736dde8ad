// The BITS objects that a caller can hold: the manager, jobs, their files and errors, peers and their records. An
// Object owns the proxies of one of them, and finds it again after the connection to the service has broken.
#pragma once

#include <memory>
#include <vector>

#include "bits/sdk.h"
#include "win/com_pool.h"

namespace bits {

// The connection to the service has broken: no proxy can be used any more.
[[nodiscard]] bool IsDisconnected(HRESULT hr) noexcept;
// One of these that says that the call has not reached the service, so that it can safely be made again.
[[nodiscard]] bool IsCertainlyNotExecuted(HRESULT hr) noexcept;

class Object {
 public:
  enum class Kind { kManager, kJob, kFile, kError, kPeer, kRecord };
  using Ref = std::shared_ptr<Object>;

  virtual ~Object() = default;
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;

  [[nodiscard]] Kind kind() const noexcept { return kind_; }
  [[nodiscard]] const std::shared_ptr<win::Strand>& strand() const noexcept { return strand_; }
  [[nodiscard]] win::ComPool& pool() const noexcept { return stay_.pool(); }

  // The object's pointer for an interface. It is asked for once and kept, so that a call is one round trip.
  template <class Interface>
  [[nodiscard]] HRESULT Get(ComPtr<Interface>& out) {
    ComPtr<IUnknown> face;
    const HRESULT hr = Find(__uuidof(Interface), face);
    out = static_cast<Interface*>(face.Get());  // Find answers with this very interface
    return hr;
  }

  // A part of this object, in the same queue. It cannot be found again by itself.
  template <class Interface>
  [[nodiscard]] Ref AdoptPart(Kind kind, ComPtr<Interface> face);

  // Drops the proxies; the next Get finds the object again, if it can be found.
  virtual void Forget() noexcept;
  [[nodiscard]] bool IsConnected() noexcept {
    const win::Lock lock(mutex_);
    return !faces_.empty();
  }
  [[nodiscard]] bool CanBeFound() const noexcept { return kind_ == Kind::kManager || kind_ == Kind::kJob; }

  // To be called before a call that must not be repeated: proxies that have not been used for a while are tried with a
  // harmless call. BITS stops when it has nothing to do; the proxies are then dropped, and a new manager starts it
  // again.
  void Refresh();

 protected:
  // `home`: the queue of the object that hands this one out, in which its proxies are released. On Windows it could be
  // any queue; in Wine's COM, one thread must not release the last proxy of an object while another makes one of the
  // same object.
  Object(Kind kind, std::shared_ptr<win::ComPool> pool, std::shared_ptr<win::Strand> strand,
         std::shared_ptr<win::Strand> home)
      : kind_(kind), stay_(std::move(pool)), strand_(std::move(strand)), home_(std::move(home)) {}

  [[nodiscard]] std::shared_ptr<win::ComPool> share_pool() const { return stay_.pool().shared_from_this(); }
  // An interface that came with the object, so that it need not be asked for.
  void Keep(REFIID iid, ComPtr<IUnknown> face);

  // Finds the object anew, and keeps the interface it came with.
  virtual HRESULT Reacquire(ComPtr<IUnknown>&) { return RPC_E_DISCONNECTED; }
  virtual HRESULT Ping() { return S_OK; }

  // Whoever drops the last reference, on whichever thread: the proxies are released where they were obtained.
  template <class Derived>
  static std::shared_ptr<Derived> Own(std::unique_ptr<Derived> object) {
    return std::shared_ptr<Derived>(object.release(), [](Derived* last) { Discard(last); });
  }

 private:
  struct Face {
    IID iid;
    ComPtr<IUnknown> pointer;
  };

  static void Discard(Object* object) noexcept;
  ComPtr<IUnknown> Look(REFIID iid, ComPtr<IUnknown>& any);
  HRESULT Find(REFIID iid, ComPtr<IUnknown>& out);

  const Kind kind_;
  const win::ComPool::Stay stay_;  // before the proxies, so that it goes after them
  const std::shared_ptr<win::Strand> strand_;
  const std::shared_ptr<win::Strand> home_;
  win::Mutex mutex_;  // jobs use their manager from threads of their own
  std::vector<Face> faces_;
  ULONGLONG used_ = 0;
};

}  // namespace bits
