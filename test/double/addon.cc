// The double as tests see it: test/support/double.ts describes every function and value.
#include <napi.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "abi.h"
#include "memory.h"
#include "process.h"
#include "raw.h"
#include "server.h"
#include "shortage.h"
#include "values.h"
#include "world.h"

namespace bits_double {
namespace {

using Info = Napi::CallbackInfo;

[[noreturn]] void Refuse(Napi::Env env, const std::string& message) { throw Napi::TypeError::New(env, message); }

std::string FullName(const Method& method) { return std::string(method.interface_name) + "::" + method.name; }

std::string AsName(const Napi::Value& value) {
  if (!value.IsString()) Refuse(value.Env(), "a name is expected");
  return value.As<Napi::String>();
}

std::size_t MethodNamed(const Napi::Value& value) {
  const std::string name = AsName(value);
  const auto found =
      std::find_if(kMethods.begin(), kMethods.end(), [&](const Method& method) { return FullName(method) == name; });
  if (found == kMethods.end()) Refuse(value.Env(), "there is no method " + name);
  return static_cast<std::size_t>(found - kMethods.begin());
}

template <class Take>
void ForEach(const Napi::Value& list, Take take) {
  const auto array = list.As<Napi::Array>();
  for (std::uint32_t i = 0; i < array.Length(); ++i) take(array.Get(i));
}

// An array with what `make` makes of each item.
template <class Items, class Make>
Napi::Array ToArray(Napi::Env env, const Items& items, Make make) {
  Napi::Array array = Napi::Array::New(env);
  for (const auto& item : items) array.Set(array.Length(), make(item));
  return array;
}

Napi::Number ToNumber(Napi::Env env, std::uint64_t number) {
  return Napi::Number::New(env, static_cast<double>(number));
}

Napi::Value NameOrNull(Napi::Env env, const std::string& name) {
  return name.empty() ? env.Null() : static_cast<Napi::Value>(Napi::String::New(env, name));
}

Napi::Value IdOrNull(Napi::Env env, const std::u16string& id) {
  return id.empty() ? env.Null() : static_cast<Napi::Value>(ToText(env, id));
}

HRESULT AsResult(const Napi::Value& value) {
  return static_cast<HRESULT>(static_cast<std::uint32_t>(value.As<Napi::Number>().Int64Value()));
}

Napi::Value FromResult(Napi::Env env, HRESULT hr) { return Napi::Number::New(env, static_cast<std::uint32_t>(hr)); }

std::u16string AsId(const Napi::Value& value) {
  if (!value.IsString()) Refuse(value.Env(), "an id is expected");
  const std::optional<GUID> guid = ParseGuid(value.As<Napi::String>().Utf16Value());
  if (!guid) Refuse(value.Env(), "an id is a GUID in braces");
  return GuidText(*guid);
}

List AsAnswers(const Napi::Value& value, const Method& method) {
  const Value given = FromJs(value);
  const auto* list = given.As<List>();
  if (list == nullptr) Refuse(value.Env(), "the out values are a list");
  std::vector<const Parameter*> answers;
  for (const Parameter& parameter : method.parameters) {
    if (IsAnswer(parameter)) answers.push_back(&parameter);
  }
  if (list->size() > answers.size()) {
    Refuse(value.Env(), FullName(method) + " has " + std::to_string(answers.size()) + " out values");
  }
  for (std::size_t i = 0; i < list->size(); ++i) {
    if (!Fits(*answers[i], (*list)[i])) {
      Refuse(value.Env(), FullName(method) + ": " + answers[i]->name + " cannot have this value");
    }
  }
  return *list;
}

// An item answers for one kind of object, whose methods all have different names.
ItemRef AsItem(const Napi::Value& value, std::string_view kind) {
  if (!value.IsObject()) Refuse(value.Env(), "a list of objects is expected");
  const auto object = value.As<Napi::Object>();
  auto item = std::make_shared<Item>();
  if (!object.Get("id").IsUndefined()) item->id = AsId(object.Get("id"));
  if (const Napi::Value answers = object.Get("answers"); answers.IsObject()) {
    ForEach(answers.As<Napi::Object>().GetPropertyNames(), [&](const Napi::Value& key) {
      const std::string name = key.As<Napi::String>();
      const auto found = std::find_if(kMethods.begin(), kMethods.end(), [&](const Method& method) {
        if (name != method.name) return false;
        return std::any_of(kInterfaces.begin(), kInterfaces.end(), [&](const Interface& face) {
          return face.owner == kind && std::string_view(face.name) == method.interface_name;
        });
      });
      if (found == kMethods.end()) Refuse(value.Env(), "there is no method " + name);
      item->answers[name] = AsAnswers(answers.As<Napi::Object>().Get(name), *found);
    });
  }
  if (const Napi::Value files = object.Get("files"); files.IsArray()) {
    ForEach(files, [&](const Napi::Value& file) { item->files.push_back(AsItem(file, "file")); });
  }
  return item;
}

std::vector<ItemRef> AsItems(const Napi::Value& value, std::string_view kind, bool named) {
  if (!value.IsArray()) Refuse(value.Env(), "a list is expected");
  std::vector<ItemRef> items;
  ForEach(value, [&](const Napi::Value& one) {
    items.push_back(AsItem(one, kind));
    if (named && items.back()->id.empty()) Refuse(value.Env(), "the item needs an id");
  });
  return items;
}

Napi::Value StartServer(const Info& info) {
  const HRESULT hr = Start();
  if (FAILED(hr)) throw Napi::Error::New(info.Env(), "the double cannot start: " + std::to_string(hr));
  return info.Env().Undefined();
}

Napi::Value StopServer(const Info& info) {
  Stop();
  return info.Env().Undefined();
}

Napi::Value Reset(const Info& info) {
  World::Get().Reset();
  return info.Env().Undefined();
}

Napi::Value SetScript(const Info& info) {
  Script script;
  script.method = MethodNamed(info[0]);
  if (kMethods[script.method].code.call != nullptr) Refuse(info.Env(), "the client implements this method");
  if (!info[1].IsObject()) Refuse(info.Env(), "an answer is expected");
  const auto answer = info[1].As<Napi::Object>();
  if (answer.Get("job").IsString()) script.job = AsId(answer.Get("job"));
  if (answer.Get("hresult").IsNumber()) script.hr = AsResult(answer.Get("hresult"));
  if (!answer.Get("out").IsUndefined()) script.out = AsAnswers(answer.Get("out"), kMethods[script.method]);
  if (answer.Get("delayMs").IsNumber()) script.delay = answer.Get("delayMs").As<Napi::Number>().Uint32Value();
  if (answer.Get("times").IsNumber()) script.times = answer.Get("times").As<Napi::Number>().Uint32Value();
  if (script.times == 0U) Refuse(info.Env(), "times is 1 or more");
  script.block = answer.Get("block").ToBoolean();
  script.disconnect = answer.Get("disconnect").ToBoolean();
  World::Get().Add(std::move(script));
  return info.Env().Undefined();
}

Napi::Value Unscript(const Info& info) {
  World::Get().Remove(MethodNamed(info[0]));
  return info.Env().Undefined();
}

Napi::Value Without(const Info& info) {
  const std::string name = AsName(info[0]);
  const bool known =
      std::any_of(kInterfaces.begin(), kInterfaces.end(), [&](const Interface& face) { return name == face.name; });
  if (!known) Refuse(info.Env(), "there is no interface " + name);
  World::Get().Without(name, info[1].IsNumber() ? AsResult(info[1]) : E_NOINTERFACE);
  return info.Env().Undefined();
}

Napi::Value SetJobs(const Info& info) {
  World::Get().SetJobs(AsItems(info[0], "job", true));
  return info.Env().Undefined();
}

Napi::Value SetFiles(const Info& info) {
  const bool found = World::Get().SetFiles(AsId(info[0]), AsItems(info[1], "file", false));
  if (!found) Refuse(info.Env(), "there is no such job");
  return info.Env().Undefined();
}

Napi::Value SetPeers(const Info& info) {
  World::Get().SetPeers(AsItems(info[0], "peer", false));
  return info.Env().Undefined();
}

Napi::Value SetRecords(const Info& info) {
  World::Get().SetRecords(AsItems(info[0], "record", true));
  return info.Env().Undefined();
}

Napi::Value TakeCalls(const Info& info) {
  const Napi::Env env = info.Env();
  return ToArray(env, World::Get().TakeCalls(), [env](const Record& call) {
    Napi::Object entry = Napi::Object::New(env);
    entry.Set("number", ToNumber(env, call.number));
    entry.Set("method", FullName(kMethods[call.method]));
    entry.Set("slot", ToNumber(env, kMethods[call.method].slot));
    entry.Set("object", ToNumber(env, call.object));
    entry.Set("kind", NameOrNull(env, call.kind));
    entry.Set("job", IdOrNull(env, call.job));
    entry.Set("args", ToJs(env, Value{call.arguments}));
    entry.Set("hresult", call.hr ? FromResult(env, *call.hr) : env.Null());
    entry.Set("thread", ToNumber(env, call.thread));
    return entry;
  });
}

Napi::Value TakeQueries(const Info& info) {
  const Napi::Env env = info.Env();
  return ToArray(env, World::Get().TakeQueries(), [env](const QueryRecord& query) {
    Napi::Object entry = Napi::Object::New(env);
    entry.Set("object", ToNumber(env, query.object));
    entry.Set("kind", query.kind);
    entry.Set("job", IdOrNull(env, query.job));
    entry.Set("iid", ToText(env, query.iid));
    entry.Set("interface", NameOrNull(env, query.interface_name));
    entry.Set("hresult", FromResult(env, query.hr));
    return entry;
  });
}

Napi::Value Blocked(const Info& info) {
  return ToArray(info.Env(), World::Get().Blocked(), [](std::size_t method) { return FullName(kMethods[method]); });
}

Napi::Value Release(const Info& info) {
  std::optional<std::size_t> method;
  if (!info[0].IsUndefined()) method = MethodNamed(info[0]);
  World::Get().Release(method);
  return info.Env().Undefined();
}

Napi::Value DisconnectAll(const Info& info) {
  const Napi::Object options = info[0].IsObject() ? info[0].As<Napi::Object>() : Napi::Object::New(info.Env());
  HRESULT hr = HRESULT_FROM_WIN32(RPC_S_SERVER_UNAVAILABLE);
  if (options.Get("hresult").IsNumber()) hr = AsResult(options.Get("hresult"));
  std::optional<std::vector<std::u16string>> kept;
  if (const Napi::Value keep = options.Get("keep"); keep.IsArray()) {
    kept.emplace();
    ForEach(keep, [&](const Napi::Value& id) { kept->push_back(AsId(id)); });
  }
  World::Get().Disconnect(hr, kept);
  return info.Env().Undefined();
}

Napi::Value Fire(const Info& info) {
  const std::string name = AsName(info[0]);
  const auto method = std::find_if(kMethods.begin(), kMethods.end(),
                                   [&](const Method& one) { return one.code.call != nullptr && name == one.name; });
  if (method == kMethods.end()) Refuse(info.Env(), "there is no callback " + name);
  const auto index = static_cast<std::size_t>(method - kMethods.begin());
  const auto number = World::Get().Fire(index, AsId(info[1]), FromJs(info[2]));
  if (!number) throw Napi::Error::New(info.Env(), "no client is registered for " + name);
  return Napi::Number::New(info.Env(), *number);
}

Napi::Value Outcome(const Info& info) {
  const std::optional<HRESULT> hr = World::Get().Outcome(info[0].As<Napi::Number>().Uint32Value());
  return hr ? FromResult(info.Env(), *hr) : info.Env().Undefined();
}

Napi::Value Counts(const Info& info) {
  const Napi::Env env = info.Env();
  Napi::Object objects = Napi::Object::New(env);
  for (const auto& [kind, count] : Object::Alive()) objects.Set(kind, ToNumber(env, count));
  Napi::Object counts = Napi::Object::New(env);
  counts.Set("objects", objects);
  const auto set = [&](const char* name, std::size_t value) { counts.Set(name, ToNumber(env, value)); };
  set("references", Object::References());
  set("blocks", BlocksOut());
  set("clients", World::Get().Clients());
  set("passwords", World::Get().PasswordsLeft());
  return counts;
}

Napi::Value Process(const Info& info) {
  const Napi::Env env = info.Env();
  const ProcessNumbers numbers = GetProcessNumbers();
  Napi::Object object = Napi::Object::New(env);
  object.Set("handles", ToNumber(env, numbers.handles));
  object.Set("threads", ToNumber(env, numbers.threads));
  object.Set("privateBytes", ToNumber(env, numbers.private_bytes));
  object.Set("workingSet", ToNumber(env, numbers.working_set));
  return object;
}

Napi::Value LimitAddon(const Info& info) {
  std::optional<std::size_t> bytes;
  if (info[0].IsNumber()) bytes = info[0].As<Napi::Number>().Uint32Value();
  if (!LimitAllocations(bytes)) throw Napi::Error::New(info.Env(), "the addon's allocations cannot be limited");
  return info.Env().Undefined();
}

Napi::Value Methods(const Info& info) {
  const Napi::Env env = info.Env();
  const auto describe = [env](const Parameter& parameter) {
    Napi::Object entry = Napi::Object::New(env);
    entry.Set("name", parameter.name);
    entry.Set("kind", KindName(parameter.kind));
    entry.Set("nullable", Napi::Boolean::New(env, parameter.nullable));
    if (*parameter.of != '\0') entry.Set("of", parameter.of);
    return entry;
  };
  return ToArray(env, kMethods, [&](const Method& method) {
    std::vector<Parameter> in;
    std::vector<Parameter> out;
    for (const Parameter& parameter : method.parameters) {
      if (IsAnswer(parameter)) {
        out.push_back(parameter);
      } else if (!parameter.out && parameter.kind != Kind::kCount) {
        in.push_back(parameter);
      }
    }
    Napi::Object entry = Napi::Object::New(env);
    entry.Set("method", FullName(method));
    entry.Set("slot", ToNumber(env, method.slot));
    entry.Set("client", Napi::Boolean::New(env, method.code.call != nullptr));
    entry.Set("in", ToArray(env, in, describe));
    entry.Set("out", ToArray(env, out, describe));
    return entry;
  });
}

// `rawGetState(clsid, context, job, count)`, `rawList(clsid, context)`: microseconds in all. They block: for the bench.
template <class Work>
Napi::Value Raw(const Info& info, Work work) {
  const std::optional<GUID> clsid = ParseGuid(info[0].As<Napi::String>().Utf16Value());
  if (!clsid) throw Napi::TypeError::New(info.Env(), "a class id is expected");
  const RawResult result = work(*clsid, info[1].As<Napi::Number>().Uint32Value());
  if (FAILED(result.hr)) throw Napi::Error::New(info.Env(), "the raw client failed: " + std::to_string(result.hr));
  return Napi::Number::New(info.Env(), result.microseconds);
}

Napi::Value RawStates(const Info& info) {
  return Raw(info, [&](const CLSID& clsid, DWORD context) {
    const std::optional<GUID> job = ParseGuid(info[2].As<Napi::String>().Utf16Value());
    return job ? RawGetState(clsid, context, *job, info[3].As<Napi::Number>().Uint32Value()) : RawResult{E_INVALIDARG};
  });
}

Napi::Value RawListing(const Info& info) {
  return Raw(info, [](const CLSID& clsid, DWORD context) { return RawList(clsid, context); });
}

Napi::Object Initialize(Napi::Env env, Napi::Object exports) {
  const auto set = [&](const char* name, Napi::Value (*function)(const Info&)) {
    exports.Set(name, Napi::Function::New(env, function, name));
  };
  exports.Set("clsid", ToText(env, GuidText(kClsid)));
  set("start", &StartServer);
  set("stop", &StopServer);
  set("reset", &Reset);
  set("script", &SetScript);
  set("unscript", &Unscript);
  set("without", &Without);
  set("setJobs", &SetJobs);
  set("setFiles", &SetFiles);
  set("setPeers", &SetPeers);
  set("setRecords", &SetRecords);
  set("calls", &TakeCalls);
  set("queries", &TakeQueries);
  set("blocked", &Blocked);
  set("release", &Release);
  set("disconnectAll", &DisconnectAll);
  set("fire", &Fire);
  set("outcome", &Outcome);
  set("counts", &Counts);
  set("process", &Process);
  set("limitAllocations", &LimitAddon);
  set("rawGetState", &RawStates);
  set("rawList", &RawListing);
  set("methods", &Methods);
  set("abi", [](const Info& info) -> Napi::Value { return Abi(info.Env()); });
  return exports;
}

}  // namespace
}  // namespace bits_double

static Napi::Object Initialize(Napi::Env env, Napi::Object exports) { return bits_double::Initialize(env, exports); }

NODE_API_MODULE(bits_double, Initialize)
