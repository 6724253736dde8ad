#include "inventory.h"

namespace bits_double {

#include "tables.inc"

}  // namespace bits_double
