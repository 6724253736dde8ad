#include "bits/objects.h"

#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "win/values.h"

namespace bits {
namespace {

// What cannot be found again after the connection has broken: a file is known only by its place in a list whose order
// is not documented, an error describes one moment, and peers and records come and go.
class Part final : public Object {
 public:
  template <class Interface>
  Part(Kind kind, std::shared_ptr<win::ComPool> pool, const std::shared_ptr<win::Strand>& strand,
       ComPtr<Interface> face)
      : Object(kind, std::move(pool), strand, strand) {
    Keep(__uuidof(Interface), std::move(face));
  }
};

// For Wine: in its COM one thread must not make a proxy of an object while another releases the last proxy of the same
// object (which is why an Object has a home). All managers of the process are proxies of one object, and environments
// share no queue, so they take turns here. On Windows, where proxies may be made and released on any threads at once,
// nobody waits.
//
// Making a manager can start the service, which takes long when it hangs: after half a second the others go ahead.
class WineTurn final {
 public:
  WineTurn() noexcept {
    if (!win::IsWine()) return;
    win::Lock lock(State().mutex);
    const ULONGLONG end = GetTickCount64() + kPatience;
    for (ULONGLONG now = GetTickCount64(); State().taken && now < end; now = GetTickCount64()) {
      State().changed.Wait(lock, static_cast<DWORD>(end - now));
    }
    mine_ = !State().taken;
    State().taken = true;
  }
  ~WineTurn() {
    if (!mine_) return;
    const win::Lock lock(State().mutex);
    State().taken = false;
    State().changed.WakeOne();
  }
  WineTurn(const WineTurn&) = delete;
  WineTurn& operator=(const WineTurn&) = delete;

 private:
  static constexpr ULONGLONG kPatience = 500;  // milliseconds
  struct Shared {
    win::Mutex mutex;
    win::Condition changed;
    bool taken = false;
  };
  static Shared& State() noexcept {
    static Shared shared;
    return shared;
  }

  bool mine_ = false;
};

// Asks a callback object for the interface that it must have. A proxy answers for IUnknown by itself; for what it has
// not been asked for yet, it has to ask the object's own process.
class Question final : public win::Task {
 public:
  // Shared by the thread that asks and the one that waits: either may end first.
  struct Answer {
    win::Mutex mutex;
    win::Condition given;
    std::optional<HRESULT> hr;
  };

  Question(ComPtr<IUnknown> object, std::shared_ptr<Answer> answer)
      : object_(std::move(object)), answer_(std::move(answer)) {}

  void Run() noexcept override {
    ComPtr<IBackgroundCopyCallback> callback;
    const HRESULT hr = object_.As(&callback);
    callback.Reset();
    object_.Reset();
    const win::Lock lock(answer_->mutex);
    answer_->hr = hr;
    answer_->given.WakeOne();
  }

