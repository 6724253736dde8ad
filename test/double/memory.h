// The memory that the double hands to its callers, who must free it with CoTaskMemFree.
#pragma once

#include <cstddef>

namespace bits_double {

// From now on it is known what is freed. False when somebody else watches already.
bool WatchMemory() noexcept;

[[nodiscard]] void* HandOut(std::size_t size);
[[nodiscard]] std::size_t BlocksOut() noexcept;

}  // namespace bits_double
