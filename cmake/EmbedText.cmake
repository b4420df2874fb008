# knowhy_embed_text(TARGET NAME FILE...)
#
# Makes NAME.text.h, which TARGET may include: the files' text, one after the other, as the literal
# kNAME_text, and its SHA-256 as the hexadecimal literal kNAME_sha256. The text may not contain
# `)text"`, which ends the literal.
set(KNOWHY_EMBED_DIR ${CMAKE_BINARY_DIR}/embedded)

function(knowhy_embed_text TARGET NAME)
  list(TRANSFORM ARGN PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/ OUTPUT_VARIABLE files)
  set(header ${KNOWHY_EMBED_DIR}/${NAME}.text.h)
  add_custom_command(
    OUTPUT ${header}
    COMMAND ${CMAKE_COMMAND} -DNAME=${NAME} -DHEADER=${header} "-DFILES=${files}"
            -P ${CMAKE_SOURCE_DIR}/cmake/EmbedTextNow.cmake
    DEPENDS ${files} ${CMAKE_SOURCE_DIR}/cmake/EmbedTextNow.cmake
    COMMENT "Text ${NAME}"
    VERBATIM)
  target_sources(${TARGET} PRIVATE ${header})
  target_include_directories(${TARGET} SYSTEM PRIVATE ${KNOWHY_EMBED_DIR})
endfunction()
