# The libraries that Coulis stands on. OpenVINO and Arrow come from wherever find_package finds them
# (OpenVINO_DIR, Arrow_DIR, Parquet_DIR, CMAKE_PREFIX_PATH), else from the unpacked wheels that
# scripts/setup puts into COULIS_DEPS.
set(COULIS_DEPS "" CACHE PATH "Folder of unpacked wheels made by scripts/setup (holds openvino/ and pyarrow/)")

if(COULIS_DEPS AND NOT OpenVINO_DIR)
  set(OpenVINO_DIR "${COULIS_DEPS}/openvino/cmake" CACHE PATH "OpenVINO's CMake package")
endif()
find_package(OpenVINO REQUIRED COMPONENTS Runtime)

find_package(Arrow CONFIG QUIET)
find_package(Parquet CONFIG QUIET)
if(NOT (Arrow_FOUND AND Parquet_FOUND))
  include(ArrowFromWheel)
endif()

find_package(Eigen3 3.4 REQUIRED NO_MODULE)
find_package(JPEG REQUIRED)
find_package(PNG REQUIRED)
find_package(GIF REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
find_package(LibArchive REQUIRED)
find_package(nlohmann_json 3.10 REQUIRED)
find_package(CLI11 2.1 REQUIRED)
find_package(Protobuf REQUIRED)
find_package(ONNX REQUIRED)
find_package(pugixml REQUIRED)
find_package(Threads REQUIRED)

find_package(PkgConfig REQUIRED)
pkg_check_modules(WEBP REQUIRED IMPORTED_TARGET libwebp)
