#include "distil/model/engine/model_options.h"

#include <fmt/core.h>

#include <algorithm>

namespace retort::model {

namespace {
constexpr const char* pool_help = "learn from the pictures of data.pool as well, where there are any";
}  // namespace

void fields(OptionVisitor& v, TeacherNetworkOptions& o) {
  v("network", o.network, "architecture, as `retort list networks` names it; empty: no teacher");
  v("weights", o.weights, "its weights: safetensors or a PyTorch checkpoint, weights:NAME, or run:NAME");
  v("mode", o.mode, "eval: running statistics, no dropout; train: batch statistics, as some authors' code ran it");
  v("share", o.share, "of several teachers: how much this one counts", {.min = 0});
  v("cache", o.cache,
    "file of soft labels that `retort cache` made: nobody runs; network and weights, if given, are who must have "
    "spoken");
}

void fields(OptionVisitor& v, TeacherOptions& o) {
  fields(v, static_cast<TeacherNetworkOptions&>(o));
  v.sections("also", o.also, "further teachers, by names of your own; maps come from the first");
  v("adapt", o.adapt, "what becomes of stored labels that the teacher was unsure or all too sure of");
  v("torchscript", o.torchscript,
    "TorchScript file that gives logits; a program, hence opened with --trust-torchscript only");
  v("prototypes", o.prototypes,
    "safetensors file with a vector for each class: logits are 100 times their cosines with the network's pooled "
    "vector, or with what the TorchScript file gives");
  v("similarities", o.similarities,
    "safetensors file of a vision-language model's likeness of every training picture to every class; nobody runs");
  v("mix", o.mix,
    "several teachers: logits or probabilities averaged by their shares, or of each sample the one that gives its "
    "label "
    "the most");
}

void TeacherOptions::check(Problems& problems) const {
  problems.require(network.empty() || !weights.empty() || !cache.empty(), "weights",
                   "a teacher without trained weights knows nothing");
  problems.require(prototypes.empty() || (given() && cache.empty() && also.empty()), "prototypes",
                   "need one network or TorchScript file beside them, which gives the embeddings");
  problems.require(similarities.empty() || (network.empty() && cache.empty() && torchscript.empty() && also.empty()),
                   "similarities",
                   "are a teacher by themselves; name no network, TorchScript file or cache beside them");
  problems.require(!adapt.is_on() || !cache.empty(), "adapt", "changes stored soft labels, and no cache is named");
  problems.require(also.empty() || !adapt.is_on(), "adapt", "goes by one teacher's confidence; there are several");
  problems.require(torchscript.empty() || (cache.empty() && network.empty()), "torchscript",
                   "is a teacher by itself; name neither a network nor a cache beside it");
  problems.require(also.empty() || given(), "network", "the first teacher is named here, further ones below `also`");
  double shares = share;
  for (const auto& [name, other] : also) {
    shares += other.share;
    problems.require(!other.cache.empty() || (!other.network.empty() && !other.weights.empty()), "also",
                     fmt::format("'{}' needs a network and its weights, or a cache", name));
    problems.require(other.cache.empty() == cache.empty(), "also",
                     fmt::format("'{}': either all teachers have a cache or none", name));
  }
  problems.require(shares > 0, "share", "is 0 for all teachers; one must count");
}

void fields(OptionVisitor& v, StudentOptions& o) {
  v("network", o.network,
    "architecture, as `retort list networks` names it; dual_head(NAME): with a second head that learns from the "
    "teacher; "
    "shared_classifier(NAME,WIDTH): ends in the teacher's classifier of WIDTH inputs");
  v("weights", o.weights, "weights to start from, named like the teacher's; empty: fresh ones from train.seed");
  v("frozen", o.frozen, "parts that do not learn, by the beginning of their names: [conv1, layer1.0]");
  v("aspects", o.aspects,
    "file of answers to yes-or-no questions about every training picture: one more output each while training, for "
    "loss.aspects");
  v("shuffle_aspects", o.shuffle_aspects, "give each picture another one's answers, to compare with");
  v("fresh_classifier", o.fresh_classifier,
    "take all but the last layer from the weights, which may be those of other classes");
}

void StudentOptions::check(Problems& problems) const {
  problems.require(!fresh_classifier || !weights.empty(), "fresh_classifier", "needs student.weights to start from");
}

void fields(OptionVisitor& v, TrainingOptions& o) {
  v("epochs", o.epochs, "passes over the training set", {.min = 1, .max = 1e6});
  v("seed", o.seed, "of the fresh weights, the order of the samples and their augmentation", {.min = 0});
  v("optimiser", o.optimiser, "how parameters move");
  v("schedule", o.schedule, "how the learning rate changes");
  v("accumulate", o.accumulate, "gradients of so many batches make one step",
    {.unit = "batches", .min = 1, .max = 4096});
  v("average", o.average, "of the student's weights over the steps: what is tested and kept");
  v("sharpness", o.sharpness, "look for flat minima; doubles the work of a step");
  v("precision", o.precision, "in which convolutions and products compute; parameters stay float32");
  v("evaluate_every", o.evaluate_every, "test after so many epochs, and at the end; 0: at the end only",
    {.unit = "epochs", .min = 0});
  v("channels_last", o.channels_last,
    "keep the channels of a place together in memory, which convolutions like; results differ by rounding");
  v("foreign_pictures", o.foreign_pictures,
    "the training pictures are of any classes: their labels are not read, the classes are those of data.test");
  v("selection", o.selection, "which of the training pictures an epoch learns from");
  v("log_every", o.log_every, "record the losses after so many steps", {.unit = "steps", .min = 1});
  v("monitor", o.monitor, "further curves, at the same steps");
  v("pool", o.pool, pool_help);
}

void fields(OptionVisitor& v, StageOptions& o) {
  v("loss", o.loss, "weighted terms; none has a weight unless one is given");
  v("epochs", o.epochs, "passes over the training set; 0: the stage is left out", {.min = 0, .max = 1e6});
  v("optimiser", o.optimiser, "how parameters move; what is not given is as in `train`");
  v("schedule", o.schedule, "how the learning rate changes; what is not given is as in `train`");
  v("train_student", o.train_student, "false: only the modules of the loss learn");
  v("frozen", o.frozen, "parts of the student that do not learn, by the beginning of their names");
  v("pool", o.pool, pool_help);
}

void StageOptions::check(Problems& problems) const {
  problems.require(epochs == 0 || loss.any(), "loss", "no term has a weight");
}

void ModelOptions::check(Problems& problems) const {
  problems.require(!data.train.empty(), "data.train", "names no data set; `retort list data` lists them");
  problems.require(loss.any(), "loss", "no term has a weight");
  const bool needs_teacher = loss.needs_teacher() || std::any_of(before.begin(), before.end(), [](const auto& stage) {
                               return stage.second.epochs > 0 && stage.second.loss.needs_teacher();
                             });
  problems.require(!train.foreign_pictures || (!data.test.empty() && teacher.cache.empty()), "train.foreign_pictures",
                   "needs data.test, which names the classes, and a teacher that runs");
  problems.require(!train.selection.on || (teacher.given() && teacher.cache.empty()), "train.selection.on",
                   "needs a teacher that runs: it judges every picture in every epoch");
  problems.require(!extra.given() || teacher.cache.empty(), "extra.train",
                   "stored soft labels are those of data.train; nobody spoke about other pictures");
  problems.require(!extra.given() || !data::is_on(data.mixing), "extra.train",
                   "pictures without labels can't be mixed with labelled ones; leave out data.mixing");
  problems.require(!extra.given() || teacher.mix != TeacherMix::best || teacher.also.empty(), "extra.train",
                   "the best of several teachers is chosen by labels; take another teacher.mix");
  problems.require(extra.held_out == 0 || train.average.decay == 0, "extra.held_out",
                   "the mixture is chosen for the student, not for its average; leave out train.average");
  problems.require(!train.selection.on || (data.pool.set.empty() && data.crops == 1), "train.selection.on",
                   "goes by the pictures of data.train, one crop of each; leave out data.pool and data.crops");
  problems.require(teacher.mix != TeacherMix::best || teacher.also.empty() || data.pool.set.empty(), "teacher.mix",
                   "best goes by labels, which the pictures of data.pool have not");
  problems.require(teacher.cache.empty() || data.pool.set.empty(), "data.pool", "has no stored soft labels");
  problems.require(teacher.similarities.empty() || data.pool.set.empty(), "data.pool",
                   "has no rows in the file of teacher.similarities");
  problems.require(!data.mixing.same_picture || (data::is_on(data.mixing) && data.crops > 1),
                   "data.mixing.same_picture",
                   "needs several data.crops of a picture, and mixup_alpha or cutmix_alpha");
  problems.require(!needs_teacher || teacher.given(), "teacher.network", "a term of the loss needs a teacher");
}

void fields(OptionVisitor& v, ModelOptions& o) {
  v("data", o.data, "what is learned from");
  v("extra", o.extra, "pictures of a second source, without labels, beside those");
  v("teacher", o.teacher, "who knows");
  v("student", o.student, "who learns");
  v("loss", o.loss, "weighted terms; a term of weight 0 is not computed");
  v("train", o.train, "how long, how fast");
  StageOptions fresh;
  fresh.optimiser = o.train.optimiser;
  fresh.schedule = o.train.schedule;
  v.sections("before", o.before, "stages that come before, in order, under names of your own", fresh);
}

}  // namespace retort::model
