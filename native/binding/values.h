// JavaScript values to and from the C++ ones of the slots: one reader and one writer for each type.
#pragma once

#include <napi.h>

#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "bits/calls.h"
#include "bits/new_job.h"
#include "win/task_mem.h"

namespace binding {

// An argument and its position, for error messages. TypeScript has checked the arguments before, with messages for
// users: a wrong type that arrives here is a mistake in this package.
struct Argument {
  Napi::Value value;
  std::size_t index = 0;

  [[noreturn]] void Refuse(const char* expected) const;
};

void Read(const Argument& from, bool& to);
void Read(const Argument& from, long& to);  // HRESULT
void Read(const Argument& from, int& to);   // BOOL
void Read(const Argument& from, unsigned long& to);
void Read(const Argument& from, unsigned long long& to);
void Read(const Argument& from, GUID& to);
void Read(const Argument& from, std::wstring& to);
void Read(const Argument& from, std::optional<std::wstring>& to);
void Read(const Argument& from, win::Secret& to);
void Read(const Argument& from, std::vector<BYTE>& to);
void Read(const Argument& from, std::vector<BG_FILE_RANGE>& to);
void Read(const Argument& from, std::vector<bits::NewFile>& to);
void Read(const Argument& from, std::vector<bits::NewRanges>& to);
void Read(const Argument& from, bits::NewJob& to);
void Read(const Argument& from, std::vector<DWORD>& to);
void Read(const Argument& from, std::vector<UINT64>& to);
void Read(const Argument& from, std::vector<bits::Object::Ref>& to);  // handles of jobs
void Read(const Argument& from, BITS_JOB_PROPERTY_VALUE& to);         // as its 16 bytes

template <class Enum, std::enable_if_t<std::is_enum_v<Enum>, int> = 0>
void Read(const Argument& from, Enum& to) {
  unsigned long number = 0;
  Read(from, number);
  to = static_cast<Enum>(number);
}

Napi::Value Write(Napi::Env env, int value);  // BOOL
Napi::Value Write(Napi::Env env, long value);
Napi::Value Write(Napi::Env env, double value);
Napi::Value Write(Napi::Env env, unsigned long value);
Napi::Value Write(Napi::Env env, unsigned long long value);
Napi::Value Write(Napi::Env env, const GUID& value);
Napi::Value Write(Napi::Env env, const std::wstring& value);
Napi::Value Write(Napi::Env env, const win::TaskString& value);
Napi::Value Write(Napi::Env env, const std::vector<BYTE>& value);
Napi::Value Write(Napi::Env env, const FILETIME& value);
Napi::Value Write(Napi::Env env, const BG_FILE_RANGE& value);
Napi::Value Write(Napi::Env env, const BITS_JOB_PROPERTY_VALUE& value);
Napi::Value Write(Napi::Env env, const BG_JOB_PROGRESS& value);
Napi::Value Write(Napi::Env env, const BG_JOB_REPLY_PROGRESS& value);
Napi::Value Write(Napi::Env env, const BG_JOB_TIMES& value);
Napi::Value Write(Napi::Env env, const BG_FILE_PROGRESS& value);
Napi::Value Write(Napi::Env env, const bits::ClientCertificate& value);
Napi::Value Write(Napi::Env env, const bits::JobSnapshot& value);
Napi::Value Write(Napi::Env env, const bits::ListedJob& value);
Napi::Value Write(Napi::Env env, const bits::Change& value);
Napi::Value Write(Napi::Env env, const bits::FileSnapshot& value);
Napi::Value Write(Napi::Env env, const bits::NamedJob& value);
Napi::Value Write(Napi::Env env, const bits::Probed& value);
Napi::Value Write(Napi::Env env, const bits::Object::Ref& value);  // a handle

template <class Enum, std::enable_if_t<std::is_enum_v<Enum>, int> = 0>
Napi::Value Write(Napi::Env env, Enum value) {
  return Write(env, static_cast<unsigned long>(value));
}

// What cannot be read is null.
template <class Value>
Napi::Value Write(Napi::Env env, const std::optional<Value>& value) {
  return value ? Write(env, *value) : env.Null();
}

template <class Item>
Napi::Value Write(Napi::Env env, const std::vector<Item>& items) {
  Napi::Array array = Napi::Array::New(env, items.size());
  for (std::size_t i = 0; i < items.size(); ++i) array.Set(static_cast<std::uint32_t>(i), Write(env, items[i]));
  return array;
}

// The object behind a handle; throws a TypeError for anything else, and for a handle of another kind.
[[nodiscard]] bits::Object::Ref ReadHandle(const Argument& from, bits::Object::Kind kind);

}  // namespace binding
