# coulis_embed_text(TARGET FILE SYMBOL): compiles the text of FILE (relative to the source tree, below 64 KB, the
# longest literal that every compiler takes) into TARGET as coulis::models::SYMBOL.
set(_embed_template "${CMAKE_CURRENT_LIST_DIR}/embedded_text.cpp.in")

function(coulis_embed_text target file symbol)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/${file}")
  file(READ "${PROJECT_SOURCE_DIR}/${file}" content)
  set(made "${CMAKE_CURRENT_BINARY_DIR}/${symbol}.cpp")
  configure_file("${_embed_template}" "${made}" @ONLY)
  target_sources(${target} PRIVATE "${made}")
endfunction()
