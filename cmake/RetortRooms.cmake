# A room is a folder of src/ that becomes one static library.
#   retort_room(<folder> [TORCH] [USES <lower rooms>] [LIBRARIES <external targets>] [WITHOUT <files>])
# WITHOUT leaves out files that stand for something this build lacks, or has. Rooms marked TORCH share one precompiled
# torch header. Files named *_avx2.cpp and *_avx512.cpp are compiled for that instruction set. Files that define
# `void register_<file name>(Registries&)` are registered by a generated list.

if(RETORT_TORCH)
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/generated/torch_pch.cpp CONTENT "// Carries the precompiled torch header.\n")
  add_library(retort_torch_pch STATIC ${CMAKE_BINARY_DIR}/generated/torch_pch.cpp)
  target_link_libraries(retort_torch_pch PUBLIC retort_flags retort_torch)
  # Named as an include, not by its place: a compiler cache then serves every clone.
  target_precompile_headers(retort_torch_pch PRIVATE <core/torch_headers.h>)
endif()

# Roots vectorise only when nobody asks sqrt() for errno.
set(RETORT_AVX2_FLAGS -mavx2 -mfma -mf16c -ffp-contract=fast -fno-math-errno)
set(RETORT_AVX512_FLAGS -mavx512f -mavx512dq -mavx512bw -mavx512vl -mavx2 -mfma -mf16c -mprefer-vector-width=512 -ffp-contract=fast -fno-math-errno)

function(retort_room folder)
  cmake_parse_arguments(ROOM "TORCH" "" "USES;LIBRARIES;WITHOUT" ${ARGN})
  if(ROOM_TORCH AND NOT RETORT_TORCH)
    return()
  endif()
  string(REPLACE "/" "_" name ${folder})
  file(GLOB sources CONFIGURE_DEPENDS src/${folder}/*.cpp)
  list(FILTER sources EXCLUDE REGEX "/main\\.cpp$")
  foreach(left_out ${ROOM_WITHOUT})
    list(REMOVE_ITEM sources ${CMAKE_CURRENT_SOURCE_DIR}/src/${folder}/${left_out})
  endforeach()
  if(NOT sources)
    file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/generated/empty_${name}.cpp
         CONTENT "// This room has no sources of its own yet.\n")
    set(sources ${CMAKE_BINARY_DIR}/generated/empty_${name}.cpp)
  endif()
  add_library(retort_${name} STATIC ${sources})
  target_link_libraries(retort_${name} PUBLIC retort_flags ${ROOM_LIBRARIES})
  foreach(lower ${ROOM_USES})
    string(REPLACE "/" "_" lower ${lower})
    target_link_libraries(retort_${name} PUBLIC retort_${lower})
  endforeach()
  if(ROOM_TORCH)
    target_link_libraries(retort_${name} PUBLIC retort_torch)
    target_precompile_headers(retort_${name} REUSE_FROM retort_torch_pch)
  endif()
  set_target_properties(retort_${name} PROPERTIES UNITY_BUILD ${RETORT_UNITY} UNITY_BUILD_BATCH_SIZE ${RETORT_UNITY_BATCH})
  foreach(source ${sources})
    if(source MATCHES "_avx2\\.cpp$")
      set_source_files_properties(${source} PROPERTIES COMPILE_OPTIONS "${RETORT_AVX2_FLAGS};-O3" SKIP_UNITY_BUILD_INCLUSION ON SKIP_PRECOMPILE_HEADERS ON)
    elseif(source MATCHES "_avx512\\.cpp$")
      set_source_files_properties(${source} PROPERTIES COMPILE_OPTIONS "${RETORT_AVX512_FLAGS};-O3" SKIP_UNITY_BUILD_INCLUSION ON SKIP_PRECOMPILE_HEADERS ON)
    endif()
    file(STRINGS ${source} registers REGEX "^void register_[a-z0-9_]+\\(Registries& [a-z]+\\) {" LIMIT_COUNT 1)
    if(registers)
      string(REGEX REPLACE "^void (register_[a-z0-9_]+).*" "\\1" call "${registers}")
      set_property(GLOBAL APPEND PROPERTY RETORT_REGISTER_CALLS "retort::${call}")
    endif()
  endforeach()
  set_property(GLOBAL APPEND PROPERTY RETORT_ROOMS ${folder})
  if(ROOM_TORCH)
    set_property(GLOBAL APPEND PROPERTY RETORT_TORCH_ROOMS ${folder})
  endif()
endfunction()

# The program, with the generated list of registrations (static initialisers would vanish from static libraries).
function(retort_program name main)
  if(NOT RETORT_TORCH)
    return()
  endif()
  cmake_parse_arguments(PROGRAM "" "" "USES" ${ARGN})
  configure_file(cmake/retort_build.h.in ${CMAKE_BINARY_DIR}/generated/retort_build.h)
  target_include_directories(retort_${PROGRAM_USES} PRIVATE ${CMAKE_BINARY_DIR}/generated)
  get_property(calls GLOBAL PROPERTY RETORT_REGISTER_CALLS)
  set(declarations "")
  set(body "")
  foreach(call ${calls})
    string(REPLACE "retort::" "" function ${call})
    string(APPEND declarations "void ${function}(Registries& registries);\n")
    string(APPEND body "  ${function}(registries);\n")
  endforeach()
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/generated/register_all.cpp CONTENT
"// Generated from the folders' content: every file that offers something is asked for it once.
#include \"core/registries.h\"

namespace retort {
${declarations}
void register_all(Registries& registries) {
${body}}
}  // namespace retort
")
  add_library(retort_registrations STATIC ${CMAKE_BINARY_DIR}/generated/register_all.cpp)
  target_link_libraries(retort_registrations PUBLIC retort_flags)
  target_link_libraries(retort_registrations PUBLIC retort_${PROGRAM_USES})
  add_executable(${name} ${main})
  target_link_libraries(${name} PRIVATE retort_registrations)
  target_precompile_headers(${name} REUSE_FROM retort_torch_pch)
endfunction()
