// Memory that runs out, for the addon alone.
#pragma once

#include <cstddef>
#include <optional>

namespace bits_double {

// From now on the addon gets no block of so many bytes, or of more; with nothing given it gets what it asks for again.
// False when it is not loaded, or allocates in a way that is not known here.
[[nodiscard]] bool LimitAllocations(std::optional<std::size_t> bytes);

}  // namespace bits_double
