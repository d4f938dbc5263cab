#include "distil/model/engine/loss_terms.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "distil/model/engine/term_fixture.h"
#include "losses/distillation/kd.h"
#include "losses/distillation/sp.h"
#include "support/user_error.h"

namespace retort::model {
namespace {

TEST(LossTerms, AreWeighedAndSummed) {
  LossOptions options;
  options.ce.weight = 0.25;
  options.kd = {.weight = 2, .temperature = 3};
  options.sp.weight = 10;
  const auto terms = make_loss_terms(options, small_network(), &small_network());
  ASSERT_EQ(terms.size(), 3U);
  RunBoth both(terms);
  const auto loss = evaluate_loss(terms, both.inputs, {});
  const auto& in = both.inputs;
  const auto ce = at::cross_entropy_loss(in.student.logits, in.labels);
  const auto kd = losses::kd_loss(in.student.logits, in.teacher.logits, {.temperature = 3});
  const auto sp = losses::sp_loss(both.student_taps.at("layer3"), both.teacher_taps.at("layer3"));
  EXPECT_NEAR(loss.total.item<double>(), (0.25 * ce + 2 * kd + 10 * sp).item<double>(), 1e-4);
  EXPECT_NEAR(loss.values[1].item<double>(), kd.item<double>(), 1e-6);
}

/// Gives every term of a loss the weight 1.
class AllWeightsOne : public OptionVisitor {
 protected:
  void field(const char* name, const FieldRef& value, const char* /*help*/, const FieldSpec& /*spec*/) override {
    if (depth_ == 1 && std::string(name) == "weight") **std::get_if<double*>(&value) = 1;
  }
  bool enter(const char* /*name*/, const char* /*help*/) override { return ++depth_ > 0; }
  void leave() override { --depth_; }

