#include "object.h"

#include <algorithm>
#include <utility>

#include "win/sync.h"
#include "world.h"

namespace bits_double {
namespace {

constexpr GUID kUnknown = {0x00000000, 0x0000, 0x0000, {0xc0, 0, 0, 0, 0, 0, 0, 0x46}};

HRESULT STDMETHODCALLTYPE QueryInterface(Face* face, const GUID* iid, void** out) {
  Object& object = *face->object;
  *out = nullptr;
  Face* found = nullptr;
  if (IsEqualGUID(*iid, kUnknown)) {
    found = object.FaceOf({});
  } else {
    const HRESULT hr = World::Get().Query(object, *iid, found);
    if (FAILED(hr)) return hr;
  }
  object.AddRef();
  *out = found;
  return S_OK;
}

ULONG STDMETHODCALLTYPE AddRef(Face* face) { return face->object->AddRef(); }

ULONG STDMETHODCALLTYPE Release(Face* face) { return face->object->Release(); }

// One vtable for each line of interfaces, by the slots of the tables.
using Vtables = std::map<std::string_view, std::vector<Slot>>;

Vtables MakeVtables() {
  std::map<std::string_view, std::string_view> roots;
  for (const Interface& face : kInterfaces) roots[face.name] = face.root;
  Vtables vtables;
  for (const Method& method : kMethods) {
    if (method.code.entry == nullptr) continue;
    std::vector<Slot>& vtable = vtables[roots[method.interface_name]];
    if (vtable.empty()) {
      vtable = {reinterpret_cast<Slot>(&QueryInterface), reinterpret_cast<Slot>(&AddRef),
                reinterpret_cast<Slot>(&Release)};
    }
    vtable.resize(std::max(vtable.size(), method.slot + 1));
    vtable[method.slot] = method.code.entry;
  }
  return vtables;
}

// Which objects there are. Never destroyed: COM releases until the very end.
struct Census {
  win::Mutex mutex;
  std::vector<Object*> objects;
};

Census& TheCensus() {
  static Census& census = *new Census;
  return census;
}

std::uint64_t NextNumber() {
  static std::atomic<std::uint64_t> last{0};
  return ++last;
}

}  // namespace

Object::Object(std::string_view kind_name, std::u16string job_id, ItemRef what, unsigned of_epoch)
    : kind(kind_name),
      job(std::move(job_id)),
      item(what ? std::move(what) : std::make_shared<Item>()),
      epoch(of_epoch),
      number(NextNumber()) {
  static const Vtables& vtables = *new Vtables(MakeVtables());
  for (const Interface& face : kInterfaces) {
    if (kind == face.owner && std::string_view(face.name) == face.root) {
      sides_.push_back({face.root, {vtables.at(face.root).data(), this}});
    }
  }
  Census& census = TheCensus();
  const win::Lock lock(census.mutex);
  census.objects.push_back(this);
}

Object::~Object() {
  Census& census = TheCensus();
  const win::Lock lock(census.mutex);
  census.objects.erase(std::find(census.objects.begin(), census.objects.end(), this));
}

Face* Object::FaceOf(std::string_view root) noexcept {
  const auto found =
      std::find_if(sides_.begin(), sides_.end(), [&](const Side& side) { return root.empty() || side.root == root; });
  return found == sides_.end() ? nullptr : &found->face;
}

ULONG Object::AddRef() noexcept { return ++references_; }

ULONG Object::Release() noexcept {
  const ULONG left = --references_;
  if (left == 0) delete this;
  return left;
}

std::map<std::string, std::size_t> Object::Alive() {
  Census& census = TheCensus();
  const win::Lock lock(census.mutex);
  std::map<std::string, std::size_t> counts;
  for (const Object* object : census.objects) ++counts[object->kind];
  return counts;
}

std::size_t Object::References() {
  Census& census = TheCensus();
  const win::Lock lock(census.mutex);
  std::size_t sum = 0;
  for (const Object* object : census.objects) sum += object->references_;
  return sum;
}

HRESULT Answer(const Face& face, std::size_t method, const Word* words) noexcept {
  try {
    return World::Get().Call(face.object, method, words);
  } catch (...) {
    return E_OUTOFMEMORY;
  }
}

}  // namespace bits_double
