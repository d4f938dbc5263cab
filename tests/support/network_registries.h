// Every network of the room, without the program that registers them.
#pragma once

#include <string>

#include "core/registries.h"

namespace retort {
void register_cifar_resnet(Registries&);
void register_convnet(Registries&);
void register_deeplab_resnet(Registries&);
void register_deeplab_v3(Registries&);
void register_imagenet_resnet(Registries&);
void register_mixer(Registries&);
void register_mobilenet_v2_cifar(Registries&);
void register_mobilenet_v2_torchvision(Registries&);
void register_resmlp(Registries&);
void register_shufflenet_v1(Registries&);
void register_shufflenet_v2(Registries&);
void register_vgg_cifar(Registries&);
void register_vit(Registries&);
void register_wide_resnet(Registries&);
}  // namespace retort

namespace retort::tests {

inline Registries network_registries() {
  Registries registries;
  register_cifar_resnet(registries);
  register_convnet(registries);
  register_deeplab_resnet(registries);
  register_deeplab_v3(registries);
  register_imagenet_resnet(registries);
  register_mixer(registries);
  register_mobilenet_v2_cifar(registries);
  register_mobilenet_v2_torchvision(registries);
  register_resmlp(registries);
  register_shufflenet_v1(registries);
  register_shufflenet_v2(registries);
  register_vgg_cifar(registries);
  register_vit(registries);
  register_wide_resnet(registries);
  return registries;
}

/// Deeper or wider ones of the same code, too slow for a test of all.
inline bool is_large_network(const std::string& name) {
  for (const auto* part : {"110", "wrn_28_10", "wrn_16_8", "resnet34", "resnet50", "resnet101", "vgg16", "vgg19",
                           "_small_", "_base_", "mixer_s16", "mixer_b16", "resmlp_12", "resmlp_24"})
    if (name.find(part) != std::string::npos) return true;
  return false;
}

}  // namespace retort::tests
