# coulis_embed_text(LAYER FILE SYMBOL [NAMESPACE]): compiles the text of FILE (relative to the source tree, below
# 64 KB, the longest literal that every compiler takes) into coulis_LAYER as SYMBOL, which LAYER/embedded_text.h
# declares in NAMESPACE (coulis, unless another is named).
set(_embed_template "${CMAKE_CURRENT_LIST_DIR}/embedded_text.cpp.in")

function(coulis_embed_text layer file symbol)
  set(namespace coulis)
  if(ARGC GREATER 3)
    set(namespace "${ARGV3}")
  endif()
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/${file}")
  file(READ "${PROJECT_SOURCE_DIR}/${file}" content)
  set(made "${CMAKE_CURRENT_BINARY_DIR}/${symbol}.cpp")
  configure_file("${_embed_template}" "${made}" @ONLY)
  target_sources(coulis_${layer} PRIVATE "${made}")
endfunction()
