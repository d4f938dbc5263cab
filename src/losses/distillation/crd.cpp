#include "losses/distillation/crd.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include <cmath>

#include "core/errors.h"
#include "core/registries.h"
#include "losses/distillation/maps.h"
#include "losses/distillation/shapes.h"
#include "nn/layers.h"
#include "nn/parity_weights.h"
#include "run/parity.h"

namespace retort::losses {

namespace {

constexpr double contrast_epsilon = 1e-7;
// What a picked row costs in rows of a matrix product with the whole bank, which streams: measured with 128 embeddings
// of 128 numbers and a bank of 50000.
constexpr int64_t rows_per_picked_product = 32, rows_per_picked_sum = 8;

/// Products of embeddings [B,D] with the rows `indices` [B,M] of a bank [N,D], and their gradient, each either by way
/// of the whole product [B,N] or row by row. The latter are LibTorch's weighted sums of bags of rows, and their
/// derivative by the weights: rows are read where they lie and never copied.
class PickedProducts : public torch::autograd::Function<PickedProducts> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* ctx, const at::Tensor& embedding, const at::Tensor& bank,
                            const at::Tensor& indices) {
    ctx->save_for_backward({bank, indices});
    if (bank.size(0) <= rows_per_picked_product * indices.size(1))
      return at::matmul(embedding, bank.t()).gather(1, indices);
    const at::Tensor picked = indices.contiguous().flatten();
    const at::Tensor bags = at::arange(indices.size(0), picked.options()).repeat_interleave(indices.size(1));
    return at::_embedding_bag_per_sample_weights_backward(embedding, bank, picked, bag_starts(indices), bags,
                                                          sum_of_bag)
        .view(indices.sizes());
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* ctx,
                                                 torch::autograd::variable_list gradients) {
    const auto kept = ctx->get_saved_variables();
    const at::Tensor &bank = kept[0], &indices = kept[1];
    if (bank.size(0) <= rows_per_picked_sum * indices.size(1)) {
      const at::Tensor whole = at::zeros({indices.size(0), bank.size(0)}, bank.options());
      return {at::matmul(whole.scatter_add_(1, indices, gradients[0]), bank), {}, {}};
    }
    return {std::get<0>(at::embedding_bag(bank, indices.contiguous().flatten(), bag_starts(indices),
                                          /*scale_grad_by_freq=*/false, sum_of_bag, /*sparse=*/false,
                                          gradients[0].contiguous().flatten())),
            {},
            {}};
  }

 private:
  static constexpr int64_t sum_of_bag = 0;  // the mode's number in LibTorch

  static at::Tensor bag_starts(const at::Tensor& indices) {
    return at::arange(indices.size(0), indices.options()) * indices.size(1);
  }
};

at::Tensor unit_embedding(const nn::Scope& scope, const at::Tensor& features, int64_t dimensions) {
  return unit_or_zero(nn::linear(scope / "linear", features, {.out_features = dimensions}));
}

struct Scores {
  at::Tensor normalised;  // [B,1+K]
  at::Tensor z;           // []
};

Scores contrast_scores(const at::Tensor& embedding, const at::Tensor& bank, const at::Tensor& contrast_indices,
                       double temperature, double z) {
  const at::Tensor scores = at::exp(contrast_products(embedding, bank, contrast_indices) / temperature);
  const at::Tensor constant =
      z < 0 ? scores.detach().mean() * static_cast<double>(bank.size(0)) : at::full({}, z, scores.options());
  return {.normalised = scores / constant, .z = constant};
}

/// Scores [B,1+K], the positive in column 0 -> [].
at::Tensor noise_contrastive_loss(const at::Tensor& scores, int64_t data_size) {
  const int64_t negatives = scores.size(1) - 1;
  const double noise = static_cast<double>(negatives) / static_cast<double>(data_size);
  const at::Tensor totals = scores + (noise + contrast_epsilon);
  const at::Tensor positive = (scores.select(1, 0) / totals.select(1, 0)).log().sum(),
                   negative = (noise / totals.narrow(1, 1, negatives)).log().sum();
  return -(positive + negative) / static_cast<double>(scores.size(0));
}

at::Tensor moved_rows(const at::Tensor& bank, const at::Tensor& indices, const at::Tensor& embedding, double momentum) {
  return unit_or_zero(momentum * bank.detach().index_select(0, indices) + (1 - momentum) * embedding.detach());
}

