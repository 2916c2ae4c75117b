# The one place for compiler flags: every target of ours links actledger_build_flags.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_CXX_FLAGS_DEV "-O1 -g1")
set(CMAKE_C_FLAGS_DEV "-O1 -g1")
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1 -DNDEBUG")

set(ACTLEDGER_SANITIZE "" CACHE STRING "Sanitizers, as -fsanitize= takes them")
option(ACTLEDGER_FUZZ "Build the libFuzzer targets (needs clang)" OFF)
option(ACTLEDGER_COVERAGE "Instrument for gcov" OFF)

find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
    set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE})
endif()

# A limit of a test, for a machine that is slow: no measure of speed. Sanitizers take several times as long.
set(ACTLEDGER_TEST_TIMEOUT_S 300)
if(ACTLEDGER_SANITIZE)
    set(ACTLEDGER_TEST_TIMEOUT_S 1200)
endif()

add_library(actledger_build_flags INTERFACE)
target_compile_options(actledger_build_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
    # Known to be wrong in g++ 12 (GCC bugs 105329, 105580, 107852): std::string and optional under optimisation; and
    # operators new and delete of coroutine frames (109224).
    target_compile_options(actledger_build_flags INTERFACE -Wno-restrict -Wno-maybe-uninitialized -Wno-stringop-overflow -Wno-stringop-overread -Wno-array-bounds -Wno-mismatched-new-delete)
endif()
target_compile_options(actledger_build_flags INTERFACE -fstack-protector-strong)
target_compile_definitions(actledger_build_flags INTERFACE ACTLEDGER_VERSION="${PROJECT_VERSION}")
target_include_directories(actledger_build_flags INTERFACE ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR}/generated)
if(ACTLEDGER_SANITIZE)
    add_compile_options(-fsanitize=${ACTLEDGER_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
    add_link_options(-fsanitize=${ACTLEDGER_SANITIZE})
    if(CMAKE_CXX_COMPILER_ID STREQUAL Clang AND ACTLEDGER_SANITIZE MATCHES undefined)
        add_compile_options(-fno-sanitize=function) # clang 14 cannot split coroutines that have it
    endif()
    if(ACTLEDGER_SANITIZE MATCHES thread)
        add_compile_definitions(BOOST_ASIO_DISABLE_FENCED_BLOCK) # TSan does not know fences
    endif()
    # Every program, so that it runs under strace and libfaketime whoever starts it.
    add_library(sanitizer_defaults OBJECT ${CMAKE_CURRENT_LIST_DIR}/sanitizer_defaults.cpp)
    target_sources(actledger_build_flags INTERFACE
        $<$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>:$<TARGET_OBJECTS:sanitizer_defaults>>)
endif()
if(ACTLEDGER_FUZZ)
    add_compile_options(-fsanitize=fuzzer-no-link)
endif()
if(ACTLEDGER_COVERAGE)
    add_compile_options(--coverage)
    add_link_options(--coverage)
endif()
