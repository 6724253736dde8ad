#include "bits/calls.h"

#include <type_traits>
#include <utility>

#include "bits/call.h"
#include "bits/side_by_side.h"

namespace bits {
namespace {

constexpr std::size_t kCertificateHashSize = 20;                 // SHA-1
constexpr HRESULT kNotFound = static_cast<HRESULT>(0x80200001);  // BG_E_NOT_FOUND

// A call that succeeds may still give no object: since BITS 4.0 the methods of IBitsPeerCacheAdministration answer
// S_FALSE. That is `missing`.
template <class Item>
HRESULT WithObject(HRESULT hr, const ComPtr<Item>& found, HRESULT missing) {
  return SUCCEEDED(hr) && found == nullptr ? missing : hr;
}

// Calls `take` with each item of an enumerator. They are fetched several at a time, to save round trips.
template <class Item, class Enumerator, class Take>
HRESULT ForEach(Enumerator* enumerator, Take take) {
  constexpr ULONG kBatch = 32;
  if (enumerator == nullptr) return S_OK;  // there is nothing to list, see WithObject
  for (;;) {
    Item* items[kBatch] = {};
    ULONG fetched = 0;
    const HRESULT hr = enumerator->Next(kBatch, items, &fetched);
    if (FAILED(hr)) return hr;
    HRESULT taken = S_OK;
    for (ULONG i = 0; i < fetched; ++i) {
      ComPtr<Item> item;
      TakeOver(item, items[i]);  // each one, also after a failure, so that none is lost
      if (SUCCEEDED(taken)) taken = take(std::move(item));
    }
    if (FAILED(taken)) return taken;
    if (fetched < kBatch) return S_OK;
  }
}

template <class Item, class Enumerator>
HRESULT AdoptAll(Enumerator* enumerator, Object& parent, Object::Kind kind, std::vector<Object::Ref>* parts) {
  return ForEach<Item>(enumerator, [&](ComPtr<Item> item) {
    parts->push_back(parent.AdoptPart(kind, std::move(item)));
    return S_OK;
  });
}

// Calls `take` with each job of the queue.
template <class Take>
HRESULT ForEachJob(IBackgroundCopyManager* manager, Object& self, DWORD flags, Take take) {
  ComPtr<IEnumBackgroundCopyJobs> enumerator;
  const HRESULT hr = manager->EnumJobs(flags, &enumerator);
  if (FAILED(hr)) return hr;
  return ForEach<IBackgroundCopyJob>(enumerator.Get(), [&](ComPtr<IBackgroundCopyJob> job) {
    GUID id = {};
    const HRESULT got = job->GetId(&id);
    if (SUCCEEDED(got)) return take(job.Get(), NamedJob{id, static_cast<Manager&>(self).Adopt(id, job)});
    return IsDisconnected(got) ? got : S_OK;  // a job that has gone since the list was made is not in the list
  });
}

// Tells whether a field could be read. One that cannot be is missing; a service that cannot be reached is a failure.
class Reading final {
 public:
  bool operator()(HRESULT hr) noexcept {
    if (IsDisconnected(hr)) lost_ = hr;
    return SUCCEEDED(hr) && SUCCEEDED(lost_);
  }
  [[nodiscard]] HRESULT lost() const noexcept { return lost_; }

