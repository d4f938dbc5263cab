// Links one room without LibTorch.
#include <fmt/core.h>

#include "core/text.h"

int main() { fmt::print("{}\n", retort::human_seconds(75)); }
