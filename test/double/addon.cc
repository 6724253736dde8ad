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
#include "server.h"
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

// By its full name, or by its own name where that is enough.
std::size_t MethodNamed(const Napi::Value& value) {
  const std::string name = AsName(value);
  const auto found = std::find_if(kMethods.begin(), kMethods.end(),
                                  [&](const Method& method) { return FullName(method) == name; });
  if (found == kMethods.end()) Refuse(value.Env(), "there is no method " + name);
  return static_cast<std::size_t>(found - kMethods.begin());
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
    const Napi::Array names = answers.As<Napi::Object>().GetPropertyNames();
    for (std::uint32_t i = 0; i < names.Length(); ++i) {
      const std::string name = names.Get(i).As<Napi::String>();
      const auto found = std::find_if(kMethods.begin(), kMethods.end(), [&](const Method& method) {
        if (name != method.name) return false;
        return std::any_of(kInterfaces.begin(), kInterfaces.end(), [&](const Interface& face) {
          return face.owner == kind && std::string_view(face.name) == method.interface_name;
        });
      });
      if (found == kMethods.end()) Refuse(value.Env(), "there is no method " + name);
      item->answers[name] = AsAnswers(answers.As<Napi::Object>().Get(name), *found);
    }
  }
  if (const Napi::Value files = object.Get("files"); files.IsArray()) {
    for (std::uint32_t i = 0; i < files.As<Napi::Array>().Length(); ++i) {
      item->files.push_back(AsItem(files.As<Napi::Array>().Get(i), "file"));
    }
  }
  return item;
}

std::vector<ItemRef> AsItems(const Napi::Value& value, std::string_view kind, bool named) {
  if (!value.IsArray()) Refuse(value.Env(), "a list is expected");
  const auto list = value.As<Napi::Array>();
  std::vector<ItemRef> items;
  for (std::uint32_t i = 0; i < list.Length(); ++i) {
    items.push_back(AsItem(list.Get(i), kind));
    if (named && items.back()->id.empty()) Refuse(value.Env(), "the item needs an id");
  }
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
  const bool known = std::any_of(kInterfaces.begin(), kInterfaces.end(),
                                 [&](const Interface& face) { return name == face.name; });
  if (!known) Refuse(info.Env(), "there is no interface " + name);
  World::Get().Without(name, info[1].IsNumber() ? AsResult(info[1]) : E_NOINTERFACE);
  return info.Env().Undefined();
}

Napi::Value SetJobs(const Info& info) {
  World::Get().SetJobs(AsItems(info[0], "job", true));
  return info.Env().Undefined();
}

Napi::Value SetFiles(const Info& info) {
  if (!World::Get().SetFiles(AsId(info[0]), AsItems(info[1], "file", false))) Refuse(info.Env(), "there is no such job");
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

Napi::Value IdOrNull(Napi::Env env, const std::u16string& id) {
  return id.empty() ? env.Null() : static_cast<Napi::Value>(ToText(env, id));
}

Napi::Value TakeCalls(const Info& info) {
  const Napi::Env env = info.Env();
  const std::vector<Record> calls = World::Get().TakeCalls();
  Napi::Array list = Napi::Array::New(env, calls.size());
  for (std::size_t i = 0; i < calls.size(); ++i) {
    const Record& call = calls[i];
    const Method& method = kMethods[call.method];
    Napi::Object entry = Napi::Object::New(env);
    entry.Set("number", Napi::Number::New(env, static_cast<double>(call.number)));
    entry.Set("method", FullName(method));
    entry.Set("slot", Napi::Number::New(env, static_cast<double>(method.slot)));
    entry.Set("object", Napi::Number::New(env, static_cast<double>(call.object)));
    entry.Set("kind", call.kind.empty() ? env.Null() : static_cast<Napi::Value>(Napi::String::New(env, call.kind)));
    entry.Set("job", IdOrNull(env, call.job));
    entry.Set("args", ToJs(env, Value{call.arguments}));
    entry.Set("hresult", call.hr ? FromResult(env, *call.hr) : env.Null());
    entry.Set("thread", Napi::Number::New(env, call.thread));
    list.Set(static_cast<std::uint32_t>(i), entry);
  }
  return list;
}

Napi::Value TakeQueries(const Info& info) {
  const Napi::Env env = info.Env();
  const std::vector<QueryRecord> queries = World::Get().TakeQueries();
  Napi::Array list = Napi::Array::New(env, queries.size());
  for (std::size_t i = 0; i < queries.size(); ++i) {
    const QueryRecord& query = queries[i];
    Napi::Object entry = Napi::Object::New(env);
    entry.Set("object", Napi::Number::New(env, static_cast<double>(query.object)));
    entry.Set("kind", query.kind);
    entry.Set("job", IdOrNull(env, query.job));
    entry.Set("iid", ToText(env, query.iid));
    entry.Set("interface", query.interface_name.empty()
                               ? env.Null()
                               : static_cast<Napi::Value>(Napi::String::New(env, query.interface_name)));
    entry.Set("hresult", FromResult(env, query.hr));
    list.Set(static_cast<std::uint32_t>(i), entry);
  }
  return list;
}

Napi::Value Blocked(const Info& info) {
  const std::vector<std::size_t> methods = World::Get().Blocked();
  Napi::Array list = Napi::Array::New(info.Env(), methods.size());
  for (std::size_t i = 0; i < methods.size(); ++i) list.Set(static_cast<std::uint32_t>(i), FullName(kMethods[methods[i]]));
  return list;
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
    for (std::uint32_t i = 0; i < keep.As<Napi::Array>().Length(); ++i) kept->push_back(AsId(keep.As<Napi::Array>().Get(i)));
  }
  World::Get().Disconnect(hr, kept);
  return info.Env().Undefined();
}