 private:
  HRESULT lost_ = S_OK;
};

template <class Get>
HRESULT TakeRanges(std::vector<BG_FILE_RANGE>* ranges, Get get) {
  win::TaskMem<BG_FILE_RANGE> found;
  DWORD count = 0;
  const HRESULT hr = get(&count, found.Put());
  if (SUCCEEDED(hr) && found.get() != nullptr) ranges->assign(found.get(), found.get() + count);
  return hr;
}

}  // namespace

HRESULT Connect(IBackgroundCopyManager*) { return S_OK; }

HRESULT GetJob(IBackgroundCopyManager* manager, Object& self, REFGUID id, NamedJob* found) {
  ComPtr<IBackgroundCopyJob> job;
  const HRESULT hr = WithObject(manager->GetJob(id, &job), job, kNotFound);
  if (SUCCEEDED(hr)) *found = {id, static_cast<Manager&>(self).Adopt(id, std::move(job))};
  return hr;
}

HRESULT EnumJobs(IBackgroundCopyManager* manager, Object& self, DWORD flags, std::vector<NamedJob>* jobs) {
  return ForEachJob(manager, self, flags, [&](IBackgroundCopyJob*, NamedJob named) {
    jobs->push_back(std::move(named));
    return S_OK;
  });
}

HRESULT AddFileSet(IBackgroundCopyJob* job, const std::vector<NewFile>& files) {
  std::vector<std::wstring> names;  // BG_FILE_INFO wants writable text
  names.reserve(files.size() * 2);
  std::vector<BG_FILE_INFO> infos;
  infos.reserve(files.size());
  for (const NewFile& file : files) {
    wchar_t* const remote = names.emplace_back(file.remote_name).data();
    wchar_t* const local = names.emplace_back(file.local_name).data();
    infos.push_back({remote, local});
  }
  return job->AddFileSet(static_cast<ULONG>(infos.size()), infos.data());
}

HRESULT AddFileWithRanges(IBackgroundCopyJob3* job, LPCWSTR remote_name, LPCWSTR local_name,
                          const std::vector<BG_FILE_RANGE>& ranges) {
  std::vector<BG_FILE_RANGE> copy = ranges;  // the parameter is not const
  return job->AddFileWithRanges(remote_name, local_name, static_cast<DWORD>(copy.size()), copy.data());
}

HRESULT EnumFiles(IBackgroundCopyJob* job, Object& self, std::vector<Object::Ref>* files) {
  ComPtr<IEnumBackgroundCopyFiles> enumerator;
  const HRESULT hr = job->EnumFiles(&enumerator);
  return FAILED(hr) ? hr : AdoptAll<IBackgroundCopyFile>(enumerator.Get(), self, Object::Kind::kFile, files);
}

HRESULT GetError(IBackgroundCopyJob* job, Object& self, Object::Ref* error) {
  ComPtr<IBackgroundCopyError> found;
  const HRESULT hr = WithObject(job->GetError(&found), found, E_UNEXPECTED);
  if (SUCCEEDED(hr)) *error = self.AdoptPart(Object::Kind::kError, std::move(found));
  return hr;
}

HRESULT GetReplyData(IBackgroundCopyJob2* job, std::vector<BYTE>* data) {
  win::TaskMem<BYTE> bytes;
  UINT64 length = 0;
  const HRESULT hr = job->GetReplyData(bytes.Put(), &length);
  if (SUCCEEDED(hr) && bytes.get() != nullptr) data->assign(bytes.get(), bytes.get() + length);
  return hr;
}

HRESULT SetCredentials(IBackgroundCopyJob2* job, BG_AUTH_TARGET target, BG_AUTH_SCHEME scheme,
                       const win::Secret& user_name, const win::Secret& password) {
  BG_AUTH_CREDENTIALS credentials = {};
  credentials.Target = target;
  credentials.Scheme = scheme;
  credentials.Credentials.Basic = {user_name.get(), password.get()};
  return job->SetCredentials(&credentials);
}

HRESULT SetClientCertificateByID(IBackgroundCopyJobHttpOptions* options, BG_CERT_STORE_LOCATION location,
                                 LPCWSTR store_name, const std::vector<BYTE>& hash) {
  if (hash.size() != kCertificateHashSize) return E_INVALIDARG;
  std::vector<BYTE> copy = hash;  // the parameter is not const
  return options->SetClientCertificateByID(location, store_name, copy.data());
}

HRESULT GetClientCertificate(IBackgroundCopyJobHttpOptions* options, ClientCertificate* certificate) {
  win::TaskMem<BYTE> hash;
  const HRESULT hr = options->GetClientCertificate(&certificate->store_location, certificate->store_name.Put(),
                                                   hash.Put(), certificate->subject_name.Put());
  if (SUCCEEDED(hr) && hash.get() != nullptr) certificate->hash.assign(hash.get(), hash.get() + kCertificateHashSize);
  return hr;
}

HRESULT Snapshot(IBackgroundCopyJob* job, JobSnapshot* snapshot) {
  Reading read;
  BG_JOB_TYPE type = BG_JOB_TYPE_DOWNLOAD;
  if (read(job->GetType(&type))) snapshot->type = type;
  BG_JOB_PRIORITY priority = BG_JOB_PRIORITY_NORMAL;
  if (read(job->GetPriority(&priority))) snapshot->priority = priority;
  BG_JOB_TIMES times = {};
  if (read(job->GetTimes(&times))) snapshot->times = times;
  ULONG error_count = 0;
  if (read(job->GetErrorCount(&error_count))) snapshot->error_count = error_count;
  read(job->GetDisplayName(snapshot->display_name.Put()));
  read(job->GetDescription(snapshot->description.Put()));
  read(job->GetOwner(snapshot->owner.Put()));
  if (FAILED(read.lost())) return read.lost();
  // Last and together, because they change while the rest is read. State first: where it says that all has been
  // transferred, the progress then is complete.
  const HRESULT hr = job->GetState(&snapshot->state);
  if (FAILED(hr)) return hr;
  BG_JOB_PROGRESS progress = {};
  if (read(job->GetProgress(&progress))) snapshot->progress = progress;
  return read.lost();
}

namespace {

// A number for what is read at each look. FNV-1a, of which a JavaScript number holds 53 bits; never 0.
class Stamp final {
 public:
  template <class Value>
  void Add(const Value& value) noexcept {
    static_assert(std::has_unique_object_representations_v<Value>, "padding would be read");
    const auto* const bytes = reinterpret_cast<const unsigned char*>(&value);
    for (std::size_t i = 0; i < sizeof(Value); ++i) hash_ = (hash_ ^ bytes[i]) * 0x100000001b3;
  }
  [[nodiscard]] UINT64 value() const noexcept { return (hash_ >> 11) | 1; }

