#include "binding/methods.h"

#include "binding/call.h"
#include "binding/method.h"

namespace binding {
namespace {

using bits::Object;
using bits::Repeat;

// What must not be done twice when it is not known whether it was done once is marked `Repeat::kNo`.

constexpr Method kManager[] = {
    Bind<&bits::Connect>("connect"),
    Bind<&bits::CreateJob>("createJob", Repeat::kNo),
    Bind<&bits::GetJob>("getJob"),
    Bind<&bits::EnumJobs>("enumJobs"),
    Bind<&IBackgroundCopyManager::GetErrorDescription>("getErrorDescription"),
};

constexpr Method kJob[] = {
    Bind<&bits::AddFileSet>("addFileSet", Repeat::kNo),
    Bind<&IBackgroundCopyJob::AddFile>("addFile", Repeat::kNo),
    Bind<&bits::EnumFiles>("enumFiles"),
    Bind<&IBackgroundCopyJob::Suspend>("suspend"),
    Bind<&IBackgroundCopyJob::Resume>("resume"),
    Bind<&IBackgroundCopyJob::Cancel>("cancel", Repeat::kNo),
    Bind<&IBackgroundCopyJob::Complete>("complete", Repeat::kNo),
    Bind<&IBackgroundCopyJob::GetId>("getId"),
    Bind<&IBackgroundCopyJob::GetType>("getType"),
    Bind<&IBackgroundCopyJob::GetProgress>("getProgress"),
    Bind<&IBackgroundCopyJob::GetTimes>("getTimes"),
    Bind<&IBackgroundCopyJob::GetState>("getState"),
    Bind<&bits::GetError>("getError"),
    Bind<&IBackgroundCopyJob::SetDisplayName>("setDisplayName"),
    Bind<&IBackgroundCopyJob::GetDisplayName>("getDisplayName"),
    Bind<&IBackgroundCopyJob::SetDescription>("setDescription"),
    Bind<&IBackgroundCopyJob::GetDescription>("getDescription"),
    Bind<&IBackgroundCopyJob::SetPriority>("setPriority"),
    Bind<&IBackgroundCopyJob::GetPriority>("getPriority"),
};

constexpr Method kFile[] = {
    Bind<&IBackgroundCopyFile::GetRemoteName>("getRemoteName"),
    Bind<&IBackgroundCopyFile::GetLocalName>("getLocalName"),
    Bind<&IBackgroundCopyFile::GetProgress>("getProgress"),
};

constexpr Method kError[] = {
    Bind<&IBackgroundCopyError::GetError>("getError"),
    Bind<&bits::GetFile>("getFile"),
    Bind<&IBackgroundCopyError::GetErrorDescription>("getErrorDescription"),
    Bind<&IBackgroundCopyError::GetErrorContextDescription>("getErrorContextDescription"),
    Bind<&IBackgroundCopyError::GetProtocol>("getProtocol"),
};

// Every row of the table is called through here, with the row as callback data.
template <Object::Kind kKind>
Napi::Value Invoke(const Napi::CallbackInfo& info) {
  const auto& method = *static_cast<const Method*>(info.Data());
  Object::Ref object = ReadHandle({info[0], 0}, kKind);
  return StartCall(info.Env(), method, std::move(object), method.read(info));
}

template <Object::Kind kKind, std::size_t kCount>
void Export(Napi::Object exports, const char* name, const Method (&methods)[kCount]) {
  const Napi::Env env = exports.Env();
  Napi::Object group = Napi::Object::New(env);
  for (const Method& method : methods) {
    group.Set(method.name,
              Napi::Function::New<&Invoke<kKind>>(env, method.name, const_cast<Method*>(&method)));
  }
  exports.Set(name, group);
}

}  // namespace

void ExportMethods(Napi::Env, Napi::Object exports) {
  Export<Object::Kind::kManager>(exports, "manager", kManager);
  Export<Object::Kind::kJob>(exports, "job", kJob);
  Export<Object::Kind::kFile>(exports, "file", kFile);
  Export<Object::Kind::kError>(exports, "error", kError);
}

}  // namespace binding
