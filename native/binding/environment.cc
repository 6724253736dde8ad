#include "binding/environment.h"

namespace binding {

Environment& Environment::Of(Napi::Env env) {
  auto* known = env.GetInstanceData<Environment>();
  if (known == nullptr) {
    known = new Environment(env);
    env.SetInstanceData(known);  // which deletes it when the environment has ended
  }
  return *known;
}

// The hook is added after the channel was opened, so it runs before the channel's own: they run last in, first out.
Environment::Environment(Napi::Env env)
    : channel_(Channel::Open(env)), pool_(std::make_shared<win::ComPool>()), calls_(channel_, pool_) {
  napi_add_env_cleanup_hook(env, &Environment::CleanUp, this);
}

Environment::~Environment() {
  functions_.Abandon();
  calls_.Forget();
  pool_->Close();
}

// Calls under way end on their own threads, and what they would have delivered is dropped. Only jobs that are being
// made are waited for, briefly.
void Environment::CleanUp(void* self) noexcept {
  auto* const environment = static_cast<Environment*>(self);
  environment->calls_.End();
  environment->channel_->Close();
  environment->pool_->Close();
}

}  // namespace binding
