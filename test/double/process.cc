#include "process.h"

#include <windows.h>

#include <psapi.h>
#include <tlhelp32.h>

#include <cstring>
#include <vector>

namespace bits_double {
namespace {

// On Wine GetProcessHandleCount answers zero, and the list of all handles is right.
struct SystemHandle {
  USHORT process;
  USHORT back_trace;
  UCHAR type;
  UCHAR attributes;
  USHORT value;
  void* object;
  ULONG access;
};

std::uint64_t CountListedHandles() {
  using QueryInformation = LONG WINAPI(ULONG kind, void* to, ULONG size, ULONG* needed);
  constexpr ULONG kSystemHandles = 16;
  const HMODULE ntdll = GetModuleHandleW(L"ntdll.dll");
  if (ntdll == nullptr) return 0;
  auto* const query =
      reinterpret_cast<QueryInformation*>(reinterpret_cast<void*>(GetProcAddress(ntdll, "NtQuerySystemInformation")));
  if (query == nullptr) return 0;
  constexpr std::size_t kEnough = 1U << 20U;
  std::vector<unsigned char> buffer(kEnough);
  ULONG needed = 0;
  if (query(kSystemHandles, buffer.data(), static_cast<ULONG>(buffer.size()), &needed) != 0) return 0;
  ULONG count = 0;
  std::memcpy(&count, buffer.data(), sizeof(count));
  const std::size_t first = sizeof(void*);
  const auto mine = static_cast<USHORT>(GetCurrentProcessId());
  std::uint64_t found = 0;
  for (ULONG i = 0; i < count; ++i) {
    SystemHandle handle = {};
    std::memcpy(&handle, buffer.data() + first + i * sizeof(handle), sizeof(handle));
    if (handle.process == mine) ++found;
  }
  return found;
}

std::uint64_t CountThreads() {
  const HANDLE list = CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0);
  if (list == INVALID_HANDLE_VALUE) return 0;
  THREADENTRY32 entry = {};
  entry.dwSize = sizeof(entry);
  std::uint64_t count = 0;
  for (BOOL more = Thread32First(list, &entry); more; more = Thread32Next(list, &entry)) {
    if (entry.th32OwnerProcessID == GetCurrentProcessId()) ++count;
  }
  CloseHandle(list);
  return count;
}

}  // namespace

ProcessNumbers GetProcessNumbers() {
  ProcessNumbers numbers;
  DWORD handles = 0;
  if (GetProcessHandleCount(GetCurrentProcess(), &handles)) numbers.handles = handles;
  if (numbers.handles == 0) numbers.handles = CountListedHandles();
  numbers.threads = CountThreads();
  PROCESS_MEMORY_COUNTERS_EX memory = {};
  memory.cb = sizeof(memory);
  if (GetProcessMemoryInfo(GetCurrentProcess(), reinterpret_cast<PROCESS_MEMORY_COUNTERS*>(&memory), sizeof(memory))) {
    numbers.private_bytes = memory.PrivateUsage != 0 ? memory.PrivateUsage : memory.PagefileUsage;
    numbers.working_set = memory.WorkingSetSize;
  }
  return numbers;
}

}  // namespace bits_double
