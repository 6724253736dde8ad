#include "world.h"

#include <objbase.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <string_view>
#include <utility>

#include "server.h"
#include "stranger.h"

namespace bits_double {
namespace {

constexpr HRESULT kNotFound = static_cast<HRESULT>(0x80200001);  // BG_E_NOT_FOUND
constexpr DWORD kLook = 5;                                       // milliseconds between two looks of a blocked call

std::u16string TextOf(const Value& value) {
  const auto* text = value.As<std::u16string>();
  return text == nullptr ? std::u16string() : *text;
}

const Interface& InterfaceNamed(std::string_view name) {
  return *std::find_if(kInterfaces.begin(), kInterfaces.end(),
                       [&](const Interface& face) { return face.name == name; });
}

ItemRef ItemNamed(const std::vector<ItemRef>& items, const std::u16string& id) {
  const auto found = std::find_if(items.begin(), items.end(), [&](const ItemRef& item) { return item->id == id; });
  return found == items.end() ? nullptr : *found;
}

std::u16string NewId() {
  GUID guid = {};
  static_cast<void>(CoCreateGuid(&guid));
  return GuidText(guid);
}

const Value* Argument(const Record& record, std::string_view name) {
  const auto found = std::find_if(record.arguments.begin(), record.arguments.end(),
                                  [&](const auto& argument) { return argument.first == name; });
  return found == record.arguments.end() ? nullptr : &found->second;
}

ItemRef NewFile(const Value& remote_name, const Value& local_name) {
  auto file = std::make_shared<Item>();
  file->answers["GetRemoteName"] = {remote_name};
  file->answers["GetLocalName"] = {local_name};
  return file;
}

void WritePointer(void* pointer, void* to) { std::memcpy(to, &pointer, sizeof(pointer)); }

void WriteCount(const Word& word, std::size_t count) {
  if (word.pointer == nullptr) return;
  const auto number = static_cast<std::uint32_t>(count);
  std::memcpy(word.pointer, &number, sizeof(number));
}

// What belongs to a callback while it runs.
struct Firing {
  const Method& method;
  GUID iid;
  Client client;
  std::vector<Object*> objects;
  Value arguments;
  std::vector<std::vector<std::uint64_t>> ranges;
  std::vector<Word> words;

  // The arguments in the order of the parameters; a count comes from what it counts.
  void SetArguments() {
    words.resize(method.parameters.size());
    std::size_t next_object = 0;
    for (std::size_t place = 0; place < method.parameters.size(); ++place) {
      const Parameter& parameter = method.parameters[place];
      if (parameter.kind == Kind::kObject) {
        words[place] = Word(static_cast<void*>(objects[next_object++]->FaceOf(InterfaceNamed(parameter.of).root)));
      } else if (const Value* const given = FindField(arguments, parameter.name); given != nullptr) {
        SetArgument(place, *given);
      }
    }
  }

  void SetArgument(std::size_t place, const Value& given) {
    const Parameter& parameter = method.parameters[place];
    const auto set = [&](const void* items, std::size_t count) {
      words[place] = Word(const_cast<void*>(items));
      words[static_cast<std::size_t>(parameter.counted)] = Word(static_cast<std::uint32_t>(count));
    };
    if (parameter.kind == Kind::kNumber) {
      words[place] = Word(static_cast<std::uint32_t>(NumberOf(given)));
    } else if (parameter.kind == Kind::kRanges) {
      const std::vector<std::uint64_t>& numbers = ranges.emplace_back(RangeNumbers(given));
      set(numbers.data(), numbers.size() / 2);
    } else if (const auto* const bytes = given.As<Bytes>(); bytes != nullptr && parameter.kind == Kind::kBytes) {
      set(bytes->data(), bytes->size());
    }
  }

