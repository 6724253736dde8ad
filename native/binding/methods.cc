#include "binding/methods.h"

#include "binding/call.h"
#include "binding/listener.h"
#include "binding/method.h"
#include "bits/new_job.h"

namespace binding {
namespace {

using bits::Object;
using bits::Repeat;

// `Repeat::kNo`: if the connection breaks and it is not known whether the call was executed, it is not made again.

constexpr Method kManager[] = {
    Bind<&bits::Connect>("connect"),
    Bind<&bits::Interfaces>("interfaces"),
    Bind<&bits::CreateJob>("createJob", Repeat::kNo),
    Bind<&bits::Probe>("probe", Repeat::kNo),
    Bind<&bits::GetJob>("getJob"),
    Bind<&bits::EnumJobs>("enumJobs"),
    Bind<&bits::JobSnapshots>("jobSnapshots"),
    Apart(Bind<&bits::JobChanges>("jobChanges")),
    Bind<&IBackgroundCopyManager::GetErrorDescription>("getErrorDescription"),
};

constexpr Method kJob[] = {
    Bind<&bits::Interfaces>("interfaces"),
    Bind<&bits::Snapshot>("snapshot"),
    Bind<&bits::FileSnapshots>("fileSnapshots"),

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
    Bind<&IBackgroundCopyJob::GetOwner>("getOwner"),
    Bind<&IBackgroundCopyJob::SetDisplayName>("setDisplayName"),
    Bind<&IBackgroundCopyJob::GetDisplayName>("getDisplayName"),
    Bind<&IBackgroundCopyJob::SetDescription>("setDescription"),
    Bind<&IBackgroundCopyJob::GetDescription>("getDescription"),
    Bind<&IBackgroundCopyJob::SetPriority>("setPriority"),
    Bind<&IBackgroundCopyJob::GetPriority>("getPriority"),
    Bind<&IBackgroundCopyJob::SetNotifyFlags>("setNotifyFlags"),
    Bind<&IBackgroundCopyJob::GetNotifyFlags>("getNotifyFlags"),
    Bind<&bits::SetNotifyInterface>("setNotifyInterface"),
    Bind<&bits::GetNotifyInterface>("getNotifyInterface"),
    Bind<&IBackgroundCopyJob::SetMinimumRetryDelay>("setMinimumRetryDelay"),
    Bind<&IBackgroundCopyJob::GetMinimumRetryDelay>("getMinimumRetryDelay"),
    Bind<&IBackgroundCopyJob::SetNoProgressTimeout>("setNoProgressTimeout"),
    Bind<&IBackgroundCopyJob::GetNoProgressTimeout>("getNoProgressTimeout"),
    Bind<&IBackgroundCopyJob::GetErrorCount>("getErrorCount"),
    Bind<&IBackgroundCopyJob::SetProxySettings>("setProxySettings"),
    Bind<&IBackgroundCopyJob::GetProxySettings>("getProxySettings"),
    Bind<&IBackgroundCopyJob::TakeOwnership>("takeOwnership"),

    Bind<&IBackgroundCopyJob2::SetNotifyCmdLine>("setNotifyCmdLine"),
    Bind<&IBackgroundCopyJob2::GetNotifyCmdLine>("getNotifyCmdLine"),
    Bind<&IBackgroundCopyJob2::GetReplyProgress>("getReplyProgress"),
    Bind<&bits::GetReplyData>("getReplyData"),
    Bind<&IBackgroundCopyJob2::SetReplyFileName>("setReplyFileName"),
    Bind<&IBackgroundCopyJob2::GetReplyFileName>("getReplyFileName"),
    Bind<&bits::SetCredentials>("setCredentials"),
    Bind<&IBackgroundCopyJob2::RemoveCredentials>("removeCredentials"),

    Bind<&IBackgroundCopyJob3::ReplaceRemotePrefix>("replaceRemotePrefix", Repeat::kNo),
    Bind<&bits::AddFileWithRanges>("addFileWithRanges", Repeat::kNo),
    Bind<&IBackgroundCopyJob3::SetFileACLFlags>("setFileACLFlags"),
    Bind<&IBackgroundCopyJob3::GetFileACLFlags>("getFileACLFlags"),

    Bind<&IBackgroundCopyJob4::SetPeerCachingFlags>("setPeerCachingFlags"),
    Bind<&IBackgroundCopyJob4::GetPeerCachingFlags>("getPeerCachingFlags"),
    Bind<&IBackgroundCopyJob4::GetOwnerIntegrityLevel>("getOwnerIntegrityLevel"),
    Bind<&IBackgroundCopyJob4::GetOwnerElevationState>("getOwnerElevationState"),
    Bind<&IBackgroundCopyJob4::SetMaximumDownloadTime>("setMaximumDownloadTime"),
    Bind<&IBackgroundCopyJob4::GetMaximumDownloadTime>("getMaximumDownloadTime"),

    Bind<&IBackgroundCopyJob5::SetProperty>("setProperty"),
    Bind<&IBackgroundCopyJob5::GetProperty>("getProperty"),

    Bind<&bits::SetClientCertificateByID>("setClientCertificateByID"),
    Bind<&IBackgroundCopyJobHttpOptions::SetClientCertificateByName>("setClientCertificateByName"),
    Bind<&IBackgroundCopyJobHttpOptions::RemoveClientCertificate>("removeClientCertificate"),
    Bind<&bits::GetClientCertificate>("getClientCertificate"),
    Bind<&IBackgroundCopyJobHttpOptions::SetCustomHeaders>("setCustomHeaders"),
    Bind<&IBackgroundCopyJobHttpOptions::GetCustomHeaders>("getCustomHeaders"),
    Bind<&IBackgroundCopyJobHttpOptions::SetSecurityFlags>("setSecurityFlags"),
    Bind<&IBackgroundCopyJobHttpOptions::GetSecurityFlags>("getSecurityFlags"),
    Bind<&IBackgroundCopyJobHttpOptions2::SetHttpMethod>("setHttpMethod"),
    Bind<&IBackgroundCopyJobHttpOptions2::GetHttpMethod>("getHttpMethod"),
    Bind<&bits::SetServerCertificateValidationInterface>("setServerCertificateValidationInterface"),
    Bind<&IBackgroundCopyJobHttpOptions3::MakeCustomHeadersWriteOnly>("makeCustomHeadersWriteOnly"),

    Bind<&IBitsTokenOptions::SetHelperTokenFlags>("setHelperTokenFlags"),
    Bind<&IBitsTokenOptions::GetHelperTokenFlags>("getHelperTokenFlags"),
    Bind<&IBitsTokenOptions::SetHelperToken>("setHelperToken"),
    Bind<&IBitsTokenOptions::ClearHelperToken>("clearHelperToken"),
    Bind<&IBitsTokenOptions::GetHelperTokenSid>("getHelperTokenSid"),
};

constexpr Method kFile[] = {
    Bind<&bits::Interfaces>("interfaces"),
    Bind<&IBackgroundCopyFile::GetRemoteName>("getRemoteName"),
    Bind<&IBackgroundCopyFile::GetLocalName>("getLocalName"),
    Bind<&IBackgroundCopyFile::GetProgress>("getProgress"),
    Bind<&bits::GetFileRanges>("getFileRanges"),
    Bind<&IBackgroundCopyFile2::SetRemoteName>("setRemoteName"),
    Bind<&IBackgroundCopyFile3::GetTemporaryName>("getTemporaryName"),
    Bind<&IBackgroundCopyFile3::SetValidationState>("setValidationState"),
    Bind<&IBackgroundCopyFile3::GetValidationState>("getValidationState"),
    Bind<&IBackgroundCopyFile3::IsDownloadedFromPeer>("isDownloadedFromPeer"),
    Bind<&IBackgroundCopyFile4::GetPeerDownloadStats>("getPeerDownloadStats"),
    Bind<&bits::SetFileProperty>("setProperty"),
    Bind<&bits::GetFileProperty>("getProperty"),
    Bind<&IBackgroundCopyFile6::UpdateDownloadPosition>("updateDownloadPosition"),
    Bind<&bits::RequestFileRanges>("requestFileRanges"),
    Bind<&bits::GetFilledFileRanges>("getFilledFileRanges"),
};

constexpr Method kError[] = {
    Bind<&IBackgroundCopyError::GetError>("getError"),
    Bind<&bits::GetFile>("getFile"),
    Bind<&IBackgroundCopyError::GetErrorDescription>("getErrorDescription"),
    Bind<&IBackgroundCopyError::GetErrorContextDescription>("getErrorContextDescription"),
    Bind<&IBackgroundCopyError::GetProtocol>("getProtocol"),
};

// The manager again, by another of its interfaces.
constexpr Method kPeerCache[] = {
    Bind<&IBitsPeerCacheAdministration::GetMaximumCacheSize>("getMaximumCacheSize"),
    Bind<&IBitsPeerCacheAdministration::SetMaximumCacheSize>("setMaximumCacheSize"),
    Bind<&IBitsPeerCacheAdministration::GetMaximumContentAge>("getMaximumContentAge"),
    Bind<&IBitsPeerCacheAdministration::SetMaximumContentAge>("setMaximumContentAge"),
    Bind<&IBitsPeerCacheAdministration::GetConfigurationFlags>("getConfigurationFlags"),
    Bind<&IBitsPeerCacheAdministration::SetConfigurationFlags>("setConfigurationFlags"),
    Bind<&bits::EnumRecords>("enumRecords"),
    Bind<&bits::GetRecord>("getRecord"),
    Bind<&IBitsPeerCacheAdministration::ClearRecords>("clearRecords"),
    Bind<&IBitsPeerCacheAdministration::DeleteRecord>("deleteRecord"),
    Bind<&IBitsPeerCacheAdministration::DeleteUrl>("deleteUrl"),
    Bind<&bits::EnumPeers>("enumPeers"),
    Bind<&IBitsPeerCacheAdministration::ClearPeers>("clearPeers"),
    Bind<&IBitsPeerCacheAdministration::DiscoverPeers>("discoverPeers"),
};

constexpr Method kRecord[] = {
    Bind<&IBitsPeerCacheRecord::GetId>("getId"),
    Bind<&IBitsPeerCacheRecord::GetOriginUrl>("getOriginUrl"),
    Bind<&IBitsPeerCacheRecord::GetFileSize>("getFileSize"),
    Bind<&IBitsPeerCacheRecord::GetFileModificationTime>("getFileModificationTime"),
    Bind<&IBitsPeerCacheRecord::GetLastAccessTime>("getLastAccessTime"),
    Bind<&IBitsPeerCacheRecord::IsFileValidated>("isFileValidated"),
    Bind<&bits::GetRecordRanges>("getFileRanges"),
};

constexpr Method kPeer[] = {
    Bind<&IBitsPeer::GetPeerName>("getPeerName"),
    Bind<&IBitsPeer::IsAuthenticated>("isAuthenticated"),
    Bind<&IBitsPeer::IsAvailable>("isAvailable"),
};

// Every row of the table is called through here, with the row as callback data.
template <Object::Kind kKind>
Napi::Value Invoke(const Napi::CallbackInfo& info) {
  const auto& method = *static_cast<const Method*>(info.Data());
  Object::Ref object = ReadHandle({info[0], 0}, kKind);
  return StartCall(info, method, std::move(object));
}

template <Object::Kind kKind, std::size_t kCount>
void Export(Napi::Object exports, const char* name, const Method (&methods)[kCount]) {
  const Napi::Env env = exports.Env();
  Napi::Object group = Napi::Object::New(env);
  for (const Method& method : methods) {
    group.Set(method.name,
              Napi::Function::New<&Invoke<kKind>>(env, ComName(method).c_str(), const_cast<Method*>(&method)));
  }
  exports.Set(name, group);
}

}  // namespace

void ExportMethods(Napi::Env, Napi::Object exports) {
  Export<Object::Kind::kManager>(exports, "manager", kManager);
  Export<Object::Kind::kJob>(exports, "job", kJob);
  Export<Object::Kind::kFile>(exports, "file", kFile);
  Export<Object::Kind::kError>(exports, "error", kError);
  Export<Object::Kind::kManager>(exports, "peerCache", kPeerCache);
  Export<Object::Kind::kRecord>(exports, "record", kRecord);
  Export<Object::Kind::kPeer>(exports, "peer", kPeer);
}

}  // namespace binding
