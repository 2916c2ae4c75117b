# Makes a source file of api/openapi.json: cmake -DINPUT=… -DOUTPUT=… -P embed_openapi.cmake
file(READ ${INPUT} hex HEX)
string(REGEX REPLACE "(..)" "0x\\1," bytes "${hex}")
file(WRITE ${OUTPUT} "// Made from api/openapi.json by api/embed_openapi.cmake.
#include \"api/openapi_text.hpp\"
namespace api {
namespace {
constexpr unsigned char bytes[] = {${bytes}};
}
std::string_view openapi_text() { return {reinterpret_cast<const char*>(bytes), sizeof bytes}; }
}  // namespace api
")
