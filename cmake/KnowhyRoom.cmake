# knowhy_room(ROOM [DEPS room...] [LIBS library...] [BPF skeleton...])
#
# A room is a folder under src/ and one static library. Everything that ends in .cpp belongs to it,
# except main.cpp, NAME_test.cpp (one test program per room) and NAME_fuzz.cpp (one libFuzzer target
# each).
# DEPS are the rooms whose headers it may include; tools/check_layers.py holds the includes to them.
find_package(fmt REQUIRED)
find_package(tl-expected REQUIRED)
if(KNOWHY_TESTS)
  find_package(GTest REQUIRED)
  include(GoogleTest)
endif()

add_library(knowhy_flags INTERFACE)
target_compile_options(knowhy_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow
  $<$<BOOL:${KNOWHY_WERROR}>:-Werror>)
# What is parsed is hostile: an index out of range ends the program instead of reading on.
target_compile_definitions(knowhy_flags INTERFACE _GLIBCXX_ASSERTIONS)
if(KNOWHY_SANITIZE)
  target_compile_options(knowhy_flags INTERFACE -fsanitize=${KNOWHY_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(knowhy_flags INTERFACE -fsanitize=${KNOWHY_SANITIZE})
endif()
if(KNOWHY_FUZZ)
  target_compile_options(knowhy_flags INTERFACE -fsanitize=fuzzer-no-link,address,undefined)
  target_link_options(knowhy_flags INTERFACE -fsanitize=address,undefined)
endif()

function(knowhy_room ROOM)
  cmake_parse_arguments(ARG "" "" "DEPS;LIBS;TEST_LIBS;TEST_DEPS" ${ARGN})
  string(REPLACE "/" "_" name ${ROOM})
  set(dir ${CMAKE_SOURCE_DIR}/src/${ROOM})

  file(GLOB sources CONFIGURE_DEPENDS ${dir}/*.cpp)
  set(tests ${sources})
  set(fuzzers ${sources})
  list(FILTER sources EXCLUDE REGEX "(_(test|fuzz|bench)|/main)\\.cpp$")
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  list(FILTER fuzzers INCLUDE REGEX "_fuzz\\.cpp$")

  if(sources)
    set(scope PUBLIC)
    add_library(knowhy_${name} STATIC ${sources})
  else()
    set(scope INTERFACE)
    add_library(knowhy_${name} INTERFACE)
  endif()
  target_include_directories(knowhy_${name} ${scope} ${CMAKE_SOURCE_DIR}/src)
  target_link_libraries(knowhy_${name} ${scope} knowhy_flags fmt::fmt tl::expected)
  foreach(dep ${ARG_DEPS})
    string(REPLACE "/" "_" dep_name ${dep})
    target_link_libraries(knowhy_${name} ${scope} knowhy_${dep_name})
  endforeach()
  if(ARG_LIBS)
    target_link_libraries(knowhy_${name} ${scope} ${ARG_LIBS})
  endif()

  if(KNOWHY_TESTS AND tests AND NOT KNOWHY_FUZZ)
    add_executable(${name}_tests ${tests})
    target_link_libraries(${name}_tests PRIVATE knowhy_${name} GTest::gmock_main ${ARG_TEST_LIBS})
    foreach(dep ${ARG_TEST_DEPS})
      string(REPLACE "/" "_" dep_name ${dep})
      target_link_libraries(${name}_tests PRIVATE knowhy_${dep_name})
    endforeach()
    # The room is tested as it ships; the tests themselves only have to compile quickly.
    target_compile_options(${name}_tests PRIVATE -O0)
    target_compile_definitions(${name}_tests PRIVATE KNOWHY_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
    gtest_discover_tests(${name}_tests TEST_PREFIX "${ROOM}:" PROPERTIES LABELS unit
      DISCOVERY_MODE PRE_TEST)
  endif()

  if(KNOWHY_FUZZ)
    foreach(fuzzer ${fuzzers})
      get_filename_component(stem ${fuzzer} NAME_WE)
      add_executable(${name}_${stem} ${fuzzer})
      target_link_libraries(${name}_${stem} PRIVATE knowhy_${name})
      target_link_options(${name}_${stem} PRIVATE -fsanitize=fuzzer)
    endforeach()
  endif()
endfunction()
