// What is exported beside the method table: the way in, and what system this is.
#pragma once

#include <napi.h>

namespace binding {

// `version`: that of the package the binary was built from.
// `openManager(clsid?, context?)`: a handle of kind manager; nothing is called yet.
// `releaseManager(handle)`: lets go of the service; what is called later connects again.
// `abandon(promise)`: see binding/call.h.
// `answerCertificate(verdict, accept)`: see binding/listener.h.
// `systemInfo()`: `{ windows, wine, restrictedToken }`.
void ExportHost(Napi::Env env, Napi::Object exports);

}  // namespace binding
