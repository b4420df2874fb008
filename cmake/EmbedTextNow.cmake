# What knowhy_embed_text() does when the build runs.
set(text "")
foreach(file ${FILES})
  file(READ ${file} part)
  string(APPEND text "${part}")
endforeach()
string(SHA256 hash "${text}")
file(WRITE ${HEADER} "// Made of ${NAME}.\nconstexpr char k${NAME}_text[] = R\"text(${text})text\";\n"
  "constexpr char k${NAME}_sha256[] = \"${hash}\";\n")
