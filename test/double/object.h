// The COM objects that the double hands out. Their vtables are made of the tables' slots, not by the compiler.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "inventory.h"
#include "values.h"

namespace bits_double {

// What a test says about a job, a file, a peer or a cache record.
struct Item {
  std::u16string id;
  std::map<std::string, List> answers;  // by method: its outgoing values
  std::vector<std::shared_ptr<const Item>> files;
};
using ItemRef = std::shared_ptr<const Item>;

class Object {
 public:
  // With one reference, which is the caller's. An empty item is as good as none.
  Object(std::string_view kind_name, std::u16string job_id, ItemRef what, unsigned of_epoch);
  ~Object();
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;

  const std::string kind;
  const std::u16string job;  // the job it is of or belongs to; empty for others
  const ItemRef item;
  const unsigned epoch;  // of which connection it is
  const std::uint64_t number;

  // Enumerators only.
  std::vector<ItemRef> items;
  std::size_t next = 0;

  // The pointer for a line of interfaces; null when this kind of object has none of them.
  [[nodiscard]] Face* FaceOf(std::string_view root) noexcept;
  ULONG AddRef() noexcept;
  ULONG Release() noexcept;

  [[nodiscard]] static std::map<std::string, std::size_t> Alive();
  [[nodiscard]] static std::size_t References();

 private:
  struct Side {
    std::string_view root;
    Face face;
  };
  std::vector<Side> sides_;
  std::atomic<ULONG> references_{1};
};

}  // namespace bits_double
