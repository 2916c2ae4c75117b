#pragma once
// tools/client/component_collector.hpp: what identifies this machine, read from the kernel's files. Each kind may be
// absent; nothing here fails for want of one. Kinds and sources: docs/manual/en/client.md, "Components".
// Values are personal data: never logged; the server keeps salted hashes only.

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "ledger/core/device_components.hpp"

namespace client {

/// The burnt-in address of a network interface whose present address was changed (ETHTOOL_GPERMADDR), if it has one.
using PermanentAddress = std::function<std::optional<std::string>(const std::string& interface)>;

/// Asks the kernel; Linux only, this machine only.
[[nodiscard]] std::optional<std::string> ask_kernel_for_permanent_address(const std::string& interface);

struct ComponentSource {
    std::filesystem::path system_root = "/";  ///< A folder with sys/, etc/, proc/ and dev/ below it.
    PermanentAddress permanent_address = ask_kernel_for_permanent_address;
};

/// Sorted by kind, then value; normalised; placeholders ("To be filled by O.E.M.") left out; at most
/// ledger::components_max. Empty if nothing is there. Reads at most 4 KiB of each file.
[[nodiscard]] std::vector<ledger::RawComponent> collect_components(const ComponentSource& source);

/// Components from a file instead, for labs: TOML, `kind = "value"` or `kind = ["value", …]`, 1 to
/// ledger::components_max in all. @return errc::components_malformed; terminal::errc::file_unreadable
[[nodiscard]] ledger::Result<std::vector<ledger::RawComponent>> read_components_file(const std::filesystem::path& file);

/// "4c4c…(36)": the first quarter of a value, for showing to people.
[[nodiscard]] std::string masked(std::string_view value);

}  // namespace client
