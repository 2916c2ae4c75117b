#include <unistd.h>

#include "tests/support/result_text.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tools/client/component_collector.hpp"
#include "tools/client/errc.hpp"

using namespace client;
namespace fs = std::filesystem;

namespace {

/// A machine's /sys, /proc, /etc and /dev below a folder.
class FakeMachine {
 public:
    void put(const fs::path& file, std::string_view content) const {
        fs::create_directories((root() / file).parent_path());
        folder_.write(file.string(), content);
    }
    void folder(const fs::path& path) const { fs::create_directories(root() / path); }
    void link(const fs::path& at, const fs::path& target) const {
        fs::create_directories((root() / at).parent_path());
        fs::create_symlink(target, root() / at);
    }
    void network(const std::string& name, const std::string& address, const std::string& assign_type) const {
        const fs::path device = "sys/class/net/" + name;
        put(device / "address", address + "\n");
        put(device / "type", "1\n");
        put(device / "addr_assign_type", assign_type + "\n");
    }
    void physical(const std::string& name) const { folder("sys/class/net/" + name + "/device"); }
    [[nodiscard]] fs::path root() const { return folder_.path(); }

    [[nodiscard]] std::vector<std::string> collect(PermanentAddress permanent = nothing()) const {
        std::vector<std::string> lines;
        for (const auto& component : collect_components({root(), std::move(permanent)})) {
            lines.push_back(component.kind + "=" + component.value);
        }
        return lines;
    }
    static PermanentAddress nothing() {
        return [](const std::string&) { return std::optional<std::string>(); };
    }

