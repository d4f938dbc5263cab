#include "core/heap.h"

#include <cstdlib>
#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace retort {

void keep_freed_memory() {
#ifdef __GLIBC__
  // glibc's own rule would bring the first number here too, but the second to twice the largest block only.
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, 256 << 20);
#endif
}

}  // namespace retort
