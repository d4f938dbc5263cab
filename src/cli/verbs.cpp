#include "cli/verbs.h"

namespace retort::cli {

namespace {
Verb make_field_group() {
  return {.name = "field",
          .heading = "Fields",
          .summary = "a 3-D Gaussian field from posed photos: train, look, ask, export, measure",
          .examples = {{"field demo", "trains on the embedded scene and shows what comes out"},
                       {"field train photos/fox", "runs the Feature 3DGS recipe on a COLMAP folder"}},
          .add_options = nullptr,
          .verbs = make_field_verbs()};
}

Verb make_maps_group() {
  return {.name = "maps",
          .heading = "Fields",
          .summary = "a teacher's feature maps on disk: in fewer bytes",
          .examples = {{"maps compress photos/fox/teacher_mobilenet_v2 --codebook 1024", "a pixel names one of 1,024"},
                       {"maps compress photos/fox/teacher_mobilenet_v2 --pca 32", "32 channels instead of all"}},
          .add_options = nullptr,
          .verbs = {make_maps_compress_verb()}};
}
}  // namespace

std::vector<Verb> all_verbs() {
  return {make_run_verb(),    make_resume_verb(),  make_reproduce_verb(), make_sweep_verb(),    make_field_group(),
          make_serve_verb(),  make_teach_verb(),   make_maps_group(),     make_cache_verb(),    make_prototypes_verb(),
          make_eval_verb(),   make_predict_verb(), make_export_verb(),    make_weights_group(), make_convert_group(),
          make_list_verb(),   make_explain_verb(), make_parity_verb(),    make_doctor_verb(),   make_bench_verb(),
          make_aspects_verb()};
}

}  // namespace retort::cli
