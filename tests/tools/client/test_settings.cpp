#include "tests/support/result_text.hpp"
#include "tools/client/errc.hpp"
#include "tools/client/settings.hpp"

using namespace client;

namespace {

std::string fact(const ledger::Error& error, std::string_view name) {
    for (const auto& fact : error.facts) {
        if (fact.name == name) return fact.value;
    }
    return {};
}

}  // namespace

TEST_CASE("settings: every key is read, and what is written is read back") {
    const auto settings = parse_settings(R"(
servers = ["https://a.example:8443", "https://[::1]:9443"]
product = "vdi-desktop"
vendor_root = "root.crt"
enrolment_key_file = "/etc/actledger/enrolment.key"
device_name = "PC-1"
tls_trust = "ledger"
ca_file = "ca.pem"
server_id = "abcdefghijklmnopqrstuvwxyz234567"
components_file = "components.toml"
allow_plain_http = true
language = "zh"
)",
                                         "/etc/actledger/client.toml");
    REQUIRE(settings);
    CHECK(settings->servers.size() == 2);
    CHECK(settings->servers[1].host == "::1");
    CHECK(settings->vendor_root == "/etc/actledger/root.crt");
    CHECK(settings->tls_trust == TlsTrust::ledger);
    CHECK(settings->allow_plain_http);

    const auto again = parse_settings(settings_text(*settings), "/var/lib/other/client.toml");
    REQUIRE(again);
    CHECK(again->servers == settings->servers);
    CHECK(again->vendor_root == settings->vendor_root);
    CHECK(again->enrolment_key_file == settings->enrolment_key_file);
    CHECK(again->ca_file == settings->ca_file);
    CHECK(again->device_name == "PC-1");
    CHECK(again->server_id == settings->server_id);
    CHECK(again->components_file == settings->components_file);
    CHECK(again->tls_trust == TlsTrust::ledger);
    CHECK(again->language == "zh");
}

TEST_CASE("settings: an unknown key or a wrong type is refused with file, line and key") {
    struct Case {
        const char* text;
        const char* key;
        const char* line;
    };
    const auto bad =
        GENERATE(Case{"product = \"a\"\nprodukt = \"b\"\n", "produkt", "2"}, Case{"product = 7\n", "product", "1"},
                 Case{"\n\nallow_plain_http = \"yes\"\n", "allow_plain_http", "3"},
                 Case{"servers = \"https://a\"\n", "servers", "1"}, Case{"servers = []\n", "servers", "1"},
                 Case{"servers = [\"ftp://a\"]\n", "servers", "1"}, Case{"tls_trust = \"none\"\n", "tls_trust", "1"},
                 Case{"product = \n", "-", "1"}, Case{"[tls]\na = 1\n", "tls", "1"});
    CAPTURE(bad.text);
    const auto refused = parse_settings(bad.text, "/etc/actledger/client.toml");
    REQUIRE(!refused);
    CHECK(refused.error().code == errc::settings_malformed);
    CHECK(fact(refused.error(), "key") == bad.key);
    CHECK(fact(refused.error(), "line") == bad.line);
    CHECK(fact(refused.error(), "file") == "/etc/actledger/client.toml");
}

TEST_CASE("server address: scheme, host and port, and nothing else") {
    const auto plain = ServerAddress::parse("https://activation.example");
    REQUIRE(plain);
    CHECK(plain->text() == "https://activation.example:443");
    CHECK(plain->authority() == "activation.example");
    CHECK(ServerAddress::parse("http://10.0.0.1/")->port == 80);
    CHECK(ServerAddress::parse("https://[::1]:8443")->authority() == "[::1]:8443");
    CHECK(ServerAddress::parse("https://127.0.0.1:8443")->is_ip());
    for (const auto* bad :
         {"", "activation.example", "https://", "https://user@a", "https://a/v1", "https://a?x=1", "https://a#b",
          "https://a:0", "https://a:65536", "https://a:", "ftp://a", "https://a b", "//a"}) {
        CAPTURE(bad);
        CHECK(!ServerAddress::parse(bad));
    }
}

TEST_CASE("messages: every error of the client speaks both languages, names its facts and has a remedy") {
    for (const auto& message : client::category().table()) {
        CAPTURE(message.code);
        CHECK(message.code.starts_with("client-"));
        CHECK(!message.english.sentence.empty());
        CHECK(!message.chinese.sentence.empty());
        CHECK(!message.english.remedy.empty());
        CHECK(!message.chinese.remedy.empty());
        // The same facts in both languages.
        for (std::size_t at = message.english.sentence.find('{'); at != std::string_view::npos;
             at = message.english.sentence.find('{', at + 1)) {
            const auto name = message.english.sentence.substr(at, message.english.sentence.find('}', at) - at + 1);
            CHECK(message.chinese.sentence.find(name) != std::string_view::npos);
        }
    }
    const ledger::Error refused{
        errc::server_refused,
        "",
        {{"server", "https://a:1"}, {"sentence", "席位已满"}, {"remedy", "增加授权"}, {"code", "quota-reached"}}};
    CHECK(refused.sentence(ledger::Language::chinese) == "https://a:1 拒绝：席位已满 [quota-reached]");
    CHECK(refused.remedy(ledger::Language::english) == "增加授权");
}
