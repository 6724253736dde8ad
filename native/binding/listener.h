// JavaScript functions that BITS calls, by way of the COM objects in bits/callbacks.h.
#pragma once

#include <napi.h>

#include <map>
#include <memory>

#include "binding/channel.h"
#include "binding/values.h"
#include "bits/callbacks.h"

namespace binding {

// The functions of one environment. Native threads know them by number: a reference to a function may be touched on the
// JavaScript thread only.
class Functions {
 public:
  [[nodiscard]] std::uint32_t Keep(const Napi::Function& function);
  void Drop(std::uint32_t id) { functions_.erase(id); }
  // Does nothing when the function is gone.
  void Call(std::uint32_t id, Napi::Env env, const std::vector<napi_value>& arguments) const;
  // At the end of the environment, which frees the references itself.
  void Abandon();

 private:
  std::map<std::uint32_t, Napi::FunctionReference> functions_;
  std::uint32_t last_ = 0;
};

// A function, or null to withdraw the callback.
void Read(const Argument& from, std::shared_ptr<bits::Listener>& to);
void Read(const Argument& from, std::shared_ptr<bits::CertificateJudge>& to);

// `answerCertificate(verdict, accept)`: what a judge's function must call, once. Later calls change nothing.
Napi::Value AnswerCertificate(const Napi::CallbackInfo& info);

}  // namespace binding
