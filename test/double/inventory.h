// What the double knows about BITS: data/bits-api.json as tables. Of the double, only abi.cc includes the BITS headers,
// so that a mistake in them, or in the addon's use of them, shows.
#pragma once

#include <windows.h>

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace bits_double {

// How a parameter is read and written: values.cc has a row for each, in this order.
enum class Kind : std::uint8_t {
  kText,
  kNumber,  // 32 bits: counts, flags, enumerations, BOOL, HRESULT
  kLong,    // 64 bits
  kGuid,
  kTime,  // FILETIME
  kStruct,
  kFiles,  // BG_FILE_INFO
  kRanges,
  kBytes,
  kCredentials,
  kJobProperty,
  kFileProperty,
  kObject,
  kItems,  // what an enumerator's Next fills
  kCount,  // how many another parameter has
  kLongCount,
};

struct Parameter {
  const char* name;
  Kind kind;
  bool out;
  bool nullable;
  int counted;        // the place of the parameter that says how many; -1 for none
  std::size_t fixed;  // how many, when it is always the same
  const char* of;     // kObject, kItems: the interface; kStruct: the structure
};

struct Field {
  const char* name;
  Kind kind;
  std::size_t offset;
};

struct Struct {
  const char* name;
  std::size_t size;
  std::vector<Field> fields;
};

struct PropertyKind {
  std::uint32_t id;
  Kind kind;
};

// The unions that BITS takes by value.
union JobProperty {
  std::uint64_t number;  // aligns it as the original, without alignas: MSVC does not take that by value on x86
  unsigned char bytes[2 * sizeof(std::uint64_t)];
};
struct FileProperty {
  void* string;
};

// An argument on its way through a call; a union stays where it is and is pointed to.
struct Word {
  std::uint64_t number = 0;
  void* pointer = nullptr;

  Word() = default;
  explicit Word(std::uint32_t value) : number(value) {}
  explicit Word(std::uint64_t value) : number(value) {}
  explicit Word(void* value) : pointer(value) {}
  explicit Word(JobProperty& value) : pointer(&value) {}
  explicit Word(FileProperty& value) : pointer(&value) {}

  void Get(std::uint32_t& to) const { to = static_cast<std::uint32_t>(number); }
  void Get(void*& to) const { to = pointer; }
};

using Slot = void (*)();  // one place of a vtable

// What a COM pointer points to.
struct Face {
  const Slot* vtable;
  class Object* object;
};

HRESULT Answer(const Face& face, std::size_t method, const Word* words) noexcept;

struct Code {
  Slot entry = nullptr;                                                          // in the vtables of the double
  HRESULT (*call)(Face* client, std::size_t slot, const Word* words) = nullptr;  // calls the client's
};

template <std::size_t kMethod, class... Raw>
HRESULT STDMETHODCALLTYPE Receive(Face* face, Raw... raw) {
  const Word words[] = {Word(raw)..., Word()};
  return Answer(*face, kMethod, words);
}

template <std::size_t kMethod, class... Raw>
Code Entry() {
  return {reinterpret_cast<Slot>(&Receive<kMethod, Raw...>), nullptr};
}

template <class Raw>
Raw Get(const Word& word) {
  Raw raw;
  word.Get(raw);
  return raw;
}

template <class... Raw, std::size_t... kPlaces>
HRESULT Send(Face* client, std::size_t slot, [[maybe_unused]] const Word* words, std::index_sequence<kPlaces...>) {
  using Function = HRESULT(STDMETHODCALLTYPE*)(Face*, Raw...);
  return reinterpret_cast<Function>(client->vtable[slot])(client, Get<Raw>(words[kPlaces])...);
}

template <class... Raw>
Code Caller() {
  return {nullptr, [](Face* client, std::size_t slot, const Word* words) {
            return Send<Raw...>(client, slot, words, std::index_sequence_for<Raw...>());
          }};
}

struct Interface {
  const char* name;
  const char* root;   // the first of its line below IUnknown: one vtable serves them all
  const char* owner;  // the kind of object that has it; empty when the client implements it
  GUID iid;
};

struct Method {
  const char* interface_name;
  const char* name;
  std::size_t slot;
  Code code;
  std::vector<Parameter> parameters;
};

extern const std::vector<Struct> kStructs;
extern const std::vector<PropertyKind> kJobProperties;
extern const std::vector<Interface> kInterfaces;
extern const std::vector<Method> kMethods;

// What is answered beside the methods of the interfaces: the last of the table.
[[nodiscard]] inline std::size_t QueryInterfaceMethod() { return kMethods.size() - 2; }
[[nodiscard]] inline std::size_t CreateInstanceMethod() { return kMethods.size() - 1; }

}  // namespace bits_double
