#include "hsm/token_files.hpp"

#include <cstdlib>

#include "hsm/durable_file.hpp"

namespace hsm {
namespace {

constexpr std::size_t configuration_bytes_max = 64 * 1024;
constexpr std::string_view setting = "directories.tokendir";

std::string worker_variable(const Options& options, std::string_view name) {
    for (const auto& [variable, value] : options.environment) {
        if (variable == name) return value;
    }
    const char* inherited = std::getenv(std::string(name).c_str());
    return inherited == nullptr ? "" : inherited;
}

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r");
    if (first == text.npos) return {};
    return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

std::optional<std::filesystem::path> configured_folder(const Options& options) {
    std::string configuration = worker_variable(options, "SOFTHSM2_CONF");
    if (configuration.empty()) configuration = "/etc/softhsm/softhsm2.conf";
    std::error_code failure;
    const auto bytes = read_file(configuration, configuration_bytes_max, failure);
    if (!bytes) return std::nullopt;

    std::string_view rest = ledger::as_text(*bytes);
    while (!rest.empty()) {
        const auto end = rest.find('\n');
        const auto line = rest.substr(0, end);
        rest = end == rest.npos ? std::string_view{} : rest.substr(end + 1);
        const auto equals = line.find('=');
        if (equals != line.npos && trimmed(line.substr(0, equals)) == setting) {
            return std::filesystem::path(trimmed(line.substr(equals + 1)));
        }
    }
    return std::nullopt;
}

}  // namespace

std::optional<std::filesystem::path> token_files(const Options& options, const TokenInfo& token) {
    if (!token.manufacturer.starts_with("SoftHSM")) return std::nullopt;
    return configured_folder(options);
}

std::optional<std::filesystem::path> softhsm_folder(const Options& options) {
    if (options.module_path().filename().string().find("softhsm") == std::string::npos) return std::nullopt;
    return configured_folder(options);
}

}  // namespace hsm
