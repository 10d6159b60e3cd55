# The package: bin/coulis, lib/libcoulis.so, include/coulis, lib/cmake/Coulis and, from the wheels, what these
# need at run time in lib/coulis. All is found relative to itself, so the prefix can be moved.
if(COULIS_OPENVINO_FROM_WHEEL OR COULIS_ARROW_FROM_WHEEL)
  set(bundle_default ON)
else()
  set(bundle_default OFF)
endif()
option(COULIS_BUNDLE_RUNTIME "Install the wheels' shared libraries with Coulis, in lib/coulis" ${bundle_default})

set(runtime_folder "${CMAKE_INSTALL_LIBDIR}/coulis")
set(package_folder "${CMAKE_INSTALL_LIBDIR}/cmake/Coulis")

if(COULIS_BUNDLE_RUNTIME)
  set_target_properties(coulis PROPERTIES INSTALL_RPATH "$ORIGIN/coulis")
else()
  set_target_properties(coulis PROPERTIES INSTALL_RPATH_USE_LINK_PATH ON)
endif()
file(RELATIVE_PATH lib_from_bin "/${CMAKE_INSTALL_BINDIR}" "/${CMAKE_INSTALL_LIBDIR}")
set_target_properties(coulis_cli PROPERTIES INSTALL_RPATH "$ORIGIN/${lib_from_bin}")

install(TARGETS coulis EXPORT CoulisTargets
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(TARGETS coulis_cli RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(DIRECTORY include/coulis DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

# OpenVINO loads the plugin of the processor and the frontends of the formats by name from its own folder.
if(COULIS_BUNDLE_RUNTIME AND COULIS_OPENVINO_FROM_WHEEL)
  set(openvino "${COULIS_DEPS}/openvino")
  file(GLOB runtime_libraries CONFIGURE_DEPENDS
    "${openvino}/libs/libopenvino.so.*" "${openvino}/libs/libopenvino_c.so.*"
    "${openvino}/libs/libopenvino_*_cpu_plugin.so" "${openvino}/libs/libopenvino_ir_frontend.so.*"
    "${openvino}/libs/libopenvino_onnx_frontend.so.*" "${openvino}/libs/libopenvino_tensorflow*_frontend.so.*"
    "${openvino}/libs/libtbb.so.*")
  install(PROGRAMS ${runtime_libraries} DESTINATION ${runtime_folder})
  install(DIRECTORY "${openvino}/licenses/" DESTINATION ${CMAKE_INSTALL_DOCDIR}/openvino OPTIONAL)
endif()
if(COULIS_BUNDLE_RUNTIME AND COULIS_ARROW_FROM_WHEEL)
  foreach(target Arrow::arrow_shared Parquet::parquet_shared ArrowS3::arrow_s3_shared)
    install(PROGRAMS "$<TARGET_FILE:${target}>" DESTINATION ${runtime_folder})
  endforeach()
  install(DIRECTORY "${COULIS_DEPS}/pyarrow/licenses/" DESTINATION ${CMAKE_INSTALL_DOCDIR}/arrow OPTIONAL)
endif()

include(CMakePackageConfigHelpers)
install(EXPORT CoulisTargets NAMESPACE Coulis:: DESTINATION ${package_folder})
configure_package_config_file(cmake/CoulisConfig.cmake.in "${PROJECT_BINARY_DIR}/CoulisConfig.cmake"
  INSTALL_DESTINATION ${package_folder})
write_basic_package_version_file("${PROJECT_BINARY_DIR}/CoulisConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/CoulisConfig.cmake" "${PROJECT_BINARY_DIR}/CoulisConfigVersion.cmake"
  DESTINATION ${package_folder})

file(RELATIVE_PATH prefix_from_pkgconfig "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
configure_file(cmake/coulis.pc.in "${PROJECT_BINARY_DIR}/coulis.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/coulis.pc" DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
