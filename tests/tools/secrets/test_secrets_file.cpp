#include <catch2/catch.hpp>

#include "ledger/core/time_text.hpp"
#include "tests/support/result_text.hpp"
#include "tools/cli/secrets_file.hpp"

using namespace cli;

namespace {

const std::string server_id(32, 'a');

Secrets sample() {
    Secrets secrets{server_id, ledger::parse_time_seconds("2026-11-26T01:02:03Z").value(), {}, {}, {}};
    secrets.files = {{SecretRole::hsm_pin, "1234\n"}, {SecretRole::tls_key, std::string("key\0\n", 5)}};
    return secrets;
}

template <class T>
std::string code_of(const ledger::Result<T>& result) {
    return result ? "success" : std::string(result.error().stable_code());
}

}  // namespace

TEST_CASE("secrets: what was sealed is opened with the same passphrase, and with no other") {
    const ledger::Bytes sealed = seal_secrets(sample(), "correct horse");
    CHECK(open_secrets(sealed, "correct horse").value() == sample());
    for (const char* wrong : {"correct hors", "correct horse ", "", "x"}) {
        CHECK(code_of(open_secrets(sealed, wrong)) == "secrets-passphrase-wrong");
    }
    CHECK(ledger::as_text(sealed).find("1234") == std::string_view::npos);
}

TEST_CASE("secrets: no altered, cut or lengthened file is taken, whatever byte it is") {
    const ledger::Bytes sealed = seal_secrets(sample(), "correct horse");
    // Each byte of what is encrypted and of its tag, and some of what is before: stretching the passphrase takes time.
    for (std::size_t at = 0; at < sealed.size(); at += at + 64 < sealed.size() ? 61 : 7) {
        CAPTURE(at);
        ledger::Bytes altered = sealed;
        altered[at] ^= 1;
        const auto opened = open_secrets(altered, "correct horse");
        // A text of the standard that nobody evaluates (a version number) may change; what comes out may not.
        CHECK((!opened || *opened == sample()));
        if (at + 64 >= sealed.size()) CHECK(!opened);
    }
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, sealed.size() / 2, sealed.size() - 1}) {
        CHECK(code_of(open_secrets(ledger::ByteView(sealed).first(size), "correct horse")) == "secrets-foreign");
    }
    ledger::Bytes longer = sealed;
    longer.push_back(0);
    CHECK(code_of(open_secrets(longer, "correct horse")) == "secrets-foreign");
    CHECK(code_of(open_secrets(ledger::as_bytes("-----BEGIN CMS-----"), "x")) == "secrets-foreign");
}

TEST_CASE("secrets: a file that would stretch the passphrase for hours is refused at once") {
    ledger::Bytes sealed = seal_secrets(sample(), "correct horse");
    const std::array<std::uint8_t, 5> rounds{0x02, 0x03, 0x09, 0x27, 0xc0};  // 600,000
    const auto found = std::search(sealed.begin(), sealed.end(), rounds.begin(), rounds.end());
    REQUIRE(found != sealed.end());
    found[2] = 0x7f;  // eight million: within the limit, and another key
    CHECK(code_of(open_secrets(sealed, "correct horse")) == "secrets-passphrase-wrong");
    found[1] = 0x04;  // longer than it is: not what it was at all
    CHECK(!open_secrets(sealed, "correct horse"));
}

TEST_CASE("secrets: the text inside has one spelling") {
    const std::string text = sample().text();
    CHECK(Secrets::parse(text).value() == sample());
    const auto refused = [](const std::string& other) { return code_of(Secrets::parse(other)); };
    const std::string head = "actledger-secrets/1\nserver " + server_id + "\nmade 2026-11-26T01:02:03Z\n";
    CHECK(refused(head) == "success");
    for (const std::string& other :
         {std::string(), "actledger-secrets/2" + text.substr(19), text + "\n", text + "file",
          text.substr(0, text.size() - 1), "actledger-secrets/1 \n" + text.substr(20), head + "file hsm_pin \n",
          head + "file pin MTIzNAo=\n", head + "file tls_key MTIz\nfile hsm_pin MTIz\n",
          head + "file hsm_pin MTIz\nfile hsm_pin MTIz\n", head + "file hsm_pin MTI\n",
          std::string("actledger-secrets/1\nserver short\nmade 2026-11-26T01:02:03Z\n"),
          "actledger-secrets/1\nserver " + server_id + "\nmade 2026-11-26\n"}) {
        CAPTURE(other);
        CHECK(refused(other) == "secrets-malformed");
    }
}

namespace {

Secrets with_keys() {
    Secrets secrets = sample();
    const ledger::Timestamp end = ledger::parse_time("2027-01-31T00:00:00.000001Z").value();
    secrets.enrolment_keys = {{{1}, ledger::Digest{{7}}, "floor 3", {}}, {{2}, ledger::Digest{{8}}, "第三层", end}};
    secrets.log_keys = {{{1}, ledger::Digest{{9}}, "auditor\n", {}}};
    return secrets;
}

}  // namespace

TEST_CASE("secrets: what the ledger has of its keys comes back as it was") {
    const Secrets secrets = with_keys();
    CHECK(open_secrets(seal_secrets(secrets, "correct horse"), "correct horse").value() == secrets);
    Secrets only_keys = secrets;
    only_keys.files.clear();
    CHECK(Secrets::parse(only_keys.text()).value() == only_keys);
}

TEST_CASE("secrets: a key that is not spelt as we spell it is refused, and so are keys out of order") {
    const std::string head = "actledger-secrets/1\nserver " + server_id + "\nmade 2026-11-26T01:02:03Z\n";
    const std::string id(32, '0');
    const std::string next = std::string(31, '0') + "1";
    const std::string digest(64, 'a');
    const auto line = [](std::initializer_list<std::string_view> words) {
        std::string all;
        for (const std::string_view word : words) all.append(all.empty() ? "" : " ").append(word);
        return all += '\n';
    };
    const std::string good = line({"enrolment_key", id, digest, "never", "Zmxvb3I="});
    const std::string other_kind = line({"log_key", id, digest, "never", "Zmxvb3I="});
    REQUIRE(Secrets::parse(head + good));
    REQUIRE(Secrets::parse(head + good + other_kind));
    for (const std::string& keys : std::vector<std::string>{
             good + good,
             line({"enrolment_key", next, digest, "never", "Zmxvb3I="}) + good,
             other_kind + good,
             good + "file hsm_pin MTIz\n",
             line({"enrolment_key", id.substr(1), digest, "never", "Zmxvb3I="}),
             line({"enrolment_key", id, digest.substr(2), "never", "Zmxvb3I="}),
             line({"enrolment_key", id, digest, "Zmxvb3I="}),
             line({"enrolment_key", id, digest, "2027-01-31", "Zmxvb3I="}),
             line({"enrolment_key", id, digest, "1970-01-01T00:00:00.000000Z", "Zmxvb3I="}),
             line({"enrolment_key", id, digest, "never", ""}),
             line({"enrolment_key", id, digest, "never", "Zmxvb3I"}),
             line({"enrolment_key", id, digest, "never", "Zmxvb3I=", ""}),
             line({"enrolment_key", id, digest, "never", ledger::base64_encode(ledger::Bytes(65, 'x'))}),
             good.substr(0, good.size() - 1),
         }) {
        CAPTURE(keys);
        CHECK(code_of(Secrets::parse(head + keys)) == "secrets-malformed");
    }
}
