// What travels with every piece of work instead of living in globals.
#pragma once

#include "core/random.h"
#include "core/stop.h"
#include "core/thread_pool.h"

namespace spdlog {
class logger;
}

namespace retort {

struct Context {
  ThreadPool& pool;
  RandomTree random;    ///< root of the run's named streams
  spdlog::logger& log;  ///< words for people, on stderr
  const StopFlag& stop;
  bool trust_torchscript = false;  ///< the user vouches for TorchScript files, which run code of their makers
};

}  // namespace retort
