#pragma once
// api/openapi_text.hpp: the contents of api/openapi.json, put into the program when it is built.

#include <string_view>

namespace api {

[[nodiscard]] std::string_view openapi_text();

}  // namespace api
