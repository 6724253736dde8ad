// The calls that are more than one COM method with plain arguments. Each is named after its method.
#pragma once

#include <string>
#include <vector>

#include "bits/objects.h"

namespace bits {

struct NewFile {
  std::wstring remote_name;
  std::wstring local_name;
};

struct NamedJob {
  GUID id = {};
  Object::Ref job;
};

// Reaches the service, which is started by it if need be.
[[nodiscard]] HRESULT Connect(IBackgroundCopyManager* manager);
[[nodiscard]] HRESULT CreateJob(IBackgroundCopyManager* manager, Object& self, LPCWSTR name, BG_JOB_TYPE type,
                                NamedJob* created);
[[nodiscard]] HRESULT GetJob(IBackgroundCopyManager* manager, Object& self, REFGUID id, NamedJob* found);
[[nodiscard]] HRESULT EnumJobs(IBackgroundCopyManager* manager, Object& self, DWORD flags,
                               std::vector<NamedJob>* jobs);

[[nodiscard]] HRESULT AddFileSet(IBackgroundCopyJob* job, const std::vector<NewFile>& files);
[[nodiscard]] HRESULT EnumFiles(IBackgroundCopyJob* job, Object& self, std::vector<Object::Ref>* files);
[[nodiscard]] HRESULT GetError(IBackgroundCopyJob* job, Object& self, Object::Ref* error);

[[nodiscard]] HRESULT GetFile(IBackgroundCopyError* error, Object& self, Object::Ref* file);

}  // namespace bits
