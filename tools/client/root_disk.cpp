#include "tools/client/root_disk.hpp"

#include <algorithm>
#include <sstream>
#include <vector>

#include "tools/client/small_file.hpp"

namespace client {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> children(const fs::path& folder) {
    std::vector<fs::path> found;
    std::error_code absent;
    for (fs::directory_iterator at(folder, absent), end; !absent && at != end; at.increment(absent)) {
        found.push_back(at->path());
    }
    std::ranges::sort(found);
    return found;
}

bool is_there(const fs::path& path) {
    std::error_code ignored;
    return fs::exists(path, ignored);
}

/// The block device of "/", by number or by name: proc(5), mountinfo: fields 3 (major:minor), 5 (mount point), and
/// after "-" the type and the source.
struct RootMount {
    std::string number;
    std::string source;
};

std::optional<RootMount> root_mount(const fs::path& system_root) {
    const auto table = read_small_file(system_root / "proc/self/mountinfo");
    if (!table) return std::nullopt;
    std::istringstream lines(*table);
    std::optional<RootMount> mount;
    for (std::string line; std::getline(lines, line);) {
        std::istringstream fields(line);
        std::string id, parent, number, folder, mount_point, word, type, source;
        fields >> id >> parent >> number >> folder >> mount_point;
        if (mount_point != "/") continue;
        while (fields >> word && word != "-") {
        }
        fields >> type >> source;
        mount = RootMount{number, source};  // a later mount hides an earlier one
    }
    return mount;
}

/// The folder of a block device in /sys with its links resolved inside `system_root`.
std::optional<fs::path> device_folder(const fs::path& system_root, const RootMount& mount) {
    for (const auto& candidate : {system_root / "sys/dev/block" / mount.number,
                                  system_root / "sys/class/block" / fs::path(mount.source).filename()}) {
        std::error_code failed;
        const auto folder = fs::canonical(candidate, failed);
        if (!failed) return folder;
    }
    return std::nullopt;
}

/// Down to a whole disk: through device mapper and RAID (slaves/), then from partition to disk.
std::optional<fs::path> disk_below(fs::path folder) {
    constexpr int layers_max = 8;
    for (int layer = 0; layer < layers_max; ++layer) {
        const auto slaves = children(folder / "slaves");
        if (slaves.empty()) break;
        std::error_code failed;
        folder = fs::canonical(slaves.front(), failed);
        if (failed) return std::nullopt;
    }
    if (is_there(folder / "partition")) folder = folder.parent_path();
    if (!is_there(folder / "device")) return std::nullopt;
    return folder;
}

std::optional<fs::path> only_disk(const fs::path& system_root) {
    std::vector<fs::path> disks;
    for (const auto& folder : children(system_root / "sys/block")) {
        if (is_there(folder / "device") && read_small_text(folder / "removable").value_or("0") == "0")
            disks.push_back(folder);
    }
    if (disks.size() != 1) return std::nullopt;
    return disks.front();
}

/// SCSI vital product data page 0x80: four bytes of header, then the serial number.
std::optional<std::string> serial_of_page_80(const fs::path& page) {
    constexpr std::size_t header_bytes = 4;
    const auto bytes = read_small_file(page);
    if (!bytes || bytes->size() <= header_bytes) return std::nullopt;
    const auto first = bytes->find_first_not_of(' ', header_bytes);
    if (first == bytes->npos) return std::nullopt;
    return bytes->substr(first, bytes->find_last_not_of(std::string_view{" \0", 2}) - first + 1);
}

/// The name that udev gave: a link in /dev/disk/by-id, without the partitions.
std::optional<std::string> name_by_id(const fs::path& system_root, const std::string& disk) {
    for (const auto& link : children(system_root / "dev/disk/by-id")) {
        std::error_code failed;
        if (fs::read_symlink(link, failed).filename() == disk && !failed) return link.filename().string();
    }
    return std::nullopt;
}

}  // namespace

std::optional<std::string> root_disk_serial(const fs::path& system_root) {
    std::optional<fs::path> disk;
    if (const auto mount = root_mount(system_root)) {
        if (const auto folder = device_folder(system_root, *mount)) disk = disk_below(*folder);
    }
    if (!disk) disk = only_disk(system_root);
    if (!disk) return std::nullopt;
    if (auto serial = read_small_text(*disk / "serial")) return serial;         // virtio-blk, mmc
    if (auto serial = read_small_text(*disk / "device/serial")) return serial;  // NVMe
    if (auto serial = serial_of_page_80(*disk / "device/vpd_pg80")) return serial;
    return name_by_id(system_root, disk->filename().string());
}

}  // namespace client