 private:
  ComPtr<IUnknown> object_;
  const std::shared_ptr<Answer> answer_;
};

}  // namespace

Manager::Manager(std::shared_ptr<win::ComPool> pool, const CLSID& clsid, DWORD context)
    : Manager(std::move(pool), std::make_shared<win::Strand>(), clsid, context) {}

Manager::Manager(std::shared_ptr<win::ComPool> pool, const std::shared_ptr<win::Strand>& strand, const CLSID& clsid,
                 DWORD context)
    : Object(Kind::kManager, std::move(pool), strand, strand), clsid_(clsid), context_(context) {}

std::shared_ptr<Manager> Manager::Create(std::shared_ptr<win::ComPool> pool, const CLSID& clsid, DWORD context) {
  return Own(std::unique_ptr<Manager>(new Manager(std::move(pool), clsid, context)));
}

Manager::~Manager() { Manager::Forget(); }

void Manager::Forget() noexcept {
  const WineTurn turn;
  Object::Forget();
}

HRESULT Manager::Reacquire(ComPtr<IUnknown>& found) {
  const WineTurn turn;
  ComPtr<IBackgroundCopyManager> manager;
  const HRESULT hr = CoCreateInstance(clsid_, nullptr, context_, IID_PPV_ARGS(&manager));
  if (FAILED(hr)) return hr;
  found = manager;
  Keep(__uuidof(IBackgroundCopyManager), found);
  return hr;
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

void Manager::ForgetAll() {
  std::vector<std::shared_ptr<Job>> jobs;
  {
    const win::Lock lock(jobs_mutex_);
    for (const auto& [id, slot] : jobs_) jobs.push_back(slot.lock());
  }
  for (const std::shared_ptr<Job>& job : jobs) {
    if (!job) continue;
    job->Withdraw();  // not under the lock: these are calls to the service
    job->Forget();
  }
  Forget();
}

bool Manager::LessGuid::operator()(const GUID& a, const GUID& b) const noexcept {
  return std::memcmp(&a, &b, sizeof(GUID)) < 0;
}

Job::Job(std::shared_ptr<win::ComPool> pool, std::shared_ptr<Manager> manager, const GUID& id,
         ComPtr<IBackgroundCopyJob> job)
    : Object(Kind::kJob, std::move(pool), std::make_shared<win::Strand>(), manager->strand()),
      manager_(std::move(manager)),
      id_(id) {
  Keep(__uuidof(IBackgroundCopyJob), std::move(job));
}

Job::~Job() {
  manager_->Dismiss(id_);
  Withdraw();
}

void Job::Withdraw() noexcept {
  // Without a connection it is not worth making one, which would start the service.
  if (callback_ == nullptr || !IsConnected()) return;
  try {
    ComPtr<IBackgroundCopyJob> job;
    ComPtr<IUnknown> registered;
    if (FAILED(Get(job)) || FAILED(job->GetNotifyInterface(&registered)) || !IsOwnCallback(registered.Get())) return;
    static_cast<void>(job->SetNotifyInterface(nullptr));
  } catch (...) {
    // Out of memory: BITS drops the callback when it finds nobody there.
  }
}

bool Job::IsOwnCallback(IUnknown* found) const noexcept {
  ComPtr<IUnknown> identity;  // only the answer for IUnknown can be compared
  return found != nullptr && SUCCEEDED(found->QueryInterface(IID_PPV_ARGS(&identity))) && identity.Get() == callback_;
}

bool Job::IsAlive(const ComPtr<IUnknown>& found) const {
  // On another thread: a program that is busy may answer late or never, and must not hold up the calls on this job.
  constexpr DWORD kPatience = 1000;  // milliseconds
  const auto answer = std::make_shared<Question::Answer>();
  if (!pool().Post(std::make_shared<win::Strand>(), std::make_unique<Question>(found, answer))) return true;
  const ULONGLONG end = GetTickCount64() + kPatience;
  win::Lock lock(answer->mutex);
  for (ULONGLONG now = GetTickCount64(); !answer->hr && now < end; now = GetTickCount64()) {
    answer->given.Wait(lock, static_cast<DWORD>(end - now));
  }
  // Who refuses, or has not answered yet, is there. A callback has this interface; Wine says that it has not when
  // nobody is there to be asked.
  return !answer->hr || !(IsDisconnected(*answer->hr) || *answer->hr == E_NOINTERFACE);
}

HRESULT Job::Reacquire(ComPtr<IUnknown>& found) {
  const auto find = [&] {
    ComPtr<IBackgroundCopyManager> manager;
    const HRESULT hr = manager_->Get(manager);
    ComPtr<IBackgroundCopyJob> job;
    const HRESULT got = FAILED(hr) ? hr : manager->GetJob(id_, &job);
    if (FAILED(got)) return got;
    found = job;
    Keep(__uuidof(IBackgroundCopyJob), found);
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

template <class Interface>
Object::Ref Object::AdoptPart(Kind kind, ComPtr<Interface> face) {
  return Own(std::make_unique<Part>(kind, share_pool(), strand(), std::move(face)));
}

template Object::Ref Object::AdoptPart(Kind kind, ComPtr<IBackgroundCopyFile> face);
template Object::Ref Object::AdoptPart(Kind kind, ComPtr<IBackgroundCopyError> face);
template Object::Ref Object::AdoptPart(Kind kind, ComPtr<IBitsPeer> face);
template Object::Ref Object::AdoptPart(Kind kind, ComPtr<IBitsPeerCacheRecord> face);

}  // namespace bits
