#include "bits/new_job.h"

#include <utility>

namespace bits {
namespace {

constexpr Outcome kWithdrawn = {E_ABORT, Outcome::Stage::kClosed, nullptr};

// The steps that make a job what it is to be, one after another until one fails. Each is repeated, or not, by itself
// when the connection breaks.
class Setup {
 public:
  Setup(Object& job, Creation& creation) : job_(job), creation_(creation) {}

  template <class Interface, class Call>
  void Do(const char* method, Repeat repeat, Call&& call) {
    if (FAILED(outcome_.hr)) return;
    outcome_ = creation_.IsWanted() ? Perform(job_, repeat, [&] { return CallOn<Interface>(job_, call); }) : kWithdrawn;
    outcome_.step = method;
  }

  // A step that older versions of BITS do not know, and that is not worth a job.
  template <class Interface, class Call>
  void Try(const char* method, Call&& call) {
    if (FAILED(outcome_.hr)) return;
    Do<Interface>(method, Repeat::kYes, call);
    if (outcome_.hr == E_NOINTERFACE || outcome_.hr == E_NOTIMPL || outcome_.hr == REGDB_E_IIDNOTREG) outcome_ = {};
  }

  [[nodiscard]] const Outcome& outcome() const noexcept { return outcome_; }

 private:
  Object& job_;
  Creation& creation_;
  Outcome outcome_;
};

void SetUp(Setup& setup, const NewJob& rest) {
  if (rest.description) {
    setup.Do<IBackgroundCopyJob>("IBackgroundCopyJob::SetDescription", Repeat::kYes, [&](IBackgroundCopyJob* face) {
      return face->SetDescription(rest.description->c_str());
    });
  }
  if (rest.priority) {
    setup.Do<IBackgroundCopyJob>("IBackgroundCopyJob::SetPriority", Repeat::kYes,
                                 [&](IBackgroundCopyJob* face) { return face->SetPriority(*rest.priority); });
  }
  if (rest.minimum_retry_delay) {
    setup.Do<IBackgroundCopyJob>(
        "IBackgroundCopyJob::SetMinimumRetryDelay", Repeat::kYes,
        [&](IBackgroundCopyJob* face) { return face->SetMinimumRetryDelay(*rest.minimum_retry_delay); });
  }
  if (rest.no_progress_timeout) {
    setup.Do<IBackgroundCopyJob>(
        "IBackgroundCopyJob::SetNoProgressTimeout", Repeat::kYes,
        [&](IBackgroundCopyJob* face) { return face->SetNoProgressTimeout(*rest.no_progress_timeout); });
  }
  if (rest.dynamic_content) {  // wants the priority set
    setup.Do<IBackgroundCopyJob5>("IBackgroundCopyJob5::SetProperty", Repeat::kYes, [&](IBackgroundCopyJob5* face) {
      BITS_JOB_PROPERTY_VALUE value = {};
      value.Enable = *rest.dynamic_content;
      return face->SetProperty(BITS_JOB_PROPERTY_DYNAMIC_CONTENT, value);
    });
  }
  if (!rest.files.empty()) {
    setup.Do<IBackgroundCopyJob>("IBackgroundCopyJob::AddFileSet", Repeat::kNo,
                                 [&](IBackgroundCopyJob* face) { return AddFileSet(face, rest.files); });
  }
  for (const NewRanges& part : rest.ranges) {
    setup.Do<IBackgroundCopyJob3>(
        "IBackgroundCopyJob3::AddFileWithRanges", Repeat::kNo, [&](IBackgroundCopyJob3* face) {
          return AddFileWithRanges(face, part.file.remote_name.c_str(), part.file.local_name.c_str(), part.ranges);
        });
  }
  if (!rest.ranges.empty()) {
    // Not every BITS that accepts ranges does something about them.
    setup.Do<IBackgroundCopyJob>("IBackgroundCopyJob3::AddFileWithRanges", Repeat::kYes, [&](IBackgroundCopyJob* face) {
      BG_JOB_PROGRESS progress = {};
      const HRESULT hr = face->GetProgress(&progress);
      if (FAILED(hr)) return hr;
      return progress.FilesTotal < rest.files.size() + rest.ranges.size() ? E_NOTIMPL : S_OK;
    });
  }
  if (rest.reply_file_name) {
    setup.Do<IBackgroundCopyJob2>(
        "IBackgroundCopyJob2::SetReplyFileName", Repeat::kYes,
        [&](IBackgroundCopyJob2* face) { return face->SetReplyFileName(rest.reply_file_name->c_str()); });
  }
  if (rest.custom_headers) {
    setup.Do<IBackgroundCopyJobHttpOptions>(
        "IBackgroundCopyJobHttpOptions::SetCustomHeaders", Repeat::kYes,
        [&](IBackgroundCopyJobHttpOptions* face) { return face->SetCustomHeaders(rest.custom_headers->c_str()); });
  }
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
    setup.Do<IBackgroundCopyJob>("IBackgroundCopyJob::EnumFiles", Repeat::kYes, [&](IBackgroundCopyJob* face) {
      std::vector<Object::Ref> files;
      const HRESULT hr = EnumFiles(face, *job, &files);
      ComPtr<IBackgroundCopyFile> file;
      if (FAILED(hr) || files.empty() || FAILED(files.front()->Get(file))) return hr;
      probed->file_interfaces.clear();
      return Interfaces(file.Get(), &probed->file_interfaces);
    });
    for (const DWORD property : properties) {
      setup.Try<IBackgroundCopyJob5>("IBackgroundCopyJob5::GetProperty", [&](IBackgroundCopyJob5* face) {
        BITS_JOB_PROPERTY_VALUE value = {};
        const HRESULT hr = face->GetProperty(static_cast<BITS_JOB_PROPERTY_ID>(property), &value);
        if (SUCCEEDED(hr)) probed->properties.push_back(property);
        return IsDisconnected(hr) ? hr : S_OK;  // whatever else is wrong with it: it cannot be read
      });
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
