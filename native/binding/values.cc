#include "binding/values.h"

#include <cmath>
#include <cstring>
#include <memory>

#include "win/values.h"

namespace binding {
namespace {

constexpr double kMaxUint32 = 4294967295.0;
constexpr double kMinInt32 = -2147483648.0;
constexpr double kMaxSafeInteger = 9007199254740991.0;
constexpr napi_type_tag kHandleTag = {0x8f2c1d7a4be94c06, 0x9d3e5a7012f8b6c4};

double ReadInteger(const Argument& from, double least, double most, const char* expected) {
  if (!from.value.IsNumber()) from.Refuse(expected);
  const double number = from.value.As<Napi::Number>().DoubleValue();
  if (!(number >= least && number <= most) || std::trunc(number) != number) from.Refuse(expected);
  return number;
}

Napi::Value WriteBytes(Napi::Env env, const void* bytes, std::size_t size) {
  Napi::Uint8Array array = Napi::Uint8Array::New(env, size);  // a copy: Electron forbids buffers outside its heap
  if (size != 0) std::memcpy(array.Data(), bytes, size);
  return array;
}

Napi::Uint8Array ReadBytes(const Argument& from) {
  if (!from.value.IsTypedArray()) from.Refuse("a Uint8Array");
  const auto array = from.value.As<Napi::TypedArray>();
  if (array.TypedArrayType() != napi_uint8_array) from.Refuse("a Uint8Array");
  return array.As<Napi::Uint8Array>();
}

// Calls `take` with each item of an array of objects.
template <class Take>
void ReadObjects(const Argument& from, const char* expected, Take take) {
  if (!from.value.IsArray()) from.Refuse(expected);
  const auto items = from.value.As<Napi::Array>();
  for (std::uint32_t i = 0; i < items.Length(); ++i) {
    const Napi::Value item = items[i];
    if (!item.IsObject()) from.Refuse(expected);
    take(item.As<Napi::Object>());
  }
}

template <class Item>
void ReadAll(const Argument& from, const char* expected, std::vector<Item>& to) {
  if (!from.value.IsArray()) from.Refuse(expected);
  const auto items = from.value.As<Napi::Array>();
  for (std::uint32_t i = 0; i < items.Length(); ++i) Read({items[i], from.index}, to.emplace_back());
}

void ReadFile(const Napi::Object& file, std::size_t index, bits::NewFile& to) {
  Read({file.Get("remoteName"), index}, to.remote_name);
  Read({file.Get("localName"), index}, to.local_name);
}

Napi::Value WriteText(Napi::Env env, const wchar_t* text, std::size_t length) {
  static_assert(sizeof(wchar_t) == sizeof(char16_t), "Windows text is UTF-16");
  return Napi::String::New(env, reinterpret_cast<const char16_t*>(text), length);
}

void SetAll(Napi::Env, Napi::Object&) {}

template <class Value, class... More>
void SetAll(Napi::Env env, Napi::Object& object, const char* name, const Value& value, const More&... more) {
  object.Set(name, Write(env, value));
  SetAll(env, object, more...);
}

// An object of names and values in turns.
template <class... NamesAndValues>
Napi::Value Fields(Napi::Env env, const NamesAndValues&... fields) {
  Napi::Object object = Napi::Object::New(env);
  SetAll(env, object, fields...);
  return object;
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
  const double number = ReadInteger(from, kMinInt32, kMaxUint32, "a 32-bit integer");
  to = static_cast<long>(static_cast<unsigned long>(static_cast<long long>(number)));
}

void Read(const Argument& from, unsigned long& to) {
  to = static_cast<unsigned long>(ReadInteger(from, 0, kMaxUint32, "an unsigned 32-bit integer"));
}

void Read(const Argument& from, unsigned long long& to) {
  if (from.value.IsNull()) {
    to = BG_SIZE_UNKNOWN;  // and BG_LENGTH_TO_EOF, the same number
    return;
  }
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

void Read(const Argument& from, win::Secret& to) {
  if (from.value.IsNull()) return;
  if (!from.value.IsString()) from.Refuse("text or null");
  std::size_t length = 0;
  napi_get_value_string_utf16(from.value.Env(), from.value, nullptr, 0, &length);
  auto* const text = reinterpret_cast<char16_t*>(to.Reserve(length));
  napi_get_value_string_utf16(from.value.Env(), from.value, text, length + 1, &length);
  if (!win::IsSoundText({text, length})) from.Refuse("text without NUL characters and lone surrogates");
}

void Read(const Argument& from, bits::NewJob& to) {
  if (from.value.IsUndefined()) return;
  if (!from.value.IsObject()) from.Refuse("an object");
  const auto object = from.value.As<Napi::Object>();
  const auto read = [&](const char* name, auto& field) {
    const Napi::Value value = object.Get(name);
    if (!value.IsUndefined()) Read({value, from.index}, field);
  };
  const auto read_optional = [&](const char* name, auto& field) {
    const Napi::Value value = object.Get(name);
    if (!value.IsUndefined()) Read({value, from.index}, field.emplace());
  };
  read_optional("description", to.description);
  read_optional("priority", to.priority);
  read_optional("minimumRetryDelay", to.minimum_retry_delay);
  read_optional("noProgressTimeout", to.no_progress_timeout);
  read_optional("dynamicContent", to.dynamic_content);
  read("files", to.files);
  read("ranges", to.ranges);
  read_optional("replyFileName", to.reply_file_name);
  read_optional("customHeaders", to.custom_headers);
  read("writeOnlyHeaders", to.write_only_headers);
}

void Read(const Argument& from, std::vector<BYTE>& to) {
  const Napi::Uint8Array bytes = ReadBytes(from);
  to.assign(bytes.Data(), bytes.Data() + bytes.ElementLength());
}

void Read(const Argument& from, std::vector<BG_FILE_RANGE>& to) {
  ReadObjects(from, "an array of ranges", [&](const Napi::Object& range) {
    BG_FILE_RANGE& read = to.emplace_back();
    Read({range.Get("offset"), from.index}, read.InitialOffset);
    Read({range.Get("length"), from.index}, read.Length);
  });
}

void Read(const Argument& from, std::vector<bits::NewFile>& to) {
  ReadObjects(from, "an array of files",
              [&](const Napi::Object& file) { ReadFile(file, from.index, to.emplace_back()); });
}

void Read(const Argument& from, std::vector<bits::NewRanges>& to) {
  ReadObjects(from, "an array of files with ranges", [&](const Napi::Object& file) {
    bits::NewRanges& read = to.emplace_back();
    ReadFile(file, from.index, read.file);
    Read({file.Get("ranges"), from.index}, read.ranges);
  });
}

void Read(const Argument& from, std::vector<DWORD>& to) { ReadAll(from, "an array of unsigned 32-bit integers", to); }

void Read(const Argument& from, std::vector<UINT64>& to) { ReadAll(from, "an array of integers", to); }

void Read(const Argument& from, std::vector<bits::Object::Ref>& to) {
  if (!from.value.IsArray()) from.Refuse("an array of handles");
  const auto items = from.value.As<Napi::Array>();
  for (std::uint32_t i = 0; i < items.Length(); ++i) {
    to.push_back(ReadHandle({items[i], from.index}, bits::Object::Kind::kJob));
  }
}

void Read(const Argument& from, BITS_JOB_PROPERTY_VALUE& to) {
  const Napi::Uint8Array bytes = ReadBytes(from);
  if (bytes.ElementLength() != sizeof(to)) from.Refuse("16 bytes");
  std::memcpy(&to, bytes.Data(), sizeof(to));
}

Napi::Value Write(Napi::Env env, int value) { return Napi::Boolean::New(env, value != FALSE); }

Napi::Value Write(Napi::Env env, long value) { return Napi::Number::New(env, static_cast<unsigned long>(value)); }

Napi::Value Write(Napi::Env env, double value) { return Napi::Number::New(env, value); }

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

Napi::Value Write(Napi::Env env, const std::vector<BYTE>& value) { return WriteBytes(env, value.data(), value.size()); }

Napi::Value Write(Napi::Env env, const FILETIME& value) { return Write(env, win::FileTimeMilliseconds(value)); }

Napi::Value Write(Napi::Env env, const BG_FILE_RANGE& value) {
  return Fields(env, "offset", value.InitialOffset, "length", value.Length);
}

Napi::Value Write(Napi::Env env, const BITS_JOB_PROPERTY_VALUE& value) {
  return WriteBytes(env, &value, sizeof(value));
}

Napi::Value Write(Napi::Env env, const BG_JOB_REPLY_PROGRESS& value) {
  return Fields(env, "bytesTotal", value.BytesTotal, "bytesTransferred", value.BytesTransferred);
}

Napi::Value Write(Napi::Env env, const bits::ClientCertificate& value) {
  return Fields(env, "storeLocation", value.store_location, "storeName", value.store_name, "hash", value.hash,
                "subjectName", value.subject_name);
}

Napi::Value Write(Napi::Env env, const bits::JobSnapshot& value) {
  return Fields(env, "state", value.state, "progress", value.progress, "type", value.type, "priority", value.priority,
                "times", value.times, "errorCount", value.error_count, "displayName", value.display_name, "description",
                value.description, "owner", value.owner);
}

Napi::Value Write(Napi::Env env, const bits::ListedJob& value) {
  return Fields(env, "id", value.job.id, "handle", value.job.job, "snapshot", value.snapshot);
}

Napi::Value Write(Napi::Env env, const bits::Change& value) {
  return Fields(env, "index", value.index, "stamp", value.stamp, "snapshot", value.snapshot);
}

Napi::Value Write(Napi::Env env, const bits::FileSnapshot& value) {
  return Fields(env, "handle", value.file, "remoteName", value.remote_name, "localName", value.local_name,
                "temporaryName", value.temporary_name, "bytesTotal", value.bytes_total, "bytesTransferred",
                value.bytes_transferred, "completed", value.completed, "validationState", value.validation_state);
}

Napi::Value Write(Napi::Env env, const BG_JOB_PROGRESS& value) {
  return Fields(env, "bytesTotal", value.BytesTotal, "bytesTransferred", value.BytesTransferred, "filesTotal",
                value.FilesTotal, "filesTransferred", value.FilesTransferred);
}

Napi::Value Write(Napi::Env env, const BG_JOB_TIMES& value) {
  return Fields(env, "creationTime", value.CreationTime, "modificationTime", value.ModificationTime,
                "transferCompletionTime", value.TransferCompletionTime);
}

Napi::Value Write(Napi::Env env, const BG_FILE_PROGRESS& value) {
  return Fields(env, "bytesTotal", value.BytesTotal, "bytesTransferred", value.BytesTransferred, "completed",
                value.Completed);
}

Napi::Value Write(Napi::Env env, const bits::NamedJob& value) {
  return Fields(env, "id", value.id, "handle", value.job);
}

Napi::Value Write(Napi::Env env, const bits::Probed& value) {
  return Fields(env, "job", value.job_interfaces, "file", value.file_interfaces, "properties", value.properties);
}

Napi::Value Write(Napi::Env env, const bits::Object::Ref& value) {
  using Handle = Napi::External<bits::Object::Ref>;
  auto held = std::make_unique<bits::Object::Ref>(value);
  Handle handle = Handle::New(env, held.get(), [](Napi::BasicEnv, bits::Object::Ref* ref) { delete ref; });
  static_cast<void>(held.release());
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
