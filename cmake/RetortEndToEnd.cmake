# Runs of the real program: tests/e2e/*.json are cases as data, run by tests/e2e/run_cases.py.
find_package(Python3 REQUIRED COMPONENTS Interpreter)

file(GLOB case_files CONFIGURE_DEPENDS tests/e2e/*.json)
foreach(case_file ${case_files})
  get_filename_component(name ${case_file} NAME_WE)
  add_test(NAME e2e/${name}
           COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/tests/e2e/run_cases.py
                   --program $<TARGET_FILE:retort> --source ${CMAKE_CURRENT_SOURCE_DIR} ${case_file})
  if(name MATCHES "_slow$")
    set_tests_properties(e2e/${name} PROPERTIES LABELS "e2e;slow" TIMEOUT 1800)
  else()
    set_tests_properties(e2e/${name} PROPERTIES LABELS "e2e;fast" TIMEOUT 300)
  endif()
endforeach()

# Real runs, claims and sweeps: killed and interrupted at random moments, or out of room on the disk, then resumed; on
# scenes and models that are wrong in one place each; and on scenes that are odd but right.
foreach(script kill_and_resume model_kill_and_resume interrupted_measuring interrupted_lift full_disk bad_scenes bad_models
               odd_scenes lpips weights serve)
  add_test(NAME e2e/${script}
           COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/tests/e2e/${script}.py
                   --program $<TARGET_FILE:retort>)
  set_tests_properties(e2e/${script} PROPERTIES LABELS "e2e;slow" TIMEOUT 1800)
endforeach()

# The page in headless Chromium. Without Node.js, Chromium or the bundled page the test says that it was skipped.
find_program(RETORT_NODE node)
if(RETORT_NODE)
  add_test(NAME e2e/page
           COMMAND ${RETORT_NODE} ${CMAKE_CURRENT_SOURCE_DIR}/tests/web/page_test.mjs --program $<TARGET_FILE:retort>
                   --work ${CMAKE_BINARY_DIR}/page_test)
  set_tests_properties(e2e/page PROPERTIES LABELS "e2e;slow" TIMEOUT 900)
else()
  add_test(NAME e2e/page COMMAND ${CMAKE_COMMAND} -E echo "there is no Node.js here: [  SKIPPED ] 1 test.")
  set_tests_properties(e2e/page PROPERTIES LABELS "e2e;slow")
endif()

# README's table of methods and results/INDEX.md are what the program says now.
add_test(NAME e2e/generated_pages
         COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/scripts/update_pages.py
                 --program $<TARGET_FILE:retort> --check)
set_tests_properties(e2e/generated_pages PROPERTIES LABELS "e2e;fast" TIMEOUT 60)

# A project of its own that finds an installed retort.
add_test(NAME e2e/find_package
         COMMAND ${CMAKE_COMMAND} -DBUILD=${CMAKE_BINARY_DIR} -DSOURCE=${CMAKE_CURRENT_SOURCE_DIR}/tests/e2e/find_package
                 -DTORCH=${Torch_DIR} -DDEPS=${RETORT_DEPS} -DWORK=${CMAKE_BINARY_DIR}/find_package_test
                 -P ${CMAKE_CURRENT_SOURCE_DIR}/tests/e2e/find_package/test.cmake)
set_tests_properties(e2e/find_package PROPERTIES LABELS "e2e;slow" TIMEOUT 600)
