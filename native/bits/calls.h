// The calls that are more than one COM method with plain arguments. Each is named after its method.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bits/objects.h"
#include "win/secret.h"
#include "win/task_mem.h"

namespace bits {

// Connects to the service, and starts it if it is not running.
[[nodiscard]] HRESULT Connect(IBackgroundCopyManager* manager);

struct NamedJob {
  GUID id = {};
  Object::Ref job;
};

[[nodiscard]] HRESULT GetJob(IBackgroundCopyManager* manager, Object& self, REFGUID id, NamedJob* found);
[[nodiscard]] HRESULT EnumJobs(IBackgroundCopyManager* manager, Object& self, DWORD flags, std::vector<NamedJob>* jobs);

struct NewFile {
  std::wstring remote_name;
  std::wstring local_name;
};

[[nodiscard]] HRESULT AddFileSet(IBackgroundCopyJob* job, const std::vector<NewFile>& files);
[[nodiscard]] HRESULT AddFileWithRanges(IBackgroundCopyJob3* job, LPCWSTR remote_name, LPCWSTR local_name,
                                        const std::vector<BG_FILE_RANGE>& ranges);
[[nodiscard]] HRESULT EnumFiles(IBackgroundCopyJob* job, Object& self, std::vector<Object::Ref>* files);
[[nodiscard]] HRESULT GetError(IBackgroundCopyJob* job, Object& self, Object::Ref* error);
[[nodiscard]] HRESULT GetReplyData(IBackgroundCopyJob2* job, std::vector<BYTE>* data);
[[nodiscard]] HRESULT SetCredentials(IBackgroundCopyJob2* job, BG_AUTH_TARGET target, BG_AUTH_SCHEME scheme,
                                     const win::Secret& user_name, const win::Secret& password);

struct ClientCertificate {
  BG_CERT_STORE_LOCATION store_location = BG_CERT_STORE_LOCATION_CURRENT_USER;
  win::TaskString store_name;
  std::vector<BYTE> hash;
  win::TaskString subject_name;
};

[[nodiscard]] HRESULT SetClientCertificateByID(IBackgroundCopyJobHttpOptions* options, BG_CERT_STORE_LOCATION location,
                                               LPCWSTR store_name, const std::vector<BYTE>& hash);
[[nodiscard]] HRESULT GetClientCertificate(IBackgroundCopyJobHttpOptions* options, ClientCertificate* certificate);

// What is read of a job in one call. Everything but the state can be missing: this BITS may not have it, this user may
// not be allowed to read it, or the job has ended.
struct JobSnapshot {
  BG_JOB_STATE state = BG_JOB_STATE_QUEUED;
  std::optional<BG_JOB_PROGRESS> progress;
  std::optional<BG_JOB_TYPE> type;
  std::optional<BG_JOB_PRIORITY> priority;
  std::optional<BG_JOB_TIMES> times;
  std::optional<ULONG> error_count;
  win::TaskString display_name;
  win::TaskString description;
  win::TaskString owner;
};

[[nodiscard]] HRESULT Snapshot(IBackgroundCopyJob* job, JobSnapshot* snapshot);

// A job of the queue, with what is read of it.
struct ListedJob {
  NamedJob job;
  JobSnapshot snapshot;
};

[[nodiscard]] HRESULT JobSnapshots(IBackgroundCopyManager* manager, Object& self, DWORD flags,
                                   std::vector<ListedJob>* jobs);

// A job that has changed since a look: the stamp of what is there now, and, unless it could not be read, the snapshot.
struct Change {
  ULONG index = 0;
  UINT64 stamp = 0;
  std::optional<JobSnapshot> snapshot;
};

// Looks at several jobs, each in its own queue, and answers with those whose state, progress, error count or time of
// modification differs from what `stamps` stand for, which are those of earlier looks, or 0. What cannot be read, or is
// not answered soon, has changed in a way that is not known.
[[nodiscard]] HRESULT JobChanges(IBackgroundCopyManager* manager, Object& self, const std::vector<Object::Ref>& jobs,
                                 const std::vector<UINT64>& stamps, std::vector<Change>* changes);

// What is read of a file. All of it can be missing, for the reasons above.
struct FileSnapshot {
  Object::Ref file;
  win::TaskString remote_name;
  win::TaskString local_name;
  win::TaskString temporary_name;
  std::optional<UINT64> bytes_total;
  std::optional<UINT64> bytes_transferred;
  std::optional<BOOL> completed;
  std::optional<BOOL> validation_state;
};

[[nodiscard]] HRESULT FileSnapshots(IBackgroundCopyJob* job, Object& self, std::vector<FileSnapshot>* files);

[[nodiscard]] HRESULT GetFileRanges(IBackgroundCopyFile2* file, std::vector<BG_FILE_RANGE>* ranges);
[[nodiscard]] HRESULT GetFilledFileRanges(IBackgroundCopyFile6* file, std::vector<BG_FILE_RANGE>* ranges);
[[nodiscard]] HRESULT RequestFileRanges(IBackgroundCopyFile6* file, const std::vector<BG_FILE_RANGE>& ranges);

// File properties are all text.
[[nodiscard]] HRESULT SetFileProperty(IBackgroundCopyFile5* file, BITS_FILE_PROPERTY_ID id, LPCWSTR value);
[[nodiscard]] HRESULT GetFileProperty(IBackgroundCopyFile5* file, BITS_FILE_PROPERTY_ID id, LPWSTR* value);

[[nodiscard]] HRESULT GetFile(IBackgroundCopyError* error, Object& self, Object::Ref* file);

[[nodiscard]] HRESULT EnumPeers(IBitsPeerCacheAdministration* cache, Object& self, std::vector<Object::Ref>* peers);
[[nodiscard]] HRESULT EnumRecords(IBitsPeerCacheAdministration* cache, Object& self, std::vector<Object::Ref>* records);
[[nodiscard]] HRESULT GetRecord(IBitsPeerCacheAdministration* cache, Object& self, REFGUID id, Object::Ref* record);
[[nodiscard]] HRESULT GetRecordRanges(IBitsPeerCacheRecord* record, std::vector<BG_FILE_RANGE>* ranges);

// Which of the interfaces in bits/sdk.h an object has.
[[nodiscard]] HRESULT Interfaces(IUnknown* object, std::vector<std::wstring>* names);

}  // namespace bits
