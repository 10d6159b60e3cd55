# coulis_layer(NAME [SOURCES file...] [DEPENDS layer...] [LIBRARIES target...])
#
# One layer of the house: a static library coulis_NAME from src/NAME. Its headers are included as "NAME/x.h",
# and only by targets that link it: the include folder holds this layer alone. So a layer that reaches for
# another one that it does not name in DEPENDS fails to compile.
function(coulis_layer name)
  cmake_parse_arguments(layer "" "" "SOURCES;DEPENDS;LIBRARIES" ${ARGN})
  add_library(coulis_${name} STATIC ${layer_SOURCES})

  set(include_folder "${PROJECT_BINARY_DIR}/layers/${name}")
  file(MAKE_DIRECTORY "${include_folder}")
  file(CREATE_LINK "${CMAKE_CURRENT_SOURCE_DIR}" "${include_folder}/${name}" SYMBOLIC)
  target_include_directories(coulis_${name} PUBLIC "${include_folder}" "${PROJECT_SOURCE_DIR}/include")

  list(TRANSFORM layer_DEPENDS PREPEND coulis_)
  target_link_libraries(coulis_${name} PUBLIC ${layer_DEPENDS} PRIVATE ${layer_LIBRARIES} coulis_warnings)
  set_property(GLOBAL APPEND PROPERTY COULIS_LAYERS coulis_${name})
endfunction()

# Warnings and sanitizers of our own targets; never part of what a consumer of the package inherits.
add_library(coulis_warnings INTERFACE)
target_compile_options(coulis_warnings INTERFACE
  -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Woverloaded-virtual -Wconversion -Wsign-conversion
  -Wdouble-promotion -Wformat=2 -Wimplicit-fallthrough
  # GCC 12 sees memory overlap in "text" + std::string where there is none (its bug 105651).
  $<$<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:-Wno-restrict>
  $<$<BOOL:${COULIS_WERROR}>:-Werror>)
if(COULIS_SANITIZE)
  add_compile_options(-fsanitize=${COULIS_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${COULIS_SANITIZE})
endif()
if(COULIS_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