 private:
    support::TemporaryFolder folder_;
};

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("components: firmware, machine id, disk and network cards are found, sorted and normalised") {
    const FakeMachine machine;
    machine.put("sys/class/dmi/id/product_uuid", "4C4C4544-0042-3510-8054-B7C04F503732\n");
    machine.put("sys/class/dmi/id/board_serial", "/ABC123/\n");
    machine.put("etc/machine-id", "3d1219c7c4c5404aaa1f6d2a48adfda4\n");
    machine.network("enp3s0", "00:1A:2B:3C:4D:5E", "0");
    machine.physical("enp3s0");
    machine.put("proc/self/mountinfo", "22 1 253:1 / / rw - ext4 /dev/vda1 rw\n");
    machine.put("sys/devices/pci/virtio1/block/vda/serial", "DISK-0001\n");
    machine.folder("sys/devices/pci/virtio1/block/vda/device");
    machine.put("sys/devices/pci/virtio1/block/vda/vda1/partition", "1\n");
    machine.link("sys/dev/block/253:1", "../../devices/pci/virtio1/block/vda/vda1");

    const auto found = collect_components({machine.root(), FakeMachine::nothing()});
    REQUIRE(found.size() == 5);
    std::vector<std::string> kinds;
    for (const auto& component : found) {
        kinds.push_back(component.kind);
        // What is sent is what is hashed: the server's normalisation does not change it again.
        CHECK(ledger::normalise_component(component.kind, component.value) == component.value);
    }
    CHECK(kinds == Lines{"board_serial", "disk_serial", "mac", "machine_id", "smbios_uuid"});
    CHECK(found[1].value == "disk-0001");
}

TEST_CASE("components: a machine without any of the files has none, and no failure") {
    const FakeMachine machine;
    CHECK(machine.collect().empty());
}

TEST_CASE("components: what makers leave unfilled is no component") {
    const FakeMachine machine;
    machine.put("sys/class/dmi/id/product_uuid", "00000000-0000-0000-0000-000000000000\n");
    machine.put("sys/class/dmi/id/board_serial", "To be filled by O.E.M.\n");
    machine.put("sys/class/dmi/id/product_serial", "\n");
    CHECK(machine.collect().empty());
}

TEST_CASE("components: only hardware network cards count, with their own addresses") {
    const FakeMachine machine;
    machine.network("lo", "00:00:00:00:00:00", "0");
    machine.network("docker0", "02:42:ac:11:00:02", "3");
    machine.network("veth1", "aa:bb:cc:dd:ee:ff", "1");
    machine.network("br0", "00:1a:2b:3c:4d:5f", "0");

    SECTION("none of them is hardware") { CHECK(machine.collect().empty()); }
    SECTION("a virtual machine's card keeps its address, though it is locally administered") {
        machine.network("ens3", "52:54:00:12:34:56", "0");
        machine.physical("ens3");
        CHECK(machine.collect() == Lines{"mac=525400123456"});
    }
    SECTION("a randomised address is replaced by the card's own") {
        machine.network("wlan0", "3e:00:00:00:00:01", "3");
        machine.physical("wlan0");
        CHECK(machine.collect([](const std::string& name) {
            return name == "wlan0" ? std::optional<std::string>("001122334455") : std::nullopt;
        }) == Lines{"mac=001122334455"});
    }
    SECTION("a randomised address of a card that does not tell its own is left out") {
        machine.network("wlan0", "3e:00:00:00:00:01", "1");
        machine.physical("wlan0");
        CHECK(machine.collect().empty());
    }
}

TEST_CASE("components: the root disk is found below device mapper, and its serial wherever it stands") {
    const FakeMachine machine;
    machine.put("proc/self/mountinfo", "22 1 254:0 / / rw shared:1 - ext4 /dev/mapper/root rw\n");
    machine.folder("sys/devices/virtual/block/dm-0/slaves");
    machine.link("sys/dev/block/254:0", "../../devices/virtual/block/dm-0");
    machine.link("sys/devices/virtual/block/dm-0/slaves/sda2", "../../../../pci/sda/sda2");
    machine.put("sys/devices/pci/sda/sda2/partition", "2");
    machine.folder("sys/devices/pci/sda/device");
    SECTION("SCSI page 0x80") {
        machine.put("sys/devices/pci/sda/device/vpd_pg80", std::string_view("\0\x80\0\x08  WD-1234\0", 14));
        CHECK(machine.collect() == Lines{"disk_serial=wd-1234"});
    }
    SECTION("NVMe") {
        machine.put("sys/devices/pci/sda/device/serial", "S4EVNX0\n");
        CHECK(machine.collect() == Lines{"disk_serial=s4evnx0"});
    }
    SECTION("the name that udev gave") {
        machine.link("dev/disk/by-id/ata-QEMU_HARDDISK_QM00001", "../../sda");
        machine.link("dev/disk/by-id/ata-QEMU_HARDDISK_QM00001-part2", "../../sda2");
        CHECK(machine.collect() == Lines{"disk_serial=ata-qemu_harddisk_qm00001"});
    }
    SECTION("none") { CHECK(machine.collect().empty()); }
}

TEST_CASE("components: without a block device below the root, the machine's only disk counts, and no guess is made") {
    const FakeMachine machine;
    machine.put("proc/self/mountinfo", "22 1 0:21 / / rw - overlay overlay rw\n");
    machine.put("sys/block/vda/serial", "only-one");
    machine.folder("sys/block/vda/device");
    CHECK(machine.collect() == Lines{"disk_serial=only-one"});
    machine.put("sys/block/vdb/serial", "second");
    machine.folder("sys/block/vdb/device");
    CHECK(machine.collect().empty());
}

TEST_CASE("components: a components file stands in for the machine, and is read strictly") {
    const support::TemporaryFolder folder;
    const auto read = [&](std::string_view text) {
        folder.write("components.toml", text);
        return read_components_file(folder / "components.toml");
    };
    const auto good =
        read("machine_id = \"Second-Desktop-0001\"\nmac = [\"0a:00:00:00:00:02\", \"0a:00:00:00:00:03\"]\n");
    REQUIRE(good);
    CHECK(good->size() == 3);
    for (const auto* bad :
         {"", "machine_id = 7", "Machine = \"x\"", "machine_id", "mac = [1]", "mac = \"00:00:00:00:00:00\""}) {
        CAPTURE(bad);
        const auto refused = read(bad);
        REQUIRE(!refused);
        CHECK(refused.error().code == errc::components_malformed);
    }
    CHECK(read_components_file(folder / "absent").error().stable_code() == "file-unreadable");
}

TEST_CASE("components: a masked value shows no more than a quarter") {
    CHECK(masked("0123456789ab") == "012…(12)");
    CHECK(masked("abc") == "…(3)");
}
