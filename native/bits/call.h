// One COM call as data: its arguments, until the COM thread makes the call, and its results, until the JavaScript
// thread reads them. All of it is deduced from the type of the function, which is a COM method or, where one method is
// not enough, a function of ours whose first parameter is the interface.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

#include "bits/creation.h"
#include "bits/object.h"
#include "win/task_mem.h"

namespace bits {

enum class Direction { kIn, kOut, kNone };

// Holds one parameter. Values, const references and constant text go in; what other pointers point to comes out.
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
    value = Value();  // the call may be a repeated one
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
  static constexpr Direction kDirection = Direction::kNone;
  static Object& Pass(Object& self) { return self; }
};

template <>
struct Slot<Creation&> {
  static constexpr Direction kDirection = Direction::kNone;
  const std::shared_ptr<Creation> value = std::make_shared<Creation>();
  Creation& Pass(Object&) { return *value; }
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
    kClosed,     // nobody waits for the result any more
  };
  HRESULT hr = S_OK;
  Stage stage = Stage::kCall;
  const char* step = nullptr;  // of a function that makes several calls: the method that answered
};

// A function that makes several calls, and decides by itself which of those after the first are repeated.
template <class Of, class... Parameters>
struct Signature<Outcome (*)(Of*, Parameters...)> {
  using Interface = Of;
  using Slots = std::tuple<Slot<Parameters>...>;
};

// Calls a function with the object's pointer for an interface.
template <class Interface, class Call>
[[nodiscard]] Outcome CallOn(Object& object, Call&& call) {
  ComPtr<Interface> face;
  const HRESULT hr = object.Get(face);
  if (FAILED(hr)) return {hr, hr == E_NOINTERFACE ? Outcome::Stage::kInterface : Outcome::Stage::kCall};
  return Outcome{call(face.Get())};
}

template <auto kFunction, class Slots = typename Signature<decltype(kFunction)>::Slots>
[[nodiscard]] Outcome Invoke(Object& object, Slots& slots) {
  using Interface = typename Signature<decltype(kFunction)>::Interface;
  return CallOn<Interface>(object, [&](Interface* face) {
    return std::apply(
        [&]([[maybe_unused]] auto&... slot) {
          if constexpr (std::is_member_function_pointer_v<decltype(kFunction)>) {
            return (face->*kFunction)(slot.Pass(object)...);
          } else {
            return kFunction(face, slot.Pass(object)...);
          }
        },
        slots);
  });
}

// Whether a call may be made again when it is not known if it was executed.
enum class Repeat { kYes, kNo };

// Makes the call; when the connection has broken, finds the object again, once, and repeats the call if it may be, or
// if it was certainly not executed.
template <class Call>
[[nodiscard]] Outcome Perform(Object& object, Repeat repeat, Call&& call) noexcept {
  const auto is_over = [](const Outcome& outcome) { return outcome.step != nullptr || !IsDisconnected(outcome.hr); };
  const auto may_have_happened = [&](HRESULT hr) { return repeat == Repeat::kNo && !IsCertainlyNotExecuted(hr); };
  try {
    if (repeat == Repeat::kNo) object.Refresh();
    Outcome outcome = call();
    if (is_over(outcome)) return outcome;
    object.Forget();
    if (!may_have_happened(outcome.hr) && object.CanBeFound()) outcome = call();
    if (!is_over(outcome) && may_have_happened(outcome.hr)) outcome.stage = Outcome::Stage::kLost;
    return outcome;
  } catch (...) {  // only memory can run out here
    return {E_OUTOFMEMORY};
  }
}

}  // namespace bits
