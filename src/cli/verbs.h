// The table of verbs; one make_*_verb() a file.
#pragma once

#include <vector>

#include "cli/verb.h"

namespace retort::cli {

Verb make_run_verb();            // run_verb.cpp
Verb make_resume_verb();         // resume_verb.cpp
Verb make_parity_verb();         // parity_verb.cpp
Verb make_reproduce_verb();      // reproduce_verb.cpp
Verb make_sweep_verb();          // sweep_verb.cpp
Verb make_list_verb();           // list_verb.cpp
Verb make_explain_verb();        // explain_verb.cpp
Verb make_doctor_verb();         // doctor_verb.cpp
Verb make_bench_verb();          // bench_verb.cpp
Verb make_teach_verb();          // teach_verb.cpp
Verb make_maps_compress_verb();  // maps_compress_verb.cpp
Verb make_cache_verb();          // cache_verb.cpp
Verb make_prototypes_verb();     // prototypes_verb.cpp
Verb make_aspects_verb();        // aspects_verb.cpp
Verb make_eval_verb();           // eval_verb.cpp
Verb make_serve_verb();          // serve_verb.cpp
Verb make_predict_verb();        // predict_verb.cpp
Verb make_export_verb();         // export_verb.cpp
Verb make_weights_group();       // weights_verbs.cpp
Verb make_convert_group();       // convert_verbs.cpp

/// What `retort field` offers: train, render, query, export, eval, demo. field_verbs.cpp
std::vector<Verb> make_field_verbs();

/// All verbs, in the order in which help lists them.
std::vector<Verb> all_verbs();

}  // namespace retort::cli
