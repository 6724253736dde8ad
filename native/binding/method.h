// One row of the method table, and the machinery that a row needs: reading the arguments, the call, writing the result.
#pragma once

#include <napi.h>

#include <memory>
#include <tuple>
#include <vector>

#include "binding/values.h"
#include "bits/call.h"

namespace binding {

// A call on its way: made on the JavaScript thread, run on a COM thread, read again on the JavaScript thread.
class Operation {
 public:
  virtual ~Operation() = default;
  virtual bits::Outcome Run(bits::Object& object) = 0;
  virtual Napi::Value Result(Napi::Env env, HRESULT hr) = 0;
  // Of a call that makes a job; otherwise null.
  [[nodiscard]] virtual std::shared_ptr<bits::Creation> creation() const { return nullptr; }
};

struct Method {
  const char* name;  // in JavaScript: the COM method's, in camelCase
  const char* interface_name;
  bits::Repeat repeat;
  std::unique_ptr<Operation> (*read)(const Napi::CallbackInfo& info);
  bool apart = false;  // joins no queue: neither does it wait for the object's other calls, nor they for it
};

namespace detail {

template <class Slots>
inline constexpr bool kCreates = false;

template <class... Slot>
inline constexpr bool kCreates<std::tuple<Slot...>> = (std::is_same_v<Slot, bits::Slot<bits::Creation&>> || ...);

template <auto kFunction>
class Call final : public Operation {
 public:
  using Slots = typename bits::Signature<decltype(kFunction)>::Slots;

  explicit Call([[maybe_unused]] const Napi::CallbackInfo& info) {
    [[maybe_unused]] std::size_t next = 1;  // the handle comes first
    std::apply([&]([[maybe_unused]] auto&... slot) { (ReadInto(slot, info, next), ...); }, slots_);
  }

  bits::Outcome Run(bits::Object& object) override { return bits::Invoke<kFunction>(object, slots_); }

  // No result: the success code, which can mean something. One: the value. Several: an array of them.
  Napi::Value Result(Napi::Env env, HRESULT hr) override {
    std::vector<Napi::Value> results;
    std::apply([&]([[maybe_unused]] const auto&... slot) { (WriteFrom(slot, env, results), ...); }, slots_);
    if (results.empty()) return Write(env, hr);
    if (results.size() == 1) return results.front();
    Napi::Array several = Napi::Array::New(env, results.size());
    for (std::uint32_t i = 0; i < results.size(); ++i) several.Set(i, results[i]);
    return several;
  }

  [[nodiscard]] std::shared_ptr<bits::Creation> creation() const override {
    if constexpr (kCreates<Slots>) return std::get<bits::Slot<bits::Creation&>>(slots_).value;
    return nullptr;
  }

 private:
  template <class Slot>
  static void ReadInto([[maybe_unused]] Slot& slot, [[maybe_unused]] const Napi::CallbackInfo& info,
                       [[maybe_unused]] std::size_t& next) {
    if constexpr (Slot::kDirection == bits::Direction::kIn) {
      const std::size_t index = next++;
      Read(Argument{info[index], index}, slot.value);
    }
  }

  template <class Slot>
  static void WriteFrom([[maybe_unused]] const Slot& slot, [[maybe_unused]] Napi::Env env,
                        [[maybe_unused]] std::vector<Napi::Value>& results) {
    if constexpr (Slot::kDirection == bits::Direction::kOut) results.push_back(Write(env, slot.value));
  }

  Slots slots_;
};

}  // namespace detail

template <auto kFunction>
constexpr Method Bind(const char* name, bits::Repeat repeat = bits::Repeat::kYes) {
  using Interface = typename bits::Signature<decltype(kFunction)>::Interface;
  return {name, bits::kInterfaceName<Interface>, repeat,
          [](const Napi::CallbackInfo& info) -> std::unique_ptr<Operation> {
            return std::make_unique<detail::Call<kFunction>>(info);
          }};
}

constexpr Method Apart(Method method) {
  method.apart = true;
  return method;
}

}  // namespace binding
