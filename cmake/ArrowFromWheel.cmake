# Arrow C++ and Parquet as they lie in a pyarrow wheel: it has headers and libraries but no CMake package.
# Makes the targets that Arrow's own packages would: Arrow::arrow_shared, Parquet::parquet_shared,
# ArrowS3::arrow_s3_shared.
set(_pyarrow "${COULIS_DEPS}/pyarrow")

function(_coulis_wheel_library target pattern)
  file(GLOB libraries "${_pyarrow}/${pattern}")
  list(LENGTH libraries count)
  if(NOT count EQUAL 1)
    message(FATAL_ERROR "${_pyarrow} should hold exactly one ${pattern}, found ${count}: run scripts/setup")
  endif()
  add_library(${target} SHARED IMPORTED GLOBAL)
  set_target_properties(${target} PROPERTIES
    IMPORTED_LOCATION "${libraries}"
    INTERFACE_INCLUDE_DIRECTORIES "${_pyarrow}/include")
endfunction()

_coulis_wheel_library(Arrow::arrow_shared "libarrow.so.[0-9]*")
_coulis_wheel_library(Parquet::parquet_shared "libparquet.so.[0-9]*")
_coulis_wheel_library(ArrowS3::arrow_s3_shared "libarrow_s3.so.[0-9]*")
target_link_libraries(Parquet::parquet_shared INTERFACE Arrow::arrow_shared)
target_link_libraries(ArrowS3::arrow_s3_shared INTERFACE Arrow::arrow_shared)
