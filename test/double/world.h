// The state of the double: its jobs, the scripts by which it answers, and the calls that were made. Tests change it
// from the JavaScript thread while COM threads call in.
#pragma once

#include <wrl/client.h>

#include <deque>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "object.h"
#include "win/sync.h"

namespace bits_double {

using Client = Microsoft::WRL::ComPtr<IUnknown>;

// One method's answer, as a test wants it.
struct Script {
  std::size_t method = 0;
  std::u16string job;  // only calls for this job
  std::optional<HRESULT> hr;
  List out;                       // one for each answer of the method (IsAnswer)
  DWORD delay = 0;                // milliseconds
  bool block = false;             // until released
  std::optional<unsigned> times;  // default: always
  bool disconnect = false;        // the connection breaks in this call
};

// One call that was made.
struct Record {
  std::uint64_t number = 0;  // in the order they began
  std::uint64_t object = 0;
  std::string kind;
  std::u16string job;
  std::size_t method = 0;
  Fields arguments;
  DWORD thread = 0;
  std::optional<HRESULT> hr;  // once it has been answered
};

struct QueryRecord {
  std::uint64_t object = 0;
  std::string kind;
  std::u16string job;
  std::u16string iid;
  std::string interface_name;  // empty when it is none of BITS
  HRESULT hr = S_OK;
};

class World {
 public:
  [[nodiscard]] static World& Get();

  // For tests.
  void Reset();
  void Add(Script script);
  void Remove(std::size_t method);
  void Without(const std::string& interface_name, HRESULT hr);
  void SetJobs(std::vector<ItemRef> jobs);
  [[nodiscard]] bool SetFiles(const std::u16string& id, std::vector<ItemRef> files);
  void SetPeers(std::vector<ItemRef> peers);
  void SetRecords(std::vector<ItemRef> records);
  [[nodiscard]] std::vector<Record> TakeCalls();
  [[nodiscard]] std::vector<QueryRecord> TakeQueries();
  [[nodiscard]] std::vector<std::size_t> Blocked();
  // The calls of a method that wait, or of all, go on, and no later ones wait.
  void Release(std::optional<std::size_t> method);
  // Every object there is answers `hr` from now on. Jobs not in `kept` are gone.
  void Disconnect(HRESULT hr, const std::optional<std::vector<std::u16string>>& kept);
  // Calls the job's client on a thread of its own; the result is found under the number returned, once there is one.
  // Nothing when the job has no client.
  [[nodiscard]] std::optional<std::uint32_t> Fire(std::size_t index, const std::u16string& id, Value arguments);
  [[nodiscard]] std::optional<HRESULT> Outcome(std::uint32_t number);
  [[nodiscard]] std::size_t Clients();
  // Passwords that still stand where they were when they were passed.
  [[nodiscard]] std::size_t PasswordsLeft();

  // For the objects.
  HRESULT Query(Object& object, const GUID& iid, Face*& found);
  HRESULT Call(Object* object, std::size_t index, const Word* words, Object** created = nullptr);

 private:
  struct Job {
    ItemRef item;
    Client notify;
    Client certificate;
  };
  struct Secret {
    const void* address;
    std::u16string text;
  };
  struct Pending {  // a call that is being answered
    const Method& method;
    const Word* words;
    Object* object;
    const Record& record;
    Client& replaced;  // to be released without the lock
    HRESULT hr;
    bool scripted;  // the test decided on hr
    std::vector<Value> values;
    std::vector<void*> pointers;

    // Takes values for the answers that have none yet.
    void Answer(const List& answers);
    void Give(std::size_t place, Object* made);
    // Writes the answers to where the caller wants them.
    void Store() const;
  };
  struct Action;

  [[nodiscard]] static std::shared_ptr<Record> Note(const Object* object, std::size_t index, const Word* words,
                                                    std::vector<Secret>& secrets);

  // All of these under the lock. What is put in `gone` is to be released without it.
  Script Take(std::size_t method, const std::u16string& job);
  // What a script does before the answer: the connection breaks, time passes.
  void Delay(const Script& script, const std::shared_ptr<Record>& call, win::Lock& lock, std::vector<Client>& gone);
  Job* Find(const std::u16string& id);
  void Break(HRESULT hr, const std::optional<std::vector<std::u16string>>& kept, std::vector<Client>& gone);
  [[nodiscard]] Object* Make(const char* interface_name, const std::u16string& job, ItemRef item);

  // What the double does by itself, beyond giving zeros.
  void Act(Pending& call);
  void CreateJob(Pending& call);
  void GetJob(Pending& call);
  void GetRecord(Pending& call);
  void GetId(Pending& call);
  void AddFiles(Pending& call);
  template <Client Job::* kClient>
  void SetClient(Pending& call);
  void GetNotifyInterface(Pending& call);
  static std::size_t Advance(Pending& call);
  void Next(Pending& call);
  void Skip(Pending& call);
  void Restart(Pending& call);
  void Clone(Pending& call);
  void GetCount(Pending& call);

  win::Mutex mutex_;
  win::Condition released_;
  unsigned epoch_ = 0;
  HRESULT lost_ = S_OK;  // what objects of former epochs answer
  std::vector<Job> jobs_;
  std::vector<ItemRef> peers_;
  std::vector<ItemRef> records_;
  std::list<Script> scripts_;
  std::map<std::string, HRESULT> without_;
  std::deque<std::shared_ptr<Record>> calls_;
  std::vector<QueryRecord> queries_;
  std::vector<std::shared_ptr<Record>> blocked_;
  std::vector<Secret> secrets_;
  std::uint64_t call_count_ = 0;
  std::uint32_t fire_count_ = 0;
  std::map<std::uint32_t, std::optional<HRESULT>> outcomes_;
};

}  // namespace bits_double
