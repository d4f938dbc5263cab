#include "distil/model/methods/model_method.h"

#include "core/recipe.h"
#include "core/registries.h"
#include "distil/model/engine/distillation_job.h"

namespace retort::model {

namespace {
ModelOptions defaults_of(const ModelMethod& method) {
  ModelOptions options;
  method.adapt(options);
  return options;
}
}  // namespace

void add_model_methods(Registries& registries, const std::vector<ModelMethod>& methods, const char* page) {
  for (const auto& method : methods) {
    registries.methods.add(
        method.name,
        {.family = "model",
         .paper = method.paper,
         .summary = method.summary,
         .equation = method.equation,
         .sources = method.sources,
         .page = page,
         .options = [&method] { return describe_options_of(defaults_of(method)); },
         .make = [&method, &registries](const Recipe& recipe, Context& context) -> std::unique_ptr<run::Job> {
           const auto options = recipe.read(defaults_of(method));
           return std::make_unique<DistillationJob>(options, recipe.resolved(options), registries, context);
         }});
  }
}

}  // namespace retort::model
