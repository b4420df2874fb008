# knowhy_page(NAME SOURCE doc/x.cpp ROOMS room... PAGE docs/x.md [ARGS word...])
#
# A page of docs/ that a small program prints from a room's own tables: the target NAME writes it
# anew, and a test fails when the page is stale. The program is knowhy_NAME; several pages may be one
# source's.
function(knowhy_page NAME)
  cmake_parse_arguments(ARG "" "SOURCE;PAGE" "ROOMS;ARGS" ${ARGN})
  set(program knowhy_${NAME})
  set(page ${CMAKE_SOURCE_DIR}/${ARG_PAGE})
  add_executable(${program} ${ARG_SOURCE})
  foreach(room ${ARG_ROOMS})
    string(REPLACE "/" "_" room_name ${room})
    target_link_libraries(${program} PRIVATE knowhy_${room_name})
  endforeach()
  add_custom_target(${NAME} COMMAND ${program} ${ARG_ARGS} > ${page} VERBATIM)
  if(KNOWHY_TESTS AND NOT KNOWHY_FUZZ)
    list(JOIN ARG_ARGS " " words)
    add_test(NAME page.${NAME}
      COMMAND sh -c "$<TARGET_FILE:${program}> ${words} | diff -u ${page} -")
    set_tests_properties(page.${NAME} PROPERTIES LABELS unit)
  endif()
endfunction()
