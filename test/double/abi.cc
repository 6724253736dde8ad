// This file alone of the double includes the BITS headers, to compare them with data/bits-api.json.
#include "abi.h"

#include "bits/sdk.h"

#include <array>
#include <tuple>
#include <type_traits>
#include <utility>

#include "values.h"

#define ABI_INTERFACE(name)
#define ABI_METHOD(interface_name, method)
#ifdef _WIN64
#define ABI_SIZE(type, size, alignment) \
  static_assert(sizeof(type) == (size) && alignof(type) == (alignment), #type " is laid out differently");
#else
#define ABI_SIZE(type, size, alignment)
#endif
#define ABI_VALUE(name, value) static_assert((name) == (value), #name " has another value");
#include "abi.inc"
#undef ABI_INTERFACE
#undef ABI_METHOD
#undef ABI_SIZE
#undef ABI_VALUE

namespace bits_double {
namespace {

// A vtable in which every function answers with its place.
template <long kPlace>
HRESULT STDMETHODCALLTYPE AnswerPlace() {
  return kPlace;
}

using Function = HRESULT(STDMETHODCALLTYPE*)();

template <long... kPlaces>
constexpr std::array<Function, sizeof...(kPlaces)> PlacesTable(std::integer_sequence<long, kPlaces...>) {
  return {&AnswerPlace<kPlaces>...};
}

struct Impostor {
  const Function* vtable;
};

constexpr std::array kPlaces = PlacesTable(std::make_integer_sequence<long, 64>());
Impostor impostor = {kPlaces.data()};

// Where the compiler looks for a method: it is called, with nothing in particular, on an object that is only a vtable.
// The functions above take no arguments, which is harmless where the caller removes them from the stack.
template <class Interface, class... Parameters>
long SlotOf([[maybe_unused]] HRESULT (STDMETHODCALLTYPE Interface::*method)(Parameters...)) {
#ifdef _WIN64
  const std::tuple<std::decay_t<Parameters>...> nothing{};
  auto* const object = reinterpret_cast<Interface*>(&impostor);
  return std::apply([&]([[maybe_unused]] const auto&... value) { return (object->*method)(value...); }, nothing);
#else
  return -1;
#endif
}

void AddInterface(Napi::Object all, const char* name, const GUID& iid) {
  Napi::Object entry = Napi::Object::New(all.Env());
  entry.Set("iid", ToText(all.Env(), GuidText(iid)));
  entry.Set("slots", Napi::Object::New(all.Env()));
  all.Set(name, entry);
}

void AddMethod(Napi::Object all, const char* interface_name, const char* name, long slot) {
  const auto entry = all.Get(interface_name).As<Napi::Object>();
  entry.Get("slots").As<Napi::Object>().Set(name, Napi::Number::New(all.Env(), slot));
}

}  // namespace

Napi::Object Abi(Napi::Env env) {
  Napi::Object all = Napi::Object::New(env);
#define ABI_INTERFACE(name) AddInterface(all, #name, __uuidof(name));
#define ABI_METHOD(interface_name, method) AddMethod(all, #interface_name, #method, SlotOf(&interface_name::method));
#define ABI_SIZE(type, size, alignment)
#define ABI_VALUE(name, value)
#include "abi.inc"
#undef ABI_INTERFACE
#undef ABI_METHOD
#undef ABI_SIZE
#undef ABI_VALUE
  return all;
}

}  // namespace bits_double
