#include "data/sets/cifar.h"
#include "fuzz/fuzz_parser.h"
#include "io/torch_checkpoint.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace retort;
  return fuzz::accept_or_refuse(data, size, [](const io::SharedBytes& file) {
    const auto batch = io::looks_like_pickle(file.bytes)
                           ? data::parse_cifar_python(file, "fuzz", data::CifarKind::cifar10)
                           : data::parse_cifar_binary(file, "fuzz", data::CifarKind::cifar10);
    // Checks that all pictures lie within their bytes, and that labels have classes.
    const auto set = data::make_memory_set({.channels = 3,
                                            .height = 32,
                                            .width = 32,
                                            .runs = {batch.pixels},
                                            .labels = batch.labels,
                                            .class_names = data::cifar10_classes()});
    for (int64_t i = 0; i < set->size(); ++i) set->sample(i);
  });
}
