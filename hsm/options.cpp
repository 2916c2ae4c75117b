#include "hsm/options.hpp"

namespace hsm {

std::filesystem::path Options::module_path() const {
    return uri.module_path.empty() ? module : std::filesystem::path(uri.module_path);
}

const std::string& Options::label() const {
    static const std::string otherwise = "actledger-1";
    return uri.object ? *uri.object : otherwise;
}

std::string Options::label_of_epoch(std::uint32_t of) const { return label() + ".epoch-" + std::to_string(of); }

std::vector<std::string> Options::key_labels() const {
    if (epoch == 1) return {label()};
    return {label_of_epoch(epoch), label()};
}

}  // namespace hsm
