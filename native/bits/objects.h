// The kinds of object, and how each is found.
#pragma once

#include <atomic>
#include <map>
#include <memory>

#include "bits/object.h"

namespace bits {

class Job;

class Manager final : public Object, public std::enable_shared_from_this<Manager> {
 public:
  // Nothing is called yet: the first Get creates the COM object, and with it starts the service.
  [[nodiscard]] static std::shared_ptr<Manager> Create(std::shared_ptr<win::ComPool> pool, const CLSID& clsid,
                                                       DWORD context);
  ~Manager() override;
  Manager(const Manager&) = delete;
  Manager& operator=(const Manager&) = delete;
  void Forget() noexcept override;

  // The object for a job, the same one for as long as anybody holds it, so that all calls on a job share one queue.
  [[nodiscard]] std::shared_ptr<Job> Adopt(const GUID& id, ComPtr<IBackgroundCopyJob> job);
  void Dismiss(const GUID& id) noexcept;

  // Releases the proxies of the manager and of its jobs. Later calls find these objects again.
  void ForgetAll();

 private:
  Manager(std::shared_ptr<win::ComPool> pool, const CLSID& clsid, DWORD context);
  Manager(std::shared_ptr<win::ComPool> pool, const std::shared_ptr<win::Strand>& strand, const CLSID& clsid,
          DWORD context);
  HRESULT Reacquire(ComPtr<IUnknown>& found) override;
  HRESULT Ping() override;

  struct LessGuid {
    bool operator()(const GUID& a, const GUID& b) const noexcept;
  };

  const CLSID clsid_;
  const DWORD context_;
  win::Mutex jobs_mutex_;
  std::map<GUID, std::weak_ptr<Job>, LessGuid> jobs_;
};

class Job final : public Object, public std::enable_shared_from_this<Job> {
 public:
  Job(std::shared_ptr<win::ComPool> pool, std::shared_ptr<Manager> manager, const GUID& id,
      ComPtr<IBackgroundCopyJob> job);
  ~Job() override;
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;

  [[nodiscard]] const GUID& id() const noexcept { return id_; }

  // The callback object that was registered through here, to be recognised and withdrawn. Not a reference: the service
  // holds one, and the callback leads back to the job.
  void set_callback(IUnknown* callback) noexcept { callback_ = callback; }
  [[nodiscard]] bool IsOwnCallback(IUnknown* found) const noexcept;
  // Whether the program that registered a callback is still there.
  [[nodiscard]] bool IsAlive(const ComPtr<IUnknown>& found) const;
  // Withdraws the callback, unless another one has been registered since.
  void Withdraw() noexcept;

 private:
  HRESULT Reacquire(ComPtr<IUnknown>& found) override;
  HRESULT Ping() override;

  const std::shared_ptr<Manager> manager_;
  const GUID id_;
  std::atomic<IUnknown*> callback_{nullptr};  // the manager's queue looks, too
};

}  // namespace bits
