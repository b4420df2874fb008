# knowhy_bpf_object(TARGET NAME SOURCE file.bpf.c [DEPENDS header...])
#
# Compiles a CO-RE program with clang and makes a skeleton NAME.skel.h that TARGET may include as
# "NAME.skel.h". There is no vmlinux.h: the programs declare the few kernel types and fields they
# use, with preserve_access_index, so the object does not depend on the build machine's kernel and
# CO-RE finds every field in the BTF of the kernel it is loaded into.
find_program(CLANG_BPF NAMES clang clang-14 REQUIRED)
find_program(BPFTOOL bpftool HINTS /usr/sbin /sbin REQUIRED)
find_program(LLVM_STRIP NAMES llvm-strip llvm-strip-14 REQUIRED)

set(KNOWHY_BPF_DIR ${CMAKE_BINARY_DIR}/bpf)
file(MAKE_DIRECTORY ${KNOWHY_BPF_DIR})

function(knowhy_bpf_object TARGET NAME)
  cmake_parse_arguments(ARG "" "SOURCE" "DEPENDS" ${ARGN})
  get_filename_component(source ${ARG_SOURCE} ABSOLUTE)
  set(object ${KNOWHY_BPF_DIR}/${NAME}.bpf.o)
  set(skeleton ${KNOWHY_BPF_DIR}/${NAME}.skel.h)
  add_custom_command(
    OUTPUT ${object}
    COMMAND ${CLANG_BPF} -g -O2 -Wall -Werror -target bpf -D__TARGET_ARCH_x86
            -idirafter /usr/include/${CMAKE_LIBRARY_ARCHITECTURE}
            -I${CMAKE_SOURCE_DIR}/src -c ${source} -o ${object}
    COMMAND ${LLVM_STRIP} -g ${object}
    DEPENDS ${source} ${ARG_DEPENDS}
    COMMENT "BPF object ${NAME}"
    VERBATIM)
  add_custom_command(
    OUTPUT ${skeleton}
    COMMAND ${BPFTOOL} gen skeleton ${object} name ${NAME}_bpf > ${skeleton}
    DEPENDS ${object}
    COMMENT "BPF skeleton ${NAME}"
    VERBATIM)
  add_custom_target(${NAME}_skeleton DEPENDS ${skeleton})
  add_dependencies(${TARGET} ${NAME}_skeleton)
  target_include_directories(${TARGET} SYSTEM PRIVATE ${KNOWHY_BPF_DIR})
endfunction()
