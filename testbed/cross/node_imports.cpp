// Cross build only. With MSVC the same is done by /DELAYLOAD:node.exe and node-gyp's win_delay_load_hook.cc.
//
// node_api.h declares the Node-API functions as DLL imports, so compiled code calls them through pointers named
// __imp_napi_*. Here those pointers are plain variables, filled from the running executable while the addon loads.
// The addon therefore names no host executable: node.exe, electron.exe and "My App.exe" are all alike to it.
#include <windows.h>

#include <cstdio>
#include <cstdlib>

#if defined(__i386__)
#define IMPORT_NAME(name) "__imp__" #name
#else
#define IMPORT_NAME(name) "__imp_" #name
#endif

extern "C" {
#define X(name) void* import_##name __asm__(IMPORT_NAME(name));
#include "node_api_symbols.inc"
#undef X
}

namespace {

struct Import {
  const char* name;
  void** pointer;
};

const Import kImports[] = {
#define X(name) {#name, &import_##name},
#include "node_api_symbols.inc"
#undef X
};

// A function that the host is too old for is an error only if it is called.
[[noreturn]] void Missing() {
  std::fputs("windows-bits: this host does not have a Node-API function that the addon needs\n", stderr);
  std::abort();
}

struct Resolver {
  Resolver() {
    HMODULE host = GetModuleHandleW(L"libnode.dll");
    if (host == nullptr) host = GetModuleHandleW(nullptr);
    for (const Import& import : kImports) {
      const FARPROC found = GetProcAddress(host, import.name);
      *import.pointer = found != nullptr ? reinterpret_cast<void*>(found) : reinterpret_cast<void*>(&Missing);
    }
  }
};

// Before every other constructor, which might already call Node-API.
const Resolver resolver __attribute__((init_priority(101)));

}  // namespace
