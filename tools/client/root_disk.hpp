#pragma once
// tools/client/root_disk.hpp: the serial number of the disk that the system lies on.

#include <filesystem>
#include <optional>
#include <string>

namespace client {

/// From the mount table to the disk below partitions, LVM and encryption (the first by name, if there are several), and
/// its serial number: virtio, NVMe, SCSI page 0x80, else the name in /dev/disk/by-id. Where the root file system has no
/// block device (containers, overlays): the machine's disk, if it has exactly one.
/// @param system_root  a folder with sys/, proc/ and dev/ below it.
[[nodiscard]] std::optional<std::string> root_disk_serial(const std::filesystem::path& system_root);

}  // namespace client
