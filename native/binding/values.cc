#include "binding/values.h"

#include <cmath>
#include <memory>

#include "win/values.h"

namespace binding {
namespace {

constexpr napi_type_tag kHandleTag = {0x8f2c1d7a4be94c06, 0x9d3e5a7012f8b6c4};

double ReadInteger(const Argument& from, double least, double most, const char* expected) {
  if (!from.value.IsNumber()) from.Refuse(expected);
  const double number = from.value.As<Napi::Number>().DoubleValue();
  if (!(number >= least && number <= most) || std::trunc(number) != number) from.Refuse(expected);
  return number;
}

Napi::Value WriteTime(Napi::Env env, const FILETIME& time) {
  const std::optional<double> milliseconds = win::FileTimeMilliseconds(time);
  return milliseconds ? Napi::Number::New(env, *milliseconds) : env.Null();
}

Napi::Value WriteText(Napi::Env env, const wchar_t* text, std::size_t length) {
  static_assert(sizeof(wchar_t) == sizeof(char16_t), "Windows text is UTF-16");
  return Napi::String::New(env, reinterpret_cast<const char16_t*>(text), length);
}

}  // namespace

void Argument::Refuse(const char* expected) const {
  throw Napi::TypeError::New(value.Env(), "argument " + std::to_string(index) + ": expected " + expected);
}

void Read(const Argument& from, bool& to) {
  if (!from.value.IsBoolean()) from.Refuse("a boolean");
  to = from.value.As<Napi::Boolean>().Value();
}

void Read(const Argument& from, int& to) {
  bool flag = false;
  Read(from, flag);
  to = flag ? TRUE : FALSE;
}

void Read(const Argument& from, long& to) {
  const double number = ReadInteger(from, -2147483648.0, 4294967295.0, "a 32-bit integer");
  to = static_cast<long>(static_cast<unsigned long>(static_cast<long long>(number)));
}

void Read(const Argument& from, unsigned long& to) {
  to = static_cast<unsigned long>(ReadInteger(from, 0, 4294967295.0, "an unsigned 32-bit integer"));
}

void Read(const Argument& from, unsigned long long& to) {
  if (from.value.IsNull()) {
    to = BG_SIZE_UNKNOWN;  // and BG_LENGTH_TO_EOF, the same number
    return;
  }
  constexpr double kMaxSafeInteger = 9007199254740991.0;
  to = static_cast<unsigned long long>(ReadInteger(from, 0, kMaxSafeInteger, "a non-negative safe integer or null"));
}

void Read(const Argument& from, GUID& to) {
  std::wstring text;
  Read(from, text);
  const std::optional<GUID> guid = win::ParseGuid(text);
  if (!guid) from.Refuse("a GUID in braces");
  to = *guid;
}

void Read(const Argument& from, std::wstring& to) {
  if (!from.value.IsString()) from.Refuse("text");
  const std::u16string text = from.value.As<Napi::String>().Utf16Value();
  if (!win::IsSoundText(text)) from.Refuse("text without NUL characters and lone surrogates");
  to.assign(text.begin(), text.end());
}

void Read(const Argument& from, std::optional<std::wstring>& to) {
  to.reset();
  if (!from.value.IsNull()) Read(from, to.emplace());
}

void Read(const Argument& from, std::vector<bits::NewFile>& to) {
  if (!from.value.IsArray()) from.Refuse("an array of files");
  const Napi::Array items = from.value.As<Napi::Array>();
  to.resize(items.Length());
  for (std::uint32_t i = 0; i < items.Length(); ++i) {
    const Napi::Value item = items[i];
    if (!item.IsObject()) from.Refuse("an array of files");
    const Napi::Object file = item.As<Napi::Object>();
    Read({file.Get("remoteName"), from.index}, to[i].remote_name);
    Read({file.Get("localName"), from.index}, to[i].local_name);
  }
}

Napi::Value Write(Napi::Env env, int value) { return Napi::Boolean::New(env, value != FALSE); }

Napi::Value Write(Napi::Env env, long value) { return Napi::Number::New(env, static_cast<unsigned long>(value)); }

Napi::Value Write(Napi::Env env, unsigned long value) { return Napi::Number::New(env, value); }

Napi::Value Write(Napi::Env env, unsigned long long value) {
  if (value == BG_SIZE_UNKNOWN) return env.Null();
  return Napi::Number::New(env, static_cast<double>(value));
}

Napi::Value Write(Napi::Env env, const GUID& value) { return Write(env, win::GuidText(value)); }

Napi::Value Write(Napi::Env env, const std::wstring& value) { return WriteText(env, value.data(), value.size()); }

Napi::Value Write(Napi::Env env, const win::TaskString& value) {
  return value.get() == nullptr ? env.Null() : WriteText(env, value.get(), NAPI_AUTO_LENGTH);
}

Napi::Value Write(Napi::Env env, const BG_JOB_PROGRESS& value) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("bytesTotal", Write(env, value.BytesTotal));
  object.Set("bytesTransferred", Write(env, value.BytesTransferred));
  object.Set("filesTotal", Write(env, value.FilesTotal));
  object.Set("filesTransferred", Write(env, value.FilesTransferred));
  return object;
}

Napi::Value Write(Napi::Env env, const BG_JOB_TIMES& value) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("creationTime", WriteTime(env, value.CreationTime));
  object.Set("modificationTime", WriteTime(env, value.ModificationTime));
  object.Set("transferCompletionTime", WriteTime(env, value.TransferCompletionTime));
  return object;
}

Napi::Value Write(Napi::Env env, const BG_FILE_PROGRESS& value) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("bytesTotal", Write(env, value.BytesTotal));
  object.Set("bytesTransferred", Write(env, value.BytesTransferred));
  object.Set("completed", Write(env, value.Completed));
  return object;
}

Napi::Value Write(Napi::Env env, const bits::NamedJob& value) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("id", Write(env, value.id));
  object.Set("handle", Write(env, value.job));
  return object;
}

Napi::Value Write(Napi::Env env, const bits::Object::Ref& value) {
  using Handle = Napi::External<bits::Object::Ref>;
  auto held = std::make_unique<bits::Object::Ref>(value);
  Handle handle = Handle::New(env, held.get(), [](Napi::BasicEnv, bits::Object::Ref* ref) { delete ref; });
  held.release();
  handle.TypeTag(&kHandleTag);
  return handle;
}

bits::Object::Ref ReadHandle(const Argument& from, bits::Object::Kind kind) {
  if (!from.value.IsExternal()) from.Refuse("a handle");
  const auto handle = from.value.As<Napi::External<bits::Object::Ref>>();
  if (!handle.CheckTypeTag(&kHandleTag)) from.Refuse("a handle");
  const bits::Object::Ref& object = *handle.Data();
  if (object->kind() != kind) from.Refuse("a handle of another kind");
  return object;
}

}  // namespace binding
