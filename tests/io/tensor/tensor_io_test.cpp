#include "io/tensor/tensor_io.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "core/errors.h"
#include "io/atomic_file.h"
#include "io/npy.h"
#include "io/tensor/tensor_file.h"
#include "io/torch_checkpoint.h"
#include "support/temporary_folder.h"

namespace retort::io {
namespace {

using tests::TemporaryFolder;

NamedTensors one_of_each_dtype() {
  NamedTensors tensors;
  for (const auto type : {at::kDouble, at::kFloat, at::kHalf, at::kBFloat16, at::kLong, at::kInt, at::kShort, at::kChar,
                          at::kByte, at::kBool}) {
    tensors[c10::toString(type)] = at::arange(6).remainder(2).reshape({2, 3}).to(type);
  }
  return tensors;
}

void expect_equal(const NamedTensors& got, const NamedTensors& wanted) {
  ASSERT_EQ(got.size(), wanted.size());
  for (const auto& [name, tensor] : wanted) {
    EXPECT_EQ(got.at(name).scalar_type(), tensor.scalar_type()) << name;
    EXPECT_TRUE(at::equal(got.at(name), tensor)) << name;
  }
}

TEST(TensorIo, safetensors_keep_every_dtype) {
  TemporaryFolder folder;
  const NamedTensors tensors = one_of_each_dtype();
  save_safetensors(folder / "a.safetensors", tensors, {{"key", "value"}});
  StringMap metadata;
  expect_equal(load_safetensors(folder / "a.safetensors", &metadata), tensors);
  EXPECT_EQ(metadata.at("key"), "value");
  save_safetensors(folder / "b.safetensors", tensors, {{"key", "value"}});
  EXPECT_EQ(read_whole_file(folder / "a.safetensors", 1 << 20), read_whole_file(folder / "b.safetensors", 1 << 20));
}

TEST(TensorIo, takes_views_scalars_and_empty_tensors) {
  const at::Tensor base = at::arange(12.0).reshape({3, 4});
  const NamedTensors tensors = {{"turned", base.t()},
                                {"sliced", base.slice(1, 1, 3)},
                                {"scalar", at::scalar_tensor(2.5)},
                                {"empty", at::empty({0, 4})},
                                {"needs gradient", at::ones({2}).requires_grad_()}};
  expect_equal(to_tensors(to_arrays(tensors)), tensors);
}

TEST(TensorIo, arrays_own_their_memory) {
  at::Tensor tensor = at::ones({3});
  const Array array = to_array(tensor);
  tensor.fill_(5);
  EXPECT_EQ(array.to_floats(), (std::vector<float>{1, 1, 1}));
}

TEST(TensorIo, bools_of_any_byte_become_true_or_false) {
  const at::Tensor tensor = to_tensor(make_array(DType::boolean, {3}, std::string("\0\2\xff", 3)));
  EXPECT_TRUE(at::equal(tensor, at::tensor({0, 1, 1}).to(at::kBool)));
}

TEST(TensorIo, refuses_dtypes_that_no_file_holds) {
  EXPECT_THROW(to_array(at::ones({1}, at::kComplexFloat)), Fault);
  EXPECT_THROW(to_array(at::Tensor()), Fault);
}

TEST(TensorFile, picks_the_format_by_content) {
  TemporaryFolder folder;
  const at::Tensor tensor = at::arange(6.0, at::kFloat).reshape({2, 3});
  const Array array = to_array(tensor);
  write_npy(folder / "npy", array);
  write_npz(folder / "npz", {{"value", array}});
  write_torch_tensor(folder / "torch", array);
  write_safetensors(folder / "safetensors", {{"value", array}});
  for (const char* name : {"npy", "npz", "torch", "safetensors"}) {
    EXPECT_TRUE(at::equal(load_tensor(folder / name), tensor)) << name;
    EXPECT_TRUE(at::equal(load_tensors(folder / name).at("value"), tensor)) << name;
  }
}

}  // namespace
}  // namespace retort::io
