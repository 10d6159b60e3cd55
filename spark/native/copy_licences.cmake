# The licences of what the jar holds: ours, OpenVINO's (with those of its parts), and of the libraries linked in.
file(REMOVE_RECURSE "${INTO}")
file(COPY "${COULIS}" DESTINATION "${INTO}")
file(COPY "${OPENVINO}/" DESTINATION "${INTO}/openvino")
foreach(package libjpeg62-turbo-dev libpng-dev libwebp-dev libgif-dev libpugixml-dev zlib1g-dev nlohmann-json3-dev libeigen3-dev
    liblapack-dev libblas-dev)
  if(EXISTS "/usr/share/doc/${package}/copyright")
    configure_file("/usr/share/doc/${package}/copyright" "${INTO}/${package}.txt" COPYONLY)
  endif()
endforeach()