void require_rows_of_banks(const at::Tensor& indices, int64_t rows) {
  const int64_t least = indices.min().item<int64_t>(), largest = indices.max().item<int64_t>();
  if (least < 0 || largest >= rows) {
    user_error(
        "crd: sample {}, but the memory banks hold {} samples (the first is 0); they should be as large as the "
        "training set",
        least < 0 ? least : largest, rows);
  }
}

}  // namespace

double crd_memory_bound(int64_t dimensions) { return 1 / std::sqrt(static_cast<double>(dimensions) / 3); }

at::Tensor contrast_products(const at::Tensor& embedding, const at::Tensor& bank, const at::Tensor& contrast_indices) {
  const at::Tensor rows = bank.detach();
  return PickedProducts::apply(embedding.to(rows.scalar_type()), rows, contrast_indices);
}

CrdResult crd_loss(const nn::Scope& scope, const at::Tensor& student_features, const at::Tensor& teacher_features,
                   const at::Tensor& indices, const at::Tensor& contrast_indices, const CrdMemory& memory,
                   const CrdOptions& options) {
  require_shapes("crd", {{"student features", student_features, "[B,C]"},
                         {"teacher features", teacher_features, "[B,E]"},
                         {"indices", indices, "[B]"},
                         {"contrast indices", contrast_indices, "[B,M]"},
                         {"student memory", memory.student, "[N,D]"},
                         {"teacher memory", memory.teacher, "[N,D]"}});
  const int64_t data_size = memory.student.size(0), dimensions = memory.student.size(1);
  require_rows_of_banks(indices, data_size);
  require_rows_of_banks(contrast_indices, data_size);
  const at::Tensor student = unit_embedding(scope / "embed_s", student_features, dimensions),
                   teacher = unit_embedding(scope / "embed_t", teacher_features, dimensions);
  const auto of_student =
      contrast_scores(student, memory.teacher, contrast_indices, options.temperature, options.z_student);
  const auto of_teacher =
      contrast_scores(teacher, memory.student, contrast_indices, options.temperature, options.z_teacher);
  return {.loss = noise_contrastive_loss(of_student.normalised, data_size) +
                  noise_contrastive_loss(of_teacher.normalised, data_size),
          .updated_rows = {.student = moved_rows(memory.student, indices, student, options.momentum),
                           .teacher = moved_rows(memory.teacher, indices, teacher, options.momentum)},
          .z = at::stack({of_student.z, of_teacher.z})};
}

namespace {

void crd_parity(run::ParityCall& call) {
  const auto weights = nn::parity_weights(call);
  nn::GivenSource source(weights);
  CrdOptions options;
  options.temperature = call.number("temperature", options.temperature);
  options.momentum = call.number("momentum", options.momentum);
  options.z_student = call.number("z_student", options.z_student);
  options.z_teacher = call.number("z_teacher", options.z_teacher);
  const CrdMemory memory{.student = call.input("memory_v1"), .teacher = call.input("memory_v2")};
  const at::Tensor indices = call.input("indices");
  const auto result = crd_loss(nn::Scope(source), call.input("student_features"), call.input("teacher_features"),
                               indices, call.input("contrast_indices"), memory, options);
  call.output("value", result.loss);
  call.output("memory_v1", memory.student.index_copy(0, indices, result.updated_rows.student));
  call.output("memory_v2", memory.teacher.index_copy(0, indices, result.updated_rows.teacher));
  call.output("z", result.z);
}

}  // namespace

}  // namespace retort::losses

namespace retort {

void register_crd(Registries& registries) {
  registries.parity.add("model.crd.loss",
                        {.summary = "contrast of embeddings against memory banks",
                         .source = "HobbitLong/RepDistiller @b84f547, crd/criterion.py, crd/memory.py CRDLoss",
                         .inputs = {{"student_features", "[B,C]"},
                                    {"teacher_features", "[B,E]"},
                                    {"indices", "[B]", "i64"},
                                    {"contrast_indices", "[B,M]", "i64"},
                                    {"memory_v1", "[N,D]"},
                                    {"memory_v2", "[N,D]"}},
                         .states = {{"embed_s.linear.weight", "[D,C]"},
                                    {"embed_s.linear.bias", "[D]"},
                                    {"embed_t.linear.weight", "[D,E]"},
                                    {"embed_t.linear.bias", "[D]"}},
                         .options = {"temperature", "momentum", "z_student", "z_teacher"},
                         .outputs = {{"value", "[]"}, {"memory_v1", "[N,D]"}, {"memory_v2", "[N,D]"}, {"z", "[2]"}},
                         .run = losses::crd_parity});
}

}  // namespace retort
