# bench/<name>_bench.cpp becomes the program bench_<name>; built when asked for (`ninja bench_<name>`), never by ctest.
find_package(benchmark REQUIRED)

file(GLOB bench_sources CONFIGURE_DEPENDS bench/*_bench.cpp)
foreach(source ${bench_sources})
  get_filename_component(name ${source} NAME_WE)
  string(REGEX REPLACE "_bench$" "" name ${name})
  add_executable(bench_${name} EXCLUDE_FROM_ALL ${source})
  target_link_libraries(bench_${name} PRIVATE retort_distil_field_benchmarks retort_distil_field_selection retort_data benchmark::benchmark)
  target_precompile_headers(bench_${name} REUSE_FROM retort_torch_pch)
endforeach()
