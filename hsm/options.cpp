#include "hsm/options.hpp"

namespace hsm {

std::filesystem::path Options::module_path() const {
    return uri.module_path.empty() ? module : std::filesystem::path(uri.module_path);
}

std::string Options::key_label() const { return uri.object ? *uri.object : key_label_of_epoch(1); }

std::string key_label_of_epoch(std::uint32_t epoch) { return "actledger-" + std::to_string(epoch); }

}  // namespace hsm
