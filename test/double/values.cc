#include "values.h"

#include <objbase.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <iterator>
#include <string_view>

#include "memory.h"

namespace bits_double {
namespace {

constexpr std::size_t kGuidLength = 38;  // with the braces

// The structures with pointers in them, which callers hand in.
struct FileInfo {
  const wchar_t* remote_name;
  const wchar_t* local_name;
};
struct Range {
  std::uint64_t offset;
  std::uint64_t length;
};
struct Credentials {
  std::uint32_t target;
  std::uint32_t scheme;
  const wchar_t* user_name;
  const wchar_t* password;
};

template <class T>
Value Make(T value) {
  return {std::move(value)};
}

Value ReadText(const void* pointer) {
  if (pointer == nullptr) return Make(nullptr);
  const auto* const text = static_cast<const wchar_t*>(pointer);
  return Make(std::u16string(text, text + std::wcslen(text)));
}

// The value of a plain type in memory.
Value ReadPlain(Kind kind, const void* from) {
  if (kind == Kind::kGuid) {
    GUID guid = {};
    std::memcpy(&guid, from, sizeof(guid));
    return Make(GuidText(guid));
  }
  if (kind == Kind::kLong || kind == Kind::kTime) {
    std::uint64_t number = 0;
    std::memcpy(&number, from, sizeof(number));
    return Make(number);
  }
  std::uint32_t number = 0;
  std::memcpy(&number, from, sizeof(number));
  return Make(number);
}

bool IsNumber(const Value& value, bool wide) {
  if (value.As<std::uint32_t>() != nullptr) return true;
  const auto* word = value.As<std::u16string>();
  return wide && (value.As<std::uint64_t>() != nullptr || (word != nullptr && *word == u"max"));
}

bool IsGuid(const Value& value) {
  const auto* text = value.As<std::u16string>();
  return text != nullptr && ParseGuid(*text).has_value();
}

void WritePlain(Kind kind, const Value& value, void* to) {
  if (kind == Kind::kGuid) {
    const auto* text = value.As<std::u16string>();
    const GUID guid = text == nullptr ? GUID{} : ParseGuid(*text).value_or(GUID{});
    std::memcpy(to, &guid, sizeof(guid));
    return;
  }
  const std::uint64_t number = NumberOf(value);  // little-endian: the low half comes first
  std::memcpy(to, &number, kind == Kind::kNumber || kind == Kind::kCount ? sizeof(std::uint32_t) : sizeof(number));
}

void WritePointer(void* pointer, void* to) { std::memcpy(to, &pointer, sizeof(pointer)); }

void* CopyOut(const void* from, std::size_t size) {
  void* const copy = HandOut(size);
  if (size > 0) std::memcpy(copy, from, size);
  return copy;
}

void* CopyText(const Value& value) {
  if (value.As<std::nullptr_t>() != nullptr) return nullptr;
  const auto* text = value.As<std::u16string>();
  const std::u16string given = text == nullptr ? u"" : *text;
  return CopyOut(given.c_str(), (given.size() + 1) * sizeof(char16_t));
}

const Struct& StructNamed(std::string_view name) {
  return *std::find_if(kStructs.begin(), kStructs.end(), [&](const Struct& one) { return one.name == name; });
}

Kind JobPropertyKind(std::uint64_t id) {
  const auto found = std::find_if(kJobProperties.begin(), kJobProperties.end(),
                                  [&](const PropertyKind& property) { return property.id == id; });
  return found == kJobProperties.end() ? Kind::kLong : found->kind;
}

// A parameter in a call, and the words of all parameters.
struct Argument {
  const Method& method;
  const Parameter& parameter;
  const Word& word;
  const Word* words;

