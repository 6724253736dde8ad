#include "shortage.h"

#include <windows.h>

#include <atomic>
#include <cstdlib>
#include <limits>
#include <string_view>

namespace bits_double {
namespace {

constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max();
std::atomic<std::size_t> limit{kNoLimit};

void* Allocate(std::size_t size) { return size >= limit ? nullptr : std::malloc(size); }

void* WINAPI AllocateFromHeap(HANDLE heap, DWORD flags, SIZE_T size) {
  return size >= limit ? nullptr : HeapAlloc(heap, flags, size);
}

// What the addon's operator new ends in: an import of its C run-time, or of Windows where that is in the module itself.
void* ReplacementFor(std::string_view name) {
  if (name == "malloc") return reinterpret_cast<void*>(&Allocate);
  if (name == "HeapAlloc") return reinterpret_cast<void*>(&AllocateFromHeap);
  return nullptr;
}

template <class T>
T* At(HMODULE module, std::size_t offset) {
  return reinterpret_cast<T*>(reinterpret_cast<char*>(module) + offset);
}

bool ReplaceImports(HMODULE module) {
  const auto& headers =
      *At<IMAGE_NT_HEADERS>(module, static_cast<std::size_t>(At<IMAGE_DOS_HEADER>(module, 0)->e_lfanew));
  const auto& directory = headers.OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_IMPORT];
  bool replaced = false;
  for (const auto* from = At<IMAGE_IMPORT_DESCRIPTOR>(module, directory.VirtualAddress); from->Name != 0; ++from) {
    const auto* names = At<IMAGE_THUNK_DATA>(module, from->OriginalFirstThunk);
    auto* places = At<IMAGE_THUNK_DATA>(module, from->FirstThunk);
    for (; names->u1.AddressOfData != 0; ++names, ++places) {
      if (IMAGE_SNAP_BY_ORDINAL(names->u1.Ordinal)) continue;
      const auto* const import = At<IMAGE_IMPORT_BY_NAME>(module, static_cast<std::size_t>(names->u1.AddressOfData));
      void* const replacement = ReplacementFor(reinterpret_cast<const char*>(import->Name));
      DWORD before = 0;
      if (replacement == nullptr || !VirtualProtect(places, sizeof(*places), PAGE_READWRITE, &before)) continue;
      places->u1.Function = reinterpret_cast<ULONG_PTR>(replacement);
      replaced = VirtualProtect(places, sizeof(*places), before, &before) != FALSE;
    }
  }
  return replaced;
}

}  // namespace

bool LimitAllocations(std::optional<std::size_t> bytes) {
  const HMODULE addon = GetModuleHandleW(L"windows_bits.node");
  static const bool replaced = addon != nullptr && ReplaceImports(addon);
  limit = bytes.value_or(kNoLimit);
  return replaced;
}

}  // namespace bits_double
