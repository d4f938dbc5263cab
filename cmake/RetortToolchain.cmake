# Language, warnings, optimisation, compiler cache and how many compilers may run at once.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
# Programs as well as libraries (CMake would give programs -fPIE): the precompiled torch header serves both.
add_compile_options(-fPIC)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
# Rooms are static: their sources need not wait for the rooms below to be archived.
set(CMAKE_OPTIMIZE_DEPENDENCIES ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()
# The kernels' inner loops are vectorised by hand; -O2 keeps compile times low, and RT_CHECK replaces assert.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # Precompiled headers defeat the cache unless it is told to look past their time stamps.
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${CCACHE_PROGRAM})
endif()

# Sanitized and fuzzed builds can leave LibTorch out: it is not instrumented itself, and takes most of the build's time.
option(RETORT_TORCH "Build the rooms that need LibTorch" ON)
if(RETORT_FUZZ)
  set(RETORT_TORCH OFF)
endif()

# Sources of a room that are compiled together: each batch reads the precompiled header and the room's headers once.
set(RETORT_UNITY_BATCH 20)

# GCC walks all it has read, a precompiled header of half a gigabyte included, whenever its heap has grown by a third:
# left alone until the heap is large, it spends a sixth less time.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_compile_options("SHELL:--param ggc-min-heapsize=1000000" "SHELL:--param ggc-min-expand=300")
endif()

# A unit with torch headers takes over a gigabyte: bound the jobs by memory as well as by cores.
cmake_host_system_information(RESULT retort_cores QUERY NUMBER_OF_LOGICAL_CORES)
cmake_host_system_information(RESULT retort_free_mb QUERY AVAILABLE_PHYSICAL_MEMORY)
math(EXPR retort_jobs "${retort_free_mb} / 2000")
if(retort_jobs GREATER retort_cores)
  set(retort_jobs ${retort_cores})
elseif(retort_jobs LESS 1)
  set(retort_jobs 1)
endif()
set_property(GLOBAL PROPERTY JOB_POOLS compile=${retort_jobs})
set(CMAKE_JOB_POOL_COMPILE compile)

add_library(retort_flags INTERFACE)
# Ours alone: an installed retort lets its users choose their warnings.
target_compile_options(retort_flags INTERFACE $<BUILD_INTERFACE:-Wall> $<BUILD_INTERFACE:-Wextra> $<BUILD_INTERFACE:-Werror>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # Wide vectors as arguments of functions that stay within one file: nobody else is compiled against them.
  target_compile_options(retort_flags INTERFACE $<BUILD_INTERFACE:-Wno-psabi>)
endif()
target_compile_features(retort_flags INTERFACE cxx_std_20)
target_include_directories(retort_flags INTERFACE $<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}/src>)
if(RETORT_SANITIZE)
  target_compile_options(retort_flags INTERFACE -fsanitize=${RETORT_SANITIZE} -fno-omit-frame-pointer -g)
  target_link_options(retort_flags INTERFACE -fsanitize=${RETORT_SANITIZE})
endif()
if(RETORT_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "RETORT_FUZZ needs clang++ (libFuzzer): cmake --preset fuzz")
  endif()
  target_compile_options(retort_flags INTERFACE -fsanitize=fuzzer-no-link,address,undefined -g)
  target_link_options(retort_flags INTERFACE -fsanitize=address,undefined)
endif()