Napi::Value Fire(const Info& info) {
  const std::string name = AsName(info[0]);
  const auto method = std::find_if(kMethods.begin(), kMethods.end(), [&](const Method& one) {
    return one.code.call != nullptr && name == one.name;
  });
  if (method == kMethods.end()) Refuse(info.Env(), "there is no callback " + name);
  const auto number = World::Get().Fire(static_cast<std::size_t>(method - kMethods.begin()), AsId(info[1]), FromJs(info[2]));
  if (!number) throw Napi::Error::New(info.Env(), "nobody is there to be called " + name);
  return Napi::Number::New(info.Env(), *number);
}

Napi::Value Outcome(const Info& info) {
  const std::optional<HRESULT> hr = World::Get().Outcome(info[0].As<Napi::Number>().Uint32Value());
  return hr ? FromResult(info.Env(), *hr) : info.Env().Undefined();
}

Napi::Value Counts(const Info& info) {
  const Napi::Env env = info.Env();
  Napi::Object objects = Napi::Object::New(env);
  for (const auto& [kind, count] : Object::Alive()) objects.Set(kind, Napi::Number::New(env, static_cast<double>(count)));
  Napi::Object counts = Napi::Object::New(env);
  counts.Set("objects", objects);
  const auto set = [&](const char* name, std::size_t value) {
    counts.Set(name, Napi::Number::New(env, static_cast<double>(value)));
  };
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
  object.Set("handles", Napi::Number::New(env, static_cast<double>(numbers.handles)));
  object.Set("threads", Napi::Number::New(env, static_cast<double>(numbers.threads)));
  object.Set("privateBytes", Napi::Number::New(env, static_cast<double>(numbers.private_bytes)));
  object.Set("workingSet", Napi::Number::New(env, static_cast<double>(numbers.working_set)));
  return object;
}

const char* KindName(Kind kind) {
  switch (kind) {
    case Kind::kText: return "text";
    case Kind::kNumber: return "number";
    case Kind::kLong: return "long";
    case Kind::kGuid: return "guid";
    case Kind::kTime: return "time";
    case Kind::kStruct: return "struct";
    case Kind::kFiles: return "files";
    case Kind::kRanges: return "ranges";
    case Kind::kBytes: return "bytes";
    case Kind::kCredentials: return "credentials";
    case Kind::kJobProperty: return "jobProperty";
    case Kind::kFileProperty: return "fileProperty";
    case Kind::kObject: return "object";
    case Kind::kItems: return "items";
    default: return "count";
  }
}

Napi::Value Methods(const Info& info) {
  const Napi::Env env = info.Env();
  Napi::Array list = Napi::Array::New(env);
  for (const Method& method : kMethods) {
    Napi::Object entry = Napi::Object::New(env);
    entry.Set("method", FullName(method));
    entry.Set("slot", Napi::Number::New(env, static_cast<double>(method.slot)));
    entry.Set("client", Napi::Boolean::New(env, method.code.call != nullptr));
    Napi::Array in = Napi::Array::New(env);
    Napi::Array out = Napi::Array::New(env);
    for (const Parameter& parameter : method.parameters) {
      if (parameter.kind == Kind::kCount || parameter.kind == Kind::kLongCount) continue;
      Napi::Object one = Napi::Object::New(env);
      one.Set("name", parameter.name);
      one.Set("kind", KindName(parameter.kind));
      one.Set("nullable", Napi::Boolean::New(env, parameter.nullable));
      if (*parameter.of != '\0') one.Set("of", parameter.of);
      if (!parameter.out) {
        in.Set(in.Length(), one);
      } else if (IsAnswer(parameter)) {
        out.Set(out.Length(), one);
      }
    }
    entry.Set("in", in);
    entry.Set("out", out);
    list.Set(list.Length(), entry);
  }
  return list;
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
  set("methods", &Methods);
  set("abi", [](const Info& info) -> Napi::Value { return Abi(info.Env()); });
  return exports;
}

}  // namespace
}  // namespace bits_double

static Napi::Object Initialize(Napi::Env env, Napi::Object exports) { return bits_double::Initialize(env, exports); }

NODE_API_MODULE(bits_double, Initialize)
