# actledger_library(NAME SOURCES… [CAPNP schema…] [LINK public…] [LINK_PRIVATE …]): one static library of the layout
# (docs/architecture.md). Paths are relative to the calling folder.
function(actledger_library name)
    cmake_parse_arguments(ARG "" "" "SOURCES;CAPNP;LINK;LINK_PRIVATE" ${ARGN})
    set(generated "")
    if(ARG_CAPNP)
        set(CAPNPC_SRC_PREFIX ${PROJECT_SOURCE_DIR})
        set(CAPNPC_OUTPUT_DIR ${PROJECT_BINARY_DIR}/generated)
        capnp_generate_cpp(capnp_sources capnp_headers ${ARG_CAPNP})
        # Generated code does not follow our warnings.
        set_source_files_properties(${capnp_sources} PROPERTIES COMPILE_OPTIONS "-w")
        set(generated ${capnp_sources} ${capnp_headers})
    endif()
    add_library(${name} STATIC ${ARG_SOURCES} ${generated})
    if(ARG_CAPNP)
        target_link_libraries(${name} PUBLIC CapnProto::capnp)
    endif()
    target_link_libraries(${name} PUBLIC ${ARG_LINK} PRIVATE ${ARG_LINK_PRIVATE} actledger_build_flags)
    target_include_directories(${name} SYSTEM PUBLIC ${PROJECT_BINARY_DIR}/generated)
endfunction()

# actledger_program(NAME SOURCES… LINK …): one program of tools/.
function(actledger_program name)
    cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
    add_executable(${name} ${ARG_SOURCES})
    target_link_libraries(${name} PRIVATE ${ARG_LINK} actledger_build_flags)
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
endfunction()

# actledger_test(NAME SOURCES… LINK … [LABELS …]): one Catch2 program; each test case becomes a CTest test.
# LABELS: unit (default), token, system, slow. `tools/check --quick` runs the label unit alone.
function(actledger_test name)
    cmake_parse_arguments(ARG "" "" "SOURCES;LINK;LABELS;DEPENDS" ${ARGN})
    if(NOT ARG_LABELS)
        set(ARG_LABELS unit)
    endif()
    add_executable(${name} ${ARG_SOURCES})
    target_link_libraries(${name} PRIVATE ${ARG_LINK} test_folders Catch2::Catch2WithMain actledger_build_flags)
    target_compile_definitions(${name} PRIVATE ACTLEDGER_SOURCE_DIR="${PROJECT_SOURCE_DIR}" ACTLEDGER_BIN_DIR="${PROJECT_BINARY_DIR}/bin")
    if(ARG_DEPENDS)
        add_dependencies(${name} ${ARG_DEPENDS})
    endif()
    catch_discover_tests(${name} TEST_PREFIX "${name}: " PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT ${ACTLEDGER_TEST_TIMEOUT_S})
endfunction()