 private:
  int depth_ = 0;
};

bool is_frozen(const LossTerm& term, const std::string& name) {
  return std::any_of(term.frozen_modules.begin(), term.frozen_modules.end(),
                     [&](const std::string& path) { return name.starts_with(path + "."); });
}

TEST(LossTerms, EveryTermHasAFiniteValueAndAGradientForStudentAndModules) {
  LossOptions options;
  options.crd.dimensions = 16;
  options.crd.negatives = 20;
  AllWeightsOne visitor;
  visitor.visit(options);
  options.aspects.weight = 0;  // for students of further outputs: aspect_terms_test.cpp
  const auto terms = make_loss_terms(options, small_network(), &small_network());
  EXPECT_EQ(terms.size(), options.weights().size() - 1);
  const std::vector<int64_t> labels_of_set = {0, 1, 2, 3, 0, 1, 2, 3};
  for (const auto& term : terms) {
    SCOPED_TRACE(term.name);
    const std::vector<LossTerm> alone = {term};
    RunBoth both(alone, true);
    both.inputs.sample_index = at::arange(6, at::kLong);
    both.inputs.labels_of_set = &labels_of_set;
    auto modules = create_term_modules(alone, both.inputs, RandomTree(4));
    const auto tour = [&](const LossTerm&) -> TeacherTour {
      return [&](const auto& visit) {
        visit(both.inputs);
        return true;
      };
    };
    ASSERT_TRUE(prepare_terms(alone, tour, modules));
    for (auto& [name, tensor] : modules.parameters) tensor.requires_grad_(true);
    const auto loss = evaluate_loss(alone, both.inputs, modules);
    EXPECT_TRUE(at::isfinite(loss.total).item<bool>());
    loss.total.backward();
    const auto& gradient = both.student.parameters.at("conv1.weight").grad();
    EXPECT_EQ(gradient.defined() && gradient.abs().sum().item<double>() > 0, term.uses_student);
    for (const auto& [name, tensor] : modules.parameters) {
      ASSERT_EQ(tensor.grad().defined(), !is_frozen(term, name)) << name;
      EXPECT_TRUE(!tensor.grad().defined() || at::isfinite(tensor.grad()).all().item<bool>()) << name;
      EXPECT_TRUE(name.starts_with(term.module_scope() + ".")) << name;
    }
  }
}

TEST(LossTerms, SayWhatTheyRead) {
  LossOptions options;
  options.kd.weight = options.at.weight = options.ft_paraphraser.weight = options.dkd.weight = 1;
  const auto terms = make_loss_terms(options, small_network(), &small_network());
  const auto named = [&](const std::string& name) {
    return *std::find_if(terms.begin(), terms.end(), [&](const LossTerm& term) { return term.name == name; });
  };
  EXPECT_TRUE(named("ce").student_logits && !named("ce").teacher_logits && !named("ce").uses_teacher);
  EXPECT_TRUE(named("kd").student_logits && named("kd").teacher_logits && !named("kd").needs_plain_labels);
  EXPECT_TRUE(!named("at").student_logits && !named("at").teacher_logits && named("at").uses_student);
  EXPECT_TRUE(!named("ft_paraphraser").uses_student && named("ft_paraphraser").uses_teacher);
  EXPECT_TRUE(named("dkd").needs_plain_labels);
}

TEST(LossTerms, MixedLabelsCountByTheirShares) {
  const auto terms = make_loss_terms({}, small_network(), nullptr);
  RunBoth both(terms);
  both.inputs.partner_labels = at::tensor({3, 3, 3, 0, 0, 0}, at::kLong);
  both.inputs.lambda = 0.25;
  const auto& in = both.inputs;
  const auto expected = 0.25 * at::cross_entropy_loss(in.student.logits, in.labels) +
                        0.75 * at::cross_entropy_loss(in.student.logits, in.partner_labels);
  EXPECT_NEAR(evaluate_loss(terms, in, {}).total.item<double>(), expected.item<double>(), 1e-6);
}

TEST(LossTerms, EveryPixelThatIsNotVoidCountsOnce) {
  LossOptions options;
  options.kd = {.weight = 1, .temperature = 2};
  const auto terms = make_loss_terms(options, small_network(), &small_network());
  TermInputs in;
  in.student.logits = at::sin(at::arange(2 * 3 * 4 * 5, at::kFloat)).view({2, 3, 4, 5});
  in.teacher.logits = at::cos(at::arange(2 * 3 * 4 * 5, at::kFloat)).view({2, 3, 4, 5});
  in.labels = at::arange(40, at::kLong).remainder(3).view({2, 4, 5});
  in.labels.select(0, 1).slice(0, 1).fill_(255);
  const auto rows = [](const at::Tensor& logits) { return logits.permute({0, 2, 3, 1}).reshape({-1, 3}); };
  const auto counted = in.labels.flatten().ne(255).nonzero().squeeze(1);
  const auto loss = evaluate_loss(terms, in, {});
  const auto ce = at::cross_entropy_loss(rows(in.student.logits).index_select(0, counted),
                                         in.labels.flatten().index_select(0, counted));
  const auto kd = losses::kd_loss(rows(in.student.logits), rows(in.teacher.logits), {.temperature = 2});
  EXPECT_NEAR(loss.values[0].item<double>(), ce.item<double>(), 1e-6);
  EXPECT_NEAR(loss.values[1].item<double>(), kd.item<double>(), 1e-6);
  in.labels.fill_(255);
  EXPECT_EQ(evaluate_loss(terms, in, {}).values[0].item<double>(), 0);
}

TEST(LossTerms, KdStandardisesLogitsWhenAsked) {
  LossOptions options;
  options.ce.weight = 0;
  options.kd = {.weight = 1, .temperature = 2, .standardise = true};
  const auto terms = make_loss_terms(options, small_network(), &small_network());
  RunBoth both(terms);
  const double value = evaluate_loss(terms, both.inputs, {}).total.item<double>();
  both.inputs.student.logits = 3 * both.inputs.student.logits + 5;  // standardisation takes both off
  EXPECT_NEAR(evaluate_loss(terms, both.inputs, {}).total.item<double>(), value, 1e-4);
}

TEST(LossTerms, StagesShareTheParaphraserAndTheLaterOnlyReadsIt) {
  LossOptions first, second;
  first.ce.weight = second.ce.weight = 0;
  first.ft_paraphraser.weight = second.ft.weight = 1;
  auto both_stages = make_loss_terms(first, small_network(), &small_network());
  const auto later = make_loss_terms(second, small_network(), &small_network());
  both_stages.insert(both_stages.end(), later.begin(), later.end());
  RunBoth both(both_stages);
  auto modules = create_term_modules(both_stages, both.inputs, RandomTree(4));
  EXPECT_EQ(later[0].frozen_modules, (std::vector<std::string>{"ft.paraphraser"}));
  EXPECT_TRUE(modules.parameters.contains("ft.paraphraser.encoder.0.weight"));
  EXPECT_TRUE(modules.parameters.contains("ft.paraphraser.decoder.0.weight"));
  EXPECT_TRUE(modules.parameters.contains("ft.translator.encoder.0.weight"));
  const double before = evaluate_loss(later, both.inputs, modules).total.item<double>();
  modules.parameters.at("ft.paraphraser.encoder.6.bias").fill_(1);
  EXPECT_NE(evaluate_loss(later, both.inputs, modules).total.item<double>(), before);
}

TEST(LossTerms, ThoseThatAskedForNoViewsSeeThePicturesAlone) {
  LossOptions options;
  options.kd.weight = options.sskd.weight = 1;
  options.sp.weight = 100;
  const auto terms = make_loss_terms(options, small_network(), &small_network());
  EXPECT_EQ(batch_transform_of(terms), "rotations4");
  RunBoth rotated(terms);
  ASSERT_EQ(rotated.inputs.student.logits.size(0), 24);
  options.sskd.weight = 0;
  const auto plain_terms = make_loss_terms(options, small_network(), &small_network());
  EXPECT_EQ(batch_transform_of(plain_terms), "");
  RunBoth plain(plain_terms);
  const auto modules = create_term_modules(terms, rotated.inputs, RandomTree(4));
  const auto with_views = evaluate_loss(terms, rotated.inputs, modules),
             without = evaluate_loss(plain_terms, plain.inputs, {});
  for (size_t i = 0; i < 3; ++i)
    EXPECT_NEAR(with_views.values[i].item<double>(), without.values[i].item<double>(), 1e-4) << terms[i].name;
}

TEST(LossTerms, MarginsComeFromTheTeachersNorms) {
  LossOptions options;
  options.ce.weight = 0;
  options.ofd.weight = 1;
  const auto terms = make_loss_terms(options, small_network(), &small_network());
  ASSERT_TRUE(terms[0].teacher_weights);
  RunBoth both(terms);
  const auto modules = create_term_modules(terms, both.inputs, RandomTree(4));
  const double value = evaluate_loss(terms, both.inputs, modules).total.item<double>();
  both.teacher.parameters.at("layer3.0.bn2.bias").fill_(-2);  // a margin further down
  EXPECT_NE(evaluate_loss(terms, both.inputs, modules).total.item<double>(), value);
  both.inputs.teacher.weights = nullptr;
  EXPECT_NE(tests::user_error_of([&] {
              evaluate_loss(terms, both.inputs, modules);
            }).find("needs a teacher with weights of its own"),
            std::string::npos);
  options.ofd.norms = {"layer1.0.bn2"};
  EXPECT_EQ(tests::user_error_of([&] { make_loss_terms(options, small_network(), &small_network()); }),
            "loss.ofd.norms: 1 for 3 activations of the teacher; name the batch norm before each activation");
}

TEST(LossTerms, CrdKeepsItsMemoriesAndItsConstant) {
  LossOptions options;
  options.crd.weight = 1;
  options.crd.dimensions = 8;
  options.crd.negatives = 5;
  const auto terms = make_loss_terms(options, small_network(), &small_network());
  RunBoth both(terms);
  const std::vector<int64_t> labels_of_set = {0, 1, 2, 3, 0, 1, 2};
  both.inputs.sample_index = at::arange(1, 7, at::kLong);
  both.inputs.labels = at::remainder(both.inputs.sample_index, 4);
  both.inputs.labels_of_set = &labels_of_set;
  const auto modules = create_term_modules(terms, both.inputs, RandomTree(4));
  const auto before = modules.buffers.at("crd.memory_student").clone();
  EXPECT_TRUE(at::equal(modules.buffers.at("crd.z"), at::zeros({2})));
  const auto loss = evaluate_loss(terms, both.inputs, modules);
  EXPECT_TRUE(at::equal(before, modules.buffers.at("crd.memory_student")));  // until gradients are there
  for (const auto& update : loss.after_backward) update();
  const auto after = modules.buffers.at("crd.memory_student");
  EXPECT_TRUE(at::equal(before[0], after[0]));  // not in the batch
  EXPECT_NEAR(after[3].norm().item<double>(), 1, 1e-5);
  const auto z = modules.buffers.at("crd.z").clone();
  EXPECT_GT(z[0].item<double>(), 0);
  for (const auto& update : evaluate_loss(terms, both.inputs, modules).after_backward) update();
  EXPECT_TRUE(at::equal(z, modules.buffers.at("crd.z")));
}

TEST(LossTerms, WarmUpGrowsWithTheEpoch) {
  const LossTerm term{.name = "dkd", .weight = 2, .warm_up_epochs = 20};
  EXPECT_DOUBLE_EQ(term.weight_at(1), 0.1);
  EXPECT_DOUBLE_EQ(term.weight_at(20), 2);
  EXPECT_DOUBLE_EQ(term.weight_at(200), 2);
  const LossTerm late{.name = "kd", .weight = 2, .warm_up_epochs = 20, .warm_up_from_zero = true};
  EXPECT_DOUBLE_EQ(late.weight_at(1), 0);
  EXPECT_DOUBLE_EQ(late.weight_at(11), 1);
  EXPECT_DOUBLE_EQ(late.weight_at(21), 2);
  EXPECT_DOUBLE_EQ(late.weight_at(200), 2);
}

}  // namespace
}  // namespace retort::model
