# tests/<room>/<file>_test.cpp joins the test binary of its room; ctest runs each binary once per label.
# A test case is `fast` unless its suite's name ends in Slow. What needs the shared data skips itself without it; ./test
# counts what was skipped.
find_package(GTest REQUIRED)
enable_testing()

function(retort_room_tests folder)
  string(REPLACE "/" "_" name ${folder})
  file(GLOB sources CONFIGURE_DEPENDS tests/${folder}/*_test.cpp)
  if(NOT sources OR NOT TARGET retort_${name})
    return()
  endif()
  add_executable(test_${name} ${sources})
  target_link_libraries(test_${name} PRIVATE retort_${name} GTest::gtest GTest::gtest_main)
  target_include_directories(test_${name} PRIVATE tests)
  set_target_properties(test_${name} PROPERTIES UNITY_BUILD ${RETORT_UNITY} UNITY_BUILD_BATCH_SIZE ${RETORT_UNITY_BATCH})
  get_property(torch_rooms GLOBAL PROPERTY RETORT_TORCH_ROOMS)
  if(folder IN_LIST torch_rooms)
    target_precompile_headers(test_${name} REUSE_FROM retort_torch_pch)
  endif()
  target_compile_definitions(test_${name} PRIVATE RETORT_SOURCE_DIR="${CMAKE_CURRENT_SOURCE_DIR}")
  add_test(NAME fast/${folder} COMMAND test_${name} --gtest_filter=-*Slow.* --gtest_brief=1)
  # Tiny tensors on several torch threads only wait for each other, ten times as long beside other tests.
  set_tests_properties(fast/${folder} PROPERTIES LABELS fast TIMEOUT 300 ENVIRONMENT OMP_NUM_THREADS=1)
  foreach(source ${sources})
    file(STRINGS ${source} slow_suites REGEX "^TEST.*Slow," LIMIT_COUNT 1)
    if(slow_suites)
      add_test(NAME slow/${folder} COMMAND test_${name} --gtest_filter=*Slow.* --gtest_brief=1)
      set_tests_properties(slow/${folder} PROPERTIES LABELS slow TIMEOUT 1800)
      break()
    endif()
  endforeach()
endfunction()

get_property(rooms GLOBAL PROPERTY RETORT_ROOMS)
foreach(room ${rooms})
  retort_room_tests(${room})
endforeach()

if(RETORT_TORCH)
  include(RetortEndToEnd)
  # Every stored number of the papers' own code, in both precisions (docs/design/parity.md).
  add_test(NAME parity/float32 COMMAND retort parity ${CMAKE_CURRENT_SOURCE_DIR}/tests/golden)
  add_test(NAME parity/float64 COMMAND retort parity ${CMAKE_CURRENT_SOURCE_DIR}/tests/golden --dtype float64)
  set_tests_properties(parity/float32 parity/float64 PROPERTIES LABELS "fast;parity" TIMEOUT 300)
endif()

# tests/fuzz/<parser>_fuzz.cpp: with RETORT_FUZZ a libFuzzer program fuzz_<parser> each; else one program, compiled
# together, that replays every parser's corpus, and a test for each parser. Only torch-free rooms are linked.
get_property(torch_rooms GLOBAL PROPERTY RETORT_TORCH_ROOMS)
set(fuzz_rooms "")
foreach(room ${rooms})
  if(NOT room IN_LIST torch_rooms)
    string(REPLACE "/" "_" room ${room})
    list(PREPEND fuzz_rooms retort_${room})
  endif()
endforeach()

file(GLOB fuzz_sources CONFIGURE_DEPENDS tests/fuzz/*_fuzz.cpp)
set(replay_declarations "")
set(replay_targets "")
foreach(source ${fuzz_sources})
  get_filename_component(name ${source} NAME_WE)
  string(REGEX REPLACE "_fuzz$" "" name ${name})
  if(RETORT_FUZZ)
    add_executable(fuzz_${name} ${source})
    target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
    target_include_directories(fuzz_${name} PRIVATE tests)
    target_link_libraries(fuzz_${name} PRIVATE ${fuzz_rooms})
  else()
    # Each defines the function that libFuzzer calls: here it has its parser's name.
    string(APPEND replay_declarations
           "#define LLVMFuzzerTestOneInput replay_${name}\n#include \"fuzz/${name}_fuzz.cpp\"\n#undef LLVMFuzzerTestOneInput\n")
    string(APPEND replay_targets "    {\"${name}\", replay_${name}},\n")
    add_test(NAME fuzz/${name} COMMAND replay_fuzz ${name} ${CMAKE_CURRENT_SOURCE_DIR}/tests/fuzz/corpus/${name})
    set_tests_properties(fuzz/${name} PROPERTIES LABELS fast)
  endif()
endforeach()
if(NOT RETORT_FUZZ)
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/generated/replay_targets.cpp CONTENT
"// Generated from the folder's content: every fuzz target by its name.
${replay_declarations}
#include \"fuzz/replay_targets.h\"

namespace retort::fuzz {
const std::map<std::string, FuzzTarget>& replay_targets() {
  static const std::map<std::string, FuzzTarget> targets = {
${replay_targets}  };
  return targets;
}
}  // namespace retort::fuzz
")
  add_executable(replay_fuzz tests/fuzz/replay_main.cpp ${CMAKE_BINARY_DIR}/generated/replay_targets.cpp)
  target_include_directories(replay_fuzz PRIVATE tests)
  target_link_libraries(replay_fuzz PRIVATE ${fuzz_rooms})
endif()
