#include "metrics/subclass_directions.h"

#include <ATen/ATen.h>

#include <Eigen/QR>
#include <algorithm>
#include <tuple>

#include "core/errors.h"
#include "core/registries.h"
#include "io/array.h"
#include "metrics/class_means.h"
#include "metrics/eigen_views.h"
#include "metrics/pca.h"
#include "run/parity.h"

namespace retort::metrics {

namespace {

at::Tensor to_float_tensor(const RowMatrix& matrix) {
  at::Tensor tensor = at::empty({matrix.rows(), matrix.cols()}, at::kDouble);
  std::copy_n(matrix.data(), matrix.size(), tensor.data_ptr<double>());
  return tensor.to(at::kFloat);
}

/// Identity minus the projection onto the rows of `classifier` less their mean.
at::Tensor null_space_projection(const at::Tensor& classifier) {
  constexpr double rank_threshold = 1e-9;  // relative; the rows, centred, always miss one
  RowMatrix rows = to_matrix(classifier, "subclass directions: classifier");
  const Eigen::RowVectorXd mean = rows.colwise().mean();
  rows.rowwise() -= mean;
  const auto width = rows.cols();
  Eigen::ColPivHouseholderQR<Eigen::MatrixXd> qr;
  qr.setThreshold(rank_threshold);
  qr.compute(rows.transpose());
  const Eigen::MatrixXd basis = qr.householderQ() * Eigen::MatrixXd::Identity(width, qr.rank());
  return to_float_tensor(Eigen::MatrixXd::Identity(width, width) - basis * basis.transpose());
}

}  // namespace

SubclassDirections subclass_directions(const at::Tensor& embeddings, const at::Tensor& labels,
                                       const at::Tensor& classifier_weight, const SubclassDirectionOptions& options) {
  const bool shaped = embeddings.dim() == 2 && labels.dim() == 1 && classifier_weight.dim() == 2 &&
                      labels.size(0) == embeddings.size(0) && classifier_weight.size(1) == embeddings.size(1);
  if (!shaped || options.subclasses < 1 || options.subclasses > embeddings.size(1)) {
    user_error(
        "subclass directions: embeddings {}, labels {}, classifier {}, {} subclasses; they should be [N,D], [N], "
        "[C,D], from 1 to D",
        io::shape_text(embeddings.sizes().vec()), io::shape_text(labels.sizes().vec()),
        io::shape_text(classifier_weight.sizes().vec()), options.subclasses);
  }
  const int64_t classes = classifier_weight.size(0), width = embeddings.size(1);
  SubclassDirections found{
      .projection = options.null_space ? null_space_projection(classifier_weight) : at::eye(width, at::kFloat),
      .means = {},
      .directions = at::zeros({classes, options.subclasses, width}),
      .scale = at::zeros({classes})};
  const at::Tensor projected = at::matmul(embeddings.detach().to(at::kCPU, at::kFloat), found.projection);
  const at::Tensor classes_of = labels.to(at::kCPU);
  found.means = class_means(projected, classes_of, classes);
  for (int64_t index = 0; index < classes; ++index) {
    const at::Tensor members = classes_of.eq(index).nonzero().squeeze(1);
    if (members.numel() == 0) continue;
    const auto pca = fit_pca(projected.index_select(0, members), options.subclasses);
    found.directions[index].copy_(pca.components);
    found.scale[index].copy_(pca.variance.mean().sqrt());
  }
  return found;
}

at::Tensor rotated_directions(const at::Tensor& directions, RandomGenerator& random) {
  RT_CHECK(directions.dim() == 3, "directions {}", io::shape_text(directions.sizes().vec()));
  const auto size = directions.size(1);
  std::vector<at::Tensor> rotated;
  for (int64_t index = 0; index < directions.size(0); ++index) {
    Eigen::MatrixXd gaussian(size, size);
    for (Eigen::Index entry = 0; entry < gaussian.size(); ++entry) gaussian.data()[entry] = random.normal();
    const Eigen::HouseholderQR<Eigen::MatrixXd> qr(gaussian);
    RowMatrix rotation = qr.householderQ() * Eigen::MatrixXd::Identity(size, size);
    for (Eigen::Index column = 0; column < size; ++column) {
      if (qr.matrixQR()(column, column) < 0) rotation.col(column) *= -1;
    }
    rotated.push_back(at::matmul(to_float_tensor(rotation).to(directions.scalar_type()), directions[index]));
  }
  return at::stack(rotated);
}

SubclassDirections random_directions(const SubclassDirections& found, const at::Tensor& embeddings,
                                     const at::Tensor& labels, RandomGenerator& random) {
  const auto classes = found.directions.size(0), subclasses = found.directions.size(1),
             width = found.directions.size(2);
  auto drawn = found;
  drawn.scale = at::zeros_like(found.scale);
  const at::Tensor axes = at::eye(width, at::kFloat).unsqueeze(0).expand({classes, width, width});
  drawn.directions = rotated_directions(axes, random).slice(1, 0, subclasses).contiguous();
  const at::Tensor rows = embeddings.detach().to(at::kCPU, at::kFloat), classes_of = labels.to(at::kCPU);
  for (int64_t index = 0; index < classes; ++index) {
    const at::Tensor members = classes_of.eq(index).nonzero().squeeze(1);
    if (members.numel() == 0) continue;
    const at::Tensor projected = at::matmul(rows.index_select(0, members), drawn.projection) - drawn.means[index];
    drawn.scale[index].copy_(at::matmul(projected, drawn.directions[index].t()).square().mean().sqrt());
  }
  return drawn;
}

at::Tensor subclass_scores(const at::Tensor& embeddings, const SubclassDirections& directions) {
  const auto type = embeddings.scalar_type();
  const at::Tensor projected = at::matmul(embeddings, directions.projection.to(type));
  const at::Tensor differences = projected.unsqueeze(1) - directions.means.to(type).unsqueeze(0);  // [B,C,D]
  return at::matmul(directions.directions.to(type).unsqueeze(0), differences.unsqueeze(-1)).squeeze(-1);
}

}  // namespace retort::metrics

namespace retort {

void register_subclass_directions(Registries& registries) {
  registries.parity.add(
      "model.lelp.subclass_directions",
      {.summary = "principal directions within each class, beside the classifier's",
       .source = "derived from the paper",
       .inputs = {{"embeddings", "[N,D]"}, {"labels", "[N]", "i64"}, {"classifier_weight", "[C,D]"}},
       .options = {"null_space", "subclasses"},
       .outputs = {{"projected", "[N,D]"}, {"means", "[C,D]"}, {"subspace_projector", "[C,D,D]"}, {"scale", "[C]"}},
       .run = [](run::ParityCall& call) {
         metrics::SubclassDirectionOptions options;
         options.null_space = call.flag("null_space", options.null_space);
         options.subclasses = call.integer("subclasses");
         const at::Tensor embeddings = call.input("embeddings");
         const auto found =
             metrics::subclass_directions(embeddings, call.input("labels"), call.input("classifier_weight"), options);
         call.output("projected", at::matmul(embeddings, found.projection.to(embeddings.scalar_type())));
         call.output("means", found.means);
         // Free of the directions' signs and of any rotation among them.
         call.output("subspace_projector", at::matmul(found.directions.transpose(1, 2), found.directions));
         call.output("scale", found.scale);
       }});
}

}  // namespace retort
