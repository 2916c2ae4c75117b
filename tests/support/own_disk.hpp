#pragma once
// tests/support/own_disk.hpp: file systems of a test's own: one that is small, and one whose power can be cut. Both
// need root; without it mounted() is false, and the test says that it was skipped.

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <fstream>

#include "tests/support/command.hpp"
#include "tests/support/temporary_folder.hpp"

namespace support {

/// In memory. @param options  of tmpfs: "size=1m"
class SmallDisk {
 public:
    explicit SmallDisk(const std::string& options) : SmallDisk(options, {}) {}
    /// In the place of a folder.
    SmallDisk(const std::string& options, const std::filesystem::path& place)
        : path_(place.empty() ? folder_.path() : place) {
        std::filesystem::create_directories(path_);
        mounted_ = ::mount("tmpfs", path_.c_str(), "tmpfs", 0, options.c_str()) == 0;
    }
    ~SmallDisk() {
        if (mounted_) ::umount2(path_.c_str(), MNT_DETACH);
    }
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;
    [[nodiscard]] bool mounted() const { return mounted_; }
    [[nodiscard]] std::filesystem::path path() const { return path_; }
    /// Another program fills the rest of the disk, but for `left` bytes.
    void fill(std::uintmax_t left = 0) const {
        const auto room = std::filesystem::space(path_).available;
        std::ofstream(path_ / "filler", std::ios::binary) << std::string(room - std::min(room, left), 'f');
    }
    void clear() const { std::filesystem::remove(path_ / "filler"); }
    void grow(const std::string& options) const {
        REQUIRE(::mount("tmpfs", path_.c_str(), "tmpfs", MS_REMOUNT, options.c_str()) == 0);
    }

 private:
    TemporaryFolder folder_;
    std::filesystem::path path_;
    bool mounted_ = false;
};

/// ext4 on a loop device.
class PowerCutDisk {
 public:
    /// What survives a cut besides what was synced. Names are what a journal writes; a file that has its name and not
    /// its contents is the worst that it does.
    enum class Survives { nothing, names };

    PowerCutDisk() {
        made_ = run("truncate -s 256M " + image() + " && mkfs.ext4 -q -F " + image()).exit_code == 0;
        if (made_) mount();
    }
    ~PowerCutDisk() { unmount(); }
    PowerCutDisk(const PowerCutDisk&) = delete;
    PowerCutDisk& operator=(const PowerCutDisk&) = delete;
    [[nodiscard]] bool mounted() const { return mounted_; }
    [[nodiscard]] std::filesystem::path path() const { return folder_.path() / "disk"; }

    /// Now; and the machine starts again.
    void cut_power(Survives survives) {
        // EXT4_IOC_SHUTDOWN: 1 writes the journal and nothing else, 2 writes nothing.
        constexpr unsigned long shutdown_request = 0x8004587d;
        std::uint32_t how = survives == Survives::names ? 1 : 2;
        const int disk = ::open(path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        REQUIRE(disk >= 0);
        REQUIRE(::ioctl(disk, shutdown_request, &how) == 0);
        ::close(disk);
        unmount();
        mount();
        REQUIRE(mounted_);
    }
    /// Empty, and on the disk.
    void clear() const {
        for (const auto& entry : std::filesystem::directory_iterator(path())) {
            if (entry.path().filename() != "lost+found") std::filesystem::remove_all(entry.path());
        }
    }
    void sync() const { REQUIRE(run("sync -f " + quoted(path().string())).exit_code == 0); }

 private:
    [[nodiscard]] std::string image() const { return quoted((folder_.path() / "image").string()); }
    void mount() {
        std::filesystem::create_directories(path());
        mounted_ = run("mount -o loop " + image() + " " + quoted(path().string())).exit_code == 0;
    }
    void unmount() {
        if (mounted_) run("umount " + quoted(path().string()));
        mounted_ = false;
    }
    TemporaryFolder folder_;
    bool made_ = false;
    bool mounted_ = false;
};

}  // namespace support
