// One COM call as data: where its arguments wait on their way to the COM thread, and its results on their way back.
// Everything is deduced from the type of the function: a COM method, or a function of ours that takes the interface
// first and stands beside the methods where one of them is not enough.
#pragma once

#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

#include "bits/object.h"
#include "win/task_mem.h"

namespace bits {

enum class Direction { kIn, kOut, kSelf };

// A place for one parameter. By value, by const reference and constant text go in; what is pointed to comes out.
template <class Parameter>
struct Slot {
  static_assert(std::is_trivially_copyable_v<Parameter> && !std::is_pointer_v<Parameter>,
                "this type needs a slot of its own");
  static constexpr Direction kDirection = Direction::kIn;
  Parameter value = {};
  Parameter Pass(Object&) { return value; }
};

template <class Value>
struct Slot<const Value&> {
  static constexpr Direction kDirection = Direction::kIn;
  Value value = {};
  const Value& Pass(Object&) { return value; }
};

template <>
struct Slot<LPCWSTR> {
  static constexpr Direction kDirection = Direction::kIn;
  std::optional<std::wstring> value;
  LPCWSTR Pass(Object&) { return value ? value->c_str() : nullptr; }
};

template <class Value>
struct Slot<Value*> {
  static constexpr Direction kDirection = Direction::kOut;
  Value value = {};
  Value* Pass(Object&) {
    value = {};  // the call may be a repeated one
    return &value;
  }
};

template <>
struct Slot<LPWSTR*> {
  static constexpr Direction kDirection = Direction::kOut;
  win::TaskString value;
  LPWSTR* Pass(Object&) { return value.Put(); }
};

template <>
struct Slot<Object&> {
  static constexpr Direction kDirection = Direction::kSelf;
  Object& Pass(Object& self) { return self; }
};

template <class Function>
struct Signature;

template <class Of, class... Parameters>
struct Signature<HRESULT (STDMETHODCALLTYPE Of::*)(Parameters...)> {
  using Interface = Of;
  using Slots = std::tuple<Slot<Parameters>...>;
};

template <class Of, class... Parameters>
struct Signature<HRESULT (*)(Of*, Parameters...)> {
  using Interface = Of;
  using Slots = std::tuple<Slot<Parameters>...>;
};

struct Outcome {
  enum class Stage {
    kCall,       // what the call answered
    kInterface,  // this version of BITS does not have the interface
    kLost,       // the connection broke, and the call was not repeated
  };
  HRESULT hr = S_OK;
  Stage stage = Stage::kCall;
};

template <auto kFunction, class Slots = typename Signature<decltype(kFunction)>::Slots>
[[nodiscard]] Outcome Invoke(Object& object, Slots& slots) {
  using Interface = typename Signature<decltype(kFunction)>::Interface;
  ComPtr<Interface> face;
  const HRESULT hr = object.Get(face);
  if (FAILED(hr)) return {hr, hr == E_NOINTERFACE ? Outcome::Stage::kInterface : Outcome::Stage::kCall};
  return std::apply(
      [&](auto&... slot) {
        if constexpr (std::is_member_function_pointer_v<decltype(kFunction)>) {
          return Outcome{(face.Get()->*kFunction)(slot.Pass(object)...)};
        } else {
          return Outcome{kFunction(face.Get(), slot.Pass(object)...)};
        }
      },
      slots);
}

// Whether a call may be made again when it is not known if it was executed.
enum class Repeat { kYes, kNo };

// Makes the call; when the connection has broken, finds the object again, once, and repeats the call if it may be.
template <class Call>
[[nodiscard]] Outcome Perform(Object& object, Repeat repeat, Call&& call) noexcept {
  try {
    if (repeat == Repeat::kNo) object.Refresh();
    const Outcome first = call();
    if (!IsDisconnected(first.hr)) return first;
    object.Forget();
    if (repeat == Repeat::kNo) return {first.hr, Outcome::Stage::kLost};
    return object.CanBeFound() ? call() : first;
  } catch (...) {  // only memory can run out here
    return {E_OUTOFMEMORY};
  }
}

}  // namespace bits
