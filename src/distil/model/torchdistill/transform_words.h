// torchvision's transforms in the words of retort's.
#pragma once

#include <string>
#include <vector>

#include "distil/model/torchdistill/section.h"

namespace retort::torchdistill {

/// `!import_call torchvision.transforms.Compose` of transforms, or one transform: "random_crop(size=32, padding=4)" ...
/// in their order. ToTensor is left out: pictures become floats by themselves. Faults for transforms and arguments
/// without a counterpart.
std::vector<std::string> transform_words(const Value& value, const std::string& path, Notes& notes);

}  // namespace retort::torchdistill