 private:
  UINT64 hash_ = 0xcbf29ce484222325;
};

// What stands for a job as it is. Whatever of it is set or changes by itself, BITS gives it another time of
// modification: https://learn.microsoft.com/windows/win32/api/bits/ns-bits-bg_job_times
UINT64 StampOf(const JobSnapshot& job) noexcept {
  Stamp stamp;
  if (job.times) stamp.Add(*job.times);
  if (job.error_count) stamp.Add(*job.error_count);
  stamp.Add(job.state);
  if (job.progress) stamp.Add(*job.progress);
  return stamp.value();
}

// The snapshot is only read when the stamp is not the known one.
HRESULT LookAt(IBackgroundCopyJob* job, UINT64 known, Change* change) {
  if (known != 0) {
    JobSnapshot facts;
    Reading read;
    BG_JOB_TIMES times = {};
    if (read(job->GetTimes(&times))) facts.times = times;
    ULONG errors = 0;
    if (read(job->GetErrorCount(&errors))) facts.error_count = errors;
    if (FAILED(read.lost())) return read.lost();
    const HRESULT hr = job->GetState(&facts.state);
    if (FAILED(hr)) return hr;
    BG_JOB_PROGRESS progress = {};
    if (read(job->GetProgress(&progress))) facts.progress = progress;
    if (FAILED(read.lost())) return read.lost();
    change->stamp = StampOf(facts);
    if (change->stamp == known) return S_OK;
  }
  const HRESULT hr = Snapshot(job, &change->snapshot.emplace());
  if (SUCCEEDED(hr)) change->stamp = StampOf(*change->snapshot);
  return hr;
}

}  // namespace

HRESULT JobSnapshots(IBackgroundCopyManager* manager, Object& self, DWORD flags, std::vector<ListedJob>* jobs) {
  struct Listing {
    Object::Ref object;
    ListedJob listed;
    HRESULT hr = S_OK;
  };
  std::vector<Listing> listings;
  const HRESULT listed = ForEachJob(manager, self, flags, [&](IBackgroundCopyJob*, NamedJob named) {
    listings.push_back({named.job, {named, {}}, S_OK});
    return S_OK;
  });
  if (FAILED(listed)) return listed;
  SideBySide<Listing> all(self.pool(), std::move(listings), [](Listing& one) noexcept {
    one.hr = Perform(*one.object, Repeat::kYes, [&] {
               return CallOn<IBackgroundCopyJob>(
                   *one.object, [&](IBackgroundCopyJob* job) { return Snapshot(job, &one.listed.snapshot); });
             }).hr;
  });
  all.Wait(INFINITE);
  HRESULT hr = S_OK;
  all.ForEach([&](Listing* one) {
    if (one == nullptr) {
      hr = E_PENDING;
    } else if (SUCCEEDED(one->hr)) {
      jobs->push_back(std::move(one->listed));
    } else if (one->hr != kNotFound && one->hr != E_ACCESSDENIED) {
      hr = one->hr;
    }
  });
  return hr;
}

HRESULT JobChanges(IBackgroundCopyManager*, Object& self, const std::vector<Object::Ref>& jobs,
                   const std::vector<UINT64>& stamps, std::vector<Change>* changes) {
  struct Look {
    Object::Ref object;
    UINT64 known;
    Change change;
    HRESULT hr;
  };
  if (stamps.size() != jobs.size()) return E_INVALIDARG;
  std::vector<Look> looks;
  for (ULONG i = 0; i < jobs.size(); ++i) looks.push_back({jobs[i], stamps[i], {i, 0, {}}, S_OK});
  SideBySide<Look> all(self.pool(), std::move(looks), [](Look& look) noexcept {
    look.hr = Perform(*look.object, Repeat::kYes, [&] {
                return CallOn<IBackgroundCopyJob>(
                    *look.object, [&](IBackgroundCopyJob* job) { return LookAt(job, look.known, &look.change); });
              }).hr;
  });
  constexpr DWORD kPatience = 1000;  // milliseconds
  all.Wait(kPatience);
  ULONG index = 0;
  all.ForEach([&](Look* look) {
    const ULONG i = index++;
    if (look == nullptr || FAILED(look->hr)) {
      changes->push_back({i, 0, {}});
    } else if (look->change.snapshot) {
      changes->push_back(std::move(look->change));
    }
  });
  return S_OK;
}

HRESULT FileSnapshots(IBackgroundCopyJob* job, Object& self, std::vector<FileSnapshot>* files) {
  ComPtr<IEnumBackgroundCopyFiles> enumerator;
  const HRESULT hr = job->EnumFiles(&enumerator);
  if (FAILED(hr)) return hr;
  bool has_more = true;  // IBackgroundCopyFile3; where one file lacks it, no other is asked for it
  return ForEach<IBackgroundCopyFile>(enumerator.Get(), [&](ComPtr<IBackgroundCopyFile> item) {
    FileSnapshot& found = files->emplace_back();
    found.file = self.AdoptPart(Object::Kind::kFile, item);
    Reading read;
    read(item->GetRemoteName(found.remote_name.Put()));
    read(item->GetLocalName(found.local_name.Put()));
    // Before the temporary name, which may come with the first bytes.
    BG_FILE_PROGRESS progress = {};
    if (read(item->GetProgress(&progress))) {
      found.bytes_total = progress.BytesTotal;
      found.bytes_transferred = progress.BytesTransferred;
      found.completed = progress.Completed;
    }
    ComPtr<IBackgroundCopyFile3> more;
    const HRESULT got = has_more ? found.file->Get(more) : E_NOINTERFACE;
    has_more = got != E_NOINTERFACE;
    if (!read(got)) return read.lost();
    read(more->GetTemporaryName(found.temporary_name.Put()));
    BOOL is_valid = FALSE;
    if (read(more->GetValidationState(&is_valid))) found.validation_state = is_valid;
    return read.lost();
  });
}

HRESULT GetFileRanges(IBackgroundCopyFile2* file, std::vector<BG_FILE_RANGE>* ranges) {
  return TakeRanges(ranges, [&](DWORD* count, BG_FILE_RANGE** out) { return file->GetFileRanges(count, out); });
}

HRESULT GetFilledFileRanges(IBackgroundCopyFile6* file, std::vector<BG_FILE_RANGE>* ranges) {
  return TakeRanges(ranges, [&](DWORD* count, BG_FILE_RANGE** out) { return file->GetFilledFileRanges(count, out); });
}

HRESULT RequestFileRanges(IBackgroundCopyFile6* file, const std::vector<BG_FILE_RANGE>& ranges) {
  return file->RequestFileRanges(static_cast<DWORD>(ranges.size()), ranges.data());
}

HRESULT SetFileProperty(IBackgroundCopyFile5* file, BITS_FILE_PROPERTY_ID id, LPCWSTR value) {
  std::wstring text = value;  // the parameter is not const
  BITS_FILE_PROPERTY_VALUE property = {};
  property.String = text.data();
  return file->SetProperty(id, property);
}

HRESULT GetFileProperty(IBackgroundCopyFile5* file, BITS_FILE_PROPERTY_ID id, LPWSTR* value) {
  BITS_FILE_PROPERTY_VALUE property = {};
  const HRESULT hr = file->GetProperty(id, &property);
  if (SUCCEEDED(hr)) *value = property.String;
  return hr;
}

HRESULT GetFile(IBackgroundCopyError* error, Object& self, Object::Ref* file) {
  ComPtr<IBackgroundCopyFile> found;
  const HRESULT hr = WithObject(error->GetFile(&found), found, E_UNEXPECTED);
  if (SUCCEEDED(hr)) *file = self.AdoptPart(Object::Kind::kFile, std::move(found));
  return hr;
}

HRESULT EnumPeers(IBitsPeerCacheAdministration* cache, Object& self, std::vector<Object::Ref>* peers) {
  ComPtr<IEnumBitsPeers> enumerator;
  const HRESULT hr = cache->EnumPeers(&enumerator);
  return FAILED(hr) ? hr : AdoptAll<IBitsPeer>(enumerator.Get(), self, Object::Kind::kPeer, peers);
}

HRESULT EnumRecords(IBitsPeerCacheAdministration* cache, Object& self, std::vector<Object::Ref>* records) {
  ComPtr<IEnumBitsPeerCacheRecords> enumerator;
  const HRESULT hr = cache->EnumRecords(&enumerator);
  return FAILED(hr) ? hr : AdoptAll<IBitsPeerCacheRecord>(enumerator.Get(), self, Object::Kind::kRecord, records);
}

HRESULT GetRecord(IBitsPeerCacheAdministration* cache, Object& self, REFGUID id, Object::Ref* record) {
  ComPtr<IBitsPeerCacheRecord> found;
  const HRESULT hr = WithObject(cache->GetRecord(id, &found), found, kNotFound);
  if (SUCCEEDED(hr)) *record = self.AdoptPart(Object::Kind::kRecord, std::move(found));
  return hr;
}

HRESULT GetRecordRanges(IBitsPeerCacheRecord* record, std::vector<BG_FILE_RANGE>* ranges) {
  return TakeRanges(ranges, [&](DWORD* count, BG_FILE_RANGE** out) { return record->GetFileRanges(count, out); });
}

HRESULT Interfaces(IUnknown* object, std::vector<std::wstring>* names) {
  struct Known {
    IID iid;
    const wchar_t* name;
  };
#define BITS_KNOWN(name) Known{__uuidof(name), L"" #name},
  const Known known[] = {BITS_INTERFACES(BITS_KNOWN)};
#undef BITS_KNOWN
  for (const Known& one : known) {
    ComPtr<IUnknown> face;
    const HRESULT hr = object->QueryInterface(one.iid, &face);
    if (IsDisconnected(hr)) return RPC_E_DISCONNECTED;
    if (SUCCEEDED(hr)) names->emplace_back(one.name);
  }
  return S_OK;
}

}  // namespace bits
