#include "server.h"

#include <objbase.h>

#include <memory>
#include <string>
#include <utility>

#include "memory.h"
#include "world.h"

namespace bits_double {

const CLSID kClsid = {0x3f7a1c52, 0x6b0e, 0x4d1b, {0x9c, 0x55, 0x0d, 0xa8, 0x61, 0x2e, 0x74, 0xb9}};

namespace {

#ifdef __GNUC__
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"  // COM interfaces have no destructor
#endif

class Factory final : public IClassFactory {
 public:
  STDMETHODIMP QueryInterface(REFIID iid, void** out) override {
    const bool known = IsEqualIID(iid, __uuidof(IUnknown)) || IsEqualIID(iid, __uuidof(IClassFactory));
    *out = known ? this : nullptr;
    return known ? S_OK : E_NOINTERFACE;
  }
  STDMETHODIMP_(ULONG) AddRef() override { return 2; }
  STDMETHODIMP_(ULONG) Release() override { return 1; }
  STDMETHODIMP LockServer(BOOL) override { return S_OK; }

  STDMETHODIMP CreateInstance(IUnknown* outer, REFIID iid, void** out) override {
    *out = nullptr;
    if (outer != nullptr) return CLASS_E_NOAGGREGATION;
    try {
      Object* manager = nullptr;
      HRESULT hr = World::Get().Call(nullptr, CreateInstanceMethod(), nullptr, &manager);
      if (FAILED(hr) || manager == nullptr) return hr;
      hr = static_cast<IUnknown*>(static_cast<void*>(manager->FaceOf({})))->QueryInterface(iid, out);
      manager->Release();
      return hr;
    } catch (...) {
      return E_OUTOFMEMORY;
    }
  }
};

#ifdef __GNUC__
#pragma GCC diagnostic pop
#endif

struct Server {
  HANDLE stop = nullptr;
  HANDLE started = nullptr;
  HANDLE thread = nullptr;
  HRESULT hr = E_FAIL;
};

Server& TheServer() {
  static Server& server = *new Server;
  return server;
}

DWORD WINAPI Serve(void*) {
  static Factory& factory = *new Factory;
  Server& server = TheServer();
  server.hr = CoInitializeEx(nullptr, COINIT_MULTITHREADED);
  DWORD cookie = 0;
  if (SUCCEEDED(server.hr)) {
    server.hr = CoRegisterClassObject(kClsid, &factory, CLSCTX_INPROC_SERVER, REGCLS_MULTIPLEUSE, &cookie);
  }
  const bool registered = SUCCEEDED(server.hr);
  SetEvent(server.started);
  if (registered) {
    WaitForSingleObject(server.stop, INFINITE);
    CoRevokeClassObject(cookie);
  }
  CoUninitialize();
  return 0;
}

DWORD WINAPI RunWork(void* argument) {
  const std::unique_ptr<std::function<void()>> work(static_cast<std::function<void()>*>(argument));
  const HRESULT entered = CoInitializeEx(nullptr, COINIT_MULTITHREADED);
  (*work)();
  if (SUCCEEDED(entered)) CoUninitialize();
  return 0;
}

}  // namespace

HRESULT Start() {
  Server& server = TheServer();
  if (server.thread != nullptr) return server.hr;
  // The objects and threads of this module outlive the environment that loaded it.
  HMODULE self = nullptr;
  GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_PIN,
                     reinterpret_cast<LPCWSTR>(&Start), &self);
  if (!WatchMemory()) return CO_E_OBJISREG;
  server.stop = CreateEventW(nullptr, TRUE, FALSE, nullptr);
  server.started = CreateEventW(nullptr, TRUE, FALSE, nullptr);
  server.thread = CreateThread(nullptr, 0, &Serve, nullptr, 0, nullptr);
  if (server.thread == nullptr) return HRESULT_FROM_WIN32(GetLastError());
  WaitForSingleObject(server.started, INFINITE);
  return server.hr;
}

void Stop() {
  Server& server = TheServer();
  if (server.thread == nullptr) return;
  SetEvent(server.stop);
  WaitForSingleObject(server.thread, INFINITE);
  for (HANDLE* handle : {&server.thread, &server.stop, &server.started}) CloseHandle(std::exchange(*handle, nullptr));
}

void RunInApartment(std::function<void()> work) {
  auto argument = std::make_unique<std::function<void()>>(std::move(work));
  const HANDLE thread = CreateThread(nullptr, 0, &RunWork, argument.get(), 0, nullptr);
  if (thread == nullptr) return;
  static_cast<void>(argument.release());
  CloseHandle(thread);
}

}  // namespace bits_double
