// The real program and the real openssl, from the root to a licence that a customer's server would take.
#include <boost/json/parse.hpp>
#include <sstream>

#include "ledger/core/checkpoint.hpp"
#include "ledger/license_file/license_archive.hpp"
#include "ledger/license_file/license_file.hpp"
#include "ledger/license_file/license_request.hpp"
#include "ledger/license_file/private_key.hpp"
#include "ledger/license_file/reendorsement.hpp"
#include "ledger/license_file/reendorsement_request.hpp"
#include "ledger/license_file/revocation.hpp"
#include "ledger/license_file/rotation_request.hpp"
#include "tests/support/command.hpp"
#include "tests/support/result_text.hpp"
#include "tests/support/temporary_folder.hpp"

namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr int success = 0;
constexpr int usage = 2;
constexpr int bad_input = 3;
constexpr int not_verified = 4;
constexpr int refused = 5;
constexpr int not_found = 6;

/// A vendor's folder in the making, and a customer's request.
struct Workshop {
    Workshop() {
        folder.write("passphrase", std::string_view("correct horse\n"));
        folder.write("server.req", ledger::make_license_request({server_id, "vdi-desktop", 100}, hsm_key).value());
    }

    [[nodiscard]] support::CommandResult shell(const std::string& command, const std::string& language = "C") const {
        return support::run("cd " + support::quoted(folder.path().string()) +
                            " && unset LC_ALL LC_MESSAGES && export LANG=" + language + " && " + command);
    }
    [[nodiscard]] support::CommandResult issuer(const std::string& arguments, const std::string& language = "C") const {
        return shell(support::quoted(ACTLEDGER_BIN_DIR "/actledger-issuer") +
                         " --folder vendor --passphrase-file passphrase " + arguments,
                     language);
    }
    void done(const std::string& arguments) const {
        const auto result = issuer(arguments);
        INFO(arguments << "\n" << result.output);
        REQUIRE(result.exit_code == success);
    }
    /// The command is refused with this exit code, says the stable code, and tells the facts.
    void refuses(const std::string& arguments, int exit_code, const std::string& words) const {
        const auto result = issuer(arguments);
        INFO(arguments << "\n" << result.output);
        CHECK(result.exit_code == exit_code);
        CHECK(result.output.find(words) != std::string::npos);
        CHECK(result.output.find('{') == std::string::npos);
    }
    void make_vendor() const {
        done("root --name 'Example Vendor Root'");
        done("certificate --purpose license-issuer");
    }
    [[nodiscard]] ledger::Certificate root() const {
        return ledger::Certificate::from_pem(folder.read("vendor/root.crt")).value();
    }
    [[nodiscard]] ledger::LicenseTerms terms(const std::string& file) const {
        return ledger::verify_license(ledger::as_bytes(folder.read(file)), root()).value().terms;
    }
    [[nodiscard]] fs::perms mode(const std::string& file) const {
        return fs::status(folder.path() / file).permissions() & fs::perms::all;
    }

    support::TemporaryFolder folder;
    ledger::PrivateKey hsm_key = ledger::PrivateKey::generate();
    std::string server_id = ledger::derive_server_id(ledger::default_suite(), hsm_key.public_key());
};

}  // namespace

TEST_CASE_METHOD(Workshop, "issuer: a root, a certificate and a licence that the server accepts", "[issuer]") {
    make_vendor();
    done("issue server.req --out a.lic");
    ledger::LicenseFacts facts;
    facts.server_id = server_id;
    facts.server_keys = {hsm_key.public_key().spki()};
    const auto judged = ledger::judge_license(ledger::as_bytes(folder.read("a.lic")), root(), facts);
    REQUIRE(judged);
    CHECK(judged->terms.product == "vdi-desktop");
    CHECK(judged->terms.quantity == 100);
    CHECK(judged->terms.valid_to == ledger::no_end);
    CHECK(judged->terms.lease.perpetual);
    CHECK(judged->terms.device.match == 3);
    CHECK(judged->terms.device.components.size() == 5);
    CHECK(judged->server_certificate.not_after() == ledger::certificate_no_expiry);
}

