#include "bits/calls.h"

#include <utility>

namespace bits {
namespace {

// Calls `take` with each item of an enumerator. Several at a time: an item a call would double the round trips.
template <class Item, class Enumerator, class Take>
HRESULT ForEach(Enumerator* enumerator, Take take) {
  constexpr ULONG kBatch = 32;
  for (;;) {
    Item* items[kBatch] = {};
    ULONG fetched = 0;
    const HRESULT hr = enumerator->Next(kBatch, items, &fetched);
    if (FAILED(hr)) return hr;
    HRESULT taken = S_OK;
    for (ULONG i = 0; i < fetched; ++i) {
      ComPtr<Item> item;
      item.Attach(items[i]);  // each one, also after a failure, so that none is lost
      if (SUCCEEDED(taken)) taken = take(std::move(item));
    }
    if (FAILED(taken)) return taken;
    if (fetched < kBatch) return S_OK;
  }
}

}  // namespace

HRESULT Connect(IBackgroundCopyManager*) { return S_OK; }

HRESULT CreateJob(IBackgroundCopyManager* manager, Object& self, LPCWSTR name, BG_JOB_TYPE type, NamedJob* created) {
  ComPtr<IBackgroundCopyJob> job;
  const HRESULT hr = manager->CreateJob(name, type, &created->id, &job);
  if (SUCCEEDED(hr)) created->job = static_cast<Manager&>(self).Adopt(created->id, std::move(job));
  return hr;
}

HRESULT GetJob(IBackgroundCopyManager* manager, Object& self, REFGUID id, NamedJob* found) {
  ComPtr<IBackgroundCopyJob> job;
  const HRESULT hr = manager->GetJob(id, &job);
  if (SUCCEEDED(hr)) *found = {id, static_cast<Manager&>(self).Adopt(id, std::move(job))};
  return hr;
}

HRESULT EnumJobs(IBackgroundCopyManager* manager, Object& self, DWORD flags, std::vector<NamedJob>* jobs) {
  ComPtr<IEnumBackgroundCopyJobs> enumerator;
  const HRESULT hr = manager->EnumJobs(flags, &enumerator);
  if (FAILED(hr)) return hr;
  return ForEach<IBackgroundCopyJob>(enumerator.Get(), [&](ComPtr<IBackgroundCopyJob> job) {
    GUID id = {};
    const HRESULT got = job->GetId(&id);
    if (SUCCEEDED(got)) jobs->push_back({id, static_cast<Manager&>(self).Adopt(id, std::move(job))});
    return got;
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

HRESULT EnumFiles(IBackgroundCopyJob* job, Object& self, std::vector<Object::Ref>* files) {
  ComPtr<IEnumBackgroundCopyFiles> enumerator;
  const HRESULT hr = job->EnumFiles(&enumerator);
  if (FAILED(hr)) return hr;
  return ForEach<IBackgroundCopyFile>(enumerator.Get(), [&](ComPtr<IBackgroundCopyFile> file) {
    files->push_back(static_cast<Job&>(self).AdoptFile(std::move(file)));
    return S_OK;
  });
}

HRESULT GetError(IBackgroundCopyJob* job, Object& self, Object::Ref* error) {
  ComPtr<IBackgroundCopyError> found;
  const HRESULT hr = job->GetError(&found);
  if (SUCCEEDED(hr)) *error = static_cast<Job&>(self).AdoptError(std::move(found));
  return hr;
}

HRESULT GetFile(IBackgroundCopyError* error, Object& self, Object::Ref* file) {
  ComPtr<IBackgroundCopyFile> found;
  const HRESULT hr = error->GetFile(&found);
  if (SUCCEEDED(hr)) *file = static_cast<JobError&>(self).job().AdoptFile(std::move(found));
  return hr;
}

}  // namespace bits