  HRESULT Run() {
    void* face = nullptr;
    HRESULT hr = client->QueryInterface(iid, &face);
    if (SUCCEEDED(hr)) {
      hr = method.code.call(static_cast<Face*>(face), method.slot, words.data());
      static_cast<IUnknown*>(face)->Release();
    }
    for (Object* object : objects) object->Release();
    return hr;
  }
};

}  // namespace

World& World::Get() {
  static World& world = *new World;  // never destroyed: calls may come in until the very end
  return world;
}

void World::Reset() {
  auto gone = std::make_shared<std::vector<Job>>();
  {
    const win::Lock lock(mutex_);
    gone->swap(jobs_);
    peers_.clear();
    records_.clear();
    scripts_.clear();
    without_.clear();
    calls_.clear();
    queries_.clear();
    blocked_.clear();
    secrets_.clear();
    outcomes_.clear();
  }
  released_.WakeOne();
  const bool has_clients = std::any_of(
      gone->begin(), gone->end(), [](const Job& job) { return job.notify != nullptr || job.certificate != nullptr; });
  if (has_clients) RunInApartment([gone] { gone->clear(); });
}

void World::Add(Script script) {
  const win::Lock lock(mutex_);
  if (!script.times) {
    scripts_.remove_if(
        [&](const Script& old) { return old.method == script.method && old.job == script.job && !old.times; });
  }
  scripts_.push_back(std::move(script));
}

void World::Remove(std::size_t method) {
  const win::Lock lock(mutex_);
  scripts_.remove_if([&](const Script& script) { return script.method == method; });
}

void World::Without(const std::string& interface_name, HRESULT hr) {
  const win::Lock lock(mutex_);
  without_[interface_name] = hr;
}

void World::SetJobs(std::vector<ItemRef> jobs) {
  std::vector<Job> gone;
  const win::Lock lock(mutex_);
  gone.swap(jobs_);
  for (ItemRef& item : jobs) {
    Job job;
    for (Job& old : gone) {
      if (old.item->id == item->id) std::swap(job, old);
    }
    job.item = std::move(item);
    jobs_.push_back(std::move(job));
  }
}

bool World::SetFiles(const std::u16string& id, std::vector<ItemRef> files) {
  const win::Lock lock(mutex_);
  Job* const job = Find(id);
  if (job == nullptr) return false;
  auto item = std::make_shared<Item>(*job->item);
  item->files = std::move(files);
  job->item = std::move(item);
  return true;
}

void World::SetPeers(std::vector<ItemRef> peers) {
  const win::Lock lock(mutex_);
  peers_ = std::move(peers);
}

void World::SetRecords(std::vector<ItemRef> records) {
  const win::Lock lock(mutex_);
  records_ = std::move(records);
}

std::vector<Record> World::TakeCalls() {
  const win::Lock lock(mutex_);
  std::vector<Record> calls;
  for (const auto& call : calls_) calls.push_back(*call);
  calls_.clear();
  return calls;
}

std::vector<QueryRecord> World::TakeQueries() {
  const win::Lock lock(mutex_);
  return std::exchange(queries_, {});
}

std::vector<std::size_t> World::Blocked() {
  const win::Lock lock(mutex_);
  std::vector<std::size_t> methods;
  for (const auto& call : blocked_) methods.push_back(call->method);
  return methods;
}

void World::Release(std::optional<std::size_t> method) {
  {
    const win::Lock lock(mutex_);
    const auto is_meant = [&](std::size_t one) { return !method || one == *method; };
    scripts_.remove_if([&](const Script& script) { return script.block && is_meant(script.method); });
    blocked_.erase(
        std::remove_if(blocked_.begin(), blocked_.end(), [&](const auto& call) { return is_meant(call->method); }),
        blocked_.end());
  }
  released_.WakeOne();
}

void World::Disconnect(HRESULT hr, const std::optional<std::vector<std::u16string>>& kept) {
  auto gone = std::make_shared<std::vector<Client>>();
  {
    const win::Lock lock(mutex_);
    Break(hr, kept, *gone);
  }
  released_.WakeOne();
  if (!gone->empty()) RunInApartment([gone] { gone->clear(); });
}

void World::Break(HRESULT hr, const std::optional<std::vector<std::u16string>>& kept, std::vector<Client>& gone) {
  ++epoch_;
  lost_ = hr;
  blocked_.clear();
  for (Job& job : jobs_) {
    for (Client Job::* client : {&Job::notify, &Job::certificate}) {
      if (job.*client) gone.push_back(std::move(job.*client));
    }
  }
  if (!kept) return;
  const auto is_gone = [&](const Job& job) {
    return std::find(kept->begin(), kept->end(), job.item->id) == kept->end();
  };
  jobs_.erase(std::remove_if(jobs_.begin(), jobs_.end(), is_gone), jobs_.end());
}

std::optional<std::uint32_t> World::Fire(std::size_t index, const std::u16string& id, Value arguments) {
  const Method& method = kMethods[index];
  const GUID& iid = InterfaceNamed(method.interface_name).iid;
  auto firing = std::make_shared<Firing>(Firing{method, iid, {}, {}, std::move(arguments), {}, {}});
  std::uint32_t number = 0;
  {
    const win::Lock lock(mutex_);
    const Job* const job = Find(id);
    if (job == nullptr) return std::nullopt;
    firing->client = std::string_view(method.name) == "ValidateServerCertificate" ? job->certificate : job->notify;
    if (!firing->client) return std::nullopt;
    for (const Parameter& parameter : method.parameters) {
      if (parameter.kind != Kind::kObject) continue;
      const bool is_job = std::string_view(parameter.of) == "IBackgroundCopyJob";
      firing->objects.push_back(Make(parameter.of, id, is_job ? job->item : nullptr));
    }
    number = ++fire_count_;
    outcomes_[number];
  }

  firing->SetArguments();
  RunInApartment([this, firing, number] {
    const HRESULT hr = firing->Run();
    firing->client.Reset();
    const win::Lock lock(mutex_);
    const auto outcome = outcomes_.find(number);
    if (outcome != outcomes_.end()) outcome->second = hr;
  });
  return number;
}

std::optional<HRESULT> World::Outcome(std::uint32_t number) {
  const win::Lock lock(mutex_);
  const auto found = outcomes_.find(number);
  if (found == outcomes_.end()) return E_ABORT;  // the double has been reset meanwhile
  const std::optional<HRESULT> hr = found->second;
  if (hr) outcomes_.erase(found);
  return hr;
}

std::size_t World::Clients() {
  const win::Lock lock(mutex_);
  std::size_t count = 0;
  for (const Job& job : jobs_) count += (job.notify ? 1U : 0U) + (job.certificate ? 1U : 0U);
  return count;
}

std::size_t World::PasswordsLeft() {
  const win::Lock lock(mutex_);
  return static_cast<std::size_t>(std::count_if(secrets_.begin(), secrets_.end(), [](const Secret& secret) {
    // Only the end: where a heap has taken memory back, it writes over the beginning.
    constexpr std::size_t kEnd = 8;
    const std::size_t length = std::min(secret.text.size(), kEnd);
    const std::u16string end = secret.text.substr(secret.text.size() - length);
    std::u16string now(length, u'\0');
    const auto* const at = static_cast<const char16_t*>(secret.address) + (secret.text.size() - length);
    SIZE_T read = 0;
    return ReadProcessMemory(GetCurrentProcess(), at, now.data(), length * sizeof(char16_t), &read) != FALSE &&
           now == end;
  }));
}

HRESULT World::Query(Object& object, const GUID& iid, Face*& found) {
  const auto face = std::find_if(kInterfaces.begin(), kInterfaces.end(), [&](const Interface& one) {
    return IsEqualGUID(one.iid, iid) != FALSE && object.kind == one.owner;
  });
  const bool known = face != kInterfaces.end();
  std::vector<Client> gone;  // released when the lock is gone
  win::Lock lock(mutex_);
  HRESULT hr = known ? S_OK : E_NOINTERFACE;
  if (known && object.epoch == epoch_) {
    auto call = std::make_shared<Record>();
    call->method = QueryInterfaceMethod();
    const Script script = Take(call->method, object.job);
    Delay(script, call, lock, gone);
    hr = script.hr.value_or(hr);
  }
  const auto without = known ? without_.find(face->name) : without_.end();
  if (without != without_.end()) hr = without->second;
  if (object.epoch != epoch_) hr = lost_;
  if (SUCCEEDED(hr)) found = object.FaceOf(face->root);
  queries_.push_back({object.number, object.kind, object.job, GuidText(iid), known ? face->name : "", hr});
  return hr;
}

std::shared_ptr<Record> World::Note(const Object* object, std::size_t index, const Word* words,
                                    std::vector<Secret>& secrets) {
  const Method& method = kMethods[index];
  auto record = std::make_shared<Record>();
  record->method = index;
  record->thread = GetCurrentThreadId();
  if (object != nullptr) {
    record->object = object->number;
    record->kind = object->kind;
    record->job = object->job;
  }
  for (std::size_t place = 0; place < method.parameters.size(); ++place) {
    const Parameter& parameter = method.parameters[place];
    if (parameter.out) continue;
    Value value = Decode(method, place, words);
    if (value.IsGiven()) record->arguments.emplace_back(parameter.name, std::move(value));
    if (parameter.kind == Kind::kCredentials && PasswordAt(words[place]) != nullptr) {
      const Value* const password = FindField(record->arguments.back().second, "Password");
      const std::u16string text = TextOf(*password);
      if (!text.empty()) secrets.push_back({PasswordAt(words[place]), text});
    }
  }
  return record;
}

HRESULT World::Call(Object* object, std::size_t index, const Word* words, Object** created) {
  std::vector<Secret> secrets;
  const std::shared_ptr<Record> record = Note(object, index, words, secrets);
  Client replaced;  // both are released after the lock
  std::vector<Client> gone;
  win::Lock lock(mutex_);
  record->number = ++call_count_;
  calls_.push_back(record);
  secrets_.insert(secrets_.end(), secrets.begin(), secrets.end());
  const auto is_lost = [&] { return object != nullptr && object->epoch != epoch_; };
  Script script;
  if (!is_lost()) script = Take(index, record->job);
  Delay(script, record, lock, gone);

  const Method& method = kMethods[index];
  Pending call{method, words, object, *record, replaced, script.hr.value_or(S_OK), script.hr.has_value(), {}, {}};
  call.values.resize(method.parameters.size());
  call.pointers.resize(method.parameters.size());
  if (script.disconnect || is_lost()) {
    call.hr = lost_;
  } else {
    call.Answer(script.out);
    if (SUCCEEDED(call.hr)) Act(call);
    if (SUCCEEDED(call.hr) && created != nullptr) *created = new Object("manager", {}, nullptr, epoch_);
  }
  call.Store();
  record->hr = call.hr;
  return call.hr;
}

void World::Pending::Answer(const List& answers) {
  std::size_t next = 0;
  for (std::size_t place = 0; place < values.size() && next < answers.size(); ++place) {
    if (!IsAnswer(method.parameters[place])) continue;
    if (!values[place].IsGiven()) values[place] = answers[next];
    ++next;
  }
}

void World::Pending::Store() const {
  for (std::size_t place = 0; place < values.size(); ++place) {
    if (!IsAnswer(method.parameters[place])) continue;
    Encode(method, place, values[place], words, FAILED(hr));
    if (pointers[place] != nullptr) WritePointer(pointers[place], words[place].pointer);
  }
}

void World::Pending::Give(std::size_t place, Object* made) {
  pointers[place] = made->FaceOf(InterfaceNamed(method.parameters[place].of).root);
}

void World::Delay(const Script& script, const std::shared_ptr<Record>& call, win::Lock& lock,
                  std::vector<Client>& gone) {
  if (script.disconnect) Break(script.hr.value_or(HRESULT_FROM_WIN32(RPC_S_SERVER_UNAVAILABLE)), {}, gone);
  if (script.delay > 0) {
    lock.unlock();
    Sleep(script.delay);
    lock.lock();
  }
  if (!script.block) return;
  blocked_.push_back(call);
  while (std::find(blocked_.begin(), blocked_.end(), call) != blocked_.end()) released_.Wait(lock, kLook);
}

// Scripts for the call's job come first; among those, the ones that are for so many calls only.
Script World::Take(std::size_t method, const std::u16string& job) {
  const auto rank = [&](const Script& script) {
    if (script.method != method || (!script.job.empty() && script.job != job)) return 0;
    return 1 + (script.job.empty() ? 0 : 2) + (script.times ? 1 : 0);
  };
  const auto best = std::max_element(scripts_.begin(), scripts_.end(),
                                     [&](const Script& a, const Script& b) { return rank(a) < rank(b); });
  if (best == scripts_.end() || rank(*best) == 0) return {};
  Script script = *best;
  if (best->times && --*best->times == 0) scripts_.erase(best);
  return script;
}

World::Job* World::Find(const std::u16string& id) {
  const auto found = std::find_if(jobs_.begin(), jobs_.end(), [&](const Job& job) { return job.item->id == id; });
  return found == jobs_.end() ? nullptr : &*found;
}

Object* World::Make(const char* interface_name, const std::u16string& job, ItemRef item) {
  const std::string_view kind = InterfaceNamed(interface_name).owner;
  const Job* const of = Find(job);
  if (!item && kind == "file" && of != nullptr && !of->item->files.empty()) item = of->item->files.front();
  auto* const object = new Object(kind, kind == "job" && item ? item->id : job, item, epoch_);
  if (kind == "enumJobs") {
    for (const Job& one : jobs_) object->items.push_back(one.item);
  } else if (kind == "enumFiles" && of != nullptr) {
    object->items = of->item->files;
  } else if (kind == "enumPeers") {
    object->items = peers_;
  } else if (kind == "enumRecords") {
    object->items = records_;
  }
  return object;
}

// What the double does by itself, by method. The others only give zeros, and an object where one is wanted.
struct World::Action {
  std::string_view method;
  void (World::*act)(Pending& call);
};

void World::Act(Pending& call) {
  static constexpr Action kActions[] = {
      {"CreateJob", &World::CreateJob},
      {"GetJob", &World::GetJob},
      {"GetRecord", &World::GetRecord},
      {"GetId", &World::GetId},
      {"AddFileSet", &World::AddFiles},
      {"AddFile", &World::AddFiles},
      {"AddFileWithRanges", &World::AddFiles},
      {"SetNotifyInterface", &World::SetClient<&Job::notify>},
      {"SetServerCertificateValidationInterface", &World::SetClient<&Job::certificate>},
      {"GetNotifyInterface", &World::GetNotifyInterface},
      {"Next", &World::Next},
      {"Skip", &World::Skip},
      {"Reset", &World::Restart},
      {"Clone", &World::Clone},
      {"GetCount", &World::GetCount},
  };
  if (call.object == nullptr) return;
  const auto said = call.object->item->answers.find(call.method.name);
  if (said != call.object->item->answers.end()) call.Answer(said->second);

  const auto* const action = std::find_if(std::begin(kActions), std::end(kActions),
                                          [&](const Action& one) { return one.method == call.method.name; });
  if (action != std::end(kActions)) (this->*action->act)(call);
  if (FAILED(call.hr)) return;
  for (std::size_t place = 0; place < call.values.size(); ++place) {
    const Parameter& parameter = call.method.parameters[place];
    const bool is_wanted = parameter.out && parameter.kind == Kind::kObject && !call.values[place].IsGiven();
    if (is_wanted && call.pointers[place] == nullptr) call.Give(place, Make(parameter.of, call.object->job, nullptr));
  }
}

void World::CreateJob(Pending& call) {
  Value& id = call.values[2];
  if (!id.IsGiven()) id.is = NewId();
  auto item = std::make_shared<Item>();
  item->id = GuidText(ParseGuid(TextOf(id)).value_or(GUID{}));
  jobs_.push_back({item, {}, {}});
  if (!call.values[3].IsGiven()) call.Give(3, Make("IBackgroundCopyJob", item->id, item));
}

void World::GetJob(Pending& call) {
  const std::u16string id = TextOf(*Argument(call.record, "jobID"));
  const Job* const found = Find(id);
  if (found == nullptr && !call.scripted) {
    call.hr = kNotFound;
  } else if (!call.values[1].IsGiven()) {
    call.Give(1, Make("IBackgroundCopyJob", id, found == nullptr ? nullptr : found->item));
  }
}

void World::GetRecord(Pending& call) {
  const std::u16string id = TextOf(*Argument(call.record, "id"));
  ItemRef item = ItemNamed(records_, id);
  if (!item) {
    auto fresh = std::make_shared<Item>();
    fresh->id = id;
    item = std::move(fresh);
  }
  if (!call.values[1].IsGiven()) call.Give(1, Make("IBitsPeerCacheRecord", {}, item));
}

void World::GetId(Pending& call) {
  const Object& object = *call.object;
  if (!call.values[0].IsGiven()) call.values[0].is = object.kind == "job" ? object.job : object.item->id;
}

void World::AddFiles(Pending& call) {
  Job* const job = Find(call.object->job);
  if (job == nullptr) return;
  auto item = std::make_shared<Item>(*job->item);
  if (const Value* const set = Argument(call.record, "pFileSet"); set == nullptr) {
    item->files.push_back(NewFile(*Argument(call.record, "RemoteUrl"), *Argument(call.record, "LocalName")));
  } else if (const auto* const list = set->As<List>(); list != nullptr) {
    for (const Value& one : *list) {
      item->files.push_back(NewFile(*FindField(one, "RemoteName"), *FindField(one, "LocalName")));
    }
  }
  job->item = std::move(item);
}

template <Client World::Job::* kClient>
void World::SetClient(Pending& call) {
  Job* const job = Find(call.object->job);
  if (job == nullptr) return;
  call.replaced = std::exchange(job->*kClient, Client(static_cast<IUnknown*>(call.words[0].pointer)));
}

void World::GetNotifyInterface(Pending& call) {
  Value& script = call.values[0];
  if (const Value* const answer = FindField(script, "QueryInterface"); answer != nullptr) {
    const Value* const delay = FindField(script, "delayMs");
    call.pointers[0] = new Stranger(static_cast<HRESULT>(NumberOf(*answer)),
                                    delay == nullptr ? 0 : static_cast<DWORD>(NumberOf(*delay)));
  } else if (!script.IsGiven()) {
    Job* const job = Find(call.object->job);
    Client client = job == nullptr ? nullptr : job->notify;
    call.pointers[0] = client.Detach();
    script.is = nullptr;  // when nobody is registered there is no object, and none is made
  }
}

// How many items an enumerator's Next or Skip has: as many as were asked for, if there are.
std::size_t World::Advance(Pending& call) {
  const Object& object = *call.object;
  const std::size_t wanted = call.words[0].number;
  const std::size_t count = std::min(wanted, object.items.size() - object.next);
  if (!call.scripted && count < wanted) call.hr = S_FALSE;
  return count;
}

void World::Next(Pending& call) {
  Object& object = *call.object;
  const std::size_t count = Advance(call);
  auto** const to = static_cast<void**>(call.words[1].pointer);
  for (std::size_t i = 0; i < count; ++i) {
    call.Give(1, Make(call.method.parameters[1].of, object.job, object.items[object.next++]));
    to[i] = std::exchange(call.pointers[1], nullptr);
  }
  WriteCount(call.words[2], count);
}

void World::Skip(Pending& call) { call.object->next += Advance(call); }

void World::Restart(Pending& call) { call.object->next = 0; }

void World::Clone(Pending& call) {
  Object* const clone = Make(call.method.parameters[0].of, call.object->job, nullptr);
  clone->items = call.object->items;
  clone->next = call.object->next;
  call.Give(0, clone);
}

void World::GetCount(Pending& call) {
  if (!call.values[0].IsGiven()) call.values[0].is = static_cast<std::uint32_t>(call.object->items.size());
}

}  // namespace bits_double
