# Writes FOLDER/files.sha256: a line "sha256  name" for each library, sorted, as sha256sum does.
file(GLOB libraries RELATIVE "${FOLDER}" "${FOLDER}/*.so*")
list(SORT libraries)
set(lines "")
foreach(library IN LISTS libraries)
  file(SHA256 "${FOLDER}/${library}" hash)
  string(APPEND lines "${hash}  ${library}\n")
endforeach()
file(WRITE "${FOLDER}/files.sha256" "${lines}")
