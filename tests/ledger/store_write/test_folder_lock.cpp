// The ledger's folder is held by whoever makes a log in it, from before there is one.

#include <catch2/catch.hpp>

#include "ledger/core/errc.hpp"
#include "ledger/store_write/folder_lock.hpp"
#include "tests/ledger/store_write/sample_log.hpp"
#include "tests/support/result_text.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace ledger;

TEST_CASE("folder lock: one at a time, under whatever name, and no log is made by anybody else", "[engine]") {
    const support::TemporaryFolder folder;
    const auto place = folder.path() / "a" / "ledger";
    {
        const auto held = FolderLock::take(place);
        REQUIRE(held);
        CHECK(FolderLock::take(place / "").error().code == errc::log_locked);
        CHECK(FolderLock::take(folder.path() / "a" / ".." / "a" / "ledger").error().code == errc::log_locked);
        CHECK((*held)->check_no_log());
    }
    CHECK_FALSE(std::filesystem::exists(folder.path() / "a"));  // nothing was made in it
    const auto again = FolderLock::take(place);
    REQUIRE(again);
    folder.write("a/ledger/something", std::string_view("of somebody"));
    CHECK((*again)->keep_folders());
}

TEST_CASE("folder lock: a log that is there is told from none, and its folder stays", "[engine]") {
    const support::TemporaryFolder folder;
    support::SoftwareSigner signer;
    make_log(folder.path(), signer);
    {
        const auto held = FolderLock::take(folder.path());
        REQUIRE(held);
        CHECK((*held)->check_no_log().error().code == errc::log_exists);
    }
    CHECK(std::filesystem::exists(folder.path() / "log" / "data.mdb"));
}
