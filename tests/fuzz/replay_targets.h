// The fuzz targets by their parsers' names, for builds without libFuzzer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

namespace retort::fuzz {

/// What libFuzzer would call with each input.
using FuzzTarget = int (*)(const uint8_t* data, size_t size);

const std::map<std::string, FuzzTarget>& replay_targets();

}  // namespace retort::fuzz