TEST_CASE_METHOD(Workshop, "issuer: stock openssl accepts what it makes", "[issuer][openssl]") {
    make_vendor();
    done("issue server.req --out a.lic");
    done("revoke --license $(basename vendor/licenses/*.lic .lic) --out a.rev");
    const auto accepted = [&](const std::string& command, const std::string& words) {
        const auto result = shell(command);
        INFO(command << "\n" << result.output);
        CHECK(result.exit_code == success);
        CHECK(result.output.find(words) != std::string::npos);
    };
    accepted(
        "python3 -m zipfile -e a.lic lic && openssl cms -verify -CAfile vendor/root.crt -inform DER "
        "-in lic/license.bin | cmp - lic/info && echo same",
        "same");
    accepted("openssl cms -verify -CAfile vendor/root.crt -inform DER -in a.rev", "\"license_ids\"");
    accepted("openssl req -verify -noout -in server.req", "verif");
    accepted("openssl verify -x509_strict -CAfile vendor/root.crt vendor/license-issuer.crt vendor/servers/*.crt",
             "license-issuer.crt: OK");
    accepted("openssl x509 -in vendor/root.crt -noout -enddate", "Dec 31 23:59:59 9999");
    accepted("openssl pkey -in vendor/root.key -passin file:passphrase -noout -text", "P-256");
}

TEST_CASE_METHOD(Workshop, "issuer: nothing that a server signs passes for a licence, with openssl neither",
                 "[issuer][openssl]") {
    make_vendor();
    done("issue server.req --out a.lic");
    // The server's key is ours here: sign the terms with it, as a thief of an HSM would.
    folder.write("server.key", hsm_key.pem("server passphrase"));
    const auto forged = shell(
        "python3 -m zipfile -e a.lic lic && openssl cms -sign -binary -nodetach -in lic/info -signer "
        "vendor/servers/*.crt "
        "-inkey server.key -passin pass:'server passphrase' -outform DER -out forged.bin");
    INFO(forged.output);
    REQUIRE(forged.exit_code == success);
    CHECK(shell("openssl cms -verify -CAfile vendor/root.crt -inform DER -in forged.bin").exit_code != success);
}

