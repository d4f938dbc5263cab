// The one precompiled torch header. Sources still include what they use; this only makes it cheap.
#pragma once

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/csrc/autograd/variable.h>
