// Makes a job with all its settings in one task of the COM thread: afterwards it exists as asked for, or not at all.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bits/call.h"
#include "bits/calls.h"
#include "bits/creation.h"

namespace bits {

struct NewRanges {
  NewFile file;
  std::vector<BG_FILE_RANGE> ranges;
};

// What a job is made with, besides its name and type. What is not given keeps BITS' default.
struct NewJob {
  std::optional<std::wstring> description;
  std::optional<BG_JOB_PRIORITY> priority;
  std::optional<ULONG> minimum_retry_delay;
  std::optional<ULONG> no_progress_timeout;
  std::optional<BOOL> dynamic_content;
  std::vector<NewFile> files;
  std::vector<NewRanges> ranges;
  std::optional<std::wstring> reply_file_name;
  std::optional<std::wstring> custom_headers;
  bool write_only_headers = false;  // where BITS can do that
};

[[nodiscard]] Outcome CreateJob(IBackgroundCopyManager* manager, Object& self, Creation& creation, LPCWSTR name,
                                BG_JOB_TYPE type, const NewJob& rest, NamedJob* created);

// What the jobs and files of this BITS have. The only way to know is to make a job with a file.
struct Probed {
  std::vector<std::wstring> job_interfaces;
  std::vector<std::wstring> file_interfaces;
  std::vector<DWORD> properties;  // those that can be read
};

// Makes a job with one file, looks at both, and cancels the job.
[[nodiscard]] Outcome Probe(IBackgroundCopyManager* manager, Object& self, Creation& creation, LPCWSTR name,
                            const NewJob& rest, const std::vector<DWORD>& properties, Probed* probed);

// Cancels a job that nobody wants.
void Discard(Object& job) noexcept;

}  // namespace bits
