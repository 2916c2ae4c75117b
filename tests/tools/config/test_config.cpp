#include <catch2/catch.hpp>

#include "tools/config/config.hpp"
#include "tools/config/errc.hpp"

namespace {

ledger::Result<config::Config> parse(std::string_view text) {
    return config::parse(text, "/etc/actledger/actledgerd.toml");
}

std::string fact(const ledger::Error& error, std::string_view name) {
    for (const auto& fact : error.facts) {
        if (fact.name == name) return fact.value;
    }
    return "(none)";
}

constexpr std::string_view minimal = "[ledger]\nfolder = \"/srv/ledger\"\n";

}  // namespace

TEST_CASE("config: the folder alone is enough, and the rest has its documented defaults") {
    const auto config = parse(minimal).value();
    CHECK(config.ledger.folder == "/srv/ledger");
    CHECK(config.http.listen == std::vector<std::string>{"0.0.0.0:8443"});
    CHECK(config.http.listen_plain.empty());
    CHECK(config.admin_socket() == "/srv/ledger/admin.sock");
    CHECK(config.log_folder() == "/srv/ledger/log");
    CHECK(config.time.step_bound == ledger::minute * 5);
}

TEST_CASE("config: relative paths are relative to the file") {
    const auto config = parse("[ledger]\nfolder = \"data\"\n[hsm]\npin_file = \"../pin\"\n").value();
    CHECK(config.ledger.folder == "/etc/actledger/data");
    CHECK(config.hsm.pin_file == "/etc/pin");
}

TEST_CASE("config: what is wrong is named with file, line and key") {
    struct Case {
        std::string text;
        config::errc code;
        std::string line;
        std::string key;
    };
    const std::string head(minimal);
    const auto wrong = GENERATE_COPY(values<Case>({
        {head + "[htpp]\n", config::errc::unknown_key, "3", "htpp"},
        {head + "[http]\nlisten = [\"127.0.0.1:1\"]\nlissten = []\n", config::errc::unknown_key, "5", "http.lissten"},
        {head + "[http]\nlisten = \"127.0.0.1:1\"\n", config::errc::wrong_type, "4", "http.listen"},
        {head + "[http]\nlisten = [1]\n", config::errc::wrong_type, "4", "http.listen"},
        {head + "[http]\nthreads = \"two\"\n", config::errc::wrong_type, "4", "http.threads"},
        {head + "[http]\nthreads = -1\n", config::errc::out_of_range, "4", "http.threads"},
        {head + "[hsm]\n\nuri = 4\n", config::errc::wrong_type, "5", "hsm.uri"},
        {head + "[log]\nlevel = \"loud\"\n", config::errc::out_of_range, "4", "log.level"},
        {"http = 1\n" + head, config::errc::wrong_type, "1", "http"},
    }));
    CAPTURE(wrong.text);
    const auto config = parse(wrong.text);
    REQUIRE(config.has_error());
    CHECK(config.error().code == wrong.code);
    CHECK(fact(config.error(), "file") == "/etc/actledger/actledgerd.toml");
    CHECK(fact(config.error(), "line") == wrong.line);
    CHECK(fact(config.error(), "key") == wrong.key);
}

TEST_CASE("config: broken TOML is refused with its line") {
    const auto config = parse("[ledger]\nfolder = \n");
    REQUIRE(config.has_error());
    CHECK(config.error().code == config::errc::syntax);
    CHECK(fact(config.error(), "line") == "2");
}

TEST_CASE("config: a missing folder, and a certificate without its key, are refused") {
    CHECK(parse("").error().code == config::errc::missing_key);
    const auto config = parse(std::string(minimal) + "[http]\ntls_certificate = \"/etc/tls.crt\"\n");
    REQUIRE(config.has_error());
    CHECK(fact(config.error(), "key") == "http.tls_key");
}

TEST_CASE("config: a file that is not there is refused with the reason") {
    const auto config = config::load("/nonexistent/actledgerd.toml");
    REQUIRE(config.has_error());
    CHECK(config.error().code == config::errc::unreadable);
}
