#include "binding/listener.h"

#include <utility>

#include "binding/environment.h"

namespace binding {
namespace {

constexpr napi_type_tag kVerdictTag = {0x3b1fd64c97ea4d58, 0xa16c02f7d98345be};
constexpr DWORD kJudgeLimit = 30000;  // milliseconds; TypeScript's own limit is shorter

// Holds on to one function of an environment, from any thread.
class FunctionLink {
 public:
  FunctionLink(std::shared_ptr<Channel> channel, std::uint32_t id) : channel_(std::move(channel)), id_(id) {}
  ~FunctionLink();
  FunctionLink(const FunctionLink&) = delete;
  FunctionLink& operator=(const FunctionLink&) = delete;

  [[nodiscard]] std::uint32_t id() const noexcept { return id_; }
  [[nodiscard]] Channel& channel() const noexcept { return *channel_; }

 private:
  const std::shared_ptr<Channel> channel_;
  const std::uint32_t id_;
};

class DropDelivery final : public Delivery {
 public:
  explicit DropDelivery(std::uint32_t id) : id_(id) {}
  void Finish(Napi::Env env) override { Environment::Of(env).functions().Drop(id_); }

 private:
  const std::uint32_t id_;
};

FunctionLink::~FunctionLink() {
  try {
    channel_->Send(std::make_unique<DropDelivery>(id_));
  } catch (...) {
    // Out of memory: the function stays until the environment ends.
  }
}

class NoticeDelivery final : public Delivery {
 public:
  NoticeDelivery(std::uint32_t id, bits::Notice notice) : id_(id), notice_(std::move(notice)) {}

  void Finish(Napi::Env env) override {
    Napi::Object notice = Napi::Object::New(env);
    notice.Set("type", notice_.type);
    if (notice_.file) notice.Set("file", Write(env, notice_.file));
    if (notice_.error) notice.Set("error", Write(env, notice_.error));
    if (!notice_.ranges.empty()) notice.Set("ranges", Write(env, notice_.ranges));
    Environment::Of(env).functions().Call(id_, env, {notice});
  }

 private:
  const std::uint32_t id_;
  const bits::Notice notice_;
};

class FunctionListener final : public bits::Listener {
 public:
  explicit FunctionListener(std::unique_ptr<FunctionLink> link) : link_(std::move(link)) {}

  void Notify(bits::Notice notice) noexcept override {
    try {
      link_->channel().Send(std::make_unique<NoticeDelivery>(link_->id(), std::move(notice)));
    } catch (...) {
      // Out of memory: the callback is lost. BITS loses some, too, and listeners do not rely on them.
    }
  }

 private:
  const std::unique_ptr<FunctionLink> link_;
};

// The function's answer, and the wait for it. The certificate is refused when the function is never called, never
// answers, or answers too late.
class Verdict {
 public:
  // Only the first answer counts.
  void Answer(bool accept) noexcept {
    {
      const win::Lock lock(mutex_);
      if (given_) return;
      given_ = true;
      accept_ = accept;
    }
    given_changed_.WakeOne();
  }

  [[nodiscard]] bool Wait(DWORD limit) noexcept {
    const ULONGLONG end = GetTickCount64() + limit;
    win::Lock lock(mutex_);
    for (ULONGLONG now = GetTickCount64(); !given_ && now < end; now = GetTickCount64()) {
      given_changed_.Wait(lock, static_cast<DWORD>(end - now));
    }
    given_ = true;  // an answer that comes later does not count
    return accept_;
  }

 private:
  win::Mutex mutex_;
  win::Condition given_changed_;
  bool given_ = false;
  bool accept_ = false;
};

class CertificateDelivery final : public Delivery {
 public:
  CertificateDelivery(std::uint32_t id, bits::CertificateRequest request, std::shared_ptr<Verdict> verdict)
      : id_(id), request_(std::move(request)), verdict_(std::move(verdict)) {}
  ~CertificateDelivery() override {
    if (!asked_) verdict_->Answer(false);  // the environment has ended, or the function is gone
  }
  CertificateDelivery(const CertificateDelivery&) = delete;
  CertificateDelivery& operator=(const CertificateDelivery&) = delete;

