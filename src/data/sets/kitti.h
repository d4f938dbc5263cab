// KITTI's object labels: SPLIT/image_2/NAME.png beside SPLIT/label_2/NAME.txt, a line an object.
// Format: Geiger et al., "Are we ready for Autonomous Driving?", 2012; readme of its object development kit.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "data/sets/dataset.h"
#include "data/sets/file_tree.h"

namespace retort::data {

/// Car, Van, Truck, Pedestrian, Person_sitting, Cyclist, Tram, Misc: labels 0 to 7.
const std::vector<std::string>& kitti_classes();

/// The boxes of lines "type truncated occluded alpha left top right bottom height width length x y z rotation_y", with
/// a score behind for results. Corners stay as they are: KITTI counts pixels from 0. Regions marked DontCare are left
/// out. `difficult` is what none of KITTI's three levels counts: occlusion unknown (3), or truncated by more than half.
/// UserError "<name>:<line>: ..." for anything else.
std::vector<Box> parse_kitti_labels(std::string_view text, const std::string& name);

/// All pictures below SPLIT/image_2. Where there is a folder SPLIT/label_2, each must have its file of labels there.
DatasetPtr open_kitti(std::shared_ptr<const FileTree> tree, const std::string& split);

}  // namespace retort::data
