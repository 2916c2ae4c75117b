#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

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

std::string read(const std::string& path) {
    std::ifstream file(std::string(ACTLEDGER_SOURCE_DIR) + "/" + path);
    REQUIRE(file);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

/// "section.key" of each line that `key` matches, under the nearest heading before it that `section` matches.
std::vector<std::string> documented(const std::string& text, const std::regex& section, const std::regex& key) {
    std::vector<std::string> keys;
    std::string in;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        std::smatch found;
        if (std::regex_search(line, found, section)) {
            in = found[1];
        } else if (std::regex_search(line, found, key)) {
            keys.push_back(in + "." + found[1].str());
        }
    }
    return keys;
}

std::string sorted(std::vector<std::string> keys) {
    std::ranges::sort(keys);
    std::string lines;
    for (const auto& key : keys) lines += key + "\n";
    return lines;
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
        {head + "[http]\nlisten = [\"localhost:8443\"]\n", config::errc::out_of_range, "4", "http.listen"},
        {head + "[http]\n\nlisten_plain = [\"127.0.0.1:1\", \"[::]:70000\"]\n", config::errc::out_of_range, "5",
         "http.listen_plain"},
        {head + "[http]\nlisten = [\"::1:8443\"]\n", config::errc::out_of_range, "4", "http.listen"},
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

TEST_CASE("config: mirrors are a list of tables, each with a folder") {
    const std::string ledger = "[ledger]\nfolder = \"l\"\n";
    const auto two = parse(ledger + "[[mirror]]\nfolder = \"/a\"\n[[mirror]]\nfolder = \"/b\"\nannex = \"left-out\"\n");
    REQUIRE(two.has_value());
    REQUIRE(two->mirrors.size() == 2);
    CHECK(two->mirrors[0].folder == "/a");
    CHECK(two->mirrors[1].annex == "left-out");
    const auto code = [&](const std::string& text) { return parse(ledger + text).error().code; };
    CHECK(code("[mirror]\nfolder = \"/a\"\n") == config::errc::wrong_type);
    CHECK(code("[[mirror]]\n") == config::errc::missing_key);
    CHECK(code("[[mirror]]\nfolder = 1\n") == config::errc::wrong_type);
    CHECK(code("[[mirror]]\nfolder = \"/a\"\nannex = \"some\"\n") == config::errc::out_of_range);
    CHECK(code("[[mirror]]\nfolder = \"/a\"\nspeed = 1\n") == config::errc::unknown_key);
    std::string many;
    for (int i = 0; i < 9; ++i) many += "[[mirror]]\nfolder = \"/a\"\n";
    CHECK(code(many) == config::errc::out_of_range);
}

TEST_CASE("config: the manual in both languages and the example name every key once, and no other") {
    const std::string known = sorted(config::known_keys());
    CHECK(known.find("http.listen\n") != std::string::npos);
    const std::regex heading("^## \\[{1,2}([a-z]+)\\]");
    const std::regex row("^\\| `([a-z0-9_]+)` \\|");
    CHECK(sorted(documented(read("docs/manual/en/configuration.md"), heading, row)) == known);
    CHECK(sorted(documented(read("docs/manual/zh/configuration.md"), heading, row)) == known);
    const std::regex table("^#?\\[{1,2}([a-z]+)\\]");
    const std::regex line("^#?([a-z0-9_]+) = ");
    CHECK(sorted(documented(read("tools/packaging/actledgerd.toml"), table, line)) == known);
}

TEST_CASE("config: the example is right as it is, and with every key in it taken") {
    const std::string example = read("tools/packaging/actledgerd.toml");
    const auto as_it_is = parse(example);
    REQUIRE(as_it_is.has_value());
    CHECK(as_it_is->ledger.folder == "/var/lib/actledger");
    const auto all = parse(std::regex_replace(example, std::regex("(^|\n)#([a-z0-9_]+ = |\\[\\[)"), "$1$2"));
    REQUIRE(all.has_value());
    CHECK(all->http.tls_key == "/etc/actledger/tls.key");
    REQUIRE(all->mirrors.size() == 1);
    CHECK(all->mirrors.front().folder == "/mnt/backup/actledger");
    CHECK(all->mirrors.front().annex == config::Mirror{}.annex);
    // What the manual calls the default is the default.
    CHECK(all->hsm.uri == as_it_is->hsm.uri);
    CHECK(all->hsm.module == as_it_is->hsm.module);
    CHECK(all->hsm.deadline == as_it_is->hsm.deadline);
    CHECK(all->http.listen == as_it_is->http.listen);
    CHECK(all->http.threads == as_it_is->http.threads);
    CHECK(all->http.connections_max == as_it_is->http.connections_max);
    CHECK(all->http.connections_per_address_max == as_it_is->http.connections_per_address_max);
    CHECK(all->http.header_bytes_max == as_it_is->http.header_bytes_max);
    CHECK(all->http.handshake_timeout == as_it_is->http.handshake_timeout);
    CHECK(all->http.header_timeout == as_it_is->http.header_timeout);
    CHECK(all->http.body_timeout == as_it_is->http.body_timeout);
    CHECK(all->http.idle_timeout == as_it_is->http.idle_timeout);
    CHECK(all->admin_socket() == as_it_is->admin_socket());
    CHECK(all->log.level == as_it_is->log.level);
    CHECK(all->log.format == as_it_is->log.format);
    CHECK(all->time.step_bound == as_it_is->time.step_bound);
    CHECK(all->time.stop_bound == as_it_is->time.stop_bound);
    CHECK(all->limits.queue_max == as_it_is->limits.queue_max);
    CHECK(all->limits.group_max == as_it_is->limits.group_max);
    CHECK(all->limits.address_requests_per_minute == as_it_is->limits.address_requests_per_minute);
    CHECK(all->limits.enrolment_key_requests_per_minute == as_it_is->limits.enrolment_key_requests_per_minute);
}
