// What this process holds, for leak tests.
#pragma once

#include <cstdint>

namespace bits_double {

struct ProcessNumbers {
  std::uint64_t handles = 0;
  std::uint64_t threads = 0;
  std::uint64_t private_bytes = 0;
  std::uint64_t working_set = 0;
};

[[nodiscard]] ProcessNumbers GetProcessNumbers();

}  // namespace bits_double
