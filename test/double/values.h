// Values on their way between JavaScript and the memory of a COM call.
#pragma once

#include <napi.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "inventory.h"

namespace bits_double {

struct Value;
using Bytes = std::vector<std::uint8_t>;
using List = std::vector<Value>;
using Fields = std::vector<std::pair<std::string, Value>>;

// The first alternative is "not given".
struct Value {
  std::variant<std::monostate, std::nullptr_t, std::uint32_t, std::uint64_t, std::u16string, Bytes, List, Fields> is;

  template <class T>
  [[nodiscard]] const T* As() const noexcept {
    return std::get_if<T>(&is);
  }
  [[nodiscard]] bool IsGiven() const noexcept { return As<std::monostate>() == nullptr; }
};

[[nodiscard]] Value FromJs(const Napi::Value& value);
[[nodiscard]] Napi::Value ToJs(Napi::Env env, const Value& value);
[[nodiscard]] Napi::String ToText(Napi::Env env, const std::u16string& text);

// "{xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx}" in lower case, as all ids are kept here.
[[nodiscard]] std::u16string GuidText(const GUID& guid);
[[nodiscard]] std::optional<GUID> ParseGuid(const std::u16string& text);

// A field of an object; null when it is not there.
[[nodiscard]] const Value* FindField(const Value& value, std::string_view name);
[[nodiscard]] std::uint64_t NumberOf(const Value& value);
// Offset and length of each range, one after another: BG_FILE_RANGE's layout.
[[nodiscard]] std::vector<std::uint64_t> RangeNumbers(const Value& list);
// Where the password of BG_AUTH_CREDENTIALS is.
[[nodiscard]] const void* PasswordAt(const Word& credentials) noexcept;

// The parameters that a script answers: the outgoing ones, except counts and what Next fills.
[[nodiscard]] bool IsAnswer(const Parameter& parameter) noexcept;

// As test/support/double.ts calls it.
[[nodiscard]] const char* KindName(Kind kind);

// Whether a script may give this value. What a property takes depends on its id, and is seen when it is asked for.
[[nodiscard]] bool Fits(const Parameter& parameter, const Value& value);

// The incoming argument at a place; nothing for a count.
[[nodiscard]] Value Decode(const Method& method, std::size_t place, const Word* words);

// Stores an answer; "not given" stores the zero of its type: an empty text, no ranges. With `failed`, NULL instead.
void Encode(const Method& method, std::size_t place, const Value& value, const Word* words, bool failed);

}  // namespace bits_double
