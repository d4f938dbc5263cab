# `cmake --install`: the program, its recipes, and all rooms as libraries for find_package(retort).
if(NOT RETORT_TORCH)
  return()
endif()
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(retort_package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/retort)
set(installed_targets retort_flags retort_torch retort_registrations)
set_target_properties(retort_flags PROPERTIES EXPORT_NAME flags)
set_target_properties(retort_torch PROPERTIES EXPORT_NAME torch)
# What a program of one's own links: all rooms, and the list of what they register.
set_target_properties(retort_registrations PROPERTIES EXPORT_NAME retort)
get_property(rooms GLOBAL PROPERTY RETORT_ROOMS)
foreach(room ${rooms})
  string(REPLACE "/" "_" name ${room})
  set_target_properties(retort_${name} PROPERTIES EXPORT_NAME ${name})
  list(APPEND installed_targets retort_${name})
endforeach()

install(TARGETS ${installed_targets} EXPORT RetortTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}/retort
        INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/retort)
install(EXPORT RetortTargets NAMESPACE retort:: DESTINATION ${retort_package_folder})
install(DIRECTORY src/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/retort FILES_MATCHING PATTERN "*.h"
        PATTERN "cli" EXCLUDE)
install(DIRECTORY recipes claims results DESTINATION ${CMAKE_INSTALL_DATADIR}/retort)
# The page of `retort serve`, where ./setup could bundle it.
install(DIRECTORY build/web/ DESTINATION ${CMAKE_INSTALL_DATADIR}/retort/web OPTIONAL)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

# The program finds LibTorch and the bundle where the build found them. CMake's own link path leaves out what lies below
# the source folder, as .venv does.
set_target_properties(retort PROPERTIES INSTALL_RPATH_USE_LINK_PATH ON)
if(NOT TORCH_INSTALL_PREFIX STREQUAL "/usr")
  set_target_properties(retort PROPERTIES INSTALL_RPATH ${TORCH_INSTALL_PREFIX}/lib)
endif()
install(TARGETS retort RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})

# Lower case: found as retort and as Retort.
configure_package_config_file(cmake/retort-config.cmake.in ${CMAKE_BINARY_DIR}/retort-config.cmake
                              INSTALL_DESTINATION ${retort_package_folder})
write_basic_package_version_file(${CMAKE_BINARY_DIR}/retort-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/retort-config.cmake ${CMAKE_BINARY_DIR}/retort-config-version.cmake
              cmake/FindWebP.cmake cmake/FindZstd.cmake
        DESTINATION ${retort_package_folder})
