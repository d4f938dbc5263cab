#include "run/report.h"

#include <gtest/gtest.h>

#include <cmath>

#include "io/atomic_file.h"
#include "run/chart.h"
#include "run/toy_job.h"
#include "support/temporary_folder.h"

namespace retort::run {

namespace {
std::vector<std::string> tick_labels(double low, double high, bool logarithmic) {
  std::vector<std::string> labels;
  for (const auto& tick : axis_ticks(low, high, 5, logarithmic)) labels.push_back(tick.label);
  return labels;
}
}  // namespace

TEST(Chart, TicksAreRoundNumbers) {
  EXPECT_EQ(tick_labels(0, 1, false), (std::vector<std::string>{"0", "0.2", "0.4", "0.6", "0.8", "1"}));
  EXPECT_EQ(tick_labels(-0.3, 0.7, false), (std::vector<std::string>{"-0.2", "0", "0.2", "0.4", "0.6"}));
  EXPECT_EQ(tick_labels(1, 60, false), (std::vector<std::string>{"20", "40", "60"}));
  EXPECT_EQ(tick_labels(0, 30000, false), (std::vector<std::string>{"0", "10k", "20k", "30k"}));
  EXPECT_EQ(tick_labels(0.01, 1, true), (std::vector<std::string>{"0.01", "0.02", "0.05", "0.1", "0.2", "0.5", "1"}));
  EXPECT_EQ(tick_labels(1e-5, 1, true), (std::vector<std::string>{"1e-05", "0.0001", "0.001", "0.01", "0.1", "1"}));
}

TEST(Chart, NumbersAreShort) {
  EXPECT_EQ(short_number(0), "0");
  EXPECT_EQ(short_number(24.12345), "24.12");
  EXPECT_EQ(short_number(31234.4), "31234");
  EXPECT_EQ(short_number(-0.012345), "-0.01235");
  EXPECT_EQ(short_number(3.2e-7), "3.2e-07");
  EXPECT_EQ(short_number(INFINITY), "inf");
}

TEST(Chart, SmoothingIsUnbiased) {
  for (const double value : smoothed({5, 5, 5}, 10)) EXPECT_NEAR(value, 5, 1e-12);
  const auto course = smoothed({1, NAN, 3, 5}, 1e6);
  EXPECT_NEAR(course[0], 2.5, 1e-4);  // (1 + 1 + 3 + 5) / 4: the point itself is in both passes
  EXPECT_NEAR(course[1], 3, 1e-4);
  EXPECT_EQ(smoothed({0, 1, 2}, 1), (std::vector<double>{0, 1, 2}));
  EXPECT_TRUE(smoothed({}, 5).empty());
}

TEST(Chart, UnitsFollowTheName) {
  EXPECT_EQ(unit_of_scalar("eval/psnr"), "dB");
  EXPECT_EQ(unit_of_scalar("time/steps_per_second"), "1/s");
  EXPECT_EQ(unit_of_scalar("train/loss"), "");
}

TEST(Chart, NastyCurvesStayInsideThePicture) {
  Curve curve{.name = "a", .timing = false, .steps = {5}, .values = {3}};
  EXPECT_NE(render_chart(curve).find("<circle"), std::string::npos);
  EXPECT_EQ(render_chart(curve).find("nan"), std::string::npos);
  curve.values = {INFINITY};
  EXPECT_NE(render_chart(curve).find("no finite values"), std::string::npos);
  curve.steps.clear();
  curve.values.clear();
  for (int step = 0; step < 5000; ++step) {
    curve.steps.push_back(step);
    curve.values.push_back(step == 2500 ? 1000 : std::exp(-0.001 * step));
  }
  const auto svg = render_chart(curve);
  EXPECT_LT(svg.size(), 20'000u);
  EXPECT_NE(svg.find("log scale"), std::string::npos);
  EXPECT_NE(svg.find(",10.0 "), std::string::npos) << "the spike is lost";
  curve.values.assign(curve.steps.size(), 0.0);
  EXPECT_EQ(render_chart(curve).find("nan"), std::string::npos);
}

TEST(Report, HoldsEverythingAndLoadsNothing) {
  const tests::TemporaryFolder root;
  tests::ToyWorld world;
  auto folder = tests::toy_folder(root / "toy <run>");
  tests::ToyJob job({.steps = 200}, world.context.random);
  auto options = tests::quiet_run();
  options.report = true;
  run_job(job, folder, world.context, options);
  const auto html = io::read_whole_file(folder.path() / "report.html", 1 << 20);
  for (const char* part : {"toy &lt;run&gt;", "class=\"state finished\"", "<svg", "train/<wbr>loss",
                           "data:image/png;base64,iVBORw0KGgo", "train-view, step 1<", "train-view, step 181<",
                           "retort run toy.yaml", "method: toy", "weights.safetensors", "prefers-color-scheme: dark"}) {
    EXPECT_NE(html.find(part), std::string::npos) << part;
  }
  for (const auto& product : folder.record().products) EXPECT_NE(html.find(product.sha256), std::string::npos);
  for (const char* part : {"<script", "http://", "https://", "url(", "@import"}) {
    EXPECT_EQ(html.find(part), std::string::npos) << part;
  }
}

}  // namespace retort::run
