#pragma once
// tools/node/surviving_file.hpp: a file that a person brings from somewhere else after a loss.

#include <string>

namespace node {

struct SurvivingFile {
    std::string name;  ///< For messages.
    std::string bytes;
};

}  // namespace node
