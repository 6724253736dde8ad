#include "bits/creation.h"

#include <utility>

namespace bits {

bool Creation::Begin() noexcept {
  const win::Lock lock(mutex_);
  if (wanted_) stage_ = Stage::kRunning;
  return wanted_;
}

bool Creation::IsWanted() noexcept {
  const win::Lock lock(mutex_);
  return wanted_;
}

bool Creation::Offer(Object::Ref job) noexcept {
  const win::Lock lock(mutex_);
  if (!wanted_) return false;
  stage_ = Stage::kOffered;
  job_ = std::move(job);
  return true;
}

void Creation::End() noexcept {
  {
    const win::Lock lock(mutex_);
    if (stage_ == Stage::kOffered) return;
  }
  Settle();
}

void Creation::Settle() noexcept {
  {
    const win::Lock lock(mutex_);
    stage_ = Stage::kSettled;
  }
  settled_.WakeOne();
}

void Creation::Take() noexcept {
  Object::Ref job;  // released without the lock
  const win::Lock lock(mutex_);
  job.swap(job_);
  stage_ = Stage::kSettled;
}

Object::Ref Creation::Withdraw() noexcept {
  const win::Lock lock(mutex_);
  wanted_ = false;
  if (stage_ == Stage::kWaiting) stage_ = Stage::kSettled;
  return std::exchange(job_, nullptr);
}

void Creation::Wait(ULONGLONG end) noexcept {
  win::Lock lock(mutex_);
  for (ULONGLONG now = GetTickCount64(); stage_ != Stage::kSettled && now < end; now = GetTickCount64()) {
    settled_.Wait(lock, static_cast<DWORD>(end - now));
  }
}

}  // namespace bits