  void Finish(Napi::Env env) override {
    using Handle = Napi::External<std::shared_ptr<Verdict>>;
    Napi::Object request = Napi::Object::New(env);
    request.Set("certificate", Write(env, request_.certificate));
    request.Set("encoding", Write(env, request_.encoding));
    request.Set("store", Write(env, request_.store));
    if (request_.file) request.Set("file", Write(env, request_.file));
    auto held = std::make_unique<std::shared_ptr<Verdict>>(verdict_);
    Handle verdict = Handle::New(env, held.get(), [](Napi::BasicEnv, std::shared_ptr<Verdict>* collected) {
      (*collected)->Answer(false);  // nobody can answer any more
      delete collected;
    });
    static_cast<void>(held.release());
    verdict.TypeTag(&kVerdictTag);
    asked_ = true;
    Environment::Of(env).functions().Call(id_, env, {request, verdict});
  }

 private:
  const std::uint32_t id_;
  const bits::CertificateRequest request_;
  const std::shared_ptr<Verdict> verdict_;
  bool asked_ = false;
};

class FunctionJudge final : public bits::CertificateJudge {
 public:
  explicit FunctionJudge(std::unique_ptr<FunctionLink> link) : link_(std::move(link)) {}

  HRESULT Judge(bits::CertificateRequest request) noexcept override {
    try {
      const auto verdict = std::make_shared<Verdict>();
      link_->channel().Send(std::make_unique<CertificateDelivery>(link_->id(), std::move(request), verdict));
      return verdict->Wait(kJudgeLimit) ? S_OK : TRUST_E_SUBJECT_NOT_TRUSTED;
    } catch (...) {
      return E_OUTOFMEMORY;
    }
  }

 private:
  const std::unique_ptr<FunctionLink> link_;
};

template <class Made, class Given>
void ReadFunction(const Argument& from, std::shared_ptr<Given>& to) {
  to.reset();
  if (from.value.IsNull()) return;
  if (!from.value.IsFunction()) from.Refuse("a function or null");
  Environment& environment = Environment::Of(from.value.Env());
  const std::uint32_t id = environment.functions().Keep(from.value.As<Napi::Function>());
  to = std::make_shared<Made>(std::make_unique<FunctionLink>(environment.channel(), id));
}

}  // namespace

std::uint32_t Functions::Keep(const Napi::Function& function) {
  functions_.emplace(++last_, Napi::Persistent(function));
  return last_;
}

void Functions::Call(std::uint32_t id, Napi::Env env, const std::vector<napi_value>& arguments) const {
  const auto found = functions_.find(id);
  if (found != functions_.end()) found->second.Call(env.Undefined(), arguments);
}

void Functions::Abandon() {
  for (auto& [id, function] : functions_) function.SuppressDestruct();
  functions_.clear();
}

void Read(const Argument& from, std::shared_ptr<bits::Listener>& to) { ReadFunction<FunctionListener>(from, to); }

void Read(const Argument& from, std::shared_ptr<bits::CertificateJudge>& to) { ReadFunction<FunctionJudge>(from, to); }

Napi::Value AnswerCertificate(const Napi::CallbackInfo& info) {
  const Argument handle = {info[0], 0};
  bool accept = false;
  Read({info[1], 1}, accept);
  if (!handle.value.IsExternal()) handle.Refuse("a verdict");
  const auto verdict = handle.value.As<Napi::External<std::shared_ptr<Verdict>>>();
  if (!verdict.CheckTypeTag(&kVerdictTag)) handle.Refuse("a verdict");
  (*verdict.Data())->Answer(accept);
  return info.Env().Undefined();
}

}  // namespace binding
