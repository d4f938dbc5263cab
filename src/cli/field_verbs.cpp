#include "cli/field_verbs.h"

#include "cli/verbs.h"

namespace retort::cli {

std::vector<Verb> make_field_verbs() {
  return {make_field_train_verb(), make_field_render_verb(),    make_field_query_verb(),    make_field_select_verb(),
          make_field_edit_verb(),  make_field_export_verb(),    make_field_compress_verb(), make_field_eval_verb(),
          make_field_demo_verb(),  make_field_synthetic_verb(), make_field_lift_verb(),     make_field_frames_verb()};
}

}  // namespace retort::cli
