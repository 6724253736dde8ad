#include "bits/new_job.h"

#include <type_traits>
#include <utility>

namespace bits {
namespace {

constexpr Outcome kWithdrawn = {E_ABORT, Outcome::Stage::kClosed, nullptr};

// Makes a new job what it is to be, in steps, until one fails. Each step decides by itself whether it is repeated when
// the connection breaks.
class Setup {
 public:
  Setup(Object& job, Creation& creation) : job_(job), creation_(creation) {}

  template <class Interface, class Call>
  void Do(const char* method, Repeat repeat, Call&& call) {
    if (FAILED(outcome_.hr)) return;
    outcome_ = creation_.IsWanted() ? Perform(job_, repeat, [&] { return CallOn<Interface>(job_, call); }) : kWithdrawn;
    outcome_.step = method;
  }

  // For what older versions of BITS do not have, and the job can do without.
  template <class Interface, class Call>
  void Try(const char* method, Call&& call) {
    if (FAILED(outcome_.hr)) return;
    Do<Interface>(method, Repeat::kYes, call);
    if (outcome_.hr == E_NOINTERFACE || outcome_.hr == E_NOTIMPL || outcome_.hr == REGDB_E_IIDNOTREG) outcome_ = {};
  }

  // Calls a setter with a value, if there is one.
  template <class Interface, class Parameter, class Value>
  void Set(const char* method, HRESULT (STDMETHODCALLTYPE Interface::*setter)(Parameter),
           const std::optional<Value>& value) {
    if (!value) return;
    Do<Interface>(method, Repeat::kYes, [&](Interface* face) {
      if constexpr (std::is_same_v<Value, std::wstring>) {
        return (face->*setter)(value->c_str());
      } else {
        return (face->*setter)(*value);
      }
    });
  }

  [[nodiscard]] const Outcome& outcome() const noexcept { return outcome_; }

