#include "raw.h"

#include <functional>
#include <thread>

#include "bits/sdk.h"

namespace bits_double {
namespace {

using bits::ComPtr;

double Now() {
  constexpr double kMicroseconds = 1e6;  // in a second
  LARGE_INTEGER ticks = {};
  LARGE_INTEGER frequency = {};
  QueryPerformanceCounter(&ticks);
  QueryPerformanceFrequency(&frequency);
  return static_cast<double>(ticks.QuadPart) * kMicroseconds / static_cast<double>(frequency.QuadPart);
}

// Runs `work`, which takes the time, with a manager in the multithreaded apartment.
RawResult OnThread(const CLSID& clsid, DWORD context,
                   const std::function<HRESULT(IBackgroundCopyManager*, double&)>& work) {
  RawResult result;
  std::thread([&] {
    result.hr = CoInitializeEx(nullptr, COINIT_MULTITHREADED);
    if (FAILED(result.hr)) return;
    {
      ComPtr<IBackgroundCopyManager> manager;
      result.hr = CoCreateInstance(clsid, nullptr, context, __uuidof(IBackgroundCopyManager), &manager);
      if (SUCCEEDED(result.hr)) result.hr = work(manager.Get(), result.microseconds);
    }
    CoUninitialize();
  }).join();
  return result;
}

// What native/bits/calls.cc reads for a snapshot, and the id.
HRESULT ReadJob(IBackgroundCopyJob* job) {
  GUID id = {};
  const HRESULT hr = job->GetId(&id);
  BG_JOB_TYPE type = BG_JOB_TYPE_DOWNLOAD;
  static_cast<void>(job->GetType(&type));
  BG_JOB_PRIORITY priority = BG_JOB_PRIORITY_NORMAL;
  static_cast<void>(job->GetPriority(&priority));
  BG_JOB_TIMES times = {};
  static_cast<void>(job->GetTimes(&times));
  ULONG errors = 0;
  static_cast<void>(job->GetErrorCount(&errors));
  for (HRESULT (STDMETHODCALLTYPE IBackgroundCopyJob::* const get)(LPWSTR*) :
       {&IBackgroundCopyJob::GetDisplayName, &IBackgroundCopyJob::GetDescription, &IBackgroundCopyJob::GetOwner}) {
    LPWSTR text = nullptr;
    static_cast<void>((job->*get)(&text));
    CoTaskMemFree(text);
  }
  BG_JOB_PROGRESS progress = {};
  static_cast<void>(job->GetProgress(&progress));
  BG_JOB_STATE state = BG_JOB_STATE_QUEUED;
  static_cast<void>(job->GetState(&state));
  return hr;
}

}  // namespace

RawResult RawGetState(const CLSID& clsid, DWORD context, const GUID& id, unsigned long count) {
  return OnThread(clsid, context, [&](IBackgroundCopyManager* manager, double& microseconds) {
    ComPtr<IBackgroundCopyJob> job;
    HRESULT hr = manager->GetJob(id, &job);
    const double started = Now();
    for (unsigned long i = 0; i < count && SUCCEEDED(hr); ++i) {
      BG_JOB_STATE state = BG_JOB_STATE_QUEUED;
      hr = job->GetState(&state);
    }
    microseconds = Now() - started;
    return hr;
  });
}

RawResult RawList(const CLSID& clsid, DWORD context) {
  return OnThread(clsid, context, [&](IBackgroundCopyManager* manager, double& microseconds) {
    const double started = Now();
    ComPtr<IEnumBackgroundCopyJobs> jobs;
    HRESULT hr = manager->EnumJobs(0, &jobs);
    while (SUCCEEDED(hr)) {
      ComPtr<IBackgroundCopyJob> job;
      ULONG fetched = 0;
      hr = jobs->Next(1, &job, &fetched);
      if (FAILED(hr) || fetched == 0) break;
      hr = ReadJob(job.Get());
    }
    microseconds = Now() - started;
    return hr;
  });
}

}  // namespace bits_double
