// The real program and the real openssl, from the root to a licence that a customer's server would take.
#include <boost/json/parse.hpp>
#include <sstream>

#include "ledger/license_file/license_archive.hpp"
#include "ledger/license_file/revocation.hpp"
#include "tests/tools/issuer/workshop.hpp"

using namespace workshop;
namespace json = boost::json;

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
