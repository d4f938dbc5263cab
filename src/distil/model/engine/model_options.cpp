#include "distil/model/engine/model_options.h"

namespace retort::model {

void fields(OptionVisitor& v, TeacherOptions& o) {
  v("network", o.network, "architecture, as `retort list networks` names it; empty: no teacher");
  v("weights", o.weights, "file of its weights: safetensors or a PyTorch checkpoint, or a run's weights.safetensors");
  v("mode", o.mode, "eval: running statistics, no dropout; train: batch statistics, as some authors' code ran it");
}

void fields(OptionVisitor& v, StudentOptions& o) {
  v("network", o.network, "architecture, as `retort list networks` names it");
  v("weights", o.weights, "file of weights to start from; empty: fresh ones from train.seed");
}

void fields(OptionVisitor& v, TrainingOptions& o) {
  v("epochs", o.epochs, "passes over the training set", {.min = 1, .max = 1e6});
  v("seed", o.seed, "of the fresh weights, the order of the samples and their augmentation", {.min = 0});
  v("optimiser", o.optimiser, "how parameters move");
  v("schedule", o.schedule, "how the learning rate changes");
  v("evaluate_every", o.evaluate_every, "test after so many epochs, and at the end; 0: at the end only",
    {.unit = "epochs", .min = 0});
  v("channels_last", o.channels_last,
    "keep the channels of a place together in memory, which convolutions like; results differ by rounding");
  v("log_every", o.log_every, "record the losses after so many steps", {.unit = "steps", .min = 1});
}

void ModelOptions::check(Problems& problems) const {
  problems.require(!data.train.empty(), "data.train", "names no data set; `retort list data` lists them");
  problems.require(loss.any(), "loss", "no term has a weight");
  problems.require(!loss.needs_teacher() || !teacher.network.empty(), "teacher.network",
                   "a term of the loss needs a teacher");
  problems.require(teacher.network.empty() || !teacher.weights.empty(), "teacher.weights",
                   "a teacher without trained weights knows nothing");
}

void fields(OptionVisitor& v, ModelOptions& o) {
  v("data", o.data, "what is learned from");
  v("teacher", o.teacher, "who knows");
  v("student", o.student, "who learns");
  v("loss", o.loss, "weighted terms; a term of weight 0 is not computed");
  v("train", o.train, "how long, how fast");
}

}  // namespace retort::model