 private:
  Object& job_;
  Creation& creation_;
  Outcome outcome_;
};

void SetDynamicContent(Setup& setup, const std::optional<BOOL>& enable) {
  if (!enable) return;
  setup.Do<IBackgroundCopyJob5>("IBackgroundCopyJob5::SetProperty", Repeat::kYes, [&](IBackgroundCopyJob5* face) {
    BITS_JOB_PROPERTY_VALUE value = {};
    value.Enable = *enable;
    return face->SetProperty(BITS_JOB_PROPERTY_DYNAMIC_CONTENT, value);
  });
}

void AddFiles(Setup& setup, const NewJob& rest) {
  if (!rest.files.empty()) {
    setup.Do<IBackgroundCopyJob>("IBackgroundCopyJob::AddFileSet", Repeat::kNo,
                                 [&](IBackgroundCopyJob* face) { return AddFileSet(face, rest.files); });
  }
  constexpr const char* kAddRanges = "IBackgroundCopyJob3::AddFileWithRanges";
  for (const NewRanges& added : rest.ranges) {
    setup.Do<IBackgroundCopyJob3>(kAddRanges, Repeat::kNo, [&](IBackgroundCopyJob3* face) {
      return AddFileWithRanges(face, added.file.remote_name.c_str(), added.file.local_name.c_str(), added.ranges);
    });
  }
  if (rest.ranges.empty()) return;
  // Wine answers S_OK to AddFileWithRanges and adds nothing, so the files are counted. On Windows the count is right.
  setup.Do<IBackgroundCopyJob>(kAddRanges, Repeat::kYes, [&](IBackgroundCopyJob* face) {
    BG_JOB_PROGRESS progress = {};
    const HRESULT hr = face->GetProgress(&progress);
    if (FAILED(hr)) return hr;
    return progress.FilesTotal < rest.files.size() + rest.ranges.size() ? E_NOTIMPL : S_OK;
  });
}

void SetUp(Setup& setup, const NewJob& rest) {
  setup.Set("IBackgroundCopyJob::SetDescription", &IBackgroundCopyJob::SetDescription, rest.description);
  setup.Set("IBackgroundCopyJob::SetPriority", &IBackgroundCopyJob::SetPriority, rest.priority);
  setup.Set("IBackgroundCopyJob::SetMinimumRetryDelay", &IBackgroundCopyJob::SetMinimumRetryDelay,
            rest.minimum_retry_delay);
  setup.Set("IBackgroundCopyJob::SetNoProgressTimeout", &IBackgroundCopyJob::SetNoProgressTimeout,
            rest.no_progress_timeout);
  SetDynamicContent(setup, rest.dynamic_content);  // after the priority, on which it depends
  AddFiles(setup, rest);
  setup.Set("IBackgroundCopyJob2::SetReplyFileName", &IBackgroundCopyJob2::SetReplyFileName, rest.reply_file_name);
  setup.Set("IBackgroundCopyJobHttpOptions::SetCustomHeaders", &IBackgroundCopyJobHttpOptions::SetCustomHeaders,
            rest.custom_headers);
  if (rest.write_only_headers) {
    setup.Try<IBackgroundCopyJobHttpOptions3>(
        "IBackgroundCopyJobHttpOptions3::MakeCustomHeadersWriteOnly",
        [](IBackgroundCopyJobHttpOptions3* face) { return face->MakeCustomHeadersWriteOnly(); });
  }
}

// Makes a job and calls `use` with it. The job is cancelled, unless `use` succeeds and says that it stays.
template <class Use>
Outcome MakeJob(IBackgroundCopyManager* manager, Object& self, Creation& creation, LPCWSTR name, BG_JOB_TYPE type,
                GUID* id, Use use) {
  if (!creation.IsWanted()) return kWithdrawn;
  ComPtr<IBackgroundCopyJob> made;
  const HRESULT hr = manager->CreateJob(name, type, id, &made);
  if (FAILED(hr)) return {hr};
  std::shared_ptr<Job> job;
  Outcome outcome;
  bool stays = false;
  try {
    job = static_cast<Manager&>(self).Adopt(*id, made);
    outcome = use(job, stays);
  } catch (...) {  // only memory can run out here
    outcome = {E_OUTOFMEMORY, Outcome::Stage::kCall, "IBackgroundCopyManager::CreateJob"};
  }
  if (SUCCEEDED(outcome.hr) && stays) return outcome;
  if (job) {
    Discard(*job);
  } else {
    static_cast<void>(made->Cancel());
  }
  return outcome;
}

HRESULT ProbeFile(IBackgroundCopyJob* face, Object& job, Probed& probed) {
  std::vector<Object::Ref> files;
  const HRESULT hr = EnumFiles(face, job, &files);
  ComPtr<IBackgroundCopyFile> file;
  if (FAILED(hr) || files.empty() || FAILED(files.front()->Get(file))) return hr;
  probed.file_interfaces.clear();
  return Interfaces(file.Get(), &probed.file_interfaces);
}

HRESULT ProbeProperty(IBackgroundCopyJob5* face, DWORD property, Probed& probed) {
  BITS_JOB_PROPERTY_VALUE value = {};
  const HRESULT hr = face->GetProperty(static_cast<BITS_JOB_PROPERTY_ID>(property), &value);
  if (SUCCEEDED(hr)) probed.properties.push_back(property);
  return IsDisconnected(hr) ? hr : S_OK;  // any other failure says that this property cannot be read
}

}  // namespace

Outcome CreateJob(IBackgroundCopyManager* manager, Object& self, Creation& creation, LPCWSTR name, BG_JOB_TYPE type,
                  const NewJob& rest, NamedJob* created) {
  return MakeJob(manager, self, creation, name, type, &created->id, [&](const std::shared_ptr<Job>& job, bool& stays) {
    Setup setup(*job, creation);
    SetUp(setup, rest);
    created->job = job;
    stays = SUCCEEDED(setup.outcome().hr) && creation.Offer(job);
    return stays || FAILED(setup.outcome().hr) ? setup.outcome() : kWithdrawn;
  });
}

Outcome Probe(IBackgroundCopyManager* manager, Object& self, Creation& creation, LPCWSTR name, const NewJob& rest,
              const std::vector<DWORD>& properties, Probed* probed) {
  GUID id = {};
  return MakeJob(manager, self, creation, name, BG_JOB_TYPE_DOWNLOAD, &id, [&](const std::shared_ptr<Job>& job, bool&) {
    Setup setup(*job, creation);
    SetUp(setup, rest);
    setup.Do<IBackgroundCopyJob>("IUnknown::QueryInterface", Repeat::kYes, [&](IBackgroundCopyJob* face) {
      probed->job_interfaces.clear();
      return Interfaces(face, &probed->job_interfaces);
    });
    setup.Do<IBackgroundCopyJob>("IBackgroundCopyJob::EnumFiles", Repeat::kYes,
                                 [&](IBackgroundCopyJob* face) { return ProbeFile(face, *job, *probed); });
    for (const DWORD property : properties) {
      setup.Try<IBackgroundCopyJob5>("IBackgroundCopyJob5::GetProperty",
                                     [&](IBackgroundCopyJob5* face) { return ProbeProperty(face, property, *probed); });
    }
    return setup.outcome();
  });
}

void Discard(Object& job) noexcept {
  static_cast<void>(Perform(job, Repeat::kYes, [&] {
    return CallOn<IBackgroundCopyJob>(job, [](IBackgroundCopyJob* face) { return face->Cancel(); });
  }));
}

}  // namespace bits