TEST_CASE_METHOD(Workshop, "issuer: terms are what the command line says", "[issuer]") {
    make_vendor();
    done(
        "issue server.req --product other --quantity 7 --valid-from 2026-01-01 --valid-to 2027-01-01T12:00:00Z "
        "--lease days --days 30 --renew-after 10 --grace 5 --component mac --component machine_id --match 2 "
        "--supersedes OLD-1 --supersedes OLD-2 --id NEW-1 --out a.lic");
    const auto t = terms("a.lic");
    CHECK(t.license_id == "NEW-1");
    CHECK(t.product == "other");
    CHECK(t.quantity == 7);
    CHECK(t.valid_from.us == 1'767'225'600'000'000);
    CHECK(t.valid_to.us == 1'798'804'800'000'000);
    CHECK(t.lease == ledger::LeaseTerms{false, 30, 10, 5});
    CHECK(t.device == ledger::DeviceRule{{"mac", "machine_id"}, 2});
    CHECK(t.supersedes == std::vector<std::string>{"OLD-1", "OLD-2"});
    CHECK(t.server_id == server_id);
}

TEST_CASE_METHOD(Workshop, "issuer: every step may be repeated, and nothing is overwritten", "[issuer]") {
    make_vendor();
    done("issue server.req --id L1 --out a.lic");
    const auto everything = [&] {
        return shell("cat vendor/*.crt vendor/*.key vendor/*.jsonl a.lic | sha256sum").output;
    };
    const std::string before = everything();
    done("root --name 'Example Vendor Root'");
    done("certificate --purpose license-issuer");
    done("issue server.req --id L1 --out a.lic");
    done("issue server.req --out a.lic");
    CHECK(everything() == before);

    refuses("root --name Another", refused, "issuer-root-exists");
    refuses("issue server.req --quantity 200 --out a.lic", refused, "issuer-file-exists");
    refuses("issue server.req --quantity 200 --id L1 --out b.lic", refused, "issuer-license-id-used");
    folder.write("precious", std::string_view("mine"));
    refuses("issue server.req --out precious", refused, "issuer-file-exists");
    CHECK(folder.read("precious") == "mine");
    CHECK(everything() == before);

    // A licence that was lost on its way is given again, byte for byte.
    done("issue server.req --id L1 --out again.lic");
    CHECK(folder.read("again.lic") == folder.read("a.lic"));
}

TEST_CASE_METHOD(Workshop, "issuer: a revocation may be repeated, and is not made twice", "[issuer]") {
    make_vendor();
    done("issue server.req --id L1 --out a.lic");
    done("issue server.req --id L2 --product other --out b.lic");
    done("revoke --license L1 --id R1 --reason lost --out a.rev");
    const auto everything = [&] { return shell("cat vendor/*.jsonl vendor/revocations/* a.rev | sha256sum").output; };
    const std::string before = everything();
    done("revoke --license L1 --id R1 --reason lost --out a.rev");
    done("revoke --license L1 --reason lost --out a.rev");
    CHECK(everything() == before);
    refuses("revoke --license L2 --id R1 --reason lost --out c.rev", refused, "issuer-file-exists");
    refuses("revoke --license L1 --reason other --out a.rev", refused, "issuer-file-exists");
    CHECK(everything() == before);
    // One that was lost on its way is given again, byte for byte.
    done("revoke --license L1 --id R1 --reason lost --out again.rev");
    CHECK(folder.read("again.rev") == folder.read("a.rev"));
    CHECK(everything() == before);
}

TEST_CASE_METHOD(Workshop, "issuer: a server keeps its certificate over all its licences", "[issuer]") {
    make_vendor();
    done("issue server.req --out a.lic");
    done("issue server.req --product other --out b.lic");
    CHECK(terms("a.lic").server_certificate == terms("b.lic").server_certificate);
    CHECK(terms("a.lic").license_id != terms("b.lic").license_id);
}

TEST_CASE_METHOD(Workshop, "issuer: keys are secret, and the record grows by a line an act", "[issuer]") {
    make_vendor();
    done("issue server.req --id L1 --out a.lic");
    done("revoke --license L1 --id R1 --reason 试用结束");
    CHECK(mode("vendor") == fs::perms::owner_all);
    CHECK(mode("vendor/root.key") == (fs::perms::owner_read | fs::perms::owner_write));
    CHECK(mode("vendor/license-issuer.key") == (fs::perms::owner_read | fs::perms::owner_write));
    CHECK(folder.read("vendor/root.key").starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----"));

    std::vector<std::string> acts;
    std::istringstream lines(folder.read("vendor/record.jsonl"));
    for (std::string line; std::getline(lines, line);) {
        acts.emplace_back(json::parse(line).at("act").as_string());
    }
    CHECK(acts == std::vector<std::string>{"root", "certificate", "certificate", "license", "revocation"});
    const auto revocation =
        ledger::verify_revocation(ledger::as_bytes(folder.read("R1.rev")), root()).value().revocation;
    CHECK(revocation.license_ids == std::vector<std::string>{"L1"});
    CHECK(revocation.reason == "试用结束");
}

TEST_CASE_METHOD(Workshop, "issuer: serial numbers are random and differ", "[issuer]") {
    make_vendor();
    const auto serial = [&](const std::string& file) {
        return shell("openssl x509 -noout -serial -in " + file).output;
    };
    CHECK(serial("vendor/root.crt") != serial("vendor/license-issuer.crt"));
    CHECK(serial("vendor/root.crt").size() > std::string("serial=").size() + 28);
}

TEST_CASE_METHOD(Workshop, "issuer: refuses a request that takes another server's identity", "[issuer][refusal]") {
    make_vendor();
    ledger::PrivateKey other = ledger::PrivateKey::generate();
    folder.write("thief.req", ledger::make_license_request({server_id, "vdi-desktop", 100}, other).value());
    refuses("issue thief.req --out a.lic", refused, "issuer-request-foreign-identity");
    CHECK_FALSE(fs::exists(folder.path() / "a.lic"));
}

TEST_CASE_METHOD(Workshop, "issuer: refuses what it cannot do, with a code and a remedy", "[issuer][refusal]") {
    refuses("certificate --purpose license-issuer", not_found, "issuer-root-missing");
    CHECK_FALSE(fs::exists(folder.path() / "vendor"));
    done("root --name R");
    refuses("issue server.req --out a.lic", not_found, "issuer-certificate-missing");
    done("certificate --purpose license-issuer");
    done("certificate --purpose package-signer");
    refuses("issue server.req --issuer package-signer --out a.lic", not_verified, "certificate-wrong-purpose");
    refuses("issue server.req --quantity 0 --out a.lic", bad_input, "(issuer-value-wrong)");
    refuses("issue server.req --valid-to 2020-01-01 --out a.lic", bad_input, "issuer-value-wrong");
    refuses("issue server.req --valid-to tomorrow --out a.lic", bad_input, "--valid-to tomorrow");
    refuses("issue server.req --match 6 --out a.lic", bad_input, "--match 6");
    refuses("issue server.req --lease days --days 3 --renew-after 3 --out a.lic", bad_input, "--renew-after 3");
    refuses("issue nowhere.req --out a.lic", not_found, "nowhere.req");
    refuses("issue passphrase --out a.lic", bad_input, "request-malformed");
    refuses("revoke --license NEVER --out a.rev", not_found, "issuer-license-unknown");
    refuses("revoke --out a.rev", bad_input, "(issuer-value-wrong)");
    refuses("show passphrase", bad_input, "issuer-file-unknown");
    CHECK(issuer("certificate --purpose server").exit_code == usage);
    CHECK(issuer("issue").exit_code == usage);
    CHECK(issuer("").exit_code == usage);
    CHECK(issuer("--help").exit_code == success);

    std::string changed = folder.read("server.req");
    changed[100] = changed[100] == 'A' ? 'B' : 'A';
    folder.write("changed.req", changed);
    CHECK(issuer("issue changed.req --out a.lic").exit_code != success);
    CHECK_FALSE(fs::exists(folder.path() / "a.lic"));
}

TEST_CASE_METHOD(Workshop, "issuer: passphrases", "[issuer][refusal]") {
    folder.write("passphrase", std::string_view("short\n"));
    refuses("root --name R", bad_input, "issuer-passphrase-short");
    folder.write("passphrase", std::string_view("two\nlines\n"));
    refuses("root --name R", bad_input, "issuer-passphrase-file");
    CHECK_FALSE(fs::exists(folder.path() / "vendor/root.key"));
    folder.write("passphrase", std::string_view("long enough\n"));
    done("root --name R");
    folder.write("passphrase", std::string_view("another one\n"));
    refuses("certificate --purpose license-issuer", refused, "vendor-key-passphrase-wrong");
    CHECK_FALSE(fs::exists(folder.path() / "vendor/license-issuer.key"));
}

TEST_CASE_METHOD(Workshop, "issuer: show says what a file is, and whether it is genuine", "[issuer][show]") {
    make_vendor();
    done("issue server.req --id L1 --out a.lic");
    done("revoke --license L1 --id R1 --out a.rev");
    const auto shown = [&](const std::string& arguments) {
        const auto result = issuer("show --json " + arguments);
        INFO(result.output);
        REQUIRE(result.exit_code == success);
        return json::parse(result.output);
    };
    const auto license = shown("a.lic");
    CHECK(license.at("kind") == "license");
    CHECK(license.at("verified") == true);
    CHECK(license.at("terms").at("license_id") == "L1");
    CHECK(shown("server.req").at("server_id").as_string() == std::string_view(server_id));
    CHECK(shown("a.rev").at("revocation").at("revocation_id") == "R1");
    CHECK(shown("vendor/root.crt").at("purpose") == "root");
    CHECK(shown("vendor/license-issuer.crt").at("purpose") == "license-issuer");

    // Without a root nothing is called genuine.
    const auto unjudged = shell(support::quoted(ACTLEDGER_BIN_DIR "/actledger-issuer") + " show a.lic");
    CHECK(unjudged.exit_code == success);
    CHECK(unjudged.output.find("NOT verified") != std::string::npos);

    // Under another root it is refused.
    REQUIRE(shell(support::quoted(ACTLEDGER_BIN_DIR "/actledger-issuer") +
                  " --folder stranger --passphrase-file passphrase root --name Stranger")
                .exit_code == success);
    refuses("show a.lic --root stranger/root.crt", not_verified, "license-issuer-unknown");
    refuses("show a.rev --root stranger/root.crt", not_verified, "revocation-issuer-unknown");
    refuses("show vendor/root.crt --root stranger/root.crt", refused, "vendor-root-differs");
    REQUIRE(shell("zip -q -d a.lic info").exit_code == success);
    refuses("show a.lic", bad_input, "license-entry-missing");
}

TEST_CASE_METHOD(Workshop, "issuer: speaks the locale's language", "[issuer]") {
    make_vendor();
    const auto result = issuer("issue nowhere.req", "zh_CN.UTF-8");
    CHECK(result.exit_code == not_found);
    CHECK(result.output.find("无法读取 nowhere.req") != std::string::npos);
    CHECK(issuer("issue nowhere.req", "en_US.UTF-8").output.find("cannot be read") != std::string::npos);
}

TEST_CASE_METHOD(Workshop, "issuer: a wrong option is named, changes nothing, and never sends the vendor to the vendor",
                 "[issuer]") {
    refuses("root --name \"$(printf 'bad\\377')\"", bad_input, "--name");
    refuses("root --name \"$(printf 'two\\nlines')\"", bad_input, "--name");
    CHECK_FALSE(fs::exists(folder.path() / "vendor/root.key"));
    make_vendor();
    refuses("certificate --purpose package-signer --name \"$(printf '\\376')\"", bad_input, "--name");
    CHECK_FALSE(fs::exists(folder.path() / "vendor/package-signer.key"));
    done("issue server.req --id LIC-1 --out a.lic");
    for (const auto& [arguments, option] : std::vector<std::pair<std::string, std::string>>{
             {"issue server.req --quantity 0 --out b.lic", "--quantity 0"},
             {"issue server.req --quantity 10000001 --out b.lic", "--quantity"},
             {"issue server.req --component 'Two Words' --match 1 --out b.lic", "--component Two Words"},
             {"issue server.req --component mac --component mac --match 1 --out b.lic", "--component mac mac"},
             {"issue server.req --supersedes 'x y' --out b.lic", "--supersedes x y"},
             {"issue server.req --id LIC-2 --supersedes LIC-2 --out b.lic", "--supersedes LIC-2"},
             {"revoke --out b.rev", "--license"},
             {"revoke --license LIC-1 --server xyz --out b.rev", "--server xyz"},
             {"revoke --license LIC-1 --id 'a b' --out b.rev", "--id a b"},
             {"revoke --license LIC-1 --reason \"$(printf 'a\\377')\" --out b.rev", "--reason"}}) {
        refuses(arguments, bad_input, option);
        refuses(arguments, bad_input, "(issuer-value-wrong)");
    }
    CHECK_FALSE(fs::exists(folder.path() / "b.lic"));
    CHECK_FALSE(fs::exists(folder.path() / "b.rev"));
}

namespace {

/// A customer whose server had a licence, and lost its key.
struct LostKey : Workshop {
    LostKey() {
        make_vendor();
        done("issue server.req --out a.lic");
        done("certificate --purpose recovery-signer");
        ask("lost.req", new_key);
    }
    void ask(const char* file, ledger::PrivateKey& with) {
        const ledger::Checkpoint head{{server_id, 1}, {{17}, {}}};
        ask(file, with, ledger::sign_note(suite, head.body(), head.origin.text(), hsm_key).value());
    }
    void ask(const char* file, ledger::PrivateKey& with, const std::string& head) {
        folder.write(
            file, ledger::make_reendorsement_request({server_id, suite.hash(hsm_key.public_key().spki()), head}, with)
                      .value());
    }
    [[nodiscard]] std::string reendorse(const std::string& request) const {
        return "reendorse " + request + " --server " + server_id;
    }
    const ledger::Suite& suite = ledger::default_suite();
    ledger::PrivateKey new_key = ledger::PrivateKey::generate();
};

}  // namespace

TEST_CASE_METHOD(LostKey, "issuer: a re-endorsement that the server accepts, and the same one again", "[issuer]") {
    done(reendorse("lost.req") + " --out a.ree");
    const auto verified = ledger::verify_reendorsement(ledger::as_bytes(folder.read("a.ree")), root());
    REQUIRE(verified);
    CHECK(verified->new_key == new_key.public_key());
    CHECK(verified->reendorsement.head->head.size.value == 17);
    CHECK(ledger::check_reendorsement_for_ledger(*verified,
                                                 {server_id, {hsm_key.public_key().spki()}, {}, ledger::TreeSize{17}}));
    done(reendorse("lost.req") + " --out a.ree");
    done(reendorse("lost.req") + " --out b.ree");
    CHECK(folder.read("b.ree") == folder.read("a.ree"));
    CHECK(folder.read("vendor/record.jsonl").find("\"act\":\"reendorsement\"") != std::string::npos);
    refuses(reendorse("lost.req") + " --out server.req", refused, "issuer-file-exists");

    const auto openssl = shell(
        "openssl cms -verify -inform DER -in a.ree -CAfile vendor/root.crt -purpose any && "
        "openssl req -verify -noout -in lost.req");
    INFO(openssl.output);
    CHECK(openssl.exit_code == success);
    const auto shown = issuer("show a.ree --json");
    CHECK(shown.output.find("\"kind\":\"reendorsement\",\"verified\":true") != std::string::npos);
    const auto shown_request = issuer("show lost.req --json");
    CHECK(shown_request.output.find("\"kind\":\"reendorsement-request\"") != std::string::npos);

    // From now on the new key gets licences for the old id.
    folder.write("next.req", ledger::make_license_request({server_id, "vdi-desktop", 5}, new_key).value());
    done("issue next.req --out next.lic");
    CHECK(terms("next.lic").server_id == server_id);
}

TEST_CASE_METHOD(LostKey, "issuer: nobody takes a server over with a request alone", "[issuer]") {
    refuses("reendorse lost.req --server " + std::string(32, 'a'), refused, "issuer-server-differs");
    refuses("reendorse lost.req", usage, "--server");
    refuses("reendorse server.req --server " + server_id, bad_input, "request-malformed");
    refuses(reendorse("lost.req") + " --issuer license-issuer", not_verified, "certificate-wrong-purpose");
    refuses(reendorse("lost.req") + " --id 'a b'", bad_input, "issuer-value-wrong");

    auto thief = ledger::PrivateKey::generate();
    const ledger::Checkpoint head{{server_id, 1}, {{17}, {}}};
    ask("forged.req", thief, ledger::sign_note(suite, head.body(), head.origin.text(), thief).value());
    refuses(reendorse("forged.req"), not_verified, "issuer-request-head-wrong");
    ask("same.req", hsm_key);
    refuses(reendorse("same.req"), refused, "issuer-key-not-new");

    done(reendorse("lost.req") + " --out a.ree");
    ask("second.req", thief);
    refuses(reendorse("second.req"), refused, "issuer-reendorsed-before");
    done(reendorse("second.req") + " --again --out second.ree");
    refuses(reendorse("second.req") + " --again --id x --out a.ree", refused, "issuer-file-exists");

    // A server that this vendor never licensed.
    hsm_key = ledger::PrivateKey::generate();
    server_id = ledger::derive_server_id(suite, hsm_key.public_key());
    ask("stranger.req", new_key);
    refuses(reendorse("stranger.req"), not_found, "issuer-server-key-unknown");
}

namespace {

/// A server that was licensed, and whose key hands over to the next one.
struct NextKey : Workshop {
    NextKey() {
        make_vendor();
        done("issue server.req --out a.lic");
        ask("next.req", hsm_key, next);
    }
    void ask(const char* file, ledger::PrivateKey& present, ledger::PrivateKey& to, std::uint64_t size = 17) {
        const ledger::KeyHandOver stated{{{server_id, 1}, {{size}, {}}},
                                         suite.hash(present.public_key().spki()),
                                         suite.hash(to.public_key().spki())};
        const std::string note = ledger::sign_hand_over(suite, stated, present).value();
        folder.write(file, ledger::make_rotation_request(note, to).value());
    }
    [[nodiscard]] std::string rotate(const std::string& request, const std::string& out) const {
        return "rotate " + request + " --server " + server_id + " --out " + out;
    }
    const ledger::Suite& suite = ledger::default_suite();
    ledger::PrivateKey next = ledger::PrivateKey::generate();
};

}  // namespace

TEST_CASE_METHOD(NextKey, "issuer: the next key gets a server certificate for the old id, and the same one again",
                 "[issuer]") {
    done(rotate("next.req", "next.crt"));
    const auto certificate = ledger::Certificate::from_pem(folder.read("next.crt"));
    REQUIRE(certificate);
    CHECK(certificate->spki() == next.public_key().spki());
    CHECK(certificate->server_id() == server_id);
    CHECK(ledger::verify_chain(std::array{*certificate}, root(), ledger::Purpose::server, certificate->not_before()));
    done(rotate("next.req", "next.crt"));
    ask("later.req", hsm_key, next, 18);  // the same keys, and a longer ledger
    done(rotate("later.req", "later.crt"));
    CHECK(folder.read("later.crt") == folder.read("next.crt"));
    const std::string record = folder.read("vendor/record.jsonl");
    CHECK(record.find("\"act\":\"rotation\"") != std::string::npos);
    CHECK(record.find("\"act\":\"rotation\"") == record.rfind("\"act\":\"rotation\""));
    refuses(rotate("next.req", "server.req"), refused, "issuer-file-exists");
    const auto shown = issuer("show next.req --json");
    CHECK(shown.output.find("\"kind\":\"rotation-request\"") != std::string::npos);

    // From now on the next key gets licences for the old id, and it hands over in its turn.
    folder.write("more.req", ledger::make_license_request({server_id, "vdi-desktop", 5}, next).value());
    done("issue more.req --out more.lic");
    CHECK(terms("more.lic").server_id == server_id);
    auto third = ledger::PrivateKey::generate();
    ask("third.req", next, third);
    done(rotate("third.req", "third.crt"));
}

TEST_CASE_METHOD(NextKey, "issuer: nobody takes a server over without the word of a key that was certified",
                 "[issuer]") {
    refuses("rotate next.req --server " + std::string(32, 'a') + " --out a.crt", refused, "issuer-server-differs");
    refuses("rotate next.req --out a.crt", usage, "--server");
    refuses(rotate("server.req", "a.crt"), bad_input, "request-malformed");
    auto thief = ledger::PrivateKey::generate();
    ask("stranger.req", thief, next);
    refuses(rotate("stranger.req", "a.crt"), not_found, "issuer-server-key-unknown");

    // In the present key's name, and not by it.
    const ledger::KeyHandOver stated{
        {{server_id, 1}, {{17}, {}}}, suite.hash(hsm_key.public_key().spki()), suite.hash(thief.public_key().spki())};
    const std::string forged = ledger::sign_note(suite, stated.body(), stated.head.origin.text(), thief).value();
    folder.write("forged.req", ledger::make_rotation_request(forged, thief).value());
    refuses(rotate("forged.req", "a.crt"), not_verified, "issuer-hand-over-wrong");

    // A second key after the same one: only if the vendor says so; whether the first was rotated to or re-endorsed.
    done(rotate("next.req", "next.crt"));
    ask("second.req", hsm_key, thief);
    refuses(rotate("second.req", "second.crt"), refused, "issuer-succeeded-before");
    const ledger::Checkpoint head{{server_id, 1}, {{17}, {}}};
    const auto lost = [&](const char* file, ledger::PrivateKey& old_one, ledger::PrivateKey& with) {
        const std::string note = ledger::sign_note(suite, head.body(), head.origin.text(), old_one).value();
        folder.write(
            file, ledger::make_reendorsement_request({server_id, suite.hash(old_one.public_key().spki()), note}, with)
                      .value());
    };
    done("certificate --purpose recovery-signer");
    lost("lost.req", hsm_key, thief);
    refuses("reendorse lost.req --server " + server_id + " --out lost.ree", refused, "issuer-succeeded-before");
    done(rotate("second.req", "second.crt") + " --again");
    auto fourth = ledger::PrivateKey::generate();
    lost("next-lost.req", next, fourth);
    done("reendorse next-lost.req --server " + server_id + " --out next-lost.ree");
    ask("stolen.req", next, thief);
    refuses(rotate("stolen.req", "stolen.crt"), refused, "issuer-succeeded-before");
}

TEST_CASE_METHOD(LostKey, "issuer: a re-endorsement for a lost log vouches for what is live, and for nothing else",
                 "[issuer]") {
    const auto issue = [&](const std::string& id, const std::string& more = "") {
        folder.write(id + ".req", ledger::make_license_request({server_id, "vdi-desktop", 50}, hsm_key).value());
        done("issue " + id + ".req --id " + id + " --out " + id + ".lic" + more);
    };
    issue("LIC-OLD");
    issue("LIC-NEW", " --supersedes LIC-OLD");
    issue("LIC-BACK");
    issue("LIC-ALSO");
    done("revoke --license LIC-BACK --reason test --out back.rev");
    const auto lost_of = [&](const std::string& file) {
        const auto verified = ledger::verify_reendorsement(ledger::as_bytes(folder.read(file)), root());
        REQUIRE(verified);
        REQUIRE(verified->reendorsement.lost_log);
        return *verified->reendorsement.lost_log;
    };
    const auto open_of = [](const ledger::LostLogTerms& lost, const std::string& id) -> std::optional<std::uint64_t> {
        for (const auto& license : lost.licenses) {
            if (license.license_id == id) return license.open;
        }
        return std::nullopt;
    };

    const std::string lost_log = reendorse("lost.req") + " --lost-log";
    done(lost_log + " --open LIC-NEW=7 --out a.ree");
    const ledger::LostLogTerms lost = lost_of("a.ree");
    CHECK(lost.incarnation == 1'000 + 1);  // the request's head is of the first incarnation
    CHECK(open_of(lost, "LIC-NEW") == 7);
    CHECK(open_of(lost, "LIC-ALSO") == 0);
    CHECK_FALSE(open_of(lost, "LIC-OLD"));
    CHECK_FALSE(open_of(lost, "LIC-BACK"));
    done(lost_log + " --open LIC-NEW=7 --out again.ree");  // the same one
    CHECK(folder.read("again.ree") == folder.read("a.ree"));
    const auto shown = issuer("show a.ree --json");
    CHECK(shown.output.find("\"lost_log\":{\"incarnation\":1001") != std::string::npos);

    // Another answer to the same loss, or to the next one, opens a number beyond the first.
    done(lost_log + " --license LIC-ALSO --out b.ree");
    CHECK(lost_of("b.ree").licenses.size() == 1);
    CHECK(lost_of("b.ree").incarnation == lost.incarnation + 1'000);

    refuses(lost_log + " --license LIC-OLD", refused, "issuer-license-not-live");
    refuses(lost_log + " --license LIC-BACK", refused, "issuer-license-not-live");
    refuses(lost_log + " --license LIC-X", not_found, "issuer-license-unknown");
    refuses(lost_log + " --open LIC-NEW=51", bad_input, "issuer-value-wrong");
    refuses(lost_log + " --open LIC-NEW", bad_input, "issuer-value-wrong");
    refuses(lost_log + " --open LIC-OLD=1", not_found, "issuer-license-unknown");
    refuses(reendorse("lost.req") + " --open LIC-NEW=1", usage, "--lost-log");

    // Nobody has an activation file: there is no head, and that is for a lost log alone.
    folder.write(
        "headless.req",
        ledger::make_reendorsement_request({server_id, suite.hash(hsm_key.public_key().spki()), ""}, new_key).value());
    refuses(reendorse("headless.req"), refused, "issuer-request-without-head");
    done(reendorse("headless.req") + " --lost-log --out headless.ree");
    CHECK(lost_of("headless.ree").incarnation > lost_of("b.ree").incarnation);
    CHECK(issuer("show headless.req --json").exit_code == success);
}
