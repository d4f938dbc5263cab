#include "weights/catalogue.h"

#include <fmt/core.h>

#include <algorithm>

#include "core/errors.h"
#include "core/text.h"
#include "weights/address.h"

namespace retort::weights {

namespace {
constexpr size_t sha256_digits = 64;
constexpr double most_bytes = 1e12;

class CatalogueReader : public RecipeReader {
 public:
  using RecipeReader::RecipeReader;

  void require_entries(const Catalogue& catalogue) {
    Problems problems;
    problems.require(!catalogue.empty(), "weights", "a catalogue names at least one file");
    checked(problems);
  }
};

/// Of akamaster/pytorch_resnet_cifar10, whose files are named by the beginning of their hash.
Catalogue::value_type cifar10_resnet(int layers, int64_t bytes, const std::string& sha256) {
  return {fmt::format("resnet{}_cifar10", layers),
          {.address = fmt::format("https://raw.githubusercontent.com/akamaster/pytorch_resnet_cifar10/master/"
                                  "pretrained_models/resnet{}-{}.th",
                                  layers, sha256.substr(0, 8)),
           .bytes = bytes,
           .sha256 = sha256,
           .licence = "BSD-2-Clause",
           .purpose = fmt::format("ResNet-{0} of CIFAR-10 (network resnet{0}_a): a teacher", layers)}};
}
}  // namespace

void CatalogueEntry::check(Problems& problems) const {
  problems.require(parse_address(address).has_value(), "address",
                   "must be an http:// or https:// address without user name or password");
  problems.require(bytes > 0, "bytes", "say how long the file is");
  problems.require(sha256.size() == sha256_digits && sha256.find_first_not_of("0123456789abcdef") == std::string::npos,
                   "sha256", "must be 64 lower-case hex digits");
}

void fields(OptionVisitor& v, CatalogueEntry& o) {
  v("address", o.address, "where it is published");
  v("bytes", o.bytes, "length of the file", {.unit = "bytes", .min = 0, .max = most_bytes});
  v("sha256", o.sha256, "hash of the file");
  v("licence", o.licence, "as its publishers say");
  v("purpose", o.purpose, "what it is for");
}

const Catalogue& shipped_catalogue() {
  static const std::string torchvision = "https://download.pytorch.org/models/";
  static const std::string lpips =
      "https://raw.githubusercontent.com/richzhang/PerceptualSimilarity/master/lpips/weights/v0.1/";
  static const Catalogue catalogue = {
      {"vgg16",
       {.address = torchvision + "vgg16-397923af.pth",
        .bytes = 553433881,
        .sha256 = "397923af8e79cdbb6a7127f12361acd7a2f83e06b05044ddf496e83de57a5bf0",
        .licence = "BSD-3-Clause",
        .purpose = "torchvision's VGG-16 of ImageNet: trunk of LPIPS"}},
      {"alexnet",
       {.address = torchvision + "alexnet-owt-7be5be79.pth",
        .bytes = 244408911,
        .sha256 = "7be5be791159472b1fbf3c69796f7cb30dca7ad8466c2df70058c37116cdee02",
        .licence = "BSD-3-Clause",
        .purpose = "torchvision's AlexNet of ImageNet: trunk of LPIPS"}},
      {"squeezenet1_1",
       {.address = torchvision + "squeezenet1_1-b8a52dc0.pth",
        .bytes = 4958839,
        .sha256 = "b8a52dc049b60e4b6ab68ad0df457362afab8b6304b2febdc1650a5dab4d7e7b",
        .licence = "BSD-3-Clause",
        .purpose = "torchvision's SqueezeNet 1.1 of ImageNet: trunk of LPIPS"}},
      {"lpips-vgg",
       {.address = lpips + "vgg.pth",
        .bytes = 7289,
        .sha256 = "a78928a0af1e5f0fcb1f3b9e8f8c3a2a5a3de244d830ad5c1feddc79b8432868",
        .licence = "BSD-2-Clause",
        .purpose = "LPIPS 0.1: heads for vgg16"}},
      {"lpips-alex",
       {.address = lpips + "alex.pth",
        .bytes = 6009,
        .sha256 = "df73285e35b22355a2df87cdb6b70b343713b667eddbda73e1977e0c860835c0",
        .licence = "BSD-2-Clause",
        .purpose = "LPIPS 0.1: heads for alexnet"}},
      {"lpips-squeeze",
       {.address = lpips + "squeeze.pth",
        .bytes = 10811,
        .sha256 = "4a5350f23600cb79923ce65bb07cbf57dca461329894153e05a1346bd531cf76",
        .licence = "BSD-2-Clause",
        .purpose = "LPIPS 0.1: heads for squeezenet1_1"}},
      cifar10_resnet(20, 1099231, "12fca82f0bebc4135bf1f32f6e3710e61d5108578464b84fd6d7f5c1b04036c8"),
      cifar10_resnet(32, 1890043, "d509ac1820d7f25398913559d7e81a13229b1e7adc5648e3bfa5e22dc137f850"),
      cifar10_resnet(56, 3471733, "4bfd97631478d6b638d2764fd2baff3edb1d7d82252d54439343b6596b9b5367")};
  return catalogue;
}

Catalogue parse_catalogue(const Recipe& file) {
  Catalogue catalogue;
  CatalogueReader reader(file);
  reader.sections("weights", catalogue, "files by names of your own");
  reader.require_entries(catalogue);
  reader.finish();
  return catalogue;
}

Catalogue load_catalogue(const std::filesystem::path& file) { return parse_catalogue(Recipe::load(file)); }

const CatalogueEntry& find_weights(const Catalogue& catalogue, const std::string& name) {
  const auto* entry = find_named(catalogue, name);
  if (entry == nullptr) {
    user_error("unknown weights '{}'{}; `retort weights list` names them all", name,
               did_you_mean(name, names_of(catalogue)));
  }
  return *entry;
}

}  // namespace retort::weights
