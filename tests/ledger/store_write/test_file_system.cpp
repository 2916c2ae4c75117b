#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "ledger/store_write/file_system.hpp"
#include "tests/support/result_text.hpp"
#include "tests/support/temporary_folder.hpp"

namespace ledger {

TEST_CASE("file system: network file systems are told from local ones", "[file system]") {
    for (const std::int64_t magic : {0x6969L, 0xFF534D42L, 0xFE534D42L, 0x65735546L, 0x01021997L, 0x00C36400L}) {
        CAPTURE(magic);
        CHECK(is_network_file_system(magic));
        CHECK(is_network_file_system(static_cast<std::int32_t>(magic)));  // as a signed 32-bit word
    }
    for (const std::int64_t magic : {0xEF53L, 0x58465342L, 0x9123683EL, 0x01021994L, 0x2FC12FC1L, 0x794C7630L}) {
        CAPTURE(magic);  // ext4, xfs, btrfs, tmpfs, zfs, overlay
        CHECK(!is_network_file_system(magic));
    }
    CHECK(check_local_file_system(support::TemporaryFolder().path()));
}

TEST_CASE("file system: a file is allocated ahead in steps, and what is kept free is left alone", "[file system]") {
    const support::TemporaryFolder folder;
    const auto path = folder.write("file", "");
    const int file = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
    REQUIRE(file >= 0);
    const auto allocated = [&] {
        struct stat status {};
        ::fstat(file, &status);
        return static_cast<std::uint64_t>(status.st_blocks) * 512;
    };
    FileAllocation allocation(file, {1U << 20, 0, 0});
    CHECK(allocation.reach(1));
    CHECK(allocation.allocated_bytes() == 1U << 20);
    CHECK(allocated() >= 1U << 20);
    CHECK(allocation.reach(1U << 20));
    CHECK(allocation.allocated_bytes() == 1U << 20);
    CHECK(allocation.reach(5U << 20));
    CHECK(allocated() >= 5U << 20);
    CHECK(!allocation.reach(allocation.free_bytes() + allocation.allocated_bytes() + (1ULL << 30)));

    FileAllocation modest(file, {1U << 20, ~0ULL, 100});
    CHECK(modest.free_bytes() == 0);
    CHECK(modest.reach(allocated()));
    CHECK(!modest.reach(6U << 20));
    ::close(file);
}

}  // namespace ledger
