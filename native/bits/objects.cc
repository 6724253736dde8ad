#include "bits/objects.h"

#include <cstring>
#include <utility>

namespace bits {
namespace {

// A file cannot be found again: it has no identity but its place in a list whose order is not documented.
class File final : public Object {
 public:
  File(std::shared_ptr<win::ComPool> pool, std::shared_ptr<win::Strand> strand, ComPtr<IBackgroundCopyFile> file)
      : Object(Kind::kFile, std::move(pool), std::move(strand)) {
    Keep(__uuidof(IBackgroundCopyFile), std::move(file));
  }
};

}  // namespace

Manager::Manager(std::shared_ptr<win::ComPool> pool, const CLSID& clsid, DWORD context)
    : Object(Kind::kManager, std::move(pool), std::make_shared<win::Strand>()), clsid_(clsid), context_(context) {}

std::shared_ptr<Manager> Manager::Create(std::shared_ptr<win::ComPool> pool, const CLSID& clsid, DWORD context) {
  return Own(std::unique_ptr<Manager>(new Manager(std::move(pool), clsid, context)));
}

HRESULT Manager::Reacquire(ComPtr<IUnknown>& found) {
  return CoCreateInstance(clsid_, nullptr, context_, __uuidof(IBackgroundCopyManager), &found);
}

HRESULT Manager::Ping() {
  ComPtr<IBackgroundCopyManager> manager;
  const HRESULT hr = Get(manager);
  ComPtr<IEnumBackgroundCopyJobs> jobs;
  return FAILED(hr) ? hr : manager->EnumJobs(0, &jobs);
}

std::shared_ptr<Job> Manager::Adopt(const GUID& id, ComPtr<IBackgroundCopyJob> job) {
  const win::Lock lock(jobs_mutex_);
  std::weak_ptr<Job>& slot = jobs_[id];
  std::shared_ptr<Job> known = slot.lock();
  if (!known) {
    known = Own(std::make_unique<Job>(share_pool(), shared_from_this(), id, std::move(job)));
    slot = known;
  }
  return known;
}

void Manager::Dismiss(const GUID& id) noexcept {
  const win::Lock lock(jobs_mutex_);
  const auto slot = jobs_.find(id);
  if (slot != jobs_.end() && slot->second.expired()) jobs_.erase(slot);  // it may have been adopted anew
}

bool Manager::LessGuid::operator()(const GUID& a, const GUID& b) const noexcept {
  return std::memcmp(&a, &b, sizeof(GUID)) < 0;
}

Job::Job(std::shared_ptr<win::ComPool> pool, std::shared_ptr<Manager> manager, const GUID& id,
         ComPtr<IBackgroundCopyJob> job)
    : Object(Kind::kJob, std::move(pool), std::make_shared<win::Strand>()), manager_(std::move(manager)), id_(id) {
  Keep(__uuidof(IBackgroundCopyJob), std::move(job));
}

Job::~Job() { manager_->Dismiss(id_); }

HRESULT Job::Reacquire(ComPtr<IUnknown>& found) {
  const auto find = [&] {
    ComPtr<IBackgroundCopyManager> manager;
    const HRESULT hr = manager_->Get(manager);
    ComPtr<IBackgroundCopyJob> job;
    const HRESULT got = FAILED(hr) ? hr : manager->GetJob(id_, &job);
    found = job;
    return got;
  };
  HRESULT hr = find();
  if (!IsDisconnected(hr)) return hr;
  manager_->Forget();
  return find();
}

HRESULT Job::Ping() {
  ComPtr<IBackgroundCopyJob> job;
  const HRESULT hr = Get(job);
  BG_JOB_STATE state = BG_JOB_STATE_QUEUED;
  return FAILED(hr) ? hr : job->GetState(&state);
}

Object::Ref Job::AdoptFile(ComPtr<IBackgroundCopyFile> file) {
  return Own(std::make_unique<File>(share_pool(), strand(), std::move(file)));
}

Object::Ref Job::AdoptError(ComPtr<IBackgroundCopyError> error) {
  return Own(std::make_unique<JobError>(share_pool(), shared_from_this(), std::move(error)));
}

JobError::JobError(std::shared_ptr<win::ComPool> pool, std::shared_ptr<Job> job, ComPtr<IBackgroundCopyError> error)
    : Object(Kind::kError, std::move(pool), job->strand()), job_(std::move(job)) {
  Keep(__uuidof(IBackgroundCopyError), std::move(error));
}

}  // namespace bits
