// Work on several objects at once.
#pragma once

#include <memory>
#include <new>
#include <utility>
#include <vector>

#include "bits/object.h"
#include "win/com_pool.h"
#include "win/sync.h"

namespace bits {

// Does something with each of several items, each in the queue of its object, and waits for that: as many at a time as
// the pool allows, behind the calls that were made before, and one that is not answered does not hold up the others.
// An item has a member `object`.
template <class Item>
class SideBySide final {
 public:
  using Work = void (*)(Item& item) noexcept;

  SideBySide(win::ComPool& pool, std::vector<Item> items, Work work)
      : pool_(pool), shared_(std::make_shared<Shared>()) {
    shared_->open = items.size();
    shared_->places.reserve(items.size());
    for (Item& item : items) shared_->places.push_back({std::move(item), false});
    for (std::size_t i = 0; i < shared_->places.size(); ++i) {
      const std::shared_ptr<win::Strand>& strand = shared_->places[i].item.object->strand();
      if (!pool.Post(strand, std::make_unique<Part>(shared_, i, work))) throw std::bad_alloc();
    }
  }

  // Returns when all are done, or after `patience` milliseconds. To be called in a task of the pool.
  void Wait(DWORD patience) noexcept {
    pool_.StandAside();
    const ULONGLONG end = patience == INFINITE ? ~0ULL : GetTickCount64() + patience;
    win::Lock lock(shared_->mutex);
    for (ULONGLONG now = GetTickCount64(); shared_->open > 0 && now < end; now = GetTickCount64()) {
      shared_->closed.Wait(lock, patience == INFINITE ? INFINITE : static_cast<DWORD>(end - now));
    }
  }

  // Calls `take` with each item in turn, or with null in place of one that is not done yet.
  template <class Take>
  void ForEach(Take take) {
    const win::Lock lock(shared_->mutex);
    for (Place& place : shared_->places) take(place.done ? &place.item : nullptr);
  }

 private:
  struct Place {
    Item item;
    bool done;
  };
  // Kept by whoever ends last: a call may be answered long after nobody waits for it any more.
  struct Shared {
    win::Mutex mutex;
    win::Condition closed;
    std::vector<Place> places;
    std::size_t open = 0;
  };

  class Part final : public win::Task {
   public:
    Part(std::shared_ptr<Shared> shared, std::size_t index, Work work)
        : shared_(std::move(shared)), index_(index), work_(work) {}
    void Run() noexcept override {
      Place& place = shared_->places[index_];
      work_(place.item);
      const win::Lock lock(shared_->mutex);
      place.done = true;
      if (--shared_->open == 0) shared_->closed.WakeOne();
    }

   private:
    const std::shared_ptr<Shared> shared_;
    const std::size_t index_;
    const Work work_;
  };

  win::ComPool& pool_;
  const std::shared_ptr<Shared> shared_;
};

}  // namespace bits
