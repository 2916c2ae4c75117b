#include <fcntl.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "ledger/core/synced_file.hpp"
#include "tests/support/temporary_folder.hpp"

namespace ledger {

TEST_CASE("synced file: what is written stands in place of what was there, and an error is the system's") {
    const support::TemporaryFolder folder;
    const auto path = folder.write("file", "something that is longer");
    CHECK_FALSE(write_synced(path, as_bytes("text\n")));
    CHECK(folder.read("file") == "text\n");
    CHECK_FALSE(write_synced(folder.path() / "new", {}));
    CHECK(std::filesystem::status(folder.path() / "new").permissions() ==
          (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
    CHECK_FALSE(fsync_folder(folder.path()));

    CHECK(write_synced(folder.path() / "nowhere" / "file", as_bytes("x")) == std::errc::no_such_file_or_directory);
    CHECK(write_synced(folder.path(), as_bytes("x")) == std::errc::is_a_directory);
    CHECK(fsync_folder(path) == std::errc::not_a_directory);
    CHECK(fsync_folder(folder.path() / "nowhere") == std::errc::no_such_file_or_directory);
    CHECK(write_synced("/dev/full", as_bytes("x")) == std::errc::no_space_on_device);
}

}  // namespace ledger
