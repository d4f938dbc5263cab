#include <CLI/CLI.hpp>
#include <memory>

#include "cli/run_recipe.h"
#include "cli/verbs.h"

namespace retort::cli {

Verb make_resume_verb() {
  return {.name = "resume",
          .heading = "Runs",
          .summary = "goes on with a run that was stopped or died",
          .examples = {{"resume runs/feature-3dgs-20260301-1", "from its latest checkpoint, to the same bytes"},
                       {"resume fox-run --threads 4", "with the threads it began with"}},
          .add_options = [](CLI::App& parser) -> Action {
            auto folder = std::make_shared<std::string>();
            auto trust_torchscript = std::make_shared<bool>(false);
            parser.add_option("RUN_FOLDER", *folder, "the folder of the run")->required();
            add_trust_option(parser, *trust_torchscript);
            return [folder, trust_torchscript](Invocation& invocation) {
              invocation.context.trust_torchscript = *trust_torchscript;
              return resume_run(*folder, invocation).exit_code;
            };
          },
          .verbs = {}};
}

}  // namespace retort::cli
