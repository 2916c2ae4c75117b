#include "tools/client/component_collector.hpp"

#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <toml++/toml.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <tuple>

#include "tools/client/errc.hpp"
#include "tools/client/root_disk.hpp"
#include "tools/client/small_file.hpp"
#include "tools/terminal/errc.hpp"

namespace client {
namespace {

namespace fs = std::filesystem;
using ledger::RawComponent;

constexpr std::size_t kind_bytes_max = 32;
constexpr std::size_t macs_max = 8;  // a desktop with more has them from software

class Collection {
 public:
    void add(std::string_view kind, const std::optional<std::string>& value) {
        if (!value || value->size() > ledger::component_value_bytes_max) return;
        auto normalised = ledger::normalise_component(kind, *value);
        if (normalised) found_.push_back({std::string(kind), std::move(*normalised)});
    }
    [[nodiscard]] std::vector<RawComponent> take() && {
        const auto key = [](const RawComponent& c) { return std::tie(c.kind, c.value); };
        std::ranges::sort(found_, {}, key);
        // Not ranges::unique: clang 14 cannot take what it returns from libstdc++ 12.
        const auto same = [&](const RawComponent& a, const RawComponent& b) { return key(a) == key(b); };
        found_.erase(std::unique(found_.begin(), found_.end(), same), found_.end());
        if (found_.size() > ledger::components_max) found_.resize(ledger::components_max);
        return std::move(found_);
    }

 private:
    std::vector<RawComponent> found_;
};

/// The address that belongs to the hardware (or was given to the virtual machine), not the one in use just now.
std::optional<std::string> hardware_address(const fs::path& interface, const PermanentAddress& permanent) {
    // Bridges, bonds, veth, tunnels, docker and the loopback have no device behind them.
    std::error_code ignored;
    if (!fs::exists(interface / "device", ignored)) return std::nullopt;
    constexpr std::string_view ethernet = "1";
    if (read_small_text(interface / "type").value_or("") != ethernet) return std::nullopt;
    // 0: permanent. A virtual machine's address is permanent too, though its bits say "locally administered".
    if (read_small_text(interface / "addr_assign_type").value_or("") == "0")
        return read_small_text(interface / "address");
    return permanent(interface.filename().string());
}

void add_network_interfaces(Collection& collection, const ComponentSource& source) {
    std::vector<fs::path> interfaces;
    std::error_code absent;
    for (fs::directory_iterator at(source.system_root / "sys/class/net", absent), end; !absent && at != end;
         at.increment(absent)) {
        interfaces.push_back(at->path());
    }
    std::ranges::sort(interfaces);
    std::size_t count = 0;
    for (const auto& interface : interfaces) {
        const auto address = hardware_address(interface, source.permanent_address);
        if (!address || count == macs_max) continue;
        collection.add("mac", address);
        ++count;
    }
}

bool is_component_kind(std::string_view kind) {
    return !kind.empty() && kind.size() <= kind_bytes_max &&
           kind.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == kind.npos;
}

}  // namespace

std::optional<std::string> ask_kernel_for_permanent_address(const std::string& interface) {
    constexpr std::size_t address_bytes = 6;
    ifreq request{};
    if (interface.size() >= sizeof request.ifr_name) return std::nullopt;
    interface.copy(request.ifr_name, interface.size());
    alignas(ethtool_perm_addr) std::array<std::uint8_t, sizeof(ethtool_perm_addr) + 32> answer{};
    ethtool_perm_addr head{ETHTOOL_GPERMADDR, 32};
    std::memcpy(answer.data(), &head, sizeof head);
    request.ifr_data = reinterpret_cast<char*>(answer.data());

    const int socket = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (socket < 0) return std::nullopt;
    const int outcome = ::ioctl(socket, SIOCETHTOOL, &request);
    ::close(socket);
    std::memcpy(&head, answer.data(), sizeof head);
    if (outcome != 0 || head.size != address_bytes) return std::nullopt;
    return ledger::hex_encode(std::span(answer).subspan(sizeof head, address_bytes));
}

std::vector<RawComponent> collect_components(const ComponentSource& source) {
    const fs::path dmi = source.system_root / "sys/class/dmi/id";
    Collection collection;
    collection.add("smbios_uuid", read_small_text(dmi / "product_uuid"));
    collection.add("system_serial", read_small_text(dmi / "product_serial"));
    collection.add("board_serial", read_small_text(dmi / "board_serial"));
    collection.add("machine_id", read_small_text(source.system_root / "etc/machine-id"));
    collection.add("disk_serial", root_disk_serial(source.system_root));
    add_network_interfaces(collection, source);
    return std::move(collection).take();
}

ledger::Result<std::vector<RawComponent>> read_components_file(const fs::path& file) {
    const auto text = read_small_file(file);
    if (!text) return unreadable(file);
    const auto malformed = [&](auto line) {
        return ledger::Error{errc::components_malformed, "", {{"file", file.string()}, {"line", std::to_string(line)}}};
    };
    toml::table table;
    try {
        table = toml::parse(*text);
    } catch (const toml::parse_error& error) {
        return malformed(error.source().begin.line);
    }
    std::vector<RawComponent> components;
    const auto add = [&](std::string_view kind, const toml::node& node) {
        const auto value = node.value_exact<std::string>();
        if (!value || !is_component_kind(kind) || value->size() > ledger::component_value_bytes_max) return false;
        auto normalised = ledger::normalise_component(kind, *value);
        if (!normalised || components.size() == ledger::components_max) return false;
        components.push_back({std::string(kind), std::move(*normalised)});
        return true;
    };
    for (const auto& [kind, node] : table) {
        const auto* list = node.as_array();
        bool well_formed = list != nullptr || add(kind.str(), node);
        for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) well_formed &= add(kind.str(), *list->get(i));
        if (!well_formed) return malformed(node.source().begin.line);
    }
    if (components.empty()) return malformed(1);
    return components;
}

std::string masked(std::string_view value) {
    return std::string(value.substr(0, value.size() / 4)) + "…(" + std::to_string(value.size()) + ")";
}

}  // namespace client
