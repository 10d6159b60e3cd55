# The libraries that Coulis stands on. OpenVINO and Arrow come from the unpacked wheels that scripts/setup puts
# into COULIS_DEPS, unless OpenVINO_DIR, or Arrow_DIR and Parquet_DIR (as CMake or environment variables), name
# others, or COULIS_DEPS has none: then find_package looks where it always does (CMAKE_PREFIX_PATH).
set(COULIS_DEPS "" CACHE PATH "Folder of unpacked wheels made by scripts/setup (holds openvino/ and pyarrow/)")
if(NOT COULIS_DEPS AND EXISTS "${PROJECT_SOURCE_DIR}/build/deps")
  file(REAL_PATH "${PROJECT_SOURCE_DIR}/build/deps" setup_deps)
  set(COULIS_DEPS "${setup_deps}" CACHE PATH "Folder of unpacked wheels made by scripts/setup" FORCE)
endif()

# Whether libraries of the wheels were taken: then an installation brings them along (CoulisInstall.cmake).
set(COULIS_OPENVINO_FROM_WHEEL OFF)
set(COULIS_ARROW_FROM_WHEEL OFF)

if(NOT OpenVINO_DIR AND NOT DEFINED ENV{OpenVINO_DIR} AND EXISTS "${COULIS_DEPS}/openvino")
  set(OpenVINO_DIR "${COULIS_DEPS}/openvino/cmake" CACHE PATH "OpenVINO's CMake package" FORCE)
endif()
find_package(OpenVINO QUIET COMPONENTS Runtime)
if(NOT OpenVINO_FOUND)
  message(FATAL_ERROR "OpenVINO was not found: run scripts/setup, or set OpenVINO_DIR to its CMake package")
endif()
if(COULIS_DEPS AND OpenVINO_DIR STREQUAL "${COULIS_DEPS}/openvino/cmake")
  set(COULIS_OPENVINO_FROM_WHEEL ON)
endif()

if(NOT Arrow_DIR AND NOT DEFINED ENV{Arrow_DIR} AND EXISTS "${COULIS_DEPS}/pyarrow")
  include(ArrowFromWheel)
  set(COULIS_ARROW_FROM_WHEEL ON)
else()
  find_package(Arrow 14 CONFIG)
  find_package(Parquet CONFIG)
  if(NOT (Arrow_FOUND AND Parquet_FOUND))
    message(FATAL_ERROR "Arrow C++ (>= 14) with Parquet was not found: run scripts/setup, "
      "or set Arrow_DIR and Parquet_DIR to their CMake packages")
  endif()
endif()

find_package(Eigen3 3.4 REQUIRED NO_MODULE)
find_package(JPEG REQUIRED)
find_package(PNG REQUIRED)
find_package(ZLIB REQUIRED)
find_package(GIF REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
find_package(LibArchive REQUIRED)
find_package(CURL REQUIRED)
find_package(nlohmann_json 3.10 REQUIRED)
find_package(CLI11 2.1 REQUIRED)
find_package(Protobuf REQUIRED)
find_package(ONNX REQUIRED)
find_package(pugixml REQUIRED)
find_package(Threads REQUIRED)

find_package(PkgConfig REQUIRED)
pkg_check_modules(WEBP REQUIRED IMPORTED_TARGET libwebp libwebpdemux)
pkg_check_modules(HDF5 REQUIRED IMPORTED_TARGET hdf5)
