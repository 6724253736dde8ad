#include "memory.h"

#include <objbase.h>

#include <new>
#include <unordered_set>

#include "win/sync.h"

namespace bits_double {
namespace {

struct Ledger {
  win::Mutex mutex;
  std::unordered_set<const void*> blocks;
};

Ledger& TheLedger() {
  static Ledger& ledger = *new Ledger;  // never destroyed: COM frees until the very end
  return ledger;
}

#ifdef __GNUC__
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"  // COM interfaces have no destructor
#endif

// COM asks it about every block of the process; all but the freeing goes through as it is.
class Spy final : public IMallocSpy {
 public:
  STDMETHODIMP QueryInterface(REFIID iid, void** out) override {
    const bool known = IsEqualIID(iid, __uuidof(IUnknown)) || IsEqualIID(iid, __uuidof(IMallocSpy));
    *out = known ? this : nullptr;
    return known ? S_OK : E_NOINTERFACE;
  }
  STDMETHODIMP_(ULONG) AddRef() override { return 2; }
  STDMETHODIMP_(ULONG) Release() override { return 1; }

  STDMETHODIMP_(SIZE_T) PreAlloc(SIZE_T size) override { return size; }
  STDMETHODIMP_(void*) PostAlloc(void* block) override { return block; }
  STDMETHODIMP_(void*) PreFree(void* block, BOOL) override {
    Forget(block);
    return block;
  }
  STDMETHODIMP_(void) PostFree(BOOL) override {}
  STDMETHODIMP_(SIZE_T) PreRealloc(void* block, SIZE_T size, void** now, BOOL) override {
    Forget(block);
    *now = block;
    return size;
  }
  STDMETHODIMP_(void*) PostRealloc(void* block, BOOL) override { return block; }
  STDMETHODIMP_(void*) PreGetSize(void* block, BOOL) override { return block; }
  STDMETHODIMP_(SIZE_T) PostGetSize(SIZE_T size, BOOL) override { return size; }
  STDMETHODIMP_(void*) PreDidAlloc(void* block, BOOL) override { return block; }
  STDMETHODIMP_(int) PostDidAlloc(void*, BOOL, int actual) override { return actual; }
  STDMETHODIMP_(void) PreHeapMinimize() override {}
  STDMETHODIMP_(void) PostHeapMinimize() override {}

 private:
  static void Forget(const void* block) {
    Ledger& ledger = TheLedger();
    const win::Lock lock(ledger.mutex);
    ledger.blocks.erase(block);
  }
};

#ifdef __GNUC__
#pragma GCC diagnostic pop
#endif

}  // namespace

bool WatchMemory() noexcept {
  static Spy spy;
  static const bool watching = SUCCEEDED(CoRegisterMallocSpy(&spy));
  return watching;
}

void* HandOut(std::size_t size) {
  void* const block = CoTaskMemAlloc(size);
  if (block == nullptr) throw std::bad_alloc();
  Ledger& ledger = TheLedger();
  const win::Lock lock(ledger.mutex);
  ledger.blocks.insert(block);
  return block;
}

std::size_t BlocksOut() noexcept {
  Ledger& ledger = TheLedger();
  const win::Lock lock(ledger.mutex);
  return ledger.blocks.size();
}

}  // namespace bits_double
