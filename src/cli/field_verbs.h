// The verbs below `retort field`; one make_*_verb() a file.
#pragma once

#include "cli/verb.h"

namespace retort::cli {

Verb make_field_train_verb();      // field_train_verb.cpp
Verb make_field_render_verb();     // field_render_verb.cpp
Verb make_field_query_verb();      // field_query_verb.cpp
Verb make_field_edit_verb();       // field_edit_verb.cpp
Verb make_field_select_verb();     // field_select_verb.cpp
Verb make_field_export_verb();     // field_export_verb.cpp
Verb make_field_compress_verb();   // field_compress_verb.cpp
Verb make_field_eval_verb();       // field_eval_verb.cpp
Verb make_field_demo_verb();       // field_demo_verb.cpp
Verb make_field_synthetic_verb();  // field_synthetic_verb.cpp
Verb make_field_lift_verb();       // field_lift_verb.cpp
Verb make_field_frames_verb();     // field_frames_verb.cpp

}  // namespace retort::cli
