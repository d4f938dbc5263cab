#include "io/torch_checkpoint.h"

#include <gtest/gtest.h>

#include <cmath>

#include "io/array_file.h"
#include "io/atomic_file.h"
#include "io/bytes.h"
#include "io/zip.h"
#include "support/hostile_input.h"
#include "support/shared_data.h"
#include "support/temporary_folder.h"

namespace retort::io {
namespace {

using tests::refusal_of;
using tests::TemporaryFolder;

const std::string checkpoint_test_folder = std::string(RETORT_SOURCE_DIR) + "/tests/";

std::string checkpoint_corpus_file(const std::string& name) {
  return read_whole_file(checkpoint_test_folder + "fuzz/corpus/torch_checkpoint/" + name, 1 << 20);
}

PickleValue parse_checkpoint(const std::string& content) {
  return parse_torch_checkpoint(share_bytes(content), "sample");
}

std::string refusal_of_corpus(const std::string& name) {
  return refusal_of([&] { parse_checkpoint(checkpoint_corpus_file(name)); });
}

template <class Value>
const Value& entry_of(const PickleValue& root, const std::string& key) {
  const PickleValue* found = root.find(key);
  if (found == nullptr) throw Fault("no entry " + key);
  return std::get<Value>(found->value);
}

class TorchFormats : public testing::TestWithParam<const char*> {};

// tests/io/data/make_torch_files.py wrote these files with PyTorch itself.
TEST_P(TorchFormats, gives_all_tensors) {
  const NamedArrays arrays = read_arrays(checkpoint_test_folder + "io/data/" + GetParam());
  const auto floats = [&](const std::string& name) { return arrays.at("state_dict." + name).to_floats(); };
  using Floats = std::vector<float>;
  EXPECT_EQ(arrays.size(), 16u);
  EXPECT_EQ(floats("matrix"), (Floats{0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(floats("turned"), (Floats{0, 3, 1, 4, 2, 5}));
  EXPECT_EQ(arrays.at("state_dict.turned").shape, (std::vector<int64_t>{3, 2}));
  EXPECT_EQ(floats("every_second"), (Floats{1, 3, 5}));
  EXPECT_EQ(floats("expanded"), (Floats{5, 5, 5, 5}));
  EXPECT_EQ(floats("scalar"), (Floats{7}));
  EXPECT_EQ(arrays.at("state_dict.empty").shape, (std::vector<int64_t>{0, 3}));
  EXPECT_EQ(floats("half"), (Floats{0.5, -3}));
  EXPECT_EQ(floats("brain"), (Floats{0.5, -3}));
  EXPECT_EQ(floats("double"), (Floats{0.25}));
  EXPECT_EQ(floats("flags"), (Floats{1, 0, 1}));
  EXPECT_EQ(arrays.at("state_dict.flags").dtype, DType::boolean);
  EXPECT_EQ(floats("bytes"), (Floats{1, 255}));
  EXPECT_EQ(floats("small"), (Floats{-1, 127}));
  EXPECT_EQ(floats("short"), (Floats{-1, 32767}));
  EXPECT_EQ(arrays.at("state_dict.int").to_integers(""), (std::vector<int64_t>{-1, 2147483647}));
  EXPECT_EQ(floats("parameter"), (Floats{1, 1}));
  EXPECT_EQ(arrays.at("optimizer.state.0.step").to_floats(), (Floats{3}));
}

TEST_P(TorchFormats, gives_all_other_values) {
  const PickleValue root = read_torch_checkpoint(checkpoint_test_folder + "io/data/" + GetParam());
  EXPECT_EQ(entry_of<int64_t>(root, "epoch"), 12);
  EXPECT_EQ(entry_of<int64_t>(root, "big"), int64_t{1} << 40);
  EXPECT_EQ(entry_of<double>(root, "best"), 0.75);
  EXPECT_EQ(entry_of<std::string>(root, "name"), "größe");
  EXPECT_EQ(entry_of<bool>(root, "done"), true);
  EXPECT_TRUE(std::holds_alternative<std::monostate>(root.find("nothing")->value));
  EXPECT_EQ(entry_of<std::string>(root, "dtype"), "torch.float16");
  const auto& size = entry_of<std::shared_ptr<const PickleTuple>>(root, "size");
  EXPECT_EQ(std::get<int64_t>(size->items.at(1).value), 3);
  const auto& groups = entry_of<std::shared_ptr<const PickleList>>(*root.find("optimizer"), "param_groups");
  EXPECT_EQ(entry_of<double>(groups->items.at(0), "lr"), 0.1);
  EXPECT_EQ(root.find("absent"), nullptr);
  EXPECT_EQ(root.find("epoch")->find("absent"), nullptr);
}

TEST_P(TorchFormats, survives_damage_everywhere) {
  tests::damage_everywhere(read_whole_file(checkpoint_test_folder + "io/data/" + GetParam(), 1 << 20),
                           [](const std::string& damaged) { flatten(parse_checkpoint(damaged), "damaged"); });
}

INSTANTIATE_TEST_SUITE_P(both, TorchFormats, testing::Values("archive.pt", "legacy.pt"));

TEST(TorchCheckpoint, reads_what_older_versions_wrote) {
  const NamedArrays arrays = flatten(parse_checkpoint(checkpoint_corpus_file("legacy.th")), "legacy.th");
  EXPECT_EQ(arrays.at("state_dict.module.conv.weight").to_floats(), (std::vector<float>{0, 1, 2, 3, 4, 5}));
  EXPECT_NE(parse_checkpoint(checkpoint_corpus_file("bare.pickle")).find("b"), nullptr);
}

TEST(TorchCheckpoint, refuses_code_by_its_name) {
  const std::map<std::string, std::string> expected = {{"global_reduce", "posix.system: refused"},
                                                       {"stack_global", "os.system: refused"},
                                                       {"inst", "os.system: refused"},
                                                       {"obj", "posix.system: refused"},
                                                       {"new_object", "subprocess.Popen: refused"},
                                                       {"getattr", "builtins.getattr: refused"},
                                                       {"extension", "opcode 0x82, which is refused"},
                                                       {"build_foreign", "sets the state of an object"},
                                                       {"build_on_list", "sets the state of an object"},
                                                       {"calls_storage", "calls torch.FloatStorage, which is refused"},
                                                       {"calls_text", "calls something that is no function"},
                                                       {"in_itself", "nested deeper than 64 levels or in themselves"},
                                                       {"nested", "nested deeper"},
                                                       {"empty_stack", "empty stack"},
                                                       {"lost_memo", "never remembered"}};
  for (const auto& [file, message] : expected) {
    EXPECT_NE(refusal_of_corpus("hostile_" + file + ".pickle").find(message), std::string::npos) << file;
  }
  const std::string terminal_tricks =
      "\x80\x02"
      "c\x1b[2J\nevil\n.";
  EXPECT_EQ(refusal_of([&] { parse_checkpoint(terminal_tricks); }).find('\x1b'), std::string::npos);
}

TEST(TorchCheckpoint, refuses_sharing_that_unfolds_without_bounds) {
  // Fifty lists, each holding the one before twice: 2^50 paths in 500 bytes.
  std::string pickle = "\x80\x02]q";
  pickle += '\0';
  for (char level = 0; level < 50; ++level) {
    for (const char* piece : {"](h", "h"}) (pickle += piece) += level;
    (pickle += "eq") += static_cast<char>(level + 1);
  }
  const PickleValue root = parse_checkpoint(pickle + ".");
  EXPECT_NE(refusal_of([&] { flatten(root, "sample"); }).find("unfold to over 1000000"), std::string::npos);
}

TEST(TorchCheckpoint, holds_tensors_to_their_storages) {
  EXPECT_NE(refusal_of_corpus("leaves_storage.pt").find("leaves its storage '0' of 6 elements"), std::string::npos);
  EXPECT_NE(refusal_of_corpus("unfolds.pt").find("far more bytes than the file has"), std::string::npos);
  EXPECT_NE(refusal_of_corpus("lacks_storage.pt").find("no member 'archive/data/1'"), std::string::npos);
  EXPECT_NE(refusal_of_corpus("escapes.pt").find("no member"), std::string::npos);
  EXPECT_NE(refusal_of_corpus("legacy_cut_half.th").find("sample: "), std::string::npos);
}

TEST(TorchCheckpoint, refuses_programs_and_objects) {
  const auto script = refusal_of([] { read_arrays(checkpoint_test_folder + "io/data/torchscript.pt"); });
  EXPECT_NE(script.find("TorchScript program"), std::string::npos);
  EXPECT_NE(script.find("--trust-torchscript"), std::string::npos);
  const auto module = refusal_of([] { read_arrays(checkpoint_test_folder + "io/data/whole_module.pt"); });
  EXPECT_NE(module.find("torch.nn.modules.linear.Linear: refused"), std::string::npos);
}

TEST(TorchCheckpoint, written_tensors_come_back) {
  TemporaryFolder folder;
  const Array map = make_half_array({2, 1, 3}, std::vector<float>{0, 0.5, -1, 2, 4, 8});
  write_torch_tensor(folder / "a.pt", map);
  write_torch_tensor(folder / "b.pt", map);
  EXPECT_EQ(read_whole_file(folder / "a.pt", 1 << 20), read_whole_file(folder / "b.pt", 1 << 20));
  const Array read = read_single_array(folder / "a.pt");
  EXPECT_EQ(read.dtype, DType::f16);
  EXPECT_EQ(read.shape, map.shape);
  EXPECT_EQ(read.to_floats(), map.to_floats());
  write_torch_tensor(folder / "empty.pt", make_array({0, 2}, std::vector<float>{}));
  EXPECT_EQ(read_single_array(folder / "empty.pt").shape, (std::vector<int64_t>{0, 2}));
}

TEST(ArrayFile, goes_by_content_and_names_what_it_can_read) {
  TemporaryFolder folder;
  std::filesystem::copy(checkpoint_test_folder + "io/data/lone_tensor.pt", folder / "map.bin");
  EXPECT_EQ(read_arrays(folder / "map.bin").at("value").to_floats(), (std::vector<float>{0, 1, 2, 3}));
  write_whole_file(folder / "text.pt", "certainly no tensor");
  EXPECT_NE(refusal_of([&] { read_arrays(folder / "text.pt"); }).find("safetensors, npy, npz and PyTorch"),
            std::string::npos);
  write_whole_file(folder / "empty.pt", "");
  EXPECT_NE(refusal_of([&] { read_arrays(folder / "empty.pt"); }).find("is empty"), std::string::npos);
  EXPECT_NE(
      refusal_of([&] { read_single_array(checkpoint_test_folder + "io/data/archive.pt"); }).find("holds 16 tensors"),
      std::string::npos);
}

struct KnownFile {
  const char* path;
  size_t tensors;
  int64_t elements;
  double absolute_sum;  ///< as PyTorch itself reports it
  const char* first;
};

TEST(TorchCheckpoint, agrees_with_pytorch_on_published_weights) {
  const auto folder = tests::shared_data("data");
  if (!folder) GTEST_SKIP() << "needs the shared data";
  const KnownFile files[] = {
      {"weights_cifar10_resnet/resnet20-12fca82f.th", 97, 271098, 21349.562591, "state_dict.module.conv1.weight"},
      {"weights_cifar10_resnet/resnet32-d509ac18.th", 157, 466426, 28995.847115, "state_dict.module.conv1.weight"},
      {"weights_cifar10_resnet/resnet56-4bfd9763.th", 277, 857082, 41377.086271, "state_dict.module.conv1.weight"},
      {"weights_imdn_sr/IMDN_x4.pth", 92, 715176, 64408.898755, "module.fea_conv.weight"},
      {"weights_lpips/alex.pth", 5, 1152, 105.275355, "lin0.model.1.weight"},
      {"weights_lpips/squeeze.pth", 7, 2240, 173.438718, "lin0.model.1.weight"},
      {"weights_lpips/vgg.pth", 5, 1472, 131.855509, "lin0.model.1.weight"},
      {"weights_mnist_generative/gan_mlp_G.ckpt", 6, 283920, 72422.086869, "0.weight"},
      {"weights_mnist_generative/lenet_epoch12.pth", 10, 61706, 3825.183801, "convnet.c1.weight"},
      {"weights_mnist_generative/vae_epoch_25.pth", 10, 652824, 50145.493612, "fc1.weight"},
      {"weights_nerf_lowres/lego-checkpoint199999.ckpt", 97, 507289, 94836.210807,
       "model_coarse_state_dict.layer1.weight"}};
  for (const KnownFile& file : files) {
    const NamedArrays arrays = read_arrays(*folder / file.path);
    int64_t elements = 0;
    double absolute_sum = 0;
    for (const auto& [name, array] : arrays) {
      elements += array.count();
      for (const float value : array.to_floats()) absolute_sum += std::abs(value);
    }
    EXPECT_EQ(arrays.size(), file.tensors) << file.path;
    EXPECT_EQ(elements, file.elements) << file.path;
    EXPECT_NEAR(absolute_sum, file.absolute_sum, 1e-6 * file.absolute_sum) << file.path;
    EXPECT_TRUE(arrays.contains(file.first)) << file.path;
  }
}

TEST(TorchCheckpoint, every_shared_weight_file_loads_or_says_why) {
  const auto folder = tests::shared_data("data");
  if (!folder) GTEST_SKIP() << "needs the shared data";
  size_t loaded = 0;
  for (const auto& entry : std::filesystem::directory_iterator(*folder)) {
    if (!entry.path().filename().string().starts_with("weights_")) continue;
    for (const auto& file : std::filesystem::directory_iterator(entry.path())) {
      const auto ending = file.path().extension();
      if (ending == ".jit") {
        EXPECT_NE(refusal_of([&] { read_arrays(file.path()); }).find("--trust-torchscript"), std::string::npos);
      } else if (ending == ".pth" || ending == ".th" || ending == ".ckpt" || ending == ".safetensors") {
        EXPECT_FALSE(read_arrays(file.path()).empty()) << file.path();
        ++loaded;
      }
    }
  }
  EXPECT_GE(loaded, 17u);
}

}  // namespace
}  // namespace retort::io