  // How many items an incoming array has.
  [[nodiscard]] std::size_t count() const {
    return parameter.counted < 0 ? parameter.fixed : static_cast<std::size_t>(words[parameter.counted].number);
  }
  // Stores how many items an outgoing array has.
  void SetCount(std::size_t count) const {
    if (parameter.counted < 0 || words[parameter.counted].pointer == nullptr) return;
    const Kind kind = method.parameters[static_cast<std::size_t>(parameter.counted)].kind;
    WritePlain(kind, Make(std::uint64_t{count}), words[parameter.counted].pointer);
  }
};

bool IsNull(const Value& value) { return value.As<std::nullptr_t>() != nullptr; }
bool FitsNull(const Parameter&, const Value& value) { return IsNull(value); }

Value DecodeNothing(const Argument&) { return {}; }

Value DecodePlain(const Argument& argument) {
  if (argument.word.pointer == nullptr) return Make(nullptr);
  return ReadPlain(argument.parameter.kind, argument.word.pointer);
}

void EncodePlain(const Argument& argument, const Value& value) {
  WritePlain(argument.parameter.kind, value, argument.word.pointer);
}

bool FitsText(const Parameter&, const Value& value) { return IsNull(value) || value.As<std::u16string>() != nullptr; }
Value DecodeText(const Argument& argument) { return ReadText(argument.word.pointer); }
void EncodeText(const Argument& argument, const Value& value) { WritePointer(CopyText(value), argument.word.pointer); }

Value DecodeFileProperty(const Argument& argument) {
  return ReadText(static_cast<const FileProperty*>(argument.word.pointer)->string);
}

bool FitsNumber(const Parameter&, const Value& value) { return IsNumber(value, false); }
Value DecodeNumber(const Argument& argument) { return Make(static_cast<std::uint32_t>(argument.word.number)); }

bool FitsLong(const Parameter&, const Value& value) { return IsNumber(value, true); }
Value DecodeLong(const Argument& argument) { return Make(argument.word.number); }

bool FitsGuid(const Parameter&, const Value& value) { return IsGuid(value); }

bool FitsJobProperty(const Parameter&, const Value& value) { return IsNumber(value, true) || IsGuid(value); }
Value DecodeJobProperty(const Argument& argument) {
  return ReadPlain(JobPropertyKind(argument.words[0].number), argument.word.pointer);
}
void EncodeJobProperty(const Argument& argument, const Value& value) {
  std::memset(argument.word.pointer, 0, sizeof(JobProperty));
  WritePlain(JobPropertyKind(argument.words[0].number), value, argument.word.pointer);
}

bool FitsStruct(const Parameter& parameter, const Value& value) {
  const auto* fields = value.As<Fields>();
  const std::vector<Field>& known = StructNamed(parameter.of).fields;
  return fields != nullptr && std::all_of(fields->begin(), fields->end(), [&](const auto& given) {
           return IsNumber(given.second, true) && std::any_of(known.begin(), known.end(), [&](const Field& field) {
                    return field.name == given.first;
                  });
         });
}
void EncodeStruct(const Argument& argument, const Value& value) {
  const Struct& layout = StructNamed(argument.parameter.of);
  std::memset(argument.word.pointer, 0, layout.size);
  for (const Field& field : layout.fields) {
    const Value* const given = FindField(value, field.name);
    if (given != nullptr) WritePlain(field.kind, *given, static_cast<char*>(argument.word.pointer) + field.offset);
  }
}

Value DecodeFiles(const Argument& argument) {
  const auto* const infos = static_cast<const FileInfo*>(argument.word.pointer);
  if (infos == nullptr) return Make(nullptr);
  List list;
  for (std::size_t i = 0; i < argument.count(); ++i) {
    list.push_back(
        Make(Fields{{"RemoteName", ReadText(infos[i].remote_name)}, {"LocalName", ReadText(infos[i].local_name)}}));
  }
  return Make(std::move(list));
}

bool FitsRanges(const Parameter&, const Value& value) { return IsNull(value) || value.As<List>() != nullptr; }
Value DecodeRanges(const Argument& argument) {
  const auto* const ranges = static_cast<const Range*>(argument.word.pointer);
  if (ranges == nullptr) return Make(nullptr);
  List list;
  for (std::size_t i = 0; i < argument.count(); ++i) {
    list.push_back(Make(Fields{{"InitialOffset", Make(ranges[i].offset)}, {"Length", Make(ranges[i].length)}}));
  }
  return Make(std::move(list));
}
void EncodeRanges(const Argument& argument, const Value& value) {
  const std::vector<std::uint64_t> numbers = RangeNumbers(value);
  const std::size_t size = numbers.size() * sizeof(numbers[0]);
  WritePointer(value.As<List>() == nullptr ? nullptr : CopyOut(numbers.data(), size), argument.word.pointer);
  argument.SetCount(numbers.size() / 2);
}

bool FitsBytes(const Parameter& parameter, const Value& value) {
  const auto* bytes = value.As<Bytes>();
  return IsNull(value) || (bytes != nullptr && (parameter.fixed == 0 || bytes->size() == parameter.fixed));
}
Value DecodeBytes(const Argument& argument) {
  const auto* const bytes = static_cast<const std::uint8_t*>(argument.word.pointer);
  return bytes == nullptr ? Make(nullptr) : Make(Bytes(bytes, bytes + argument.count()));
}
void EncodeBytes(const Argument& argument, const Value& value) {
  const auto* const bytes = value.As<Bytes>();
  WritePointer(bytes == nullptr ? nullptr : CopyOut(bytes->data(), bytes->size()), argument.word.pointer);
  argument.SetCount(bytes == nullptr ? 0 : bytes->size());
}

Value DecodeCredentials(const Argument& argument) {
  const auto* const given = static_cast<const Credentials*>(argument.word.pointer);
  if (given == nullptr) return Make(nullptr);
  return Make(Fields{{"Target", Make(given->target)},
                     {"Scheme", Make(given->scheme)},
                     {"UserName", ReadText(given->user_name)},
                     {"Password", ReadText(given->password)}});
}

// An object is made by the double (World::Act); a script can say that there is none, or that it is a Stranger.
bool FitsObject(const Parameter&, const Value& value) {
  return IsNull(value) || FindField(value, "QueryInterface") != nullptr;
}
// Which of the interfaces that clients implement an object has.
Value DecodeClient(const Argument& argument) {
  auto* const client = static_cast<IUnknown*>(argument.word.pointer);
  if (client == nullptr) return Make(nullptr);
  List names;
  for (const Interface& face : kInterfaces) {
    if (*face.owner != '\0') continue;
    void* found = nullptr;
    if (FAILED(client->QueryInterface(face.iid, &found))) continue;
    static_cast<IUnknown*>(found)->Release();
    const std::string_view name = face.name;
    names.push_back(Make(std::u16string(name.begin(), name.end())));
  }
  return Make(std::move(names));
}
void EncodeNoObject(const Argument& argument, const Value&) { WritePointer(nullptr, argument.word.pointer); }

Value FromNumber(const Napi::Number& value) {
  constexpr double kMinInt32 = -2147483648.0;
  constexpr double kMaxUint32 = 4294967295.0;
  constexpr double kMaxSafeInteger = 9007199254740991.0;
  const double number = value.DoubleValue();
  if (std::trunc(number) != number || number < kMinInt32 || number > kMaxSafeInteger) {
    throw Napi::RangeError::New(value.Env(), "not a 32-bit or safe integer; use a BigInt");
  }
  if (number <= kMaxUint32) return Make(static_cast<std::uint32_t>(static_cast<std::int64_t>(number)));
  return Make(static_cast<std::uint64_t>(number));
}

Value FromBigInt(const Napi::BigInt& value) {
  bool lossless = false;
  const std::uint64_t number = value.Uint64Value(&lossless);
  if (!lossless) throw Napi::RangeError::New(value.Env(), "not an unsigned 64-bit integer");
  return Make(number);
}

Value FromObject(const Napi::Object& object) {
  if (object.IsTypedArray()) {
    const auto array = object.As<Napi::Uint8Array>();
    return Make(Bytes(array.Data(), array.Data() + array.ByteLength()));
  }
  if (object.IsArray()) {
    const auto array = object.As<Napi::Array>();
    List list;
    for (std::uint32_t i = 0; i < array.Length(); ++i) list.push_back(FromJs(array.Get(i)));
    return Make(std::move(list));
  }
  const Napi::Array names = object.GetPropertyNames();
  Fields fields;
  for (std::uint32_t i = 0; i < names.Length(); ++i) {
    const std::string name = names.Get(i).As<Napi::String>();
    fields.emplace_back(name, FromJs(object.Get(name)));
  }
  return Make(std::move(fields));
}

// What is done with each kind of parameter.
struct Codec {
  const char* name;                                              // as tests know it
  bool (*fits)(const Parameter& parameter, const Value& value);  // whether a script may give this value
  Value (*decode)(const Argument& argument);                     // reads what came in
  void (*encode)(const Argument& argument, const Value& value);  // stores an answer; null where there is none
};

// In the order of Kind.
constexpr Codec kCodecs[] = {
    {"text", &FitsText, &DecodeText, &EncodeText},
    {"number", &FitsNumber, &DecodeNumber, &EncodePlain},
    {"long", &FitsLong, &DecodeLong, &EncodePlain},
    {"guid", &FitsGuid, &DecodePlain, &EncodePlain},
    {"time", &FitsLong, &DecodePlain, &EncodePlain},
    {"struct", &FitsStruct, &DecodeNothing, &EncodeStruct},
    {"files", &FitsNull, &DecodeFiles, nullptr},
    {"ranges", &FitsRanges, &DecodeRanges, &EncodeRanges},
    {"bytes", &FitsBytes, &DecodeBytes, &EncodeBytes},
    {"credentials", &FitsNull, &DecodeCredentials, nullptr},
    {"jobProperty", &FitsJobProperty, &DecodeJobProperty, &EncodeJobProperty},
    {"fileProperty", &FitsText, &DecodeFileProperty, &EncodeText},
    {"object", &FitsObject, &DecodeClient, &EncodeNoObject},
    {"items", &FitsNull, &DecodeNothing, nullptr},
    {"count", &FitsNull, &DecodeNothing, nullptr},
    {"longCount", &FitsNull, &DecodeNothing, nullptr},
};
static_assert(std::size(kCodecs) == static_cast<std::size_t>(Kind::kLongCount) + 1, "one row for each kind");

const Codec& CodecOf(Kind kind) { return kCodecs[static_cast<std::size_t>(kind)]; }

}  // namespace

Value FromJs(const Napi::Value& value) {
  switch (value.Type()) {
    case napi_undefined:
      return {};
    case napi_null:
      return Make(nullptr);
    case napi_boolean:
      return Make(std::uint32_t{value.As<Napi::Boolean>().Value() ? 1U : 0U});
    case napi_string:
      return Make(value.As<Napi::String>().Utf16Value());
    case napi_number:
      return FromNumber(value.As<Napi::Number>());
    case napi_bigint:
      return FromBigInt(value.As<Napi::BigInt>());
    case napi_object:
      return FromObject(value.As<Napi::Object>());
    default:
      throw Napi::TypeError::New(value.Env(), "COM has no such value");
  }
}

Napi::Value ToJs(Napi::Env env, const Value& value) {
  if (value.As<std::nullptr_t>() != nullptr) return env.Null();
  if (const auto* number = value.As<std::uint32_t>()) return Napi::Number::New(env, *number);
  if (const auto* number = value.As<std::uint64_t>()) return Napi::BigInt::New(env, *number);
  if (const auto* text = value.As<std::u16string>()) return ToText(env, *text);
  if (const auto* bytes = value.As<Bytes>()) {
    Napi::Uint8Array array = Napi::Uint8Array::New(env, bytes->size());
    std::copy(bytes->begin(), bytes->end(), array.Data());
    return array;
  }
  if (const auto* list = value.As<List>()) {
    Napi::Array array = Napi::Array::New(env, list->size());
    for (std::size_t i = 0; i < list->size(); ++i) array.Set(static_cast<std::uint32_t>(i), ToJs(env, (*list)[i]));
    return array;
  }
  if (const auto* fields = value.As<Fields>()) {
    Napi::Object object = Napi::Object::New(env);
    for (const auto& [name, field] : *fields) object.Set(name, ToJs(env, field));
    return object;
  }
  return env.Undefined();
}

Napi::String ToText(Napi::Env env, const std::u16string& text) { return Napi::String::New(env, text); }

std::u16string GuidText(const GUID& guid) {
  wchar_t text[kGuidLength + 1] = {};
  StringFromGUID2(guid, text, static_cast<int>(std::size(text)));
  std::u16string result(text, text + kGuidLength);
  for (char16_t& unit : result) {
    if (unit >= u'A' && unit <= u'F') unit = static_cast<char16_t>(unit - u'A' + u'a');
  }
  return result;
}

std::optional<GUID> ParseGuid(const std::u16string& text) {
  const std::wstring wide(text.begin(), text.end());
  GUID guid = {};
  if (wide.size() != kGuidLength || FAILED(IIDFromString(wide.c_str(), &guid))) return std::nullopt;
  return guid;
}

const Value* FindField(const Value& value, std::string_view name) {
  const auto* fields = value.As<Fields>();
  if (fields == nullptr) return nullptr;
  const auto found =
      std::find_if(fields->begin(), fields->end(), [&](const auto& field) { return field.first == name; });
  return found == fields->end() ? nullptr : &found->second;
}

std::uint64_t NumberOf(const Value& value) {
  if (const auto* number = value.As<std::uint32_t>()) return *number;
  if (const auto* number = value.As<std::uint64_t>()) return *number;
  const auto* word = value.As<std::u16string>();
  return word != nullptr && *word == u"max" ? ~std::uint64_t{0} : 0;
}

std::vector<std::uint64_t> RangeNumbers(const Value& list) {
  std::vector<std::uint64_t> numbers;
  const auto* ranges = list.As<List>();
  if (ranges == nullptr) return numbers;
  for (const Value& range : *ranges) {
    for (const char* name : {"InitialOffset", "Length"}) {
      const Value* const number = FindField(range, name);
      numbers.push_back(number == nullptr ? 0 : NumberOf(*number));
    }
  }
  return numbers;
}

const void* PasswordAt(const Word& credentials) noexcept {
  return credentials.pointer == nullptr ? nullptr : static_cast<const Credentials*>(credentials.pointer)->password;
}

bool IsAnswer(const Parameter& parameter) noexcept {
  if (!parameter.out) return false;
  return parameter.kind != Kind::kCount && parameter.kind != Kind::kLongCount && parameter.kind != Kind::kItems;
}

const char* KindName(Kind kind) { return CodecOf(kind).name; }

bool Fits(const Parameter& parameter, const Value& value) {
  return !value.IsGiven() || CodecOf(parameter.kind).fits(parameter, value);
}

Value Decode(const Method& method, std::size_t place, const Word* words) {
  const Argument argument = {method, method.parameters[place], words[place], words};
  return CodecOf(argument.parameter.kind).decode(argument);
}

void Encode(const Method& method, std::size_t place, const Value& value, const Word* words, bool failed) {
  const Argument argument = {method, method.parameters[place], words[place], words};
  if (argument.word.pointer == nullptr) return;
  const Value null = Make(nullptr);
  CodecOf(argument.parameter.kind).encode(argument, failed && !value.IsGiven() ? null : value);
}

}  // namespace bits_double
