#include <sys/stat.h>

#include "hsm/errc.hpp"
#include "hsm/pin.hpp"
#include "hsm/rejected_pins.hpp"
#include "tests/support/result_text.hpp"
#include "tests/support/temporary_folder.hpp"

using hsm::Pin;
using hsm::PinSource;

namespace {

std::filesystem::path pin_file(const support::TemporaryFolder& folder, std::string_view text, mode_t mode = 0600) {
    folder.write("pin", text);
    auto path = folder.path() / "pin";
    REQUIRE(::chmod(path.c_str(), mode) == 0);
    return path;
}

/// Sets an environment variable for one scope.
class Variable {
 public:
    Variable(const char* name, const std::string& value) : name_(name) { ::setenv(name, value.c_str(), 1); }
    ~Variable() { ::unsetenv(name_); }
    Variable(const Variable&) = delete;
    Variable& operator=(const Variable&) = delete;

 private:
    const char* name_;
};

hsm::TokenInfo token_of(std::string serial) {
    hsm::TokenInfo token;
    token.label = "activation-ledger";
    token.serial = std::move(serial);
    return token;
}

}  // namespace

TEST_CASE("pin: a file's one line is the PIN, with or without its line end", "[hsm][pin]") {
    const support::TemporaryFolder folder;
    CHECK(PinSource::file(pin_file(folder, "1234\n")).read()->text() == "1234");
    CHECK(PinSource::file(pin_file(folder, "1234")).read()->text() == "1234");
    CHECK(PinSource::file(pin_file(folder, " 1 ")).read()->text() == " 1 ");
    CHECK(PinSource::file(pin_file(folder, std::string(255, 'x'))).read()->text().size() == 255);
}

TEST_CASE("pin: a file that holds no PIN is refused", "[hsm][pin]") {
    const support::TemporaryFolder folder;
    const std::string text = GENERATE(as<std::string>(), "", "\n", "1234\n\n", "12\n34", "1234\r\n",
                                      std::string("12\0", 3), std::string(256, 'x'), std::string(5000, 'x'));
    const auto pin = PinSource::file(pin_file(folder, text)).read();
    REQUIRE_FALSE(pin);
    CHECK(pin.error().code == hsm::errc::pin_unreadable);
}

TEST_CASE("pin: a file that others can read or the group can write is refused", "[hsm][pin]") {
    const support::TemporaryFolder folder;
    for (const mode_t mode : {mode_t{0644}, mode_t{0604}, mode_t{0620}, mode_t{0602}}) {
        CAPTURE(mode);
        CHECK(PinSource::file(pin_file(folder, "1234", mode)).read().error().code == hsm::errc::pin_file_exposed);
    }
    CHECK(PinSource::file(pin_file(folder, "1234", 0440)).read());
}

TEST_CASE("pin: a missing file and a folder are named in the message", "[hsm][pin]") {
    const support::TemporaryFolder folder;
    for (const auto& path : {folder.path() / "none", folder.path()}) {
        const auto pin = PinSource::file(path).read();
        REQUIRE_FALSE(pin);
        CHECK(pin.error().code == hsm::errc::pin_unreadable);
        CHECK(pin.error().sentence(ledger::Language::english).find(path.string()) != std::string::npos);
    }
}

TEST_CASE("pin: the configured file goes before the URI's, and that before the service credential", "[hsm][pin]") {
    const support::TemporaryFolder folder;
    folder.write("hsm-pin", std::string_view("9999"));
    REQUIRE(::chmod((folder.path() / "hsm-pin").c_str(), 0600) == 0);
    const Variable credentials("CREDENTIALS_DIRECTORY", folder.path().string());
    CHECK(hsm::choose_pin_source("/a", "/b").describe() == "file /a");
    CHECK(hsm::choose_pin_source({}, "/b").describe() == "file /b");
    const auto credential = hsm::choose_pin_source({}, {});
    CHECK(credential.describe() == "credential hsm-pin");
    CHECK(credential.read()->text() == "9999");
}

TEST_CASE("pin: without any source the answer says how to give one", "[hsm][pin]") {
    const auto pin = hsm::choose_pin_source({}, {}).read();
    REQUIRE_FALSE(pin);
    CHECK(pin.error().code == hsm::errc::pin_missing);
}

TEST_CASE("pin: moving it leaves nothing behind", "[hsm][pin]") {
    Pin first("1234");
    const Pin second = std::move(first);
    CHECK(second.text() == "1234");
    CHECK(first.empty());  // NOLINT(bugprone-use-after-move): that is what is tested
}

TEST_CASE("pin: one that a token refused is known again by another process, and others are not", "[hsm][pin]") {
    const support::TemporaryFolder folder;
    {
        hsm::RejectedPins rejected(folder.path());
        CHECK_FALSE(rejected.contains(token_of("1"), Pin("1234")).value());
        REQUIRE(rejected.add(token_of("1"), Pin("1234")));
        CHECK(rejected.contains(token_of("1"), Pin("1234")).value());
    }
    hsm::RejectedPins next(folder.path());
    CHECK(next.contains(token_of("1"), Pin("1234")).value());
    CHECK_FALSE(next.contains(token_of("1"), Pin("1235")).value());
    CHECK_FALSE(next.contains(token_of("2"), Pin("1234")).value());

    const std::string text = folder.read("hsm-rejected-pins");
    CHECK(text.find("1234") == text.npos);
    struct stat info {};
    REQUIRE(::stat((folder.path() / "hsm-rejected-pins").c_str(), &info) == 0);
    CHECK((info.st_mode & 0777) == 0600);

    REQUIRE(next.forget(token_of("1")));
    hsm::RejectedPins last(folder.path());
    CHECK_FALSE(last.contains(token_of("1"), Pin("1234")).value());
}

TEST_CASE("pin: a damaged memory of refused PINs is an error, and no PIN is said to be good", "[hsm][pin]") {
    const support::TemporaryFolder folder;
    const std::string text = GENERATE(as<std::string>(), "", "x", "actledger-rejected-pins/1\nxx\n",
                                      "actledger-rejected-pins/1\n" + std::string(162, 'g') + "\n");
    folder.write("hsm-rejected-pins", text);
    hsm::RejectedPins rejected(folder.path());
    const auto known = rejected.contains(token_of("1"), Pin("1234"));
    REQUIRE_FALSE(known);
    CHECK(known.error().code == hsm::errc::state_folder_failed);
}
