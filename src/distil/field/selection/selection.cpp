#include "distil/field/selection/selection.h"

#include <ATen/ATen.h>

namespace retort::field {

at::Tensor combined(const at::Tensor& standing, const at::Tensor& made, Combine how) {
  switch (how) {
    case Combine::replace:
      return made.clone();
    case Combine::add:
      return standing | made;
    case Combine::subtract:
      return standing & ~made;
    case Combine::intersect:
      return standing & made;
  }
  return made.clone();
}

}  // namespace retort::field
