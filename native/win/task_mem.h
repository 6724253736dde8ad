// Memory that COM hands over and the caller frees with CoTaskMemFree.
#pragma once

#include <objbase.h>

#include <utility>

namespace win {

template <class T>
class TaskMem {
 public:
  TaskMem() = default;
  ~TaskMem() { CoTaskMemFree(pointer_); }
  TaskMem(const TaskMem&) = delete;
  TaskMem& operator=(const TaskMem&) = delete;
  TaskMem(TaskMem&& other) noexcept : pointer_(std::exchange(other.pointer_, nullptr)) {}
  TaskMem& operator=(TaskMem&& other) noexcept {
    std::swap(pointer_, other.pointer_);
    return *this;
  }

  [[nodiscard]] T* get() const noexcept { return pointer_; }
  // The address for an out parameter; frees what was there, so that a call can be repeated.
  [[nodiscard]] T** Put() noexcept {
    CoTaskMemFree(pointer_);
    pointer_ = nullptr;
    return &pointer_;
  }

 private:
  T* pointer_ = nullptr;
};

using TaskString = TaskMem<wchar_t>;

}  // namespace win
